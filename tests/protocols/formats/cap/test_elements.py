"""Elements of an alert: their order, their units, and the names by which CAP calls a message."""

from __future__ import annotations

import types
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from protocols.errors import MalformedDocument
from protocols.formats.cap import alert as cap
from protocols.formats.cap import elements as cap_elements
from protocols.formats.cap.derive import message_id
from protocols.formats.cap.geometry import FEET, KILOMETRE
from protocols.formats.cap.read import Reading, read_area
from protocols.formats.cap.words import NAMESPACE
from protocols.messages.envelope import Message, Sender
from protocols.messages.kinds import Alarm
from protocols.messages.values import Area, Circle, LanguageText, Moment, NativeCode, Point

NUMBERS = st.floats(0, 40_000, allow_nan=False)


@settings(max_examples=60, deadline=None)
@given(kilometres=NUMBERS, feet=NUMBERS)
def test_an_area_goes_there_and_back(kilometres: float, feet: float) -> None:
    area = Area(
        description=LanguageText(text="Nogales"),
        polygons=((Point(lat=1.0, lon=2.0), Point(lat=1.5, lon=2.0), Point(lat=1.0, lon=2.0)),),
        circles=(Circle(centre=Point(lat=31.3, lon=-110.9), radius=kilometres * KILOMETRE),),
        geocodes=(NativeCode(system="FIPS6", code="004023"),),
        altitude=feet * FEET,
    )
    written = cap_elements.write_area(etree.Element("x"), area)
    read = read_area(written, "", Reading(NAMESPACE))
    assert read.polygons == area.polygons
    assert read.geocodes == area.geocodes
    assert read.circles[0].radius == pytest.approx(area.circles[0].radius, rel=1e-12)
    assert read.altitude == pytest.approx(area.altitude, rel=1e-12)


def message(making: types.SimpleNamespace, **fields: object) -> Message:
    given = {
        "id": "019a9c3e-7a00-7000-8000-000000000001",
        "sender": making.sender,
        "sent": datetime(2026, 11, 21, 19, 31, tzinfo=UTC),
        "body": Alarm(alarm_class="OTHER"),
    }
    return Message(**(given | fields))


def test_a_sender_has_nothing_that_cap_forbids(making: types.SimpleNamespace) -> None:
    odd = Sender(country="US", agency="a", unit="u", device="a b,c<d&e", role=making.sender.role)
    assert cap_elements.sender_text(message(making, sender=odd)) == "a_b_c_d_e"


def test_the_reference_to_a_message_leads_back_to_it(making: types.SimpleNamespace) -> None:
    ours = message(making)
    assert message_id(cap_elements.reference_to(ours)) == ours.id
    foreign = cap.decode(
        b'<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>A-1</identifier>'
        b"<sender>c5</sender><sent>2026-11-21T12:31:00-07:00</sent><status>Actual</status>"
        b"<msgType>Alert</msgType><scope>Public</scope></alert>"
    )
    reference = cap_elements.reference_to(foreign)
    assert (reference.sender, reference.id) == ("c5", "A-1")
    assert message_id(reference) == foreign.id


def test_a_time_in_the_senders_words_only_while_they_hold(making: types.SimpleNamespace) -> None:
    kept = message(making, moments={"/sent": Moment(text="2026-11-21T12:31:00-07:00")})
    assert cap_elements.time_text(kept, kept.sent, "/sent") == "2026-11-21T12:31:00-07:00"
    later = kept.sent.replace(hour=20)
    assert cap_elements.time_text(kept, later, "/sent") == "2026-11-21T20:31:00-00:00"
    assert cap_elements.time_text(kept, None, "/sent") is None


def test_an_extension_that_is_none_is_refused() -> None:
    with pytest.raises(MalformedDocument):
        cap_elements.append_left(etree.Element("x"), {"/body": "text"}, "/body")
