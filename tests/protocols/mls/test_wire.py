"""Framing: which fields are there for whom, and which messages are read at all."""

import pytest

from protocols.mls import errors, wire


def test_tags_follow_content_and_sender(trio, now):
    proposal = wire.expect(trio["alice"].propose_remove(2, now=now), wire.PublicMessage)
    assert proposal.auth.confirmation_tag is None
    assert len(proposal.membership_tag) == 32
    commit = wire.expect(trio["bob"].commit(now=now).commit, wire.PublicMessage)
    assert len(commit.auth.confirmation_tag) == 32
    authenticated = wire.AuthenticatedContent(1, commit.content, commit.auth)
    assert wire.AuthenticatedContent.decode(authenticated.encoded) == authenticated


def test_content_types():
    assert wire.content_type(wire.ApplicationData(b"")) == wire.APPLICATION
    assert wire.content_type(wire.Remove(1)) == wire.PROPOSAL_CONTENT
    assert wire.content_type(wire.Commit((), None)) == wire.COMMIT


def test_only_known_versions_and_kinds(device):
    data = device("alice").bundle.key_package
    assert isinstance(wire.decode_message(data).body, wire.KeyPackage)
    for broken in (b"\x00\x02" + data[2:], data[:2] + b"\x00\x09" + data[4:], b""):
        with pytest.raises(errors.UnknownWireFormat):
            wire.decode_message(broken)
    with pytest.raises(errors.UnknownWireFormat, match="Welcome was expected, not a KeyPackage"):
        wire.expect(data, wire.Welcome)
    with pytest.raises(errors.TrailingBytes):
        wire.decode_message(data + b"\x00")
