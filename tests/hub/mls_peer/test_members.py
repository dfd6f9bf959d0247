"""A member is ready for what it has, and its copies are its own."""

from __future__ import annotations

import time

import pytest

from hub.mls_peer.members import Member, copy_of, extensions_of, now_seconds, state_of, with_psks
from hub.mls_peer.operations import create, keypackage
from hub.mls_peer.requests import CreateRequest, KeyPackageRequest, PeerExtension, PeerSender
from protocols.errors import MalformedRequest, NotReady
from protocols.mls import state
from protocols.mls.wire import read_external_senders


@pytest.fixture
def founder() -> Member:
    """A member with a key package and a group."""
    member = Member()
    keypackage(member, KeyPackageRequest(identity="alice"))
    create(member, CreateRequest(group_id=b"g"))
    return member


def test_what_a_member_lacks_is_said():
    for missing in ("in_group", "last_package"):
        with pytest.raises(NotReady):
            getattr(Member(), missing)


def test_a_copy_changes_alone(founder):
    group = founder.in_group
    before = state.dump(group)
    copy_of(group).commit(now=now_seconds())
    assert state.dump(group) == before


def test_a_group_is_told_the_keys_that_its_member_holds(founder):
    founder.psks[b"case 17"] = b"s" * 32
    assert with_psks(founder) == {"state": state_of(founder.in_group)}
    founder.in_group.commit(now=now_seconds(), psks=[b"case 17"])


def test_external_senders_are_written_out():
    sender = PeerSender(signature_public_key=b"key", identity="hub")
    (found,) = read_external_senders(extensions_of([PeerExtension(external_senders=[sender])]))
    assert found.signature_key == b"key"
    with pytest.raises(MalformedRequest):
        extensions_of([PeerExtension(type=1)])


def test_the_time_is_the_systems():
    assert abs(now_seconds() - time.time()) < 5
