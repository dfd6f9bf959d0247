"""Epochs without a Welcome: a group of one, and a joiner from outside."""

import pytest

from protocols.mls import errors, wire
from protocols.mls.committing import CommitRequest, build
from protocols.mls.founding import external_commit, found
from protocols.mls.policy import DEFAULT_POLICY
from protocols.mls.proposals import Proposed
from protocols.mls.public_framing import sign_with_label
from protocols.mls.schedule import EXTERNAL_INIT_LABEL


def _found(device, room, now, extensions=()):
    alice = device("alice")
    return found(
        b"g",
        2,
        alice.signer,
        alice.credential,
        extensions=extensions,
        validator=room.validator,
        policy=DEFAULT_POLICY,
        now=now,
    )


def test_a_group_of_one(trio, device, now):
    epoch = _found(device, trio, now)
    context = epoch.public.state.context
    assert (context.epoch, context.confirmed_transcript_hash) == (0, b"")
    assert epoch.public.state.interim_transcript_hash
    assert [one.identity for one in epoch.public.members()] == ["alice"]


def test_extensions_must_be_supported_and_single(trio, device, now):
    with pytest.raises(errors.MissingCapability):
        _found(device, trio, now, [wire.Extension(0xFF00, b"")])
    twice = [wire.external_senders(())] * 2
    with pytest.raises(errors.DuplicateExtension):
        _found(device, trio, now, twice)
    with pytest.raises(errors.MalformedMLS):
        _found(device, trio, now, [wire.Extension(wire.EXTERNAL_SENDERS, b"\x05ab")])


def test_joining_from_outside_needs_the_external_key(trio, device, now):
    info = wire.expect(trio["alice"].group_info(), wire.GroupInfo)
    unsigned = wire.GroupInfo(
        info.group_context, info.extensions[:1], info.confirmation_tag, info.signer, b""
    )
    signature = sign_with_label(trio["alice"].signer, b"GroupInfoTBS", unsigned.to_be_signed)
    dave = device("dave")
    with pytest.raises(errors.ExternalCommitRefused, match="no key"):
        external_commit(
            wire.encode_message(
                wire.GroupInfo(
                    info.group_context,
                    info.extensions[:1],
                    info.confirmation_tag,
                    info.signer,
                    signature,
                )
            ),
            dave.signer,
            dave.credential,
            tree=None,
            resync=False,
            psks={},
            validator=trio.validator,
            policy=DEFAULT_POLICY,
            now=now,
        )


def test_joining_in_the_place_of_somebody_else_is_refused(trio, device, now):
    mallory, public = device("mallory"), trio.hub
    suite = public.state.suite
    info = wire.expect(trio["alice"].group_info(), wire.GroupInfo)
    key = wire.ExternalPub.decode(wire.find_extension(info.extensions, wire.EXTERNAL_PUB))
    kem_output, init_secret = suite.export_to(key.external_pub, EXTERNAL_INIT_LABEL)
    proposals = (wire.ExternalInit(kem_output), wire.Remove(1))
    request = CommitRequest(
        proposals=[Proposed(proposal, wire.NewMemberCommit()) for proposal in proposals],
        committer=None,
        signer=mallory.signer,
        next_signer=mallory.signer,
        credential=mallory.credential,
        init_secret=init_secret,
        psks=(),
        epoch=None,
        now=now,
    )
    pending = build(public, request)
    for attempt in (
        lambda: public.check(pending.commit, now=now),
        lambda: trio["carol"].process(pending.commit, now),
    ):
        with pytest.raises(errors.ExternalCommitRefused, match="somebody else"):
            attempt()
