"""What the hub is handed beside a commit, and what it must not take from its own store."""

from __future__ import annotations

from dataclasses import replace

import pytest

from protocols.mls import errors, wire
from protocols.mls.public_framing import sign_with_label
from protocols.mls.public_group import PublicGroup, check_key_package, peek, welcome_refs


def signed(info, lab, **fields):
    found = replace(info, **fields)
    return replace(
        found, signature=sign_with_label(lab.alice.signer, b"GroupInfoTBS", found.to_be_signed)
    )


def other_context(**fields):
    return lambda info, lab: signed(
        info, lab, group_context=replace(info.group_context, **fields), signature=b""
    )


def extensions(alter):
    return lambda info, lab: signed(
        info, lab, extensions=tuple(alter(list(info.extensions))), signature=b""
    )


def only(kind):
    return lambda listed: [one for one in listed if one.extension_type == kind]


def key(data):
    return lambda listed: [
        *only(wire.RATCHET_TREE)(listed),
        wire.Extension(wire.EXTERNAL_PUB, data),
    ]


def tree(lab):
    return lambda listed: [
        wire.Extension(wire.RATCHET_TREE, lab.room.hub.tree),
        *only(wire.EXTERNAL_PUB)(listed),
    ]


MISMATCH = errors.GroupInfoMismatch
INFOS = [
    ("of another epoch", MISMATCH, other_context(epoch=9)),
    (
        "of the epoch before",
        MISMATCH,
        lambda info, lab: wire.expect(lab.alice.group_info(), wire.GroupInfo),
    ),
    ("of another group", MISMATCH, other_context(group_id=b"elsewhere")),
    ("of another suite", MISMATCH, other_context(cipher_suite=1)),
    ("of another tree hash", MISMATCH, other_context(tree_hash=bytes(32))),
    ("of another transcript", MISMATCH, other_context(confirmed_transcript_hash=bytes(32))),
    ("with other extensions", MISMATCH, other_context(extensions=())),
    (
        "with another confirmation tag",
        MISMATCH,
        lambda info, lab: signed(info, lab, confirmation_tag=bytes(32), signature=b""),
    ),
    ("with another signer", MISMATCH, lambda info, lab: signed(info, lab, signer=1, signature=b"")),
    (
        "with the wrong signature",
        errors.BadSignature,
        lambda info, lab: replace(info, signature=b"0" * 70),
    ),
    ("without a signature", errors.EmptySignature, lambda info, lab: replace(info, signature=b"")),
    ("with the old tree", MISMATCH, lambda info, lab: extensions(tree(lab))(info, lab)),
    ("without a key for joining", MISMATCH, extensions(only(wire.RATCHET_TREE))),
    ("with an empty key", errors.InvalidKey, extensions(key(b"\x00"))),
    ("with a bare key", errors.Truncated, extensions(key(b"\x04" + bytes(2)))),
    ("with a key off the curve", errors.InvalidKey, extensions(key(b"\x40\x41\x04" + bytes(64)))),
    ("with an extension twice", errors.DuplicateExtension, extensions(lambda listed: listed * 2)),
]


@pytest.mark.parametrize(("name", "error", "alter"), INFOS, ids=[name for name, *_ in INFOS])
def test_group_info_beside_a_commit(lab, name, error, alter):
    pending = lab.alice.commit(now=lab.now, remove=[2])
    lab.alice.discard_pending()
    checked = lab.room.hub.check(pending.commit, now=lab.now)
    info = alter(wire.expect(pending.group_info, wire.GroupInfo), lab)
    lab.refuse(error, lambda: lab.room.hub.finish(checked, wire.encode_message(info)))
    assert lab.room.hub.finish(checked, pending.group_info).epoch == 2


def test_what_was_checked_in_another_state_is_not_taken(lab):
    pending = lab.alice.commit(now=lab.now)
    lab.alice.discard_pending()
    commit = lab.room.hub.check(pending.commit, now=lab.now)
    proposal = lab.room.hub.check(lab.forge(wire.Remove(2)), now=lab.now)
    lab.room.commit("bob")
    lab.refuse(errors.WrongEpoch, lambda: lab.room.hub.finish(commit, pending.group_info))
    lab.refuse(errors.WrongEpoch, lambda: lab.room.hub.apply(proposal))


def test_the_hub_takes_no_ciphertext_for_a_handshake(lab):
    for message in (lab.alice.encrypt(b"x"), lab.commit(public=False)):
        lab.refuse(
            errors.UnknownWireFormat,
            lambda message=message: lab.room.hub.check(message, now=lab.now),
        )


def test_the_epoch_counter_ends(lab):
    """A group that is started at the last epoch has no next one; it must not stop a hub either."""
    group = lab.alice
    state = group.public.state
    context = replace(state.context, epoch=2**64 - 1)
    group._epoch.public = PublicGroup(
        replace(state, context=context), lab.room.validator, lab.room.policy
    )
    hub = PublicGroup.from_group_info(group.group_info(), validator=lab.room.validator)
    lab.refuse(errors.WrongEpoch, lambda: group.commit(now=lab.now))
    path = lab.path  # a path of the good epoch would not verify; the commit below needs none
    assert callable(path)
    psk = wire.PreSharedKey(wire.PreSharedKeyID(wire.ExternalPsk(b"x"), bytes(32)))
    message = lab.forge(wire.Commit((psk,), None))
    lab.refuse(errors.WrongEpoch, lambda: hub.check(message, now=lab.now))


@pytest.mark.parametrize("data", [b"", b"\x00", b"\x00\x01\x00\x05", bytes(40), b"\xff" * 40])
def test_bytes_that_are_nothing(lab, data):
    hub, validator = lab.room.hub, lab.room.validator
    for action in (
        lambda: peek(data),
        lambda: welcome_refs(data),
        lambda: hub.check(data, now=lab.now),
        lambda: check_key_package(data, validator, lab.now),
        lambda: PublicGroup.from_group_info(data, validator=validator),
        lambda: lab.bob.process(data, lab.now),
        lambda: lab.bob.decrypt(data),
    ):
        before = lab.states()
        with pytest.raises(errors.MLSError):
            action()
        assert lab.states() == before
