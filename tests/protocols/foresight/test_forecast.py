"""A forecast counts: which member, which field, how many messages, and why."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from protocols.foresight.forecast import forecast, last_change, next_change
from protocols.foresight.samples import samples
from protocols.formats.codec import derived_id
from protocols.identity import Identity, Role
from protocols.messages.envelope import Message, Sender
from protocols.messages.kinds import (
    EquipmentChange,
    EquipmentNotice,
    Position,
    Receipt,
    SpokenFormat,
)
from protocols.messages.values import Location, Point

NOW = datetime(2026, 11, 22, tzinfo=UTC)
DAY = datetime(2027, 1, 1, tzinfo=UTC)
AFTER = datetime(2027, 2, 1, tzinfo=UTC)
US = Identity("US", "uscbp", "Nogales", "gateway:cot@uscbp", Role.GATEWAY)
MX = Identity("MX", "mxgn", "C5", "gateway:cap@mxgn", Role.GATEWAY)
BP7 = Identity("US", "uscbp", "Nogales", "bp-7@uscbp", Role.PARTICIPANT)


def notice(*formats: SpokenFormat, sender: Identity = US) -> Message:
    body = EquipmentNotice(change=EquipmentChange.REPLACE, from_when=DAY, formats=formats)
    return Message(id=derived_id(NOW, "notice"), sender=Sender.of(sender), sent=NOW, body=body)


def position(sender: Identity, number: int) -> Message:
    return Message(
        id=derived_id(NOW, sender.device, str(number)),
        sender=Sender.of(sender),
        sent=NOW,
        body=Position(unit="GN-3", course=90.0),
        location=Location(point=Point(lat=31.3, lon=-110.9)),
    )


def test_a_dispatch_that_changes_from_cot_to_cap_loses_every_position() -> None:
    history = [position(MX, n) for n in range(3)] + [position(BP7, n) for n in range(2)]
    change = notice(SpokenFormat(format="cap", versions=("1.2",)))
    result = forecast([US, MX, BP7], [change], history, now=NOW, then=AFTER)
    us, mx, bp7 = result.members
    assert result.breaks
    assert [(one.field, one.messages) for one in us.no_longer_read] == [("kind position", 3)]
    assert "never made into a CAP alert" in us.no_longer_read[0].reason
    assert [(one.field, one.messages) for one in us.no_longer_said] == [("kind position", 2)]
    assert (us.now.text, us.then.text) == ("cot", "cap 1.2")
    assert not mx.breaks
    assert not bp7.breaks


def test_before_the_day_nothing_changes() -> None:
    change = notice(SpokenFormat(format="cap"))
    result = forecast([US], [change], [position(MX, 1)], now=NOW, then=NOW)
    assert not result.breaks
    assert result.members[0].now == result.members[0].then


def test_a_version_that_nobody_here_writes_is_no_common_format() -> None:
    change = notice(SpokenFormat(format="cot", versions=("3.0",)))
    result = forecast([US], [change], [position(MX, 1)], now=NOW, then=AFTER)
    assert "in common" in result.members[0].no_longer_read[0].reason


def test_who_only_writes_a_format_cannot_read_it() -> None:
    change = notice(SpokenFormat(format="cot", reads=False))
    result = forecast([US], [change], [position(MX, 1), position(BP7, 1)], now=NOW, then=AFTER)
    member = result.members[0]
    assert [one.field for one in member.no_longer_read] == ["kind position"]
    assert member.no_longer_said == ()


def test_of_several_formats_the_best_one_counts() -> None:
    change = notice(SpokenFormat(format="cap"), SpokenFormat(format="cot"))
    result = forecast([US], [change], [position(MX, 1)], now=NOW, then=AFTER)
    assert not result.breaks


def test_what_gets_better_is_said_too() -> None:
    change = notice(SpokenFormat(format="cot"), sender=MX)
    named = msgspec.structs.replace(position(US, 1), ack_wanted=True)
    result = forecast([MX], [change], [named, *samples()], now=NOW, then=AFTER)
    assert "kind position" in result.members[0].newly_read


def test_receipts_are_no_content() -> None:
    receipt = msgspec.structs.replace(position(MX, 1), body=Receipt(of="x"))
    change = notice(SpokenFormat(format="cap"))
    result = forecast([US], [change], [receipt], now=NOW, then=AFTER)
    assert not result.breaks
    assert result.members[0].looked_at == 0


def test_a_gateway_that_nobody_knows_is_not_forecast() -> None:
    radio = Identity("US", "uscbp", "Nogales", "gateway:radio@uscbp", Role.GATEWAY)
    result = forecast([radio], [], samples(), now=NOW, then=AFTER)
    assert not result.breaks
    assert result.members[0].now.basis == "unknown"


def test_the_days_of_announced_changes() -> None:
    change = notice(SpokenFormat(format="cap"))
    assert next_change([change], NOW) == DAY
    assert last_change([change], NOW) == DAY
    assert next_change([change], AFTER) is None
