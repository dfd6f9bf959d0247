"""Signing, tagging and referring to framed content: RFC 9420 sections 5.2, 6.1 and 6.2.

Nothing here derives a secret. The membership key is an argument that only members can supply.
"""

from typing import Protocol

from protocols.mls.errors import BadMembershipTag, UnexpectedContent
from protocols.mls.suites import Suite, same, sign_content
from protocols.mls.wire import (
    PUBLIC_MESSAGE,
    ApplicationData,
    AuthenticatedContent,
    FramedContent,
    MemberSender,
    NewMemberCommit,
    PublicMessage,
    encode_message,
)

CONTENT_LABEL = b"FramedContentTBS"


class Signs(Protocol):
    """Whatever can sign: a software key, a smartcard, a remote signer."""

    @property
    def public_key(self) -> bytes:
        """The signature public key in its RFC 9420 encoding."""
        ...

    def sign(self, data: bytes) -> bytes:
        """The signature over `data` as it stands."""
        ...


def sign_with_label(signer: Signs, label: bytes, content: bytes) -> bytes:
    """SignWithLabel (section 5.1.2) by any signer."""
    return signer.sign(sign_content(label, content))


def content_to_be_signed(wire_format: int, content: FramedContent, context: bytes) -> bytes:
    """FramedContentTBS; the encoded group context counts for members and external joiners."""
    head = b"\x00\x01" + wire_format.to_bytes(2, "big") + content.encoded
    if isinstance(content.sender, (MemberSender, NewMemberCommit)):
        return head + context
    return head


def sign_framed(wire_format: int, content: FramedContent, context: bytes, signer: Signs) -> bytes:
    """The signature of a FramedContentAuthData."""
    return sign_with_label(
        signer, CONTENT_LABEL, content_to_be_signed(wire_format, content, context)
    )


def verify_framed(
    suite: Suite, message: AuthenticatedContent, context: bytes, public_key: bytes
) -> None:
    """Verify a framed content's signature; raises EmptySignature, InvalidKey, BadSignature."""
    content = content_to_be_signed(message.wire_format, message.content, context)
    suite.verify_with_label(public_key, CONTENT_LABEL, content, message.auth.signature)


def membership_tag(
    suite: Suite, message: AuthenticatedContent, context: bytes, membership_key: bytes
) -> bytes:
    """MAC over AuthenticatedContentTBM (section 6.2)."""
    content = content_to_be_signed(message.wire_format, message.content, context)
    return suite.mac(membership_key, content + message.auth.encoded)


def verify_membership_tag(
    suite: Suite, message: PublicMessage, context: bytes, membership_key: bytes
) -> None:
    """Raise BadMembershipTag unless a member of this epoch tagged the message."""
    expected = membership_tag(suite, authenticated(message), context, membership_key)
    if message.membership_tag is None or not same(message.membership_tag, expected):
        raise BadMembershipTag


def authenticated(message: PublicMessage) -> AuthenticatedContent:
    """The AuthenticatedContent that a PublicMessage carries."""
    return AuthenticatedContent(PUBLIC_MESSAGE, message.content, message.auth)


def public_message(
    suite: Suite, message: AuthenticatedContent, context: bytes, membership_key: bytes | None
) -> bytes:
    """The MLSMessage of a content signed for PublicMessage; the key is None for non-members.

    Raises UnexpectedContent for application data, which is never sent in the clear (section 6).
    """
    if isinstance(message.content.content, ApplicationData):
        raise UnexpectedContent("Application data must never be sent in the clear.")
    tag = (
        None if membership_key is None else membership_tag(suite, message, context, membership_key)
    )
    return encode_message(PublicMessage(message.content, message.auth, tag))


def proposal_ref(suite: Suite, message: AuthenticatedContent) -> bytes:
    """MakeProposalRef (section 5.2)."""
    return suite.ref_hash(b"MLS 1.0 Proposal Reference", message.encoded)


def key_package_ref(suite: Suite, key_package: bytes) -> bytes:
    """MakeKeyPackageRef (section 5.2) of an encoded KeyPackage."""
    return suite.ref_hash(b"MLS 1.0 KeyPackage Reference", key_package)
