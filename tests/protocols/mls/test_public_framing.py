"""Signatures bind content to its wire format and, for members, to group and epoch."""

from dataclasses import replace

import pytest

from protocols.mls import errors, wire
from protocols.mls.public_framing import (
    content_to_be_signed,
    key_package_ref,
    membership_tag,
    proposal_ref,
    public_message,
    sign_framed,
    verify_framed,
    verify_membership_tag,
)
from protocols.mls.signer import SoftwareSigner
from protocols.mls.suites import suite


@pytest.fixture
def signed():
    signer = SoftwareSigner.generate()
    content = wire.FramedContent(b"g", 1, wire.MemberSender(0), b"", wire.Remove(1))
    auth = wire.FramedContentAuthData(sign_framed(1, content, b"context", signer))
    return signer, wire.AuthenticatedContent(1, content, auth)


def test_context_counts_for_members_only(signed):
    _, message = signed
    assert content_to_be_signed(1, message.content, b"context").endswith(b"context")
    outside = replace(message.content, sender=wire.ExternalSenderIndex(0))
    assert not content_to_be_signed(1, outside, b"context").endswith(b"context")


def test_verification(signed):
    signer, message = signed
    verify_framed(suite(2), message, b"context", signer.public_key)
    for other in (replace(message, wire_format=2), replace(message.content, epoch=2)):
        broken = other if isinstance(other, wire.AuthenticatedContent) else None
        broken = broken or replace(message, content=other)
        with pytest.raises(errors.BadSignature):
            verify_framed(suite(2), broken, b"context", signer.public_key)
    with pytest.raises(errors.BadSignature):
        verify_framed(suite(2), message, b"another context", signer.public_key)


def test_membership_tags(signed):
    _, message = signed
    data = public_message(suite(2), message, b"context", b"key")
    body = wire.expect(data, wire.PublicMessage)
    assert body.membership_tag == membership_tag(suite(2), message, b"context", b"key")
    verify_membership_tag(suite(2), body, b"context", b"key")
    for context, key in ((b"other", b"key"), (b"context", b"other")):
        with pytest.raises(errors.BadMembershipTag):
            verify_membership_tag(suite(2), body, context, key)


def test_references_are_hashes_of_everything(signed, device):
    _, message = signed
    one = proposal_ref(suite(2), message)
    other = proposal_ref(suite(2), replace(message, auth=wire.FramedContentAuthData(b"s")))
    assert len(one) == 32
    assert one != other
    bundle = device("alice").bundle
    assert key_package_ref(suite(2), bundle.package.encoded) == bundle.ref
