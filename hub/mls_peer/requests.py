"""What each operation of the peer takes: one structure an operation, one table of them all.

Binary fields are `bytes` here and standard base64 in JSON. Identities and exporter labels are
text. `remove` names leaf indices; `psk` names external pre-shared keys by their id.
"""

from __future__ import annotations

from typing import Annotated, Final

import msgspec
from msgspec import Meta

UInt16 = Annotated[int, Meta(ge=0, le=0xFFFF)]
Leaf = Annotated[int, Meta(ge=0, le=0xFFFFFFFF)]
Seconds = Annotated[int, Meta(ge=0, le=2**63 - 1)]


class Head(msgspec.Struct):
    """What every line has: who asks (`id`, echoed as it came), what, and as which member."""

    op: str
    id: msgspec.Raw = msgspec.Raw(b"null")
    member: str = msgspec.field(name="as", default="me")


class Request(msgspec.Struct, rename="camel", kw_only=True):
    """An operation without fields of its own."""


class PeerSender(Request):
    """Somebody outside the group whose proposals it takes."""

    signature_public_key: bytes
    identity: str


class PeerExtension(Request):
    """An extension: `type` and `data`, or the external senders written out."""

    type: UInt16 | None = None
    data: bytes | None = None
    external_senders: list[PeerSender] | None = None


class KeyPackageRequest(Request):
    """A new key package of a basic identity, or of a certificate chain (base64 DER, leaf first)."""

    identity: str | None = None
    x5c: list[bytes] | None = None
    suite: UInt16 = 2
    last_resort: bool = False
    not_before: Seconds | None = None
    not_after: Seconds | None = None


class CreateRequest(Request):
    """A new group with the member's last key package."""

    group_id: bytes
    extensions: list[PeerExtension] = []


class CommitRequest(Request):
    """A commit; `proposals` are proposal messages to take in first (or false: leave all out)."""

    add: list[bytes] = []
    remove: list[Leaf] = []
    gce: list[PeerExtension] | None = None
    psk: list[bytes] | bytes = []
    proposals: list[bytes] | bool = True
    public: bool = True
    tree_in_welcome: bool = True
    aad: bytes = b""
    merge: bool = False


class AddRequest(Request):
    """Add these and merge."""

    key_packages: list[bytes]


class JoinRequest(Request):
    """Join by a Welcome."""

    welcome: bytes
    tree: bytes | None = None


class EncryptRequest(Request):
    """Application data."""

    data: bytes
    aad: bytes = b""


class MessageRequest(Request):
    """A message to decrypt or to process."""

    message: bytes


class ProposeRequest(Request):
    """Exactly one of `add`, `remove` and `psk`."""

    add: bytes | None = None
    remove: Leaf | None = None
    psk: bytes | None = None
    public: bool = True


class GroupInfoRequest(Request):
    """The group's GroupInfo, by default with its tree."""

    tree: bool = True


class ExternalJoinRequest(Request):
    """Join by an external commit; `resync` replaces this identity's old leaf."""

    group_info: bytes
    tree: bytes | None = None
    resync: bool = False


class ExternalProposeRequest(Request):
    """Propose from outside with an external sender's key; `add` or `remove`."""

    group_info: bytes
    sign_key: bytes
    sign_pub: bytes
    add: bytes | None = None
    remove: Leaf | None = None


class ExportRequest(Request, kw_only=True):
    """A secret of the exporter, at most 8,160 bytes."""

    label: str
    context: bytes = b""
    length: Annotated[int, Meta(ge=0, le=8160)]


class PskRequest(Request):
    """An external pre-shared key."""

    psk_id: bytes
    secret: bytes


class SigkeyRequest(Request):
    """A new signature key pair; by default of the suite of the member's last key package."""

    suite: UInt16 | None = None


REQUESTS: Final[dict[str, type[Request]]] = {
    "hello": Request,
    "keypackage": KeyPackageRequest,
    "create": CreateRequest,
    "commit": CommitRequest,
    "add": AddRequest,
    "merge": Request,
    "discard": Request,
    "join": JoinRequest,
    "encrypt": EncryptRequest,
    "decrypt": MessageRequest,
    "process": MessageRequest,
    "propose": ProposeRequest,
    "groupinfo": GroupInfoRequest,
    "external-join": ExternalJoinRequest,
    "external-propose": ExternalProposeRequest,
    "export": ExportRequest,
    "psk": PskRequest,
    "sigkey": SigkeyRequest,
    "info": Request,
}
