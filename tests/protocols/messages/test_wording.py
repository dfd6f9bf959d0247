"""Single values as words: positions, spans of time, stubs with the label of their field."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from protocols.messages import Stub
from protocols.messages.kinds import ParReply, Tolerances
from protocols.messages.values import Point, Tlp, Window
from protocols.messages.wording import (
    field_label,
    labelled,
    labelling,
    point_words,
    stated,
    stub_words,
    window_words,
    withheld_lines,
)


def told(*stubs: Stub, language: str = "en") -> list[tuple[str, str, str]]:
    lines = withheld_lines(stubs, language)
    assert all(line.withheld for line in lines)
    return [(line.path, line.label, line.value) for line in lines]


def test_a_position_reads_as_degrees() -> None:
    assert point_words(Point(lat=31.33275, lon=-110.9511)) == "31.33275, -110.95110"
    assert point_words(Point(lat=1, lon=2, hae=1180.5, ce=5)) == "1.00000, 2.00000, 1180.5 m (±5 m)"


def test_a_span_of_time_names_the_second_day_only_where_it_is_another() -> None:
    start = datetime(2026, 3, 4, 19, 10, tzinfo=UTC)
    assert window_words(Window(start=start, end=start.replace(hour=20))) == (
        "2026-03-04 19:10Z – 20:10Z"
    )
    assert window_words(Window(start=start, end=start.replace(day=5))) == (
        "2026-03-04 19:10Z – 2026-03-05 19:10Z"
    )
    assert window_words(Window(start=start)) == "2026-03-04 19:10Z – …"
    assert window_words(Window(end=start)) == "… – 2026-03-04 19:10Z"


def test_french_has_a_no_break_space_before_its_colon() -> None:
    assert labelled("cámara", "C14", "es-MX") == "cámara: C14"
    assert labelled("caméra", "C14", "fr-CA") == "caméra\u00a0: C14"


@pytest.mark.parametrize("language", ["en", "es-MX", "fr-CA"])
def test_many_lines_are_labelled_as_one_is(language: str) -> None:
    joined = labelling(language)(label="cámara", value="{C14}")
    assert joined == labelled("cámara", "{C14}", language)


def test_defaults_are_said_where_people_act_on_them_and_no_is_not() -> None:
    said = {name: value for name, value, _ in stated(Tolerances())}
    assert said == {name: getattr(Tolerances(), name) for name in Tolerances.__struct_fields__}
    body = ParReply(unit="GN-1", accounted=3)
    assert {name for name, _, _ in stated(body)} == {"unit", "accounted"}
    assert not list(stated(Window()))


def test_a_stub_without_a_marking() -> None:
    assert stub_words(Stub(path="/x", by="MX"), "fr") == "retenu par MX"


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/body/camera", "cámara"),
        ("/body/legs/0", "tramo 1"),
        ("/body/legs/*/waypoint_north", "punto norte"),
        ("/codes/*", "códigos propios"),
    ],
)
def test_a_path_leads_to_its_label(path: str, words: str) -> None:
    assert field_label(path, "es") == words


def test_one_stub_a_withheld_field_and_one_remark_on_what_falls_with_it() -> None:
    names = ("/body/camera", "/extensions", "/losses", "/original", "/source")
    stubs = [Stub(path=name, by="US", tlp=Tlp.RED) for name in names]
    assert told(*stubs) == [
        ("/body/camera", "camera", "withheld by US, TLP:RED"),
        ("/original", "original", "withheld as well"),
    ]
    assert told(*stubs, language="es")[1] == ("/original", "original", "también reservado")


def test_a_field_of_every_item_is_said_once_with_the_pattern_of_its_path() -> None:
    stubs = [Stub(path=f"/body/legs/{leg}/waypoint_{end}", by="US")
             for leg in range(3) for end in ("north", "south")]  # fmt: skip
    assert told(*stubs) == [
        ("/body/legs/*/waypoint_north", "waypoint north", "withheld by US"),
        ("/body/legs/*/waypoint_south", "waypoint south", "withheld by US"),
    ]
    (one,) = told(stubs[0])
    assert one[0] == "/body/legs/0/waypoint_north"


def test_an_original_withheld_for_itself_is_said_in_full() -> None:
    stubs = [Stub(path=name, by="MX") for name in ("/extensions", "/original", "/source")]
    assert told(*stubs) == [("/original", "original", "withheld by MX")]
    assert told() == []
