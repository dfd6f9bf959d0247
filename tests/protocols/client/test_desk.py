"""What is kept comes before what is sent, and a desk made again from the rows is the same desk."""

from __future__ import annotations

from typing import Any

import msgspec

from protocols.client.events import FateChanged, Noticed
from protocols.client.store import Put, Table
from protocols.errors import NotAMember
from protocols.frames import Receipt, Stage
from protocols.identity import DeviceKey


def test_changes_of_one_moment_come_together(book: Any, both: Any) -> None:
    us, mx = both
    mx.engine.receive(book.log_message(book.say(us, "x")[0]), mx.now)
    tables = {change.table for change in mx.engine.take_changes() if isinstance(change, Put)}
    assert tables == {Table.CHANNELS, Table.GROUPS, Table.HISTORY, Table.SEEN, Table.RECEIPTS}
    assert mx.engine.take_changes() == []


def test_receipts_go_out_last_and_only_with_a_link(book: Any, both: Any) -> None:
    _, mx = both
    mx.engine._desk.receipts.add("nogales", 1, Stage.SHOWN)
    mx.engine.directory()
    assert isinstance(mx.settle()[-1], Receipt)
    mx.engine.disconnected()
    mx.engine._desk.receipts.add("nogales", 1, Stage.ACKNOWLEDGED)
    assert mx.settle() == []


def test_fates_are_told_once_as_they_are_now(book: Any, both: Any) -> None:
    us, _ = both
    book.say(us, "x")
    told = [event.fate.state.value for event in us.told(FateChanged)]
    assert told == ["sent"]


def test_notices_carry_code_and_remedy(us: Any) -> None:
    us.engine._desk.notice(NotAMember("not here"), "nogales")
    us.settle()
    (event,) = us.told(Noticed)
    assert event == Noticed("not_a_member", "not here", NotAMember.remedy, "nogales")


def test_what_the_hub_says_before_the_welcome_is_remembered(book: Any, us: Any) -> None:
    assert not us.engine._desk.learn(book.state())
    assert us.engine._desk.open_channel("nogales").record.policy == book.policy
    assert us.engine._desk.learn(book.state()) is False


def test_a_leaf_under_an_old_key_cannot_be_used(book: Any, both: Any) -> None:
    """Enrolled anew with another key: the group is given up and the device rejoins."""
    _, mx = both
    mx.device = msgspec.structs.replace(mx.device, key=DeviceKey.generate())
    mx.kill()
    assert mx.engine.channel("nogales").state == "rejoining"
