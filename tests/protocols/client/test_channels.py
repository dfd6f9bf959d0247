"""Entries one after the other, each once, and an outcome for everything that can come."""

from __future__ import annotations

from typing import Any

import pytest

from protocols.client.channels import (
    Broken,
    Came,
    Channel,
    Echo,
    Known,
    Missing,
    Record,
    Standing,
    Unreadable,
    body_hash,
)
from protocols.client.store import Drop, Put, Table
from protocols.frames import Entry, EntryKind

NOW = 1_800_000_000


def channel_of(actor: Any) -> Channel:
    channel = actor.engine._desk.channels["nogales"]
    assert isinstance(channel, Channel)
    return channel


def encrypted(actor: Any, payload: bytes = b"", header: bytes = bytes(55)) -> bytes:
    group = channel_of(actor).group
    assert group is not None
    return group.encrypt(payload, header)


def test_known_next_and_missing(book: Any, both: Any) -> None:
    us, mx = both
    channel = channel_of(mx)
    body = book.say(us, "hello")[0].body
    assert isinstance(channel.take(Entry(1, 0, EntryKind.MESSAGE, body), NOW), Known)
    assert isinstance(channel.take(Entry(3, 0, EntryKind.MESSAGE, body), NOW), Missing)
    assert channel.cursor == 1
    echo = channel.take(Entry(2, 0, EntryKind.MESSAGE, body), NOW)
    assert isinstance(echo, Echo)
    came = channel.foreign(echo)
    assert isinstance(came, Came)
    assert came.unsealed.message.body.text.text == "hello"
    assert channel.cursor == 2


@pytest.mark.parametrize("header", [b"", bytes(54), bytes(56)])
def test_a_message_without_a_clear_header_is_unreadable(both: Any, header: bytes) -> None:
    us, mx = both
    entry = Entry(2, 0, EntryKind.MESSAGE, encrypted(us, header=header))
    outcome = channel_of(mx).take(entry, NOW)
    assert isinstance(outcome, Unreadable)
    assert outcome.code == "header_refused"


def test_a_bad_header_or_payload_is_unreadable_and_the_channel_goes_on(both: Any) -> None:
    us, mx = both
    channel = channel_of(mx)
    echo = channel.take(Entry(2, 0, EntryKind.MESSAGE, encrypted(us)), NOW)
    assert isinstance(echo, Echo)
    outcome = channel.foreign(echo)
    assert isinstance(outcome, Unreadable)
    assert outcome.code == "header_refused"
    assert channel.member


def test_a_message_that_does_not_decrypt_is_unreadable(book: Any, both: Any) -> None:
    us, mx = both
    body = bytearray(book.say(us, "hello")[0].body)
    body[-1] ^= 1
    echo = channel_of(mx).take(Entry(2, 0, EntryKind.MESSAGE, bytes(body)), NOW)
    assert isinstance(echo, Echo)
    outcome = channel_of(mx).foreign(echo)
    assert isinstance(outcome, Unreadable)
    assert outcome.remedy


def test_a_handshake_that_is_none_is_refused_and_nothing_moves(both: Any) -> None:
    us, mx = both
    before = channel_of(mx).group.dump()
    outcome = channel_of(mx).take(Entry(2, 0, EntryKind.COMMIT, encrypted(us)), NOW)
    assert isinstance(outcome, Unreadable)
    assert channel_of(mx).group.dump() == before


def test_a_handshake_of_a_later_epoch_is_one_that_the_others_have(both: Any) -> None:
    us, mx = both
    group = channel_of(us).group
    for _ in range(2):
        commit = group.commit((), (), NOW).commit
        group.take(commit, NOW)
    outcome = channel_of(mx).take(Entry(2, 0, EntryKind.COMMIT, commit), NOW)
    assert isinstance(outcome, Broken)


def test_outside_the_group_nothing_can_be_read() -> None:
    channel = Channel(Record(channel="x", standing=Standing.LEFT), None)
    outcome = channel.take(Entry(1, 0, EntryKind.MESSAGE, b"whatever"), NOW)
    assert isinstance(outcome, Unreadable)
    assert outcome.code == "not_a_member"
    assert isinstance(channel.take(Entry(2, 0, EntryKind.COMMIT, b"whatever"), NOW), Known)


def test_skipping_needs_no_gap_either() -> None:
    channel = Channel(Record(channel="x", standing=Standing.LEFT, cursor=4), None)
    assert channel.skip((6, 5, 2))
    assert channel.cursor == 6
    assert not channel.skip((8,))


def test_leaving_drops_every_secret(both: Any) -> None:
    _, mx = both
    channel = channel_of(mx)
    channel.leave()
    changes = channel.take_changes()
    assert Drop(Table.GROUPS, "nogales") in changes
    (record,) = [change for change in changes if isinstance(change, Put)]
    again = Channel.load(record.value, None)
    assert (again.standing, again.member) == (Standing.LEFT, False)
    assert channel.take_changes() == []


def test_body_hash_is_sha256() -> None:
    assert body_hash(b"").hex().startswith("e3b0c44298fc1c14")
