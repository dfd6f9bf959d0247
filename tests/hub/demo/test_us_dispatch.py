"""The dispatch's system takes out of an event what its screens show."""

from __future__ import annotations

from hub.demo import us_dispatch
from hub.demo.us_dispatch import UsDispatch
from protocols.formats.cot import event as cot
from protocols.identity import Identity, Role
from protocols.messages import compose
from protocols.messages.kinds import Alarm, Receipt, Text
from protocols.messages.values import LanguageText, Location, Point

GN3 = Identity("MX", "c5son", "GN-3", "gn-3@c5son", Role.PARTICIPANT)


def shown(body: object, **fields: object) -> us_dispatch.Seen:
    return us_dispatch._screen(cot.encode(compose(GN3, body, **fields)).data)  # type: ignore[arg-type]  # any kind


def test_an_emergency_has_its_place_and_its_whole_message() -> None:
    place = Location(point=Point(lat=31.33275, lon=-110.9511))
    seen = shown(Alarm(alarm_class="EMERGENCY", unit="GN-3"), location=place)
    assert seen.type.startswith("b-a-o")
    assert seen.point == (31.33275, -110.9511)
    assert seen.kind == "alarm"
    assert seen.body["alarm_class"] == "EMERGENCY"


def test_a_receipt_says_what_it_is_about() -> None:
    assert shown(Receipt(of="NOGALES-DISPATCH.4")).of == "NOGALES-DISPATCH.4"


def test_events_are_found_newest_first() -> None:
    dispatch = UsDispatch()
    dispatch.seen = [
        shown(Text(text=LanguageText(text=text), subject=subject))
        for text, subject in (("one", "a"), ("two", "b"), ("three", "a"))
    ]
    found = dispatch.find("text", subject="a")
    assert found is dispatch.seen[2]
    assert dispatch.of_type("b-t-f") is dispatch.seen[2]
    assert dispatch.find("alarm") is None
