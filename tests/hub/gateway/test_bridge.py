"""What crosses the bridge, in whose name, and what never comes back."""

from __future__ import annotations

import msgspec
import pytest

from hub.gateway import bridge as module
from protocols.clock import to_datetime
from protocols.errors import (
    AlreadyCrossed,
    Expired,
    FrameTooLarge,
    MalformedDocument,
    NotRepresentable,
    PolicyRefused,
    RoleRefused,
)
from protocols.identity import Role
from protocols.messages import Message, to_json
from protocols.messages.kinds import (
    Alarm,
    Alert,
    AlertAction,
    Body,
    Position,
    Presence,
    Read,
    Receipt,
    Text,
)
from protocols.messages.values import LanguageText, Location, Point
from tests.hub.gateway.edges import bridge
from tests.hub.gateway.parties import C5, DISPATCH, GN3, NOON, received, says

HELLO = says(GN3, Text(text=LanguageText(text="hola")), language="es")
ALARM = says(
    GN3,
    Alarm(alarm_class="EMERGENCY", unit="GN-3"),
    location=Location(point=Point(lat=31.33, lon=-110.95)),
)
CHAT = (
    b'<event version="2.0" uid="GeoChat.A.B.1" type="b-t-f" how="h-g-i-g-o" '
    b'time="2026-10-25T00:00:00Z" start="2026-10-25T00:00:00Z" stale="2026-10-27T00:00:00Z">'
    b'<point lat="0.0" lon="0.0" hae="0" ce="9999999" le="9999999"/><detail>'
    b'<__chat chatroom="All Chat Rooms" senderCallsign="NOGALES" messageId="1"/>'
    b"<remarks>%s</remarks></detail></event>"
)


# --- channel → system ---------------------------------------------------------------------------


def test_others_messages_go_out_and_its_own_never() -> None:
    side = bridge()
    parcel = side.outgoing(received(HELLO, seq=4))
    assert parcel is not None
    assert (parcel.message, parcel.seq) == (HELLO, 4)
    assert b"hola" in parcel.data
    assert parcel.losses
    assert side.outgoing(received(says(DISPATCH, HELLO.body), own=True)) is None


def test_what_came_in_never_goes_out_again() -> None:
    side = bridge()
    message = side.incoming(CHAT % b"one")
    side.entered(message)
    assert side.outgoing(received(message)) is None


@pytest.mark.parametrize("body", [Receipt(of="x"), Read(of="x"), Presence()])
def test_receipts_of_others_stay_in_the_channel(body: Body) -> None:
    assert bridge().outgoing(received(says(GN3, body))) is None


def test_only_kinds_that_may_are_shown() -> None:
    side = bridge(kinds_out=("alarm",))
    assert side.outgoing(received(HELLO)) is None
    assert side.outgoing(received(ALARM)) is not None


def test_a_refused_message_is_shown_as_refused_and_always_as_the_same() -> None:
    shown = bridge(language="es").outgoing(received(ALARM, refused="role_refused"))
    assert shown is not None
    body = shown.message.body
    assert isinstance(body, Text)
    assert body.text is not None
    assert body.text.text.startswith("✗ gn-3@c5son")
    assert body.text.language == "es"
    again = bridge(language="es").outgoing(received(ALARM, refused="role_refused"))
    assert again is not None
    assert again.message.id == shown.message.id
    assert again.message.sent == to_datetime(NOON)


def test_what_a_format_cannot_say_is_not_said() -> None:
    with pytest.raises(NotRepresentable):
        bridge("cap", C5).outgoing(received(HELLO))
    assert bridge("cap", C5).notice("hola") is None


# --- system → channel ---------------------------------------------------------------------------


def test_the_gateway_speaks_in_its_own_name_whatever_a_document_claims() -> None:
    claimed = to_json(says(GN3, HELLO.body))
    message = bridge("canonical").incoming(claimed)
    assert message.sender.device == DISPATCH.device
    assert message.sender.agency == "uscbp"
    assert message.sender.role is Role.GATEWAY
    assert message.originator is not None
    assert message.originator.unit == "GN-3"
    event = bridge().incoming(CHAT % b"one")
    assert event.sender.device == DISPATCH.device
    assert event.originator is not None
    assert event.originator.unit == "NOGALES"


def test_a_document_crosses_once() -> None:
    side = bridge()
    first = side.incoming(CHAT % b"one")
    side.entered(first)
    with pytest.raises(AlreadyCrossed) as caught:
        side.incoming(CHAT % b"one")
    assert caught.value.facts == {"id": first.id}
    assert side.incoming(CHAT % b"two").id != first.id


@pytest.mark.parametrize("carry", [True, False], ids=["carried", "plain"])
@pytest.mark.parametrize("format_", ["cot", "cap", "canonical"])
def test_what_the_system_received_here_does_not_return(format_: str, carry: bool) -> None:
    side = bridge(format_, carry=carry)
    parcel = side.outgoing(received(ALARM))
    assert parcel is not None
    with pytest.raises(AlreadyCrossed):
        side.incoming(parcel.data)


@pytest.mark.parametrize("carry", [True, False], ids=["carried", "plain"])
def test_its_own_notices_do_not_return_either(carry: bool) -> None:
    side = bridge(carry=carry)
    parcel = side.notice("the link is back")
    assert parcel is not None
    with pytest.raises(AlreadyCrossed):
        side.incoming(parcel.data)


def test_an_entry_that_was_passed_by_is_known_all_the_same() -> None:
    side = bridge("canonical")
    own = says(DISPATCH, HELLO.body)
    side.pass_by(received(own, own=True))
    side.pass_by(received(HELLO))
    for message in (own, HELLO):
        assert side.known(message.id) == message
        with pytest.raises(AlreadyCrossed):
            side.incoming(to_json(message))
    assert side.delivered(own.id, "gn-3@c5son") is not None
    assert side.delivered(HELLO.id, "gn-3@c5son") is None


def test_only_kinds_that_may_come_in() -> None:
    side = bridge(kinds_in=("position",))
    with pytest.raises(PolicyRefused, match="text"):
        side.incoming(CHAT % b"one")


def test_what_its_role_may_not_send_is_refused() -> None:
    observer = msgspec.structs.replace(says(GN3, Position(track="x")).sender, role=Role.OBSERVER)
    claimed = msgspec.structs.replace(says(GN3, Position(track="x")), sender=observer)
    with pytest.raises(RoleRefused):
        bridge("canonical").incoming(to_json(claimed))


def test_what_cannot_be_read_is_refused_with_the_place() -> None:
    with pytest.raises(MalformedDocument, match=r"[Ll]ine 1"):
        bridge().incoming(b"<event")


def test_what_is_past_its_own_limit_is_refused_but_a_ping_is_not() -> None:
    late = (CHAT % b"one").replace(b"2026-10-27", b"2026-10-25")
    with pytest.raises(Expired, match="2026-10-25"):
        bridge().incoming(late)
    ping = late.replace(b'type="b-t-f"', b'type="t-x-c-t"')
    assert isinstance(bridge().incoming(ping).body, Presence)


def test_an_acknowledgement_becomes_the_reply_that_it_is() -> None:
    side = bridge("canonical", C5)
    side.outgoing(received(ALARM))
    ack = says(C5, Alert(action=AlertAction.ACK), in_reply_to=ALARM.id)
    assert side.incoming(to_json(ack)).kind == "alarm.ack"


def test_a_large_document_leaves_its_bytes_behind_and_says_so() -> None:
    document = CHAT % (b"word " * 9000)
    message = bridge().incoming(document)
    assert message.original is not None
    assert message.original.data is None
    assert message.losses[-1].value == message.original.sha256


def test_what_is_too_large_even_so_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ROOM", 1000)
    with pytest.raises(FrameTooLarge, match="1000"):
        bridge().incoming(CHAT % (b"word " * 300))


# --- delivery -----------------------------------------------------------------------------------


def test_delivery_is_told_once_and_names_who_opened_it() -> None:
    side = bridge()
    message: Message = side.incoming(CHAT % b"one")
    assert side.delivered(message.id, "gn-3@c5son") is None  # it was not sent
    side.entered(message)
    told = side.delivered(message.id, "gn-3@c5son")
    assert told is not None
    assert told.message.body == Receipt(of="1")  # the chat's own messageId
    assert told.message.originator is not None
    assert told.message.originator.unit == "gn-3@c5son"
    assert side.delivered(message.id, "gn-4@c5son") is None


def test_delivery_that_was_told_before_a_restart_is_not_told_again() -> None:
    side = bridge()
    message = side.incoming(CHAT % b"one")
    side.entered(message)
    side.delivery_told(message.id)
    assert side.delivered(message.id, "gn-3@c5son") is None


def test_cap_has_no_receipts() -> None:
    side = bridge("cap", C5)
    message = says(C5, Alert())
    side.entered(message)
    assert side.delivered(message.id, "dispatch@uscbp") is None
