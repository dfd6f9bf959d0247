"""The key encapsulation mechanisms of HPKE: Diffie-Hellman ones and the post-quantum hybrid.

RFC 9180 section 4.1 for X25519, X448, P-256, P-384 and P-521; X-Wing's construction for
MLKEM768-X25519.
"""

import hashlib
import os
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, mlkem, x448, x25519
from cryptography.hazmat.primitives.hpke import (
    KEM,
    MLKEM768X25519PrivateKey,
    MLKEM768X25519PublicKey,
)
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from protocols.mls.errors import InvalidKey
from protocols.mls.suites.kdf import labeled_expand, labeled_extract

KEY_CACHE = 4096  # loaded public keys kept; public values only

random_bytes = os.urandom

# Known keys to try a peer's with. A point of small order yields zeros with every private key; once
# such a key stood in a tree, nobody could encrypt a path to it (RFC 7748 section 6).
TRIAL_X25519 = x25519.X25519PrivateKey.from_private_bytes(bytes(32))
TRIAL_X448 = x448.X448PrivateKey.from_private_bytes(bytes(56))


def _contributing(trial: Any, public: Any) -> Any:
    """The public key, unless it is a point of small order; raises ValueError for one."""
    trial.exchange(public)
    return public


class KeyPair:
    """An HPKE key pair: its two encodings and the loaded private key."""

    __slots__ = ("handle", "private", "public")

    def __init__(self, private: bytes, public: bytes, handle: Any) -> None:
        self.private = private
        self.public = public
        self.handle = handle


@dataclass(frozen=True, slots=True)
class Kem:
    """A Diffie-Hellman KEM of RFC 9180 section 4.1; `native` is its name in `cryptography`."""

    name: str
    kem_id: int
    hash_name: str
    secret_size: int
    private_size: int
    enc_size: int
    curve: ec.EllipticCurve | None
    native: Any

    @property
    def suite_id(self) -> bytes:
        """`suite_id` of the KEM's own labelled KDF."""
        return b"KEM" + self.kem_id.to_bytes(2, "big")

    def load_private(self, private: bytes) -> KeyPair:
        """The pair of an encoded private key; raises InvalidKey."""
        try:
            if self.curve is not None:
                private = private.rjust(self.private_size, b"\x00")  # some encode without zeros
                if len(private) != self.private_size:
                    raise InvalidKey(f"A {self.name} private key has {self.private_size} bytes.")
                handle: Any = ec.derive_private_key(int.from_bytes(private, "big"), self.curve)
            elif self.name == "x25519":
                handle = x25519.X25519PrivateKey.from_private_bytes(private)
            else:
                handle = x448.X448PrivateKey.from_private_bytes(private)
        except ValueError as error:
            raise InvalidKey(f"This is no {self.name} private key.") from error
        return KeyPair(private, self.encode_public(handle.public_key()), handle)

    def encode_public(self, key: Any) -> bytes:
        """SerializePublicKey."""
        if self.curve is not None:
            point: bytes = key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
            return point
        raw: bytes = key.public_bytes_raw()
        return raw

    def load_public(self, public: bytes) -> Any:
        """DeserializePublicKey; raises InvalidKey."""
        try:
            if self.curve is not None:
                if public[:1] != b"\x04":
                    raise InvalidKey("An HPKE public key must be an uncompressed point.")
                return ec.EllipticCurvePublicKey.from_encoded_point(self.curve, public)
            if self.name == "x25519":
                return _contributing(TRIAL_X25519, x25519.X25519PublicKey.from_public_bytes(public))
            return _contributing(TRIAL_X448, x448.X448PublicKey.from_public_bytes(public))
        except ValueError as error:
            raise InvalidKey(f"This is no {self.name} public key.") from error

    def derive(self, ikm: bytes) -> KeyPair:
        """DeriveKeyPair (RFC 9180 section 7.1.3)."""
        prk = labeled_extract(self.hash_name, self.suite_id, b"", b"dkp_prk", ikm)
        if self.curve is None:
            return self.load_private(self._expand(prk, b"sk", b"", self.private_size))
        mask = 0x01 if self.name == "p521" else 0xFF
        for counter in range(256):
            raw = self._expand(prk, b"candidate", bytes((counter,)), self.private_size)
            candidate = bytes((raw[0] & mask,)) + raw[1:]
            try:
                return self.load_private(candidate)
            except InvalidKey:  # zero or not below the order: RFC 9180 takes the next candidate
                continue
        raise InvalidKey("No key can be derived from this secret.")

    def encap(self, public: bytes) -> tuple[bytes, bytes]:
        """Encap: the shared secret and its encapsulation for this public key."""
        receiver = kem_public(self.name, public)
        ephemeral = self.derive(random_bytes(self.private_size))
        secret = self._exchange(ephemeral.handle, receiver)
        return self._shared(secret, ephemeral.public + public), ephemeral.public

    def decap(self, enc: bytes, pair: KeyPair) -> bytes:
        """Decap: the shared secret; raises InvalidKey for a bad encapsulation."""
        secret = self._exchange(pair.handle, self.load_public(enc))
        return self._shared(secret, enc + pair.public)

    def _exchange(self, private: Any, public: Any) -> bytes:
        try:
            secret: bytes = (
                private.exchange(public)
                if self.curve is None
                else private.exchange(ec.ECDH(), public)
            )
        except ValueError as error:
            raise InvalidKey("The key agreement yields no secret.") from error
        return secret

    def _shared(self, secret: bytes, context: bytes) -> bytes:
        prk = labeled_extract(self.hash_name, self.suite_id, b"", b"eae_prk", secret)
        return self._expand(prk, b"shared_secret", context, self.secret_size)

    def _expand(self, prk: bytes, label: bytes, info: bytes, length: int) -> bytes:
        return labeled_expand(self.hash_name, self.suite_id, prk, label, info, length)


class HybridKem(Kem):
    """MLKEM768-X25519 (X-Wing): both halves in a row, a 32-byte seed as private key."""

    __slots__ = ()

    def load_private(self, private: bytes) -> KeyPair:
        """Expand the seed into both private keys."""
        if len(private) != self.private_size:
            raise InvalidKey(f"A {self.name} private key has {self.private_size} bytes.")
        expanded = hashlib.shake_256(private).digest(96)
        lattice = mlkem.MLKEM768PrivateKey.from_seed_bytes(expanded[:64])
        curve = x25519.X25519PrivateKey.from_private_bytes(expanded[64:])
        public = lattice.public_key().public_bytes_raw() + curve.public_key().public_bytes_raw()
        return KeyPair(private, public, (MLKEM768X25519PrivateKey(lattice, curve), lattice, curve))

    def load_public(self, public: bytes) -> Any:
        """Load both public keys; raises InvalidKey."""
        try:
            lattice = mlkem.MLKEM768PublicKey.from_public_bytes(public[:-32])
            curve = x25519.X25519PublicKey.from_public_bytes(public[-32:])
            _contributing(TRIAL_X25519, curve)
        except ValueError as error:
            raise InvalidKey(f"This is no {self.name} public key.") from error
        return MLKEM768X25519PublicKey(lattice, curve), lattice, curve

    def derive(self, ikm: bytes) -> KeyPair:
        """DeriveKeyPair: the seed is SHAKE256 over the secret, bound to this KEM's id."""
        seed = hashlib.shake_256(self.suite_id + b"DeriveKeyPair" + ikm).digest(self.private_size)
        return self.load_private(seed)

    def encap(self, public: bytes) -> tuple[bytes, bytes]:
        """Encapsulate to both halves."""
        _, lattice, curve = kem_public(self.name, public)
        first, first_enc = lattice.encapsulate()
        ephemeral = x25519.X25519PrivateKey.generate()
        second_enc = ephemeral.public_key().public_bytes_raw()
        second = self._exchange(ephemeral, curve)
        return _xwing(first, second, second_enc, public[-32:]), first_enc + second_enc

    def decap(self, enc: bytes, pair: KeyPair) -> bytes:
        """Open both halves; raises InvalidKey for a bad encapsulation."""
        _, lattice, curve = pair.handle
        try:
            first = lattice.decapsulate(enc[:-32])
            second = self._exchange(curve, x25519.X25519PublicKey.from_public_bytes(enc[-32:]))
        except ValueError as error:
            raise InvalidKey("The encapsulation has the wrong length.") from error
        return _xwing(first, second, enc[-32:], pair.public[-32:])


def _xwing(first: bytes, second: bytes, enc: bytes, public: bytes) -> bytes:
    return hashlib.sha3_256(first + second + enc + public + b"\\.//^\\").digest()


KEMS: dict[str, Kem] = {
    kem.name: kem
    for kem in (
        Kem("x25519", 0x20, "sha256", 32, 32, 32, None, KEM.X25519),
        Kem("x448", 0x21, "sha512", 64, 56, 56, None, None),
        Kem("p256", 0x10, "sha256", 32, 32, 65, ec.SECP256R1(), KEM.P256),
        Kem("p384", 0x11, "sha384", 48, 48, 97, ec.SECP384R1(), KEM.P384),
        Kem("p521", 0x12, "sha512", 64, 66, 133, ec.SECP521R1(), KEM.P521),
        HybridKem("mlkem768x25519", 0x647A, "sha256", 32, 32, 1120, None, KEM.MLKEM768_X25519),
    )
}


@lru_cache(maxsize=KEY_CACHE)
def kem_public(kem: str, public: bytes) -> Any:
    """The loaded public key, remembered; raises InvalidKey."""
    return KEMS[kem].load_public(public)
