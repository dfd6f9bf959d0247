"""Groups change on the echo only, name their senders by the leaf, and survive being put away."""

from __future__ import annotations

from typing import Any

import pytest

from protocols.client.groups import PAST_EPOCHS, MemberGroup
from protocols.client.store import BLANK
from protocols.errors import MLSError
from protocols.frames import EntryKind
from protocols.mls import state

SECOND = 1_000_000
HEADER = bytes(55)


def group_of(actor: Any) -> MemberGroup:
    group = actor.engine._desk.channels["nogales"].group
    assert isinstance(group, MemberGroup)
    return group


def reload(actor: Any) -> MemberGroup:
    desk = actor.engine._desk
    return MemberGroup.load(group_of(actor).dump(), actor.device.key, desk.validator)


def test_members_are_who_their_certificates_say(both: Any) -> None:
    us, mx = both
    assert group_of(us).roster == (us.device.identity, mx.device.identity)
    assert group_of(us).leaves(["desk@c5", "nobody@c5"]) == [1]
    assert group_of(mx).own_leaf == 1


def test_a_refused_handshake_changes_not_a_byte(both: Any) -> None:
    us, mx = both
    commit = bytearray(group_of(us).commit([], [], us.now // SECOND).commit)
    before = group_of(mx).dump()
    for position in (5, len(commit) // 2, len(commit) - 1):
        broken = commit.copy()
        broken[position] ^= 1
        with pytest.raises(MLSError):
            group_of(mx).take(bytes(broken), mx.now // SECOND)
    assert group_of(mx).dump() == before


def test_a_pending_commit_survives_and_merges_on_its_echo(both: Any) -> None:
    us, mx = both
    pending = group_of(us).commit([], ["desk@c5"], us.now // SECOND)
    again = reload(us)
    assert again.pending == pending
    assert again.epoch == 1
    passed = again.take(pending.commit, us.now // SECOND)
    assert (passed.own, passed.left) == (True, (mx.device.identity,))
    assert (again.epoch, again.pending) == (2, None)
    out = group_of(mx).take(pending.commit, mx.now // SECOND)
    assert out.removed_here
    assert out.left == (mx.device.identity,)


def test_a_discarded_commit_leaves_the_group_as_it_was(both: Any) -> None:
    us, _ = both
    before = group_of(us).dump()
    group_of(us).commit([], [], us.now // SECOND)
    group_of(us).discard()
    group_of(us).discard()
    assert group_of(us).dump() == before


def test_anothers_commit_takes_the_pending_one_away(both: Any) -> None:
    us, mx = both
    group_of(us).commit([], [], us.now // SECOND)
    theirs = group_of(mx).commit([], [], mx.now // SECOND)
    passed = group_of(us).take(theirs.commit, us.now // SECOND)
    assert not passed.own
    assert group_of(us).pending is None
    assert state.dump(group_of(us)._group)


def test_a_message_of_the_last_epoch_still_names_its_sender(both: Any) -> None:
    us, mx = both
    late = group_of(us).encrypt(b"late", HEADER)
    pending = group_of(mx).commit([], ["dispatch@uscbp"], mx.now // SECOND)
    group_of(mx).take(pending.commit, mx.now // SECOND)
    opened = group_of(mx).decrypt(late)
    assert (opened.payload, opened.sender, opened.epoch) == (b"late", us.device.identity, 1)
    with pytest.raises(MLSError):
        group_of(mx).decrypt(late)


def test_franking_keys_are_those_of_the_epoch_and_the_message(both: Any) -> None:
    us, mx = both
    key = group_of(us).franking_key(1, b"a" * 16)
    assert key == group_of(mx).franking_key(1, b"a" * 16)
    assert key != group_of(us).franking_key(1, b"b" * 16)
    for _ in range(PAST_EPOCHS + 1):
        pending = group_of(us).commit([], [], us.now // SECOND)
        group_of(us).take(pending.commit, us.now // SECOND)
    assert group_of(us).franking_key(5, b"a" * 16) != key
    with pytest.raises(MLSError, match="epoch 1"):
        group_of(us).franking_key(1, b"a" * 16)


def test_sealed_parts_open_at_their_leaf_only(both: Any) -> None:
    us, mx = both
    ((leaf, output, sealed),) = group_of(us).seal(["desk@c5"], b"value", b"here")
    assert leaf == group_of(mx).own_leaf
    assert group_of(mx).open_sealed(1, output, sealed, b"here") == b"value"
    for group, context in ((group_of(mx), b"elsewhere"), (group_of(us), b"here")):
        with pytest.raises(MLSError):
            group.open_sealed(1, output, sealed, context)


def test_coming_back_replaces_the_old_leaf(book: Any, both: Any) -> None:
    us, mx = both
    desk = mx.engine._desk
    back = MemberGroup.rejoin(
        "nogales",
        group_of(us).group_info,
        mx.device.key,
        desk.credential,
        book.hub,
        desk.validator,
        mx.now // SECOND,
    )
    assert back.pending is not None
    passed = group_of(us).take(back.pending.commit, us.now // SECOND)
    assert passed.joined == passed.left == ()
    assert back.take(back.pending.commit, mx.now // SECOND).own
    opened = group_of(us).decrypt(back.encrypt(b"here again", HEADER))
    assert opened.sender == mx.device.identity


def test_consumed_secrets_are_gone_from_the_folder(book: Any, both: Any) -> None:
    """The row that held the ratchet is in no file, and the folder cannot open the message again."""
    us, mx = both
    entry = book.append(EntryKind.MESSAGE, book.say(us, "burn after reading")[0].body)
    ((old,),) = mx.store._connection.execute("SELECT value FROM groups").fetchall()
    old = old.removeprefix(BLANK)
    assert old[:64] in _files(mx)  # the search finds what is there
    mx.get(entry)
    held = _files(mx)
    assert not [at for at in range(0, len(old) - 64, 64) if old[at : at + 64] in held]
    mx.kill()
    with pytest.raises(MLSError):
        group_of(mx).decrypt(entry.body)


def _files(actor: Any) -> bytes:
    paths = actor.device.folder.glob("store.sqlite*")
    return b"".join(path.read_bytes() for path in paths)
