"""Vectors message-protection: public and private messages of member 1 in a group of two."""

import pytest

from protocols.mls.codec import struct
from protocols.mls.errors import BadMembershipTag, BadSignature, UnexpectedContent
from protocols.mls.private_framing import open_sender_data, protect, unprotect
from protocols.mls.public_framing import (
    authenticated,
    public_message,
    sign_framed,
    verify_framed,
    verify_membership_tag,
)
from protocols.mls.secrettree import SecretTree
from protocols.mls.signer import SoftwareSigner
from protocols.mls.suites import suite
from protocols.mls.wire import (
    PRIVATE_MESSAGE,
    PROPOSAL,
    PUBLIC_MESSAGE,
    ApplicationData,
    AuthenticatedContent,
    Commit,
    FramedContent,
    FramedContentAuthData,
    GroupContext,
    MemberSender,
    PrivateMessage,
    PublicMessage,
    expect,
)

CODECS = {"proposal": PROPOSAL, "commit": struct(Commit)}


def _context(vector):
    return GroupContext(
        1,
        vector["cipher_suite"],
        vector["group_id"],
        vector["epoch"],
        vector["tree_hash"],
        vector["confirmed_transcript_hash"],
        (),
    ).encoded


def _secret_tree(vector):
    return SecretTree.start(suite(vector["cipher_suite"]), vector["encryption_secret"], 2)


def _signed(vector, wire_format, content):
    framed = FramedContent(vector["group_id"], vector["epoch"], MemberSender(1), b"", content)
    signer = SoftwareSigner.for_suite(vector["cipher_suite"], vector["signature_priv"])
    signature = sign_framed(wire_format, framed, _context(vector), signer)
    tag = b"tag" if isinstance(content, Commit) else None
    return AuthenticatedContent(wire_format, framed, FramedContentAuthData(signature, tag))


def _open_public(vector, data):
    chosen = suite(vector["cipher_suite"])
    message = expect(data, PublicMessage)
    verify_membership_tag(chosen, message, _context(vector), vector["membership_key"])
    opened = authenticated(message)
    verify_framed(chosen, opened, _context(vector), vector["signature_pub"])
    return opened.content.content


def _open_private(vector, data):
    chosen = suite(vector["cipher_suite"])
    message = expect(data, PrivateMessage)
    sender = open_sender_data(chosen, message, vector["sender_data_secret"])
    assert sender.leaf_index == 1
    opened, _ = unprotect(chosen, message, _secret_tree(vector), sender)
    verify_framed(chosen, opened, _context(vector), vector["signature_pub"])
    return opened.content.content


@pytest.mark.parametrize("name", ["proposal", "commit"])
def test_public_messages(vectors, suite_id, name):
    for vector in vectors("message-protection", suite_id):
        raw = vector[name]
        assert CODECS[name].write(_open_public(vector, vector[f"{name}_pub"])) == raw
        signed = _signed(vector, PUBLIC_MESSAGE, CODECS[name].decode(raw))
        key = vector["membership_key"]
        own = public_message(suite(suite_id), signed, _context(vector), key)
        assert CODECS[name].write(_open_public(vector, own)) == raw
        other = public_message(suite(suite_id), signed, _context(vector), key[::-1])
        with pytest.raises(BadMembershipTag):
            _open_public(vector, other)


@pytest.mark.parametrize("name", ["proposal", "commit"])
def test_private_handshakes(vectors, suite_id, name):
    for vector in vectors("message-protection", suite_id):
        raw = vector[name]
        assert CODECS[name].write(_open_private(vector, vector[f"{name}_priv"])) == raw
        signed = _signed(vector, PRIVATE_MESSAGE, CODECS[name].decode(raw))
        secret = vector["sender_data_secret"]
        own = protect(suite(suite_id), signed, _secret_tree(vector), secret)
        assert CODECS[name].write(_open_private(vector, own)) == raw


def test_application_data(vectors, suite_id):
    for vector in vectors("message-protection", suite_id):
        data = ApplicationData(vector["application"])
        assert _open_private(vector, vector["application_priv"]) == data
        signed = _signed(vector, PRIVATE_MESSAGE, data)
        secret = vector["sender_data_secret"]
        own = protect(suite(suite_id), signed, _secret_tree(vector), secret, 256)
        assert _open_private(vector, own) == data


def test_application_data_is_never_public(vectors, suite_id):
    for vector in vectors("message-protection", suite_id):
        signed = _signed(vector, PUBLIC_MESSAGE, ApplicationData(vector["application"]))
        with pytest.raises(UnexpectedContent):
            public_message(suite(suite_id), signed, _context(vector), vector["membership_key"])


def test_another_signer_is_refused(vectors, suite_id):
    for vector in vectors("message-protection", suite_id):
        stranger = SoftwareSigner.generate(suite_id)
        with pytest.raises(BadSignature):
            _open_private(
                {**vector, "signature_pub": stranger.public_key}, vector["application_priv"]
            )
