"""Every kind, every field, every language: nothing shows as its own key."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from protocols.codes import known
from protocols.identity import Identity
from protocols.messages import Caveat, Handling, Message, Sender, compose
from protocols.messages.kinds import (
    KINDS,
    Alarm,
    IncidentOpen,
    Leg,
    Medical,
    Observation,
    PatrolPlan,
    Text,
)
from protocols.messages.render import (
    Line,
    field_label,
    missing_labels,
    render,
    title,
)
from protocols.messages.values import (
    Absent,
    LanguageText,
    Location,
    NativeCode,
    Side,
    Tlp,
    Window,
)

Party = dict[str, Identity]
LANGUAGES = ("en", "es", "fr")


def by_path(lines: tuple[Line, ...]) -> dict[str, Line]:
    return {line.path: line for line in lines}


def test_what_the_caller_has_no_use_for_is_left_out(whole: Callable[[type], Message]) -> None:
    message = whole(Text)
    left_out = {"source", "original", "extensions"}
    lines = render(message, "en", without=left_out)
    begun = tuple(f"/{name}" for name in left_out)
    assert any(line.path.startswith(begun) for line in render(message, "en"))
    assert lines == tuple(x for x in render(message, "en") if not x.path.startswith(begun))


def test_no_field_kind_or_coded_value_lacks_its_label() -> None:
    assert missing_labels() == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_every_stated_field_of_every_kind_is_a_line(
    kind: str, language: str, whole: Callable[[type], Message]
) -> None:
    message = whole(KINDS[kind].body)
    lines = by_path(render(message, language))
    for field in type(message.body).__struct_fields__:
        path = f"/body/{field}"
        assert any(place == path or place.startswith(path + "/") for place in lines), path
        label = field_label(path, language)
        assert label != field or language == "en" or known("fields", field)
    assert all(line.label for line in lines.values())
    assert not any("_" in line.label for line in lines.values()), "a key shows as a label"
    assert title(message, language) != kind


def test_coded_values_are_words_and_keep_their_codes(party: Party) -> None:
    opened = compose(party["usbp"], IncidentOpen(incident_type="TUNNEL", hazards=("COLLAPSE",)))
    lines = by_path(render(opened, "es-MX"))
    assert (lines["/body/incident_type"].value, lines["/body/incident_type"].code) == (
        "túnel",
        "TUNNEL",
    )
    assert (lines["/body/hazards"].value, lines["/body/hazards"].code) == ("derrumbe", "COLLAPSE")
    assert (lines["/body/state"].value, lines["/body/state"].code) == ("reportado", "REPORTED")


def test_an_unmapped_code_shows_as_itself(party: Party) -> None:
    opened = compose(party["usbp"], IncidentOpen(incident_type="10-33"))
    assert by_path(render(opened, "fr"))["/body/incident_type"].value == "10-33"


def test_free_text_keeps_its_language_and_says_which(party: Party) -> None:
    message = compose(
        party["c5"],
        Text(
            text=LanguageText(text="Túnel hallado"),
            subject=LanguageText(text="x", language="nah"),
        ),
        language="es",
    )  # fmt: skip
    lines = by_path(render(message, "fr"))
    assert (lines["/body/text"].value, lines["/body/text"].language) == ("Túnel hallado", "es")
    assert lines["/body/subject"].language == "nah"
    assert lines["/body/text"].label == "texte"


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "withheld by US, TLP:RED"),
        ("es", "reservado por US, TLP:RED"),
        ("fr", "retenu par US, TLP:RED"),
    ],
)
def test_a_withheld_field_is_a_line_that_says_so(language: str, words: str, party: Party) -> None:
    handling = Handling(withheld=(Caveat(path="/body/camera", releasable_to=("US",), tlp=Tlp.RED),))
    message = compose(party["usbp"], Observation(camera="C14"), handling=handling)
    stub = by_path(render(message, language, party["gn"]))["/body/camera"]
    assert (stub.value, stub.withheld) == (words, True)
    own = by_path(render(message, language, party["agent"]))["/body/camera"]
    assert (own.value, own.withheld) == ("C14", False)


def test_no_aplica_and_sin_informacion(party: Party) -> None:
    absent = {"/body/size": Absent.UNKNOWN, "/body/camera": Absent.NOT_APPLICABLE}
    lines = by_path(render(compose(party["c5"], Observation(), absent=absent), "es"))
    assert lines["/body/size"].value == "sin información"
    assert lines["/body/camera"].value == "no aplica"


def test_a_computed_side_is_called_a_hint(party: Party) -> None:
    place = Location(side=Side.US, side_asserted_by="patrol-7", computed_side=Side.AT_LINE)
    lines = by_path(render(compose(party["agent"], Observation(), location=place), "en"))
    assert lines["/location/side"].value == "US side"
    assert lines["/location/computed_side"].value == "computed hint: at the line"


def test_a_native_code_stands_beside_its_label(party: Party) -> None:
    codes = (
        NativeCode(system="cap-cp", code="amber"),
        NativeCode(system="x", code="9", label="Nueve"),
    )
    lines = by_path(render(compose(party["c5"], Observation(), codes=codes), "fr"))
    assert lines["/codes/0"].value == "alerte AMBER (cap-cp amber)"
    assert lines["/codes/1"].value == "Nueve (x 9)"


def test_the_tolerances_of_a_plan_are_always_said(party: Party) -> None:
    lines = by_path(render(compose(party["usbp"], PatrolPlan(), patrol="MP-07"), "es"))
    assert lines["/body/tolerances/checkin_interval"].value == "1800"
    assert lines["/body/tolerances/checkin_grace"].label == "tolerancia de reporte (s)"


def test_what_matters_comes_first_the_defaults_last(party: Party) -> None:
    start = datetime(2026, 3, 4, 18, 30, tzinfo=UTC)
    plan = PatrolPlan(
        sector="Nogales West",
        legs=(Leg(name="Mariposa", window=Window(start=start)), Leg(name="Morley")),
        channel_primary="A3",
    )
    lines = render(compose(party["usbp"], plan, patrol="MP-07"), "fr")
    assert [(line.label, line.value) for line in lines[:5]] == [
        ("patrouille", "MP-07"),
        ("secteur", "Nogales West"),
        ("tronçon 1", "Mariposa"),
        ("créneau", "2026-03-04 18:30Z – …"),
        ("tronçon 2", "Morley"),
    ]
    place = Location(monument="122 + 300 m W")
    reason = LanguageText(text="derrumbe")
    alarm = Alarm(alarm_class="EMERGENCY", heads=4, unit="GN-3", reason=reason)
    told = render(compose(party["gn"], alarm, location=place, incident="N-1"), "es")
    paths = [line.path for line in told if line.path.count("/") < 3]
    assert paths[0] == "/body/alarm_class"
    assert [path for path in paths if path in ("/body/unit", "/body/reason", "/location")] == [
        "/body/unit", "/body/reason", "/location",
    ]  # fmt: skip
    assert paths.index("/location") < paths.index("/body/heads") < paths.index("/incident")


def test_carriers_fall_with_a_field_without_a_stub_each(
    party: Party, whole: Callable[[type], Message]
) -> None:
    handling = Handling(withheld=(Caveat(path="/body/camera", releasable_to=("US",), tlp=Tlp.RED),))
    message = replace(whole(Observation), sender=Sender.of(party["usbp"]), handling=handling)
    told = [line for line in render(message, "en", party["gn"]) if line.withheld]
    assert [(line.label, line.value) for line in told] == [
        ("camera", "withheld by US, TLP:RED"),
        ("original", "withheld as well"),
    ]


def test_the_original_is_named(party: Party, whole: Callable[[type], Message]) -> None:
    message = whole(Medical)
    assert "document d’origine" in by_path(render(message, "fr"))["/original"].value
    assert by_path(render(message, "fr"))["/extensions"].value == "/extensions/key"
    calm = replace(message, extensions={})
    assert "/extensions" not in by_path(render(calm, "fr"))
