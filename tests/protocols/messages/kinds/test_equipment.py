"""A notice says what will be spoken from when on."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest

from protocols.messages.kinds import EquipmentChange, EquipmentNotice, SpokenFormat


def test_formats_come_with_their_versions() -> None:
    notice = EquipmentNotice(
        change=EquipmentChange.REPLACE,
        from_when=datetime(2027, 1, 1, tzinfo=UTC),
        formats=(SpokenFormat(format="eido", versions=("021.1b",)), SpokenFormat(format="cap")),
    )
    again = msgspec.json.decode(msgspec.json.encode(notice), type=EquipmentNotice)
    assert again == notice
    assert again.formats[1].versions == ()


def test_a_day_without_an_offset_is_refused() -> None:
    text = b'{"kind":"equipment.notice","from_when":"2027-01-01T00:00:00"}'
    with pytest.raises(msgspec.ValidationError, match="from_when"):
        msgspec.json.decode(text, type=EquipmentNotice)
