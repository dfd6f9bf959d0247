"""Who speaks what: notices in their order, then the name, then the role."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from protocols.foresight.voices import Basis, in_effect, voice_of
from protocols.formats.codec import derived_id
from protocols.identity import Identity, Role
from protocols.messages.envelope import Message, Sender
from protocols.messages.kinds import EquipmentChange, EquipmentNotice, SpokenFormat

NEW_YEAR = datetime(2027, 1, 1, tzinfo=UTC)
EARLIER = datetime(2026, 11, 22, tzinfo=UTC)
LATER = datetime(2027, 2, 1, tzinfo=UTC)
COT = Identity("US", "uscbp", "Nogales", "gateway:cot@uscbp", Role.GATEWAY)
DESK = Identity("US", "uscbp", "Nogales", "desk@uscbp", Role.COMMAND)


def notice(
    change: EquipmentChange = EquipmentChange.REPLACE,
    *formats: str,
    sender: Identity = DESK,
    when: datetime | None = NEW_YEAR,
    sent: datetime = EARLIER,
    devices: tuple[str, ...] = (),
    supersedes: str | None = None,
) -> Message:
    body = EquipmentNotice(
        change=change,
        from_when=when,
        formats=tuple(SpokenFormat(format=name) for name in formats),
        devices=devices,
    )
    name = derived_id(sent, change, *formats, *devices, str(when))
    return Message(id=name, sender=Sender.of(sender), sent=sent, body=body, supersedes=supersedes)


def spoken(member: Identity, notices: list[Message], at: datetime) -> tuple[list[str], Basis]:
    voice = voice_of(member, notices, at)
    return [one.format for one in voice.formats], voice.basis


@pytest.mark.parametrize(
    ("device", "role", "formats", "basis"),
    [
        ("gateway:cot@uscbp", Role.GATEWAY, ["cot"], Basis.NAME),
        ("gateway:native@uscbp", Role.GATEWAY, ["canonical"], Basis.NAME),
        ("gateway:tak-client@uscbp", Role.GATEWAY, ["cot"], Basis.NAME),
        ("gateway:radio@uscbp", Role.GATEWAY, [], Basis.UNKNOWN),
        ("bp-7@uscbp", Role.PARTICIPANT, ["canonical"], Basis.CLIENT),
    ],
)
def test_without_a_notice_the_name_or_the_role_says(
    device: str, role: Role, formats: list[str], basis: Basis
) -> None:
    member = Identity("US", "uscbp", "Nogales", device, role)
    assert spoken(member, [], EARLIER) == (formats, basis)


def test_a_notice_holds_from_its_day_on() -> None:
    notices = [notice(EquipmentChange.REPLACE, "cap", "eido")]
    assert spoken(COT, notices, EARLIER) == (["cot"], Basis.NAME)
    assert spoken(COT, notices, NEW_YEAR) == (["cap", "eido"], Basis.NOTICE)


def test_notices_apply_in_the_order_of_their_days() -> None:
    notices = [
        notice(EquipmentChange.WITHDRAW, "cot", when=LATER),
        notice(EquipmentChange.ACQUIRE, "cap", when=NEW_YEAR),
    ]
    assert spoken(COT, notices, NEW_YEAR)[0] == ["cot", "cap"]
    assert spoken(COT, notices, LATER)[0] == ["cap"]


def test_a_notice_without_a_day_holds_from_when_it_was_sent() -> None:
    notices = [notice(EquipmentChange.REPLACE, "cap", when=None, sent=NEW_YEAR)]
    assert spoken(COT, notices, EARLIER)[0] == ["cot"]
    assert spoken(COT, notices, NEW_YEAR)[0] == ["cap"]


def test_a_superseded_notice_does_not_count() -> None:
    first = notice(EquipmentChange.REPLACE, "cap")
    second = notice(EquipmentChange.REPLACE, "eido", supersedes=first.id)
    assert in_effect([first, second], LATER) == [second]
    assert spoken(COT, [first, second], LATER)[0] == ["eido"]


def test_an_agency_speaks_for_its_own_devices_only() -> None:
    stranger = Identity("MX", "mxgn", "C5", "desk@mxgn", Role.COMMAND)
    assert spoken(COT, [notice(EquipmentChange.REPLACE, "cap", sender=stranger)], LATER) == (
        ["cot"],
        Basis.NAME,
    )


def test_a_notice_is_about_the_devices_it_names_or_all_gateways() -> None:
    for_desk = [notice(EquipmentChange.ACQUIRE, "cap", devices=("desk@uscbp",))]
    assert spoken(DESK, for_desk, LATER)[0] == ["canonical", "cap"]
    assert spoken(COT, for_desk, LATER)[0] == ["cot"]
    assert spoken(DESK, [notice(EquipmentChange.REPLACE, "cap")], LATER)[0] == ["canonical"]
