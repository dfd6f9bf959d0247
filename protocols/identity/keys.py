"""The key that a device holds: it signs logins, MLS handshakes and certificate requests.

P-256 by default (smartcards hold it, FIPS 186-5 knows it), Ed25519 (RFC 8032) allowed. Public
keys and signatures take the form of RFC 9420 section 5.1.1 and 5.1.2: an uncompressed point with
DER-encoded ECDSA signatures over SHA-256, or 32 raw bytes with raw Ed25519 signatures.
"""

from __future__ import annotations

from typing import Final, Literal, Self

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from protocols.errors import BadCertificate, KeyUnreadable

Algorithm = Literal["p256", "ed25519"]
ALGORITHMS: Final[tuple[Algorithm, ...]] = ("p256", "ed25519")
PrivateKey = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
PublicKey = ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey


class DeviceKey:
    """A device's signature key; satisfies the MLS `Signer` protocol."""

    def __init__(self, private: PrivateKey) -> None:
        self._private = private
        self.public_key: bytes = public_key_bytes(private.public_key())

    @classmethod
    def generate(cls, algorithm: Algorithm = "p256") -> Self:
        """A new key from the operating system's random source."""
        return cls(generate_private(algorithm))

    @classmethod
    def from_pem(cls, pem: bytes, passphrase: bytes | None = None) -> Self:
        """Read PKCS #8 PEM; raises `KeyUnreadable` for what is not such a key, or is locked."""
        return cls(read_private(pem, passphrase))

    def to_pem(self, passphrase: bytes | None = None) -> bytes:
        """PKCS #8 PEM, encrypted when a passphrase is given. The caller sets mode 0600."""
        return write_private(self._private, passphrase)

    @property
    def algorithm(self) -> Algorithm:
        """`p256` or `ed25519`."""
        return "ed25519" if isinstance(self._private, ed25519.Ed25519PrivateKey) else "p256"

    @property
    def private(self) -> PrivateKey:
        """The key object, for building certificate requests; it never leaves the device."""
        return self._private

    def sign(self, data: bytes) -> bytes:
        """The signature over `data`, in MLS encoding."""
        return sign(self._private, data)


def generate_private(algorithm: Algorithm) -> PrivateKey:
    """A new private key of this algorithm."""
    if algorithm == "ed25519":
        return ed25519.Ed25519PrivateKey.generate()
    return ec.generate_private_key(ec.SECP256R1())


def read_private(pem: bytes, passphrase: bytes | None = None) -> PrivateKey:
    """The private key in `pem`; raises `KeyUnreadable`."""
    try:
        key = serialization.load_pem_private_key(pem, passphrase or None)
    except TypeError as error:  # how `cryptography` says that the passphrase is missing or needless
        wanted = "a passphrase" if passphrase is None else "no passphrase"
        raise KeyUnreadable(f"the private key needs {wanted}") from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise KeyUnreadable("the private key or its passphrase is wrong") from error
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key
    if isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP256R1):
        return key
    raise KeyUnreadable("the private key is neither P-256 nor Ed25519")


def write_private(key: PrivateKey, passphrase: bytes | None = None) -> bytes:
    """PKCS #8 PEM of a private key."""
    protection: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if passphrase:
        protection = serialization.BestAvailableEncryption(passphrase)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, protection
    )


def accept_public(key: object) -> PublicKey:
    """The key if it is of an algorithm allowed here; raises `BadCertificate`."""
    if isinstance(key, ed25519.Ed25519PublicKey):
        return key
    if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1):
        return key
    raise BadCertificate("the certificate's key is neither P-256 nor Ed25519")


def public_key_bytes(key: PublicKey) -> bytes:
    """The public key in MLS encoding: 65 bytes of point, or 32 raw bytes."""
    if isinstance(key, ed25519.Ed25519PublicKey):
        return key.public_bytes_raw()
    return key.public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    )


def sign(key: PrivateKey, data: bytes) -> bytes:
    """ECDSA with SHA-256 (DER) or Ed25519 over `data`."""
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key.sign(data)
    return key.sign(data, ec.ECDSA(hashes.SHA256()))


def is_signed_by(key: PublicKey, signature: bytes, data: bytes) -> bool:
    """Whether `signature` over `data` was made with the private half of `key`."""
    try:
        if isinstance(key, ed25519.Ed25519PublicKey):
            key.verify(signature, data)
        else:
            key.verify(signature, data, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True
