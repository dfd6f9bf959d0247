"""What an agency says about its devices, signed, so that anybody may carry it to a hub.

    body = JSON [content, authority, signature], binary as base64
    content = JSON {"type": "crossband.revocation.v1", agency, device, at, reason}
    signature by the key of `authority` (the agency's issuing certificate) over
        "Crossband statement v1" 0x00 content

The content is signed as the bytes that travel: nothing is re-encoded to verify it. A statement
that comes twice, or late, does no harm: it kills only certificates begun before its instant.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Self

import msgspec

from protocols.errors import LoginRefused, StatementRefused
from protocols.identity import chain
from protocols.identity.keys import PrivateKey, accept_public, is_signed_by, sign
from protocols.identity.names import check_device
from protocols.identity.profile import parse

if TYPE_CHECKING:
    from protocols.identity.roots import Roots

_DOMAIN: Final = b"Crossband statement v1\x00"
STATEMENT_LIMIT: Final = 8192
"""Bytes of a statement."""
CLOCK_TOLERANCE: Final = 300
"""Seconds that a statement may lie ahead of the reader's clock."""
REASON_LENGTH: Final = 200


class _Envelope(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    content: bytes
    authority: bytes
    signature: bytes


class RevocationStatement(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    tag="crossband.revocation.v1",
    forbid_unknown_fields=True,
):
    """An agency takes a device back: every certificate of it begun at or before `at` is dead.

    `at` is in unix seconds; `reason` is for people, at most 200 characters.
    """

    agency: str
    device: str
    at: int
    reason: str = ""

    def sign(self, authority: bytes, key: PrivateKey) -> bytes:
        """The statement's bytes, signed by the issuing authority (DER) with its key."""
        content = msgspec.json.encode(self)
        return msgspec.json.encode(_Envelope(content, authority, sign(key, _DOMAIN + content)))

    @classmethod
    def verify(cls, body: bytes, roots: Roots, now: int) -> Self:
        """What a statement says, once its agency is proven to have said it.

        Raises `StatementRefused`: unreadable, not signed by an authority under a pinned root, about
        another agency's device, or from the future. `now` is in unix seconds.
        """
        if len(body) > STATEMENT_LIMIT:
            raise StatementRefused(f"a statement of {len(body)} bytes is over {STATEMENT_LIMIT}")
        try:
            envelope = msgspec.json.decode(body, type=_Envelope)
            statement = msgspec.json.decode(envelope.content, type=cls)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise StatementRefused(f"the statement cannot be read: {error}") from error
        try:
            agency, authority = chain.verify_authority(envelope.authority, roots, now)
            check_device(statement.device)
        except LoginRefused as error:
            raise StatementRefused(f"the statement does not hold: {error.detail}") from error
        key = accept_public(parse(authority).public_key())
        if not is_signed_by(key, envelope.signature, _DOMAIN + envelope.content):
            raise StatementRefused("the statement is not signed by the authority it names")
        if statement.agency != agency or statement.device.partition("@")[2] != agency:
            raise StatementRefused(f"{agency} cannot speak about {statement.device}")
        if not 0 < statement.at <= now + CLOCK_TOLERANCE:
            raise StatementRefused("the statement's time lies in the future")
        if len(statement.reason) > REASON_LENGTH:
            raise StatementRefused(f"the reason is longer than {REASON_LENGTH} characters")
        return statement
