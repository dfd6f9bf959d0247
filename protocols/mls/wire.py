"""Framing and the messages that carry it (RFC 9420 sections 6, 8.1, 12.4.3), and every struct."""

from typing import Annotated, Any, Self

from protocols.mls.codec import (
    UINT8,
    UINT16,
    Codec,
    Opaque,
    Reader,
    Struct,
    UInt16,
    UInt32,
    UInt64,
    enumerated,
    optional,
    select,
    struct,
    vector,
    write_opaque,
)
from protocols.mls.errors import UnknownWireFormat
from protocols.mls.handshake import (
    NODE,
    PROPOSAL,
    PROPOSAL_TYPES,
    RATCHET_TREE_NODES,
    USAGE_APPLICATION,
    USAGE_BRANCH,
    USAGE_REINIT,
    Add,
    Commit,
    ExternalInit,
    ExternalPsk,
    GroupContextExtensions,
    HPKECiphertext,
    Node,
    ParentNode,
    PreSharedKey,
    PreSharedKeyID,
    Proposal,
    ProposalRef,
    ReInit,
    Remove,
    ResumptionPsk,
    Update,
    UpdatePath,
    UpdatePathNode,
)
from protocols.mls.leaf import (
    APPLICATION_ID,
    BASIC,
    EXTERNAL_PUB,
    EXTERNAL_SENDERS,
    LAST_RESORT,
    MLS10,
    RATCHET_TREE,
    REQUIRED_CAPABILITIES,
    X509,
    BasicCredential,
    Capabilities,
    Certificate,
    CommitSource,
    Credential,
    Extension,
    Extensions,
    ExternalPub,
    ExternalSender,
    KeyPackage,
    KeyPackageSource,
    LeafNode,
    RequiredCapabilities,
    UpdateSource,
    X509Credential,
    external_senders,
    find_extension,
    read_external_senders,
)

__all__ = [
    "APPLICATION_ID",
    "BASIC",
    "EXTERNAL_PUB",
    "EXTERNAL_SENDERS",
    "LAST_RESORT",
    "MLS10",
    "NODE",
    "PRIVATE_MESSAGE",
    "PROPOSAL",
    "PROPOSAL_TYPES",
    "PUBLIC_MESSAGE",
    "RATCHET_TREE",
    "RATCHET_TREE_NODES",
    "REQUIRED_CAPABILITIES",
    "USAGE_APPLICATION",
    "USAGE_BRANCH",
    "USAGE_REINIT",
    "X509",
    "Add",
    "ApplicationData",
    "AuthenticatedContent",
    "BasicCredential",
    "Capabilities",
    "Certificate",
    "Commit",
    "CommitSource",
    "Credential",
    "EncryptedGroupSecrets",
    "Extension",
    "Extensions",
    "ExternalInit",
    "ExternalPsk",
    "ExternalPub",
    "ExternalSender",
    "ExternalSenderIndex",
    "FramedContent",
    "FramedContentAuthData",
    "GroupContext",
    "GroupContextExtensions",
    "GroupInfo",
    "GroupSecrets",
    "HPKECiphertext",
    "KeyPackage",
    "KeyPackageSource",
    "LeafNode",
    "MLSMessage",
    "MemberSender",
    "NewMemberCommit",
    "NewMemberProposal",
    "Node",
    "ParentNode",
    "PathSecret",
    "PreSharedKey",
    "PreSharedKeyID",
    "PrivateMessage",
    "Proposal",
    "ProposalRef",
    "PublicMessage",
    "ReInit",
    "Remove",
    "RequiredCapabilities",
    "ResumptionPsk",
    "Sender",
    "Update",
    "UpdatePath",
    "UpdatePathNode",
    "UpdateSource",
    "Welcome",
    "X509Credential",
    "decode_message",
    "external_senders",
    "find_extension",
    "read_external_senders",
]

# WireFormat (section 17.2).
PUBLIC_MESSAGE, PRIVATE_MESSAGE, WELCOME, GROUP_INFO, KEY_PACKAGE = 1, 2, 3, 4, 5
# ContentType (section 6).
APPLICATION, PROPOSAL_CONTENT, COMMIT = 1, 2, 3


class MemberSender(Struct):
    """A member, by leaf index."""

    leaf_index: UInt32


class ExternalSenderIndex(Struct):
    """Somebody of the external_senders extension, by position."""

    sender_index: UInt32


class NewMemberProposal(Struct):
    """Somebody who proposes to be added."""


class NewMemberCommit(Struct):
    """Somebody who joins by an external commit."""


Sender = MemberSender | ExternalSenderIndex | NewMemberProposal | NewMemberCommit
SENDER = select(
    UINT8,
    (
        (1, struct(MemberSender)),
        (2, struct(ExternalSenderIndex)),
        (3, struct(NewMemberProposal)),
        (4, struct(NewMemberCommit)),
    ),
)


class ApplicationData(Struct):
    """What the application sends."""

    data: Opaque


CONTENT = select(
    UINT8,
    (
        (APPLICATION, struct(ApplicationData)),
        (PROPOSAL_CONTENT, PROPOSAL),
        (COMMIT, struct(Commit)),
    ),
)
CONTENT_BY_TYPE: dict[int, Codec[Any]] = {
    APPLICATION: struct(ApplicationData),
    PROPOSAL_CONTENT: PROPOSAL,
    COMMIT: struct(Commit),
}
Content = ApplicationData | Proposal | Commit


def content_type(content: Content) -> int:
    """The ContentType of a content."""
    if isinstance(content, ApplicationData):
        return APPLICATION
    return COMMIT if isinstance(content, Commit) else PROPOSAL_CONTENT


class FramedContent(Struct):
    """What a sender says, to which group and in which epoch (section 6)."""

    group_id: Opaque
    epoch: UInt64
    sender: Annotated[Sender, SENDER]
    authenticated_data: Opaque
    content: Annotated[Content, CONTENT]


# A last field that other fields decide the presence of: no marker, only the value.
TAIL: Codec[bytes | None] = Codec(
    Reader.opaque, lambda value: b"" if value is None else write_opaque(value)
)


class FramedContentAuthData(Struct):
    """The signature and, for a commit only, the confirmation tag (section 6.1)."""

    signature: Opaque
    confirmation_tag: Annotated[bytes | None, TAIL] = None

    @classmethod
    def read_for(cls, reader: Reader, content: Content) -> Self:
        """Read what the content's type demands."""
        return cls(reader.opaque(), reader.opaque() if isinstance(content, Commit) else None)


class AuthenticatedContent(Struct):
    """A framed content with its authentication, as hashed into references and transcripts."""

    wire_format: Annotated[int, enumerated(UINT16, PUBLIC_MESSAGE, PRIVATE_MESSAGE)]
    content: FramedContent
    auth: FramedContentAuthData

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """Read the three parts; the second decides the layout of the third."""
        wire_format = reader.uint(2)
        content = FramedContent.read(reader)
        return cls(wire_format, content, FramedContentAuthData.read_for(reader, content.content))


class PublicMessage(Struct):
    """A signed content in the clear, tagged if a member sent it (section 6.2)."""

    content: FramedContent
    auth: FramedContentAuthData
    membership_tag: Annotated[bytes | None, TAIL]

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """Read the parts; the sender's type decides whether a membership tag follows."""
        content = FramedContent.read(reader)
        auth = FramedContentAuthData.read_for(reader, content.content)
        member = isinstance(content.sender, MemberSender)
        return cls(content, auth, reader.opaque() if member else None)


class PrivateMessage(Struct):
    """An encrypted content with its routing head in the clear (section 6.3)."""

    group_id: Opaque
    epoch: UInt64
    content_type: Annotated[int, enumerated(UINT8, APPLICATION, PROPOSAL_CONTENT, COMMIT)]
    authenticated_data: Opaque
    encrypted_sender_data: Opaque
    ciphertext: Opaque


class GroupContext(Struct):
    """The state of a group that its members agree on (section 8.1)."""

    version: Annotated[int, enumerated(UINT16, MLS10)]
    cipher_suite: UInt16
    group_id: Opaque
    epoch: UInt64
    tree_hash: Opaque
    confirmed_transcript_hash: Opaque
    extensions: Extensions


class GroupInfo(Struct):
    """A group's state for those who join, signed by one of its members (12.4.3)."""

    group_context: GroupContext
    extensions: Extensions
    confirmation_tag: Opaque
    signer: UInt32
    signature: Opaque

    @property
    def to_be_signed(self) -> bytes:
        """GroupInfoTBS: every field but the signature."""
        return self.encoded[: -len(write_opaque(self.signature))]


class PathSecret(Struct):
    """The path secret of the lowest node that joiner and committer share."""

    path_secret: Opaque


class GroupSecrets(Struct):
    """What a Welcome tells one joiner in secret (12.4.3.1)."""

    joiner_secret: Opaque
    path_secret: Annotated[PathSecret | None, optional(struct(PathSecret))]
    psks: Annotated[tuple[PreSharedKeyID, ...], vector(struct(PreSharedKeyID))]


class EncryptedGroupSecrets(Struct):
    """The secrets for the client of one key package."""

    new_member: Opaque
    encrypted_group_secrets: HPKECiphertext


class Welcome(Struct):
    """The invitation to everybody whom one commit adds (12.4.3.1)."""

    cipher_suite: UInt16
    secrets: Annotated[tuple[EncryptedGroupSecrets, ...], vector(struct(EncryptedGroupSecrets))]
    encrypted_group_info: Opaque


MLS_BODY = select(
    UINT16,
    (
        (PUBLIC_MESSAGE, struct(PublicMessage)),
        (PRIVATE_MESSAGE, struct(PrivateMessage)),
        (WELCOME, struct(Welcome)),
        (GROUP_INFO, struct(GroupInfo)),
        (KEY_PACKAGE, struct(KeyPackage)),
    ),
    UnknownWireFormat,
)
MLSBody = PublicMessage | PrivateMessage | Welcome | GroupInfo | KeyPackage


class MLSMessage(Struct):
    """The outermost structure: a version and one of five bodies (section 6)."""

    version: UInt16
    body: Annotated[MLSBody, MLS_BODY]


def decode_message(data: bytes) -> MLSMessage:
    """Read one MLSMessage; raises a MalformedMLS, UnknownWireFormat for another version."""
    if data[:2] != b"\x00\x01":
        raise UnknownWireFormat("The message is not of protocol version mls10.")
    return MLSMessage.decode(data)


def encode_message(body: MLSBody) -> bytes:
    """The bytes of an MLSMessage around this body."""
    return MLSMessage(MLS10, body).encoded


def expect(data: bytes, kind: type[Any]) -> Any:
    """The body of an MLSMessage that must be of this kind; raises UnknownWireFormat."""
    body = decode_message(data).body
    if not isinstance(body, kind):
        raise UnknownWireFormat(f"A {kind.__name__} was expected, not a {type(body).__name__}.")
    return body
