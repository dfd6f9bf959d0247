"""What signs for a member: any object with `public_key` and `sign`, a smartcard for one."""

from typing import Protocol, runtime_checkable

from protocols.mls.suites import SCHEMES, suite


@runtime_checkable
class Signer(Protocol):
    """A signature key that may live anywhere.

    `sign` is called with the SignContent of RFC 9420 section 5.1.2 and returns the signature in
    the RFC's encoding: DER for ECDSA, R and S for EdDSA.
    """

    @property
    def public_key(self) -> bytes:
        """The public key: an uncompressed point for ECDSA, raw for EdDSA."""
        ...

    def sign(self, data: bytes) -> bytes:
        """Sign `data` as it stands (ECDSA hashes it with the curve's hash)."""
        ...


class SoftwareSigner:
    """A signer whose private key is in this process's memory."""

    __slots__ = ("_key", "_private", "_scheme", "public_key")

    def __init__(self, scheme: str, private: bytes) -> None:
        """`scheme` is ed25519, ed448, p256, p384 or p521; raises InvalidKey."""
        self._scheme = SCHEMES[scheme]
        self._private = private
        self._key = self._scheme.load_private(private)
        self.public_key = self._scheme.public_of(self._key)

    @classmethod
    def generate(cls, suite_id: int = 2) -> "SoftwareSigner":
        """A new key of the scheme that this cipher suite signs with."""
        scheme = suite(suite_id).signature
        return cls(scheme.name, scheme.generate())

    @classmethod
    def for_suite(cls, suite_id: int, private: bytes) -> "SoftwareSigner":
        """An existing private key (raw seed or scalar) for this cipher suite."""
        return cls(suite(suite_id).signature.name, private)

    @property
    def private_key(self) -> bytes:
        """The private key's encoding, for the caller to keep encrypted."""
        return self._private

    def sign(self, data: bytes) -> bytes:
        """The signature over `data`."""
        return self._scheme.sign(self._key, data)
