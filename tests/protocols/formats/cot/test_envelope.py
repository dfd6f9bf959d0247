"""The attributes of an event: times that say "over", exercises, markings, and their own words."""

from __future__ import annotations

import types
from datetime import UTC, datetime, timedelta

import pytest
from lxml import etree

from protocols.formats.cot.envelope import put_envelope, read_markings, read_times, stricter
from protocols.messages.envelope import Handling, Message
from protocols.messages.kinds import Position, Text
from protocols.messages.values import Exercise, Moment, Precedence, Tlp

START = datetime(2026, 11, 21, 6, tzinfo=UTC)


def event(stale: str = "2026-11-21T06:05:00.000Z", **more: str) -> etree._Element:
    start = "2026-11-21T06:00:00.000Z"
    return etree.Element("event", time=start, start=start, stale=stale, **more)


def message(making: types.SimpleNamespace, body: object, **fields: object) -> Message:
    return Message(
        id="019a9c3e-7a00-7000-8000-000000000001",
        sender=making.sender,
        sent=START,
        body=body,  # type: ignore[arg-type]  # any kind
        **fields,  # type: ignore[arg-type]  # fields of Message
    )


def test_a_time_limit_is_one() -> None:
    fields, stale = read_times(event())
    assert fields["expires"] == stale == START + timedelta(minutes=5)
    assert fields["moments"] == {}


@pytest.mark.parametrize("stale", ["2026-11-21T05:59:59.000Z", "2026-11-21T06:00:00.000Z"])
def test_what_is_stale_when_it_starts_has_no_time_limit(stale: str) -> None:
    fields, _ = read_times(event(stale))
    assert fields["expires"] is None
    assert fields["moments"] == {"/expires": Moment(text=stale, offset_given=True)}


def test_its_words_are_written_again(making: types.SimpleNamespace) -> None:
    spent = {"/expires": Moment(text="2026-11-21T05:59:59Z", offset_given=True)}
    for moments, stale in (
        (spent, "2026-11-21T05:59:59Z"),
        ({}, "2026-11-21T06:05:00.000Z"),
        ({"/expires": Moment(text="soon", offset_given=False)}, "2026-11-21T06:05:00.000Z"),
    ):
        element = etree.Element("event")
        put_envelope(element, message(making, Text(), moments=moments))
        assert element.get("stale") == stale


def test_nothing_but_a_dropped_track_is_stale_before_it_starts(
    making: types.SimpleNamespace,
) -> None:
    before = START - timedelta(hours=1)
    for body, stale in (
        (Position(), "2026-11-21T06:00:00.000Z"),
        (Position(gone=True), "2026-11-21T05:00:00.000Z"),
    ):
        element = etree.Element("event")
        put_envelope(element, message(making, body, expires=before))
        assert element.get("stale") == stale


@pytest.mark.parametrize(
    ("opex", "exercise", "left"),
    [
        ("o", Exercise.ACTUAL, None),
        ("e", Exercise.EXERCISE, None),
        ("s", Exercise.SIMULATION, None),
        ("E", Exercise.EXERCISE, "E"),
        ("e-NOGALES 26", Exercise.EXERCISE, "e-NOGALES 26"),
        ("s-2", Exercise.SIMULATION, "s-2"),
        ("o-1", Exercise.ACTUAL, "o-1"),
        ("exercise", Exercise.EXERCISE, "exercise"),
        ("O", None, "O"),
        ("", None, ""),
    ],
)
def test_opex_in_all_its_variants_comes_back(
    opex: str, exercise: Exercise | None, left: str | None, making: types.SimpleNamespace
) -> None:
    element = event(opex=opex)
    assert read_markings(element).get("exercise") is exercise
    assert element.get("opex") == left
    put_envelope(element, message(making, Text(), exercise=exercise or Exercise.NOT_STATED))
    assert element.get("opex") == opex


def test_what_is_not_real_never_looks_real(making: types.SimpleNamespace) -> None:
    for exercise in Exercise:
        element = event(opex="o")
        put_envelope(element, message(making, Text(), exercise=exercise))
        letter = element.get("opex", "")[:1]
        assert (letter == "o") == (exercise is Exercise.ACTUAL)
        assert (letter == "") == (exercise is Exercise.NOT_STATED)


@pytest.mark.parametrize("name", ["releaseableTo", "releasableTo"])
@pytest.mark.parametrize("text", ["USA,MEX", "USA, CAN", "usa Interpol"])
def test_markings_keep_their_spelling(name: str, text: str, making: types.SimpleNamespace) -> None:
    given = {"access": "LES", "caveat": "FOUO", "qos": "9-r-c", name: text}
    element = event(**given)
    fields = read_markings(element)
    assert fields["precedence"] is Precedence.FLASH
    assert fields["handling"].caveat == "FOUO"
    assert len(fields["handling"].releasable_to) == 2
    put_envelope(element, message(making, Text(), **fields))
    assert {key: element.get(key) for key in given} == given


def test_another_marking_replaces_what_stood_there(making: types.SimpleNamespace) -> None:
    element = event(releasableTo="USA, MEX")
    put_envelope(element, message(making, Text(), handling=Handling(releasable_to=("CA",))))
    assert element.get("releaseableTo") == "CAN"


def test_the_last_moment_has_no_later_one(making: types.SimpleNamespace) -> None:
    last = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
    written = etree.Element("event")
    put_envelope(written, message(making, Text(), effective=last))
    assert written.get("stale") == "9999-12-31T23:59:59.999Z"
    assert read_times(written)[0]["effective"] == last


def test_markings_around_a_message_fill_it_or_hold_beside_its_own() -> None:
    around = Handling(national_marking="SECRET", caveat="EYES", releasable_to=("US", "CA"))
    assert stricter(Handling(), around) == around
    assert stricter(around, Handling()) == around
    assert stricter(around, around) == around
    own = Handling(tlp=Tlp.RED, national_marking="RESERVADO", releasable_to=("MX", "US"))
    both = stricter(own, around)
    assert both.tlp is Tlp.RED
    assert both.national_marking == "RESERVADO; SECRET"
    assert both.releasable_to == ("US",)
    assert not both.third_party
    nobody = stricter(Handling(releasable_to=("MX",)), around)
    assert (nobody.releasable_to, nobody.third_party) == (("MX",), True)
    spelled = Handling(releasable_to=("USA", "CA"))
    assert stricter(spelled, Handling(releasable_to=("US", "CA"))) == spelled
