"""How a device comes by its certificate: what is said between it and its agency, as values.

    agency    makes a code for one named device, stores its hash, gives the code to the device
    device    generates its key; request = PKCS #10 signed by that key, the code inside it as the
              challenge password (RFC 2985 section 5.4.1), so code and key are bound to each other
    agency    checks signature and code, answers with the chain it issued
    device    verifies that chain against the root whose fingerprint the code carried

A code reads XXXXX-...-XXXXX, eight groups of Crockford's base 32: 10 bytes of secret, 14 bytes of
the root's SHA-256 and one check byte against slips of the hand. Names are not in the request: the
agency decides them. A renewal is a fresh request by the same key beside the chain still valid.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from typing import Final, Self

import msgspec
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import AttributeOID

from protocols.errors import BadCertificate, EnrolmentRefused
from protocols.identity.chain import examine, verify_chain
from protocols.identity.keys import DeviceKey, PublicKey, accept_public, public_key_bytes
from protocols.identity.names import Identity
from protocols.identity.roots import Roots

CODE_LIFE: Final = 15 * 60
"""Seconds that an enrolment code is good for."""
REQUEST_LIMIT: Final = 16 * 1024
"""Bytes of a request to the agency."""

_SECRET: Final = 10
_FINGERPRINT: Final = 14
_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_READ_AS: Final = str.maketrans("OIL", "011", "- \t\r\n")
_DOMAIN: Final = b"Crossband enrolment code v1\x00"


class EnrolmentCode(msgspec.Struct, frozen=True):
    """A one-time code: the secret that admits one device, and the root it may believe."""

    secret: bytes
    fingerprint: bytes

    @classmethod
    def new(cls, root: bytes) -> Self:
        """A fresh code under this root (DER)."""
        return cls(secrets.token_bytes(_SECRET), _fingerprint(root))

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a code as somebody typed it; raises `EnrolmentRefused`."""
        symbols = text.upper().translate(_READ_AS)
        if len(symbols) != 40 or not set(symbols) <= set(_ALPHABET):
            raise EnrolmentRefused("the code must be eight groups of five letters and digits")
        number = 0
        for symbol in symbols:
            number = number * 32 + _ALPHABET.index(symbol)
        data = number.to_bytes(25, "big")
        if _check_byte(data[:-1]) != data[-1]:
            raise EnrolmentRefused("the code has a slip in it: compare it with the original")
        return cls(data[:_SECRET], data[_SECRET:-1])

    def __str__(self) -> str:
        data = self.secret + self.fingerprint
        number = int.from_bytes(data + bytes([_check_byte(data)]), "big")
        symbols = "".join(_ALPHABET[number >> shift & 31] for shift in range(195, -1, -5))
        return "-".join(symbols[place : place + 5] for place in range(0, 40, 5))

    def __repr__(self) -> str:
        return "EnrolmentCode(...)"  # a traceback must not show the secret

    @property
    def digest(self) -> bytes:
        """What the agency keeps instead of the code."""
        return code_digest(self.secret)

    def check_root(self, root: bytes) -> None:
        """Raises `EnrolmentRefused` unless this is the root (DER) that the code carries."""
        if not hmac.compare_digest(_fingerprint(root), self.fingerprint):
            raise EnrolmentRefused("the agency that answers is not the one that gave the code")


class CertificateRequest(msgspec.Struct, frozen=True):
    """A request whose signature held. `secret` is what stood as challenge password, if any."""

    public_key: bytes
    """In MLS encoding."""
    spki: bytes
    """SubjectPublicKeyInfo, DER."""
    secret: bytes


class Renewal(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """What a device sends to renew: its chain (DER, device first) and a new request (DER)."""

    chain: tuple[bytes, ...]
    request: bytes


class Issued(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """What the agency answers: the new chain (DER, device first, without the root) and its root."""

    chain: tuple[bytes, ...]
    root: bytes


def make_request(key: DeviceKey, code: EnrolmentCode | None = None) -> bytes:
    """A certificate request (PKCS #10, DER) signed by `key`, carrying `code` if one is given."""
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    if code is not None:
        builder = builder.add_attribute(AttributeOID.CHALLENGE_PASSWORD, code.secret.hex().encode())
    private = key.private
    algorithm = hashes.SHA256() if isinstance(private, ec.EllipticCurvePrivateKey) else None
    return builder.sign(private, algorithm).public_bytes(serialization.Encoding.DER)


def read_request(der: bytes) -> CertificateRequest:
    """Read a request and check that its key signed it; raises `EnrolmentRefused`."""
    if len(der) > REQUEST_LIMIT:
        raise EnrolmentRefused(f"a request of {len(der)} bytes is over {REQUEST_LIMIT}")
    try:
        request = x509.load_der_x509_csr(der)
        key: PublicKey = accept_public(request.public_key())
        holds = request.is_signature_valid
    except (ValueError, UnsupportedAlgorithm, x509.InvalidVersion, BadCertificate) as error:
        raise EnrolmentRefused("the certificate request cannot be read") from error
    if not holds:
        raise EnrolmentRefused("the certificate request is not signed by its own key")
    try:
        found = request.attributes.get_attribute_for_oid(AttributeOID.CHALLENGE_PASSWORD).value
        secret = bytes.fromhex(found.decode("ascii"))
    except x509.AttributeNotFound:
        secret = b""
    except ValueError as error:
        raise EnrolmentRefused("the request's code cannot be read") from error
    spki = key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return CertificateRequest(public_key_bytes(key), spki, secret)


def make_renewal(key: DeviceKey, chain: Sequence[bytes]) -> bytes:
    """The bytes that ask to renew `chain` for the same key."""
    return msgspec.json.encode(Renewal(tuple(chain), make_request(key)))


def read_renewal(body: bytes) -> Renewal:
    """Read a renewal; raises `EnrolmentRefused`."""
    if len(body) > REQUEST_LIMIT:
        raise EnrolmentRefused(f"a request of {len(body)} bytes is over {REQUEST_LIMIT}")
    try:
        return msgspec.json.decode(body, type=Renewal)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise EnrolmentRefused(f"the renewal cannot be read: {error}") from error


def accept_issued(issued: Issued, key: DeviceKey, roots: Roots, now: int) -> Identity:
    """The device's own check of what the agency sent, before anything is written.

    The chain must hold under `roots` at `now` (unix seconds) and be for `key`. Raises as
    `verify_chain`, and `BadCertificate` when it is another key's.
    """
    identity = verify_chain(issued.chain, roots, now)
    if examine(issued.chain, roots).public_key != key.public_key:
        raise BadCertificate("the agency answered with a certificate for another key")
    return identity


def code_digest(secret: bytes) -> bytes:
    """The hash under which a code's secret is stored."""
    return hashlib.sha256(_DOMAIN + secret).digest()


def key_fingerprint(spki: bytes) -> str:
    """SHA-256 of a SubjectPublicKeyInfo, in hexadecimal: a name for a key that people compare."""
    return hashlib.sha256(spki).hexdigest()


def _fingerprint(root: bytes) -> bytes:
    return hashlib.sha256(root).digest()[:_FINGERPRINT]


def _check_byte(data: bytes) -> int:
    return hashlib.sha256(data).digest()[0]
