"""The parts of a resource message: what goes where, and what counts as carried."""

from __future__ import annotations

from datetime import UTC, datetime

from lxml import etree

from protocols.formats.codec import DEFAULT_SETTINGS, STRANGER
from protocols.formats.edxl_rm.parts import NO_PLACE, Parts, exact, open_quantity, slot_of
from protocols.formats.slots import SLOT
from protocols.messages.envelope import Message
from protocols.messages.kinds import AssistRequest
from protocols.messages.values import LanguageText, Location, Point

TEN = datetime(2026, 3, 1, 10, tzinfo=UTC)


def parts(body: AssistRequest | None = None, location: Location | None = None) -> Parts:
    message = Message(
        id="00e8d4a5-1000-7000-b060-b28b4f9afe03",
        sender=STRANGER,
        sent=TEN,
        body=body or AssistRequest(capability="K9"),
        location=location,
    )
    return Parts(message, DEFAULT_SETTINGS, "RequestResource", None)


def lost(made: Parts) -> set[str]:
    return {loss.field for loss in made.account.close(NO_PLACE)}


def said(made: Parts, name: str) -> list[str | None]:
    return [element.text for element in made.writing.finish().iter(f"{{*}}{name}")]


def test_what_reads_back_as_it_is() -> None:
    assert exact("a b")
    assert not any(map(exact, (None, "", " a", "a\x01", "a\n")))


def test_a_text_with_white_space_around_it_is_written_and_lost() -> None:
    body = AssistRequest(capability="K9", task=LanguageText(text=" dig "))
    made = parts(body)
    made.say(made.resource(0), "AssignmentInformation/AnticipatedFunction", body.task, "body.task")
    assert said(made, "AnticipatedFunction") == [" dig "]
    assert "body.task.text" in lost(made)


def test_an_empty_text_is_not_written() -> None:
    made = parts()
    made.say(made.root, "MessageDescription", LanguageText(text="  "), "body.reason")
    assert said(made, "MessageDescription") == []


def test_a_capability_has_its_label_and_its_code() -> None:
    made = parts()
    made.capability(made.resource(0), "K9")
    assert said(made, "Value") == ["K9"]
    assert said(made, "Name") not in ([], ["K9"])
    assert "body.capability" not in lost(made)


def test_a_place_is_a_position_and_words() -> None:
    place = Location(point=Point(lat=31.5, lon=-110.25), text=LanguageText(text="Gate 3"))
    made = parts(location=place)
    made.place(made.resource(0), "RequestedArrival", place, "location")
    assert said(made, "pos") == ["31.5 -110.25"]
    assert said(made, "LocationDescription") == ["Gate 3"]
    assert not {"location.point.lat", "location.text.text"} & lost(made)


def test_a_place_that_says_nothing_is_not_written() -> None:
    for place in (None, Location(monument="122"), Location(text=LanguageText(text=" "))):
        made = parts()
        made.place(made.resource(0), "ReportTo", place, "location")
        assert said(made, "Location") == []


def test_times_share_the_schedule_of_their_type() -> None:
    made = parts()
    resource = made.resource(0)
    made.time(resource, "RequestedArrival", TEN, "body.when")
    made.place(resource, "RequestedArrival", Location(text=LanguageText(text="x")), "location")
    made.time(resource, "EstimatedArrival", None, "body.eta")
    assert said(made, "ScheduleType") == ["RequestedArrival"]


def test_units_stand_in_the_order_in_which_they_come() -> None:
    made = parts()
    made.new_resources(("A", " ", "C"))
    made.units([made.resource(index) for index in range(3)], ("A", " ", "C"))
    assert said(made, "Name") == ["A", "C"]


def test_slots_of_names_and_quantities() -> None:
    document = etree.fromstring("<R><Resource><Name>x</Name><ResourceID/></Resource></R>")
    document[0][1].set(SLOT, "")
    assert slot_of(document) is document[0][1]
    del document[0][1].attrib[SLOT]
    assert slot_of(document) is document[0][0]
    assert open_quantity(document)
    taken = "<R><AssignmentInformation><Quantity><QuantityText>a few</QuantityText></Quantity>"
    assert not open_quantity(etree.fromstring(taken + "</AssignmentInformation></R>"))
