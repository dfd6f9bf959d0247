"""An announced purchase warns where it would break something, and is looked at only when needed."""

from __future__ import annotations

from datetime import UTC, datetime

from protocols.client.events import Received, RosterChanged
from protocols.clock import to_microseconds
from protocols.formats.codec import derived_id
from protocols.identity import Identity, Role
from protocols.messages.envelope import Message, Sender
from protocols.messages.kinds import EquipmentChange, EquipmentNotice, SpokenFormat
from tui_client.model import Model
from tui_client.outlook import Outlook
from tui_client.room import Room

ME = Identity("US", "uscbp", "Nogales", "patrol-7@uscbp", Role.PARTICIPANT)
DESK = Identity("MX", "mxgn", "C5", "c5@mxgn", Role.COMMAND)
GATEWAY = Identity("MX", "mxgn", "C5", "gateway:cot@mxgn", Role.GATEWAY)
SENT = datetime(2026, 11, 22, tzinfo=UTC)
NOW = to_microseconds(SENT)
LATER = to_microseconds(datetime(2027, 6, 1, tzinfo=UTC))


def notice(to: str, seq: int = 1) -> Received:
    body = EquipmentNotice(
        change=EquipmentChange.REPLACE,
        from_when=datetime(2027, 1, 1, tzinfo=UTC),
        formats=(SpokenFormat(format=to),),
    )
    name = derived_id(SENT, to, str(seq))
    message = Message(id=name, sender=Sender.of(DESK), sent=SENT, body=body)
    return Received(channel="line", seq=seq, time=NOW, sender=DESK, message=message)


def model_with(*events: Received, now: int = NOW) -> Model:
    model = Model(ME, clock=lambda: now)
    model.apply(RosterChanged("line", joined=(ME, DESK, GATEWAY), left=()))
    for event in events:
        model.apply(event)
    return model


def test_a_notice_that_breaks_something_is_said_at_once() -> None:
    model = model_with(notice("cap"))
    assert model.notice is not None
    assert model.notice.words == "outlook.notice"
    assert dict(model.notice.values) == {"day": "2027-01-01", "devices": GATEWAY.device}
    loss = model.outlook_of(GATEWAY.device)
    assert loss is not None
    assert "kind position" in [one.field for one in loss.no_longer_read]
    assert model.outlook_of(ME.device) is None


def test_a_notice_that_breaks_nothing_is_quiet() -> None:
    model = model_with(notice("canonical"))
    assert model.notice is None
    made = model.outlook()
    assert made is not None
    assert not made.breaks


def test_without_a_notice_or_after_its_day_there_is_no_outlook() -> None:
    assert model_with().outlook() is None
    assert model_with(notice("cap"), now=LATER).outlook() is None


def test_it_is_made_anew_only_when_something_changed() -> None:
    room = Room("line", ME)
    room.roster = (ME, DESK, GATEWAY)
    room.receive(notice("cap"))
    outlook = Outlook(room)
    first = outlook.at(NOW)
    assert outlook.at(NOW + 1) is first
    room.receive(notice("eido", seq=2))
    assert outlook.at(NOW) is not first
