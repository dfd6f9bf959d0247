"""Slots: what reading takes, writing puts back into the same place; the rest stays as it was."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from lxml import etree

from protocols.errors import MalformedDocument
from protocols.formats.slots import SLOT, Reading, Writing
from protocols.formats.times import offset_text
from protocols.formats.xml import parse, serialise
from protocols.messages.values import Moment

DOCUMENT = b"""<a xmlns="urn:a"><b> one </b><other kept="1">two</other><B>three</B>
<when>2026-03-01T10:00:00-07:00</when></a>"""
TEN = datetime(2026, 3, 1, 17, tzinfo=UTC)


def texts(data: bytes) -> list[str]:
    return [text.strip() for text in parse(data).itertext() if text.strip()]


def test_taking_leaves_a_slot_and_nothing_else_changes() -> None:
    reading = Reading(parse(DOCUMENT))
    assert reading.take(reading.root, "b") == "one"
    assert reading.take(reading.root, "b") is None  # it is a slot now
    assert reading.peek(reading.root, "other") == "two"
    node = reading.left()
    assert ["{urn:a}b", {SLOT: ""}] in node
    assert ["{urn:a}other", {"kept": "1"}, "two"] in node


def test_names_are_compared_without_case() -> None:
    reading = Reading(parse(DOCUMENT))
    assert len(reading.all(reading.root, "b")) == 2
    assert reading.find(reading.root, "OTHER") is not None
    assert reading.find(reading.root, "other/none") is None


def test_values_go_back_into_their_slots() -> None:
    reading = Reading(parse(DOCUMENT))
    taken = reading.take(reading.root, "b")
    writing = Writing("a", "urn:a", kept=reading.left())
    writing.put(writing.root, "b", taken)
    assert texts(serialise(writing.finish())) == ["one", "two", "three",
                                                  "2026-03-01T10:00:00-07:00"]  # fmt: skip


def test_a_slot_that_nothing_was_put_into_goes_away() -> None:
    reading = Reading(parse(DOCUMENT))
    reading.take(reading.root, "other")
    writing = Writing("a", "urn:a", kept=reading.left())
    assert writing.all(writing.finish(), "other") == []


def test_text_after_a_slot_stays() -> None:
    reading = Reading(parse(b"<a>x<b>1</b>y<c>2</c>z</a>"))
    reading.take(reading.root, "b")
    reading.take(reading.root, "c")
    writing = Writing("a", "", kept=reading.left())
    assert "".join(map(str, writing.finish().itertext())) == "xyz"


def test_what_must_be_there_is_missed_by_name() -> None:
    reading = Reading(parse(DOCUMENT))
    with pytest.raises(MalformedDocument, match=r"/a/none \(line 1\): .*missing or empty"):
        reading.need(reading.root, "none")


def test_times_keep_how_they_were_written() -> None:
    reading = Reading(parse(DOCUMENT))
    assert reading.moment(reading.root, "when", "/sent") == TEN
    assert reading.moments == {"/sent": Moment(text="2026-03-01T10:00:00-07:00", offset_given=True)}
    writing = Writing("a", "urn:a", kept=reading.left())
    writing.time(writing.root, "when", TEN, reading.moments, "/sent", offset_text)
    assert texts(serialise(writing.finish()))[-1] == "2026-03-01T10:00:00-07:00"
    later = TEN.replace(hour=18)
    writing.time(writing.root, "when", later, reading.moments, "/sent", offset_text)
    assert texts(serialise(writing.root))[-1] == "2026-03-01T18:00:00-00:00"
    writing.time(writing.root, "gone", None, {}, "/sent", offset_text)
    assert writing.all(writing.root, "gone") == []


def test_what_is_no_time_is_refused_with_its_place() -> None:
    reading = Reading(parse(b"<a><when>noon</when></a>"))
    with pytest.raises(MalformedDocument, match=r"/a/when .*'noon' is not a date and time"):
        reading.moment(reading.root, "when", "/sent")


def test_a_document_that_holds_our_marker_is_refused() -> None:
    data = b'<a><b xmlns:x="urn:crossband:xml" x:slot="">1</b></a>'
    with pytest.raises(MalformedDocument, match="reserved"):
        Reading(parse(data))


def test_new_elements_stand_in_the_order_of_the_schema() -> None:
    writing = Writing("a", "urn:a", order={"A": ("first", "second", "third")})
    for name in ("third", "first", "second", "unknown"):
        writing.put(writing.root, name, name)
    names = [etree.QName(child).localname for child in writing.root]
    assert names == ["first", "second", "third", "unknown"]


def test_a_child_is_made_up_to_its_number_and_in_its_own_namespace() -> None:
    writing = Writing("a", "urn:a", spaces={"Theirs": "urn:b"})
    writing.put(writing.root, "ours/theirs", "x")
    assert writing.child(writing.root, "ours", 2) is writing.all(writing.root, "ours")[2]
    assert len(writing.all(writing.root, "ours")) == 3
    assert writing.root[0][0].tag == "{urn:b}theirs"
    writing.put(writing.root, "nothing", None)
    assert writing.all(writing.root, "nothing") == []


@pytest.mark.parametrize(
    "kept",
    [{}, "text", [], ["{urn:a}other"], [7], ["{urn:a}a", ["b", 3]], ["{urn:a}a", ["{u=x:y}b"]]],
)
def test_an_extension_that_holds_something_else_is_refused(kept: object) -> None:
    with pytest.raises(MalformedDocument):
        Writing("a", "urn:a", kept=kept)
