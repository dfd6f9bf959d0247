"""Signature algorithms and the encodings of their keys (RFC 9420 section 5.1.2)."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from protocols.mls.errors import BadSignature, EmptySignature, InvalidKey

KEY_CACHE = 4096  # loaded public keys kept; public values only


@dataclass(frozen=True, slots=True)
class SignatureScheme:
    """A signature algorithm: how its keys are encoded, made and used (RFC 9420 section 5.1.2).

    Public keys: raw for EdDSA, uncompressed points for ECDSA. Private keys: raw seeds, or the
    scalar as a big-endian field element. ECDSA signatures are DER.
    """

    name: str
    curve: ec.EllipticCurve | None
    hash: hashes.HashAlgorithm | None

    def generate(self) -> bytes:
        """A new private key."""
        if self.curve is None:
            kind = ed25519.Ed25519PrivateKey if self.name == "ed25519" else ed448.Ed448PrivateKey
            return kind.generate().private_bytes_raw()
        scalar = ec.generate_private_key(self.curve).private_numbers().private_value
        return scalar.to_bytes((self.curve.key_size + 7) // 8, "big")

    def load_private(self, private: bytes) -> Any:
        """The key object of an encoded private key; raises InvalidKey."""
        try:
            if self.name == "ed25519":
                return ed25519.Ed25519PrivateKey.from_private_bytes(private)
            if self.curve is None:
                return ed448.Ed448PrivateKey.from_private_bytes(private)
            return ec.derive_private_key(int.from_bytes(private, "big"), self.curve)
        except ValueError as error:
            raise InvalidKey(f"This is no {self.name} private key.") from error

    def load_public(self, public: bytes) -> Any:
        """The key object of an encoded public key; raises InvalidKey."""
        try:
            if self.name == "ed25519":
                return ed25519.Ed25519PublicKey.from_public_bytes(public)
            if self.curve is None:
                return ed448.Ed448PublicKey.from_public_bytes(public)
            if public[:1] != b"\x04":
                raise InvalidKey("An ECDSA public key must be an uncompressed point.")
            return ec.EllipticCurvePublicKey.from_encoded_point(self.curve, public)
        except ValueError as error:
            raise InvalidKey(f"This is no {self.name} public key.") from error

    def public_of(self, key: Any) -> bytes:
        """The encoded public key of a private key object."""
        return encode_signature_key(key.public_key())

    def sign(self, key: Any, data: bytes) -> bytes:
        """Sign with a loaded private key."""
        signature: bytes = (
            key.sign(data) if self.curve is None else key.sign(data, ec.ECDSA(self.hash))  # type: ignore[arg-type]  # set with curve
        )
        return signature

    def verify(self, public: bytes, data: bytes, signature: bytes) -> None:
        """Raise EmptySignature, InvalidKey or BadSignature unless the signature holds."""
        if not signature:
            raise EmptySignature
        key = signature_key(self.name, public)
        try:
            if self.curve is None:
                key.verify(signature, data)
            else:
                key.verify(signature, data, ec.ECDSA(self.hash))  # type: ignore[arg-type]  # set with curve
        except InvalidSignature as error:
            raise BadSignature from error


SCHEMES = {
    scheme.name: scheme
    for scheme in (
        SignatureScheme("ed25519", None, None),
        SignatureScheme("ed448", None, None),
        SignatureScheme("p256", ec.SECP256R1(), hashes.SHA256()),
        SignatureScheme("p384", ec.SECP384R1(), hashes.SHA384()),
        SignatureScheme("p521", ec.SECP521R1(), hashes.SHA512()),
    )
}


@lru_cache(maxsize=KEY_CACHE)
def signature_key(scheme: str, public: bytes) -> Any:
    """The loaded public key, remembered; raises InvalidKey."""
    return SCHEMES[scheme].load_public(public)


def encode_signature_key(key: Any) -> bytes:
    """The RFC 9420 encoding of a public key object, for example of a certificate's.

    Raises InvalidKey for a key type that no suite signs with.
    """
    if isinstance(key, ec.EllipticCurvePublicKey):
        return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    if isinstance(key, (ed25519.Ed25519PublicKey, ed448.Ed448PublicKey)):
        return key.public_bytes_raw()
    raise InvalidKey(f"No cipher suite signs with a {type(key).__name__}.")
