"""One line says what matters of every kind: no bare yes or 3, nothing twice, names included."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from protocols.clock import to_microseconds
from protocols.codes import known, label, phrase
from protocols.identity import Identity
from protocols.messages import Message, Originator, Stub, compose
from protocols.messages.gist import FIRST, gist, one_line, place_words, title
from protocols.messages.kinds import (
    KINDS,
    Alarm,
    AlarmAck,
    Alert,
    AlertInfo,
    AssistAnswer,
    AssistReply,
    CheckIn,
    ConsularNotice,
    IncidentOpen,
    Leg,
    Pair,
    ParReply,
    PatrolAck,
    PatrolPlan,
    Position,
    ReleaseDecision,
    Team,
    Text,
)
from protocols.messages.values import LanguageText, Location, Point, Side, Tlp

Party = dict[str, Identity]
LANGUAGES = ("en", "es", "fr")


def test_every_kind_says_what_comes_first_and_the_fields_exist() -> None:
    assert set(FIRST) == set(KINDS)
    for kind, names in FIRST.items():
        fields = {*KINDS[kind].body.__struct_fields__, "/location"}
        assert set(names) <= fields, kind


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_no_kind_says_a_bare_yes_or_number(
    kind: str, language: str, whole: Callable[[type], Message]
) -> None:
    message = whole(KINDS[kind].body)
    said = gist(message, language)
    flags = {phrase("yes", language), phrase("no", language)}
    bare = [one for one in said if one.text in flags or (one.text.isdigit() and not one.label)]
    assert [one for one in bare if one.path not in ("/incident", "/patrol")] == []
    texts = [(one.label + one.text).casefold() for one in said]
    assert len(texts) == len(set(texts))
    line = one_line(message, language)
    assert "\n" not in line
    assert line.startswith(title(message, language))
    assert not any("_" in one.label for one in said)


def test_titles_say_what_it_is(party: Party) -> None:
    alarm = compose(party["gn"], Alarm(alarm_class="EMERGENCY"))
    assert [title(alarm, language) for language in LANGUAGES] == [
        "Alarm: EMERGENCY", "Alarma: EMERGENCIA", "Alarme\u00a0: URGENCE",
    ]  # fmt: skip
    opened = compose(party["usbp"], IncidentOpen(incident_type="TUNNEL"))
    assert title(opened, "fr") == "Incident ouvert\u00a0: tunnel"
    assert title(opened, "es", short=True) == "Incidente: túnel"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_has_a_short_name_for_columns(language: str) -> None:
    for kind in KINDS:
        assert known("kinds_short", kind)
        assert len(label("kinds_short", kind, language)) <= 16, kind


def test_one_line_says_who_and_what_without_ids(party: Party) -> None:
    reply = AssistReply(assist="01a2", answer=AssistAnswer.ACCEPTED, units=("GN-3", "GN-4"))
    line = one_line(compose(party["c5"], reply, incident="NOG-1"), "es")
    assert line == "Respuesta a la solicitud de apoyo · C5 Sonora · aceptada · GN-3, GN-4 · NOG-1"
    spoken = compose(
        party["cap"], Text(text=LanguageText(text="a\n  b")), originator=Originator(unit="GN-3")
    )
    assert one_line(spoken, "en") == "Message · GN-3 · a b"
    assert "x-1" not in one_line(compose(party["c5"], AlarmAck(alarm="x-1")), "en")


def test_a_plan_begins_with_its_name(party: Party) -> None:
    plan = PatrolPlan(
        sector="Nogales West",
        legs=(Leg(name="Mariposa"), Leg(name="Morley")),
        pair=Pair(north=Team(unit="BP-7"), south=Team(unit="GN-3")),
    )
    line = one_line(compose(party["usbp"], plan, patrol="MP-07"), "es")
    assert line.startswith("Plan de patrullaje · MP-07 · ")
    assert line.endswith(" · Nogales West · Mariposa, Morley · BP-7 / GN-3")


def test_an_alarm_says_class_unit_reason_place(party: Party) -> None:
    alarm = Alarm(
        alarm_class="EMERGENCY", unit="GN-3", reason=LanguageText(text="Derrumbe"), injured=1
    )
    place = Location(
        point=Point(lat=31.33275, lon=-110.9511), side=Side.MX, monument="122 + 300 m W"
    )
    message = compose(party["gn"], alarm, location=place, incident="NOG-1", language="es")
    assert one_line(message, "fr") == (
        "Alarme\u00a0: URGENCE · GN-3 · (es) Derrumbe · "
        "122 + 300 m W, côté mexicain, 31.33275, -110.95110 · blessés 1 · NOG-1"
    )


def test_the_sender_is_not_said_beside_the_unit_that_speaks(party: Party) -> None:
    checked = CheckIn(unit="GN-3", leg="Morley", heads=4)
    assert one_line(compose(party["gn"], checked, patrol="MP-07"), "en") == (
        "Check-in · GN-3 · Morley · head count 4 · MP-07"
    )
    unwell = compose(party["gn"], CheckIn(unit="GN-3", ok=False))
    assert one_line(unwell, "fr") == "Pointage · GN-3 · tout va bien\u00a0: non"
    moved = compose(party["gn"], Position(unit="GN-3", track="gn-3"))
    assert one_line(moved, "en") == "Position · GN-3"


def test_a_flag_is_its_label_and_a_default_goes_without_saying(party: Party) -> None:
    taken = compose(party["c5"], PatrolAck(units=("GN-3",)), patrol="MP-07")
    assert one_line(taken, "es").endswith("MP-07 · C5 Sonora · GN-3")
    granted = compose(party["usbp"], ReleaseDecision(request="x", granted=True))
    assert one_line(granted, "en").endswith(" · granted")
    denied = compose(party["usbp"], ReleaseDecision(request="x", granted=False))
    assert one_line(denied, "es").endswith(" · concedido: no")


def test_a_head_count_says_whether_anybody_is_missing(party: Party) -> None:
    counted = [
        one_line(compose(party["c5"], ParReply(unit="GN", expected=5, accounted=number)), "en")
        for number in (4, 5)
    ]
    assert counted == [
        "Head count (PAR) · GN · 4/5 INCOMPLETE",
        "Head count (PAR) · GN · 5/5 complete",
    ]
    unknown = compose(party["c5"], ParReply(unit="GN", accounted=4))
    assert "4/? INCOMPLETO" in one_line(unknown, "es")


def test_a_time_has_its_day_where_that_is_another(party: Party) -> None:
    due = datetime(2030, 1, 2, 3, 4, tzinfo=UTC)
    notice = compose(party["usbp"], ConsularNotice(nationality="MX", count=1, due=due))
    assert one_line(notice, "en").endswith(" · count 1 · due 2030-01-02 03:04Z")
    today = compose(party["usbp"], notice.body, clock=lambda: to_microseconds(due))
    assert one_line(today, "en").endswith(" · due 03:04Z")


def test_withheld_fields_are_named_the_original_is_not(party: Party) -> None:
    stubs = tuple(
        Stub(path=path, by="US", tlp=Tlp.RED)
        for path in ("/body/camera", "/body/sensor", "/original", "/source")
    )
    message = compose(party["usbp"], Text(text=LanguageText(text="x")), stubs=stubs)
    assert one_line(message, "en").endswith(" · camera, seen by: withheld by US, TLP:RED")
    assert [one.label for one in gist(message, "en") if one.withheld] == ["camera, seen by"]


def test_an_alert_speaks_in_the_readers_language(party: Party) -> None:
    alert = Alert(infos=(
        AlertInfo(language="en-US", event="Flood", headline="River rising"),
        AlertInfo(language="es-MX", event="Inundación", headline="Crece el río"),
    ))  # fmt: skip
    message = compose(party["c5"], alert)
    assert one_line(message, "es").endswith("Inundación · Crece el río")
    assert one_line(message, "fr").endswith("Flood · River rising")


def test_a_place_in_words() -> None:
    here = Location(text=LanguageText(text="taller en la calle 5"), side=Side.MX)
    assert place_words(here, "es") == "taller en la calle 5, lado mexicano"
    assert place_words(Location(), "es") == ""
