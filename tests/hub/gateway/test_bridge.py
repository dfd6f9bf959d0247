"""What crosses the bridge, in whose name, and what never comes back."""

from __future__ import annotations

import msgspec
import pytest

from hub.gateway import bridge as module
from hub.gateway.crossing import Rule
from protocols.clock import to_datetime
from protocols.errors import (
    AlreadyCrossed,
    ExerciseUnsayable,
    Expired,
    FrameTooLarge,
    MalformedDocument,
    NotRepresentable,
    PolicyRefused,
    RoleRefused,
)
from protocols.formats.codec import STRANGER, Settings
from protocols.formats.registry import FORMATS
from protocols.formats.translate import Unsayable
from protocols.identity import Identity, Role
from protocols.messages import Handling, Message, Reference, to_json
from protocols.messages.envelope import SealedPart, Stub
from protocols.messages.kinds import (
    Alarm,
    AlarmCancel,
    Alert,
    AlertAction,
    Body,
    IncidentOpen,
    Position,
    Presence,
    Read,
    Receipt,
    Text,
)
from protocols.messages.values import Exercise, LanguageText, Location, Point
from tests.hub.gateway.edges import bridge
from tests.hub.gateway.parties import C5, DISPATCH, GN3, NOON, RCMP, received, says

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


ALERT = (
    b'<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>%s</identifier>'
    b"<sender>c5.example</sender><sent>2026-10-25T20:00:00-06:00</sent><status>Actual</status>"
    b"<msgType>Alert</msgType><scope>Public</scope><info><language>es-MX</language>"
    b"<category>Security</category><event>Derrumbe</event><urgency>Immediate</urgency>"
    b"<severity>Severe</severity><certainty>Observed</certainty></info></alert>"
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


def test_what_a_rule_stops_is_not_shown_and_counted_by_its_name() -> None:
    stopped: list[tuple[str, str]] = []
    side = bridge(
        stopped=lambda way, rule: stopped.append((way, rule)),
        rules=(Rule(name="no chat", let="stop", kinds=("text",)),),
    )
    assert side.outgoing(received(HELLO)) is None
    assert side.outgoing(received(HELLO, refused="role_refused")) is None
    assert side.outgoing(received(ALARM)) is not None
    with pytest.raises(PolicyRefused, match="no chat") as caught:
        side.incoming(CHAT % b"one")
    assert caught.value.facts == {"rule": "no chat"}
    assert stopped == [("out", "no chat"), ("out", "no chat"), ("in", "no chat")]


def test_what_its_originator_closed_to_third_parties_stands_as_a_stub() -> None:
    closed = Handling(third_party=True, recipients=("rcmp",))
    secret = says(GN3, HELLO.body, handling=closed)
    shown = bridge(language="fr").outgoing(received(secret))
    assert shown is not None
    assert b"hola" not in shown.data
    assert isinstance(shown.message.body, Text)
    assert shown.message.body.text is not None
    assert "retenu par MX" in shown.message.body.text.text
    assert bridge("cap", C5).outgoing(received(says(DISPATCH, ALARM.body))) is not None


def test_a_codec_with_a_defect_has_no_notice_and_knows_no_echo() -> None:
    def broken(*given: object) -> None:
        raise ZeroDivisionError

    mute = bridge(msgspec.structs.replace(FORMATS["cot"], encode=broken))
    assert mute.notice("hola") is None
    mute.shown_before(received(HELLO))
    blind = bridge(msgspec.structs.replace(FORMATS["cot"], decode=broken))
    assert blind.outgoing(received(HELLO)) is not None


def test_a_notice_about_an_entry_stands_in_its_incident() -> None:
    """EIDO has no place for words outside an incident; about one it has."""
    entry = received(says(GN3, HELLO.body, incident="NOG-1", patrol="MP-07"))
    side = bridge("eido")
    assert side.notice("not shown") is None
    told = side.notice("not shown", entry)
    assert told is not None
    assert (told.message.incident, told.message.patrol) == ("NOG-1", "MP-07")
    again = bridge("eido").notice("not shown", entry)
    assert again is not None
    assert again.message.id == told.message.id


def test_an_exercise_that_a_format_cannot_say_is_refused_or_wrapped_by_policy() -> None:
    body = IncidentOpen(incident_type="TUNNEL", summary=LanguageText(text="smoke"))
    real = says(GN3, body, incident="NOG-1", exercise=Exercise.ACTUAL)
    drill = msgspec.structs.replace(real, id=says(GN3, body).id, exercise=Exercise.EXERCISE)
    for unsayable in Unsayable:
        side = bridge("eido", unsayable=unsayable)
        plain = side.outgoing(received(real))
        assert plain is not None
        assert plain.format_name == "eido"
        if unsayable is Unsayable.REFUSE:
            with pytest.raises(ExerciseUnsayable):
                side.outgoing(received(drill))
            continue
        wrapped = side.outgoing(received(drill))
        assert wrapped is not None
        assert wrapped.format_name == "edxl-de"
        assert FORMATS["edxl-de"].decode(wrapped.data).exercise is Exercise.EXERCISE
        with pytest.raises(AlreadyCrossed):
            side.incoming(wrapped.data, FORMATS["edxl-de"])


def test_an_update_names_what_it_updates_as_the_system_knows_it() -> None:
    side = bridge("cap", C5)
    first = side.incoming(ALERT % b"C5-1")
    side.entered(first)
    change = says(GN3, Alert(action=AlertAction.UPDATE), in_reply_to=first.id)
    assert side.settings.reference is not None
    named = side.settings.reference(first.id)
    assert named == Reference(id="C5-1", sender="c5.example", sent="2026-10-25T20:00:00-06:00")
    assert side.settings.reference(change.id) is None


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


@pytest.mark.parametrize("format_", ["cot", "cap", "canonical"])
def test_what_went_out_through_another_gateway_does_not_come_in_here(format_: str) -> None:
    members = (DISPATCH.device, C5.device, GN3.device)
    other, side = bridge(format_, C5, members=members), bridge(format_, members=members)
    parcel = other.outgoing(received(ALARM))
    assert parcel is not None
    with pytest.raises(AlreadyCrossed):  # also before this gateway has the entry from the hub
        side.incoming(parcel.data)
    side.pass_by(received(ALARM))
    with pytest.raises(AlreadyCrossed):
        side.incoming(parcel.data)
    stranger = msgspec.structs.replace(ALARM.sender, device="gn-9@elsewhere")
    guest = msgspec.structs.replace(ALARM, sender=stranger, id=says(GN3, ALARM.body).id)
    written = FORMATS[format_].encode(guest).data
    assert side.incoming(written).kind == "alarm"


def test_a_program_may_speak_for_the_devices_of_its_own_agency() -> None:
    members = (DISPATCH.device, "desk@uscbp", GN3.device)
    side = bridge("canonical", members=members)
    desk = Identity("US", "uscbp", "Desk", "desk@uscbp", Role.COMMAND)
    assert side.incoming(to_json(says(desk, HELLO.body))).kind == "text"
    with pytest.raises(AlreadyCrossed):
        side.incoming(to_json(says(GN3, HELLO.body)))


def test_a_notice_of_another_gateway_does_not_come_in_either() -> None:
    members = (DISPATCH.device, C5.device)
    parcel = bridge("cot", C5, members=members).notice("the link is back")
    assert parcel is not None
    with pytest.raises(AlreadyCrossed, match=C5.device):
        bridge(members=members).incoming(parcel.data)


def test_what_was_shown_before_a_restart_does_not_return_either() -> None:
    parcel = bridge(carry=False).outgoing(received(ALARM))
    assert parcel is not None
    for shown_first in (False, True):
        side = bridge(carry=False)
        side.pass_by(received(ALARM))
        if shown_first:
            side.outgoing(received(HELLO))
        side.shown_before(received(ALARM))
        with pytest.raises(AlreadyCrossed):
            side.incoming(parcel.data)


def test_another_format_is_read_where_the_transport_says_so() -> None:
    alert = bridge().incoming(ALERT % b"C5-1", FORMATS["cap"])
    assert alert.kind == "alert"
    assert alert.sender.device == DISPATCH.device


def test_a_document_without_a_language_is_in_that_of_its_system() -> None:
    chat = CHAT % b"uno"
    read = FORMATS["cot"].decode(chat)
    for stated, kept in (("und", "es"), ("en", "en")):
        said = msgspec.structs.replace(read, language=stated)
        spoken = msgspec.structs.replace(
            FORMATS["cot"], decode=lambda data, sender=STRANGER, said=said: said
        )
        assert bridge(spoken, language="es").incoming(chat).language == kept


def snapshot(summary: str) -> bytes:
    """An EIDO as a dispatch system of others sends it."""
    body = IncidentOpen(incident_type="TUNNEL", summary=LanguageText(text=summary))
    message = says(DISPATCH, body, incident="INC-7")
    settings = Settings(language="en", carry_canonical=False)
    return FORMATS["eido"].encode(message, settings).data


def test_a_second_snapshot_of_an_incident_updates_it() -> None:
    side = bridge("eido")
    first = side.incoming(snapshot("smoke"))
    assert first.kind == "incident.open"
    side.entered(first)
    second = side.incoming(snapshot("more smoke"))
    assert (second.kind, second.incident) == ("incident.update", first.incident)
    side.refused(first.id)  # the hub did not take it: nothing is open
    assert side.incoming(snapshot("more smoke")).kind == "incident.open"
    others = bridge("eido")
    opening = says(GN3, IncidentOpen(incident_type="TUNNEL"), incident=first.incident)
    others.pass_by(received(opening, refused="role_refused"))
    assert others.incoming(snapshot("smoke")).kind == "incident.open"
    others.pass_by(received(opening))
    assert others.incoming(snapshot("smoke")).kind == "incident.update"


def test_a_program_of_our_own_says_itself_what_it_means() -> None:
    side = bridge("canonical")
    for _ in range(2):
        opening = says(DISPATCH, IncidentOpen(incident_type="TUNNEL"), incident="INC-7")
        message = side.incoming(to_json(opening))
        assert message.kind == "incident.open"
        side.entered(message)


def test_the_same_emergency_again_is_told_from_an_echo() -> None:
    side = bridge("canonical")
    up = says(DISPATCH, Alarm(alarm_class="EMERGENCY", alarm="NOGALES-7", unit="NOGALES 7"))
    side.entered(side.incoming(to_json(up)))
    again = says(DISPATCH, up.body)
    with pytest.raises(AlreadyCrossed) as caught:
        side.incoming(to_json(again))
    assert caught.value.facts == {"id": up.id, "again": 1}


def test_an_emergency_that_was_refused_may_be_told_again() -> None:
    up = says(DISPATCH, Alarm(alarm_class="EMERGENCY", alarm="NOGALES-7", unit="NOGALES 7"))
    for told in ("by the hub", "in the log"):
        side = bridge("canonical")
        side.entered(side.incoming(to_json(up)))
        if told == "by the hub":
            side.refused(up.id)
        else:
            side.pass_by(received(up, own=True, refused="role_refused"))
        assert side.incoming(to_json(says(DISPATCH, up.body))).kind == "alarm"


def test_a_refused_cancel_ends_no_emergency() -> None:
    side = bridge("canonical")
    up = says(GN3, Alarm(alarm_class="EMERGENCY", alarm="GN-3"))
    side.pass_by(received(up))
    over = says(RCMP, AlarmCancel(alarm="GN-3"))
    side.pass_by(received(over, refused="role_refused"))
    with pytest.raises(AlreadyCrossed):
        side.incoming(to_json(says(DISPATCH, up.body)))


def test_what_is_remembered_is_light() -> None:
    side = bridge()
    message = side.incoming(CHAT % b"one")
    assert message.original is not None
    assert message.original.data is not None
    side.entered(message)
    known = side.known(message.id)
    assert known is not None
    assert known.original is not None
    assert (known.original.data, known.original.sha256) == (None, message.original.sha256)


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
    late = (CHAT % b"one").replace(b"2026-10-27T00", b"2026-10-25T01")
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
    side.receipt_told(message.id)
    assert side.delivered(message.id, "gn-3@c5son") is None


def test_cap_has_no_receipts() -> None:
    side = bridge("cap", C5)
    message = says(C5, Alert())
    side.entered(message)
    assert side.delivered(message.id, "dispatch@uscbp") is None


def test_nothing_sealed_and_no_stub_comes_from_outside() -> None:
    claimed = msgspec.structs.replace(
        says(GN3, HELLO.body),
        sealed=(SealedPart(readers=(RCMP.device,), data=b"x", keys=(b"k",)),),
        stubs=(Stub(path="/location", by="US"), Stub(path="/originator", by="US")),
    )
    message = bridge("canonical").incoming(to_json(claimed))
    assert (message.sealed, message.stubs) == ((), ())
    assert [(loss.field, loss.value) for loss in message.losses] == [
        ("/sealed", "1"),
        ("/stubs", "2"),
    ]
    assert message.body == HELLO.body
