"""Every length to which a message can be cut, and a flipped bit in every byte of it."""

from __future__ import annotations

import pytest

from protocols.mls import errors, wire
from protocols.mls.group import Group
from protocols.mls.public_group import PublicGroup, check_key_package


def handlers(lab):
    """For each kind of message: a good one, and what its receiver does with it."""
    dave, room = lab.dave, lab.room
    pending = lab.alice.commit(now=lab.now, add=[dave.bundle.key_package], remove=[2])
    lab.alice.discard_pending()
    checked = room.hub.check(pending.commit, now=lab.now)

    def join(data):
        return Group.join(data, dave.bundle, dave.signer, validator=room.validator, now=lab.now)

    return {
        "commit": (pending.commit, lambda data: lab.bob.process(data, lab.now)),
        "commit at the hub": (pending.commit, lambda data: room.hub.check(data, now=lab.now)),
        "private commit": (lab.commit(public=False), lambda data: lab.bob.process(data, lab.now)),
        "proposal": (lab.forge(wire.Remove(2)), lambda data: lab.bob.process(data, lab.now)),
        "application message": (lab.alice.encrypt(b"shots" * 9, aad=b"header"), lab.bob.decrypt),
        "welcome": (pending.welcome, join),
        "group info": (pending.group_info, lambda data: room.hub.finish(checked, data)),
        "tree": (
            pending.group_info,
            lambda data: PublicGroup.from_group_info(data, validator=room.validator),
        ),
        "key package": (
            dave.bundle.key_package,
            lambda data: check_key_package(data, room.validator, lab.now),
        ),
        "external commit": (lab.external(), lambda data: lab.bob.process(data, lab.now)),
    }


KINDS = (
    "commit",
    "commit at the hub",
    "private commit",
    "proposal",
    "application message",
    "welcome",
    "group info",
    "tree",
    "key package",
    "external commit",
)
TAGS = 2 * 33  # what the hub cannot judge of a commit: confirmation and membership tag


def refuse(lab, handle, data):
    with pytest.raises(errors.MLSError):
        handle(data)


@pytest.mark.parametrize("kind", KINDS)
def test_cut_at_every_length(lab, kind):
    good, handle = handlers(lab)[kind]
    before = lab.states()
    for length in range(len(good)):
        refuse(lab, handle, good[:length])
    assert lab.states() == before
    handle(good)


@pytest.mark.parametrize("kind", KINDS)
def test_a_byte_more(lab, kind):
    good, handle = handlers(lab)[kind]
    for extra in (b"\x00", b"\x01", b"\xff" * 9):
        lab.refuse(errors.TrailingBytes, lambda extra=extra: handle(good + extra))


@pytest.mark.parametrize("kind", KINDS)
def test_a_bit_flipped_in_every_byte(lab, kind):
    good, handle = handlers(lab)[kind]
    before = lab.states()
    end = len(good) - TAGS if kind == "commit at the hub" else len(good)
    for place in range(end):
        broken = bytearray(good)
        broken[place] ^= 1 << place % 8
        refuse(lab, handle, bytes(broken))
    assert lab.states() == before
    handle(good)


@pytest.mark.parametrize("kind", KINDS)
def test_the_first_length_not_minimal(lab, kind):
    """The first vector of each message, its length written in more bytes than it needs."""
    good, handle = handlers(lab)[kind]
    start = {"welcome": 6, "group info": 8, "tree": 8, "key package": 8}.get(kind, 4)
    first = good[start]
    if first < 0x40:
        longer = bytes((0x40, first))
        rest = good[start + 1 :]
    else:
        longer = b"\x80\x00" + bytes((first & 0x3F, good[start + 1]))
        rest = good[start + 2 :]
    lab.refuse(errors.NotMinimalVector, lambda: handle(good[:start] + longer + rest))
