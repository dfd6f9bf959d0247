"""A cipher suite: the RFC's functions under the RFC's names (RFC 9420 sections 5.1, 5.2, 8).

Sealing and opening run inside `cryptography` where it knows the KEM. X448, and the export that
external joins need, use the key schedule of RFC 9180 section 5.1 as written out here.

Suites 1 to 7 are those of RFC 9420 section 17.1. 0xF002 is private use: suite 2 with the hybrid
post-quantum KEM MLKEM768-X25519 and AES-256-GCM; its signatures stay classical (P-256).
"""

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305
from cryptography.hazmat.primitives.hpke import AEAD, KDF
from cryptography.hazmat.primitives.hpke import Suite as HpkeSuite

from protocols.mls.codec import write_opaque
from protocols.mls.errors import BadCiphertext, InvalidKey, UnsupportedSuite
from protocols.mls.suites.kdf import expand, extract, labeled_expand, labeled_extract
from protocols.mls.suites.kem import KEMS, KEY_CACHE, Kem, KeyPair, kem_public, random_bytes
from protocols.mls.suites.signatures import SCHEMES, SignatureScheme, signature_key

HYBRID = 0xF002
DEFAULT = 2


def same(left: bytes, right: bytes) -> bool:
    """Compare two secrets or tags in constant time."""
    return hmac.compare_digest(left, right)


@dataclass(frozen=True)
class Suite:
    """One cipher suite: RFC 9420's functions over its primitives. Lengths are in bytes."""

    id: int
    kem: Kem
    hash_name: str
    aead: str
    signature: SignatureScheme

    @property
    def hash_size(self) -> int:
        """KDF.Nh."""
        return _HASH_SIZES[self.hash_name]

    @property
    def key_size(self) -> int:
        """AEAD.Nk."""
        return _AEADS[self.aead][2]

    nonce_size = 12  # AEAD.Nn of all three AEADs

    def hash(self, data: bytes) -> bytes:
        """Hash."""
        return hashlib.new(self.hash_name, data).digest()

    def mac(self, key: bytes, data: bytes) -> bytes:
        """MAC: HMAC with the suite's hash."""
        return hmac.digest(key, data, self.hash_name)

    def extract(self, salt: bytes, ikm: bytes) -> bytes:
        """KDF.Extract."""
        return extract(self.hash_name, salt, ikm)

    def expand_with_label(self, secret: bytes, label: bytes, context: bytes, length: int) -> bytes:
        """ExpandWithLabel (section 8)."""
        info = length.to_bytes(2, "big") + _label(label) + write_opaque(context)
        return expand(self.hash_name, secret, info, length)

    def derive_secret(self, secret: bytes, label: bytes) -> bytes:
        """DeriveSecret (section 8)."""
        return self.expand_with_label(secret, label, b"", self.hash_size)

    def derive_tree_secret(
        self, secret: bytes, label: bytes, generation: int, length: int
    ) -> bytes:
        """DeriveTreeSecret (section 9.1)."""
        return self.expand_with_label(secret, label, generation.to_bytes(4, "big"), length)

    def ref_hash(self, label: bytes, value: bytes) -> bytes:
        """RefHash (section 5.2)."""
        return self.hash(write_opaque(label) + write_opaque(value))

    def verify_with_label(
        self, public: bytes, label: bytes, content: bytes, signature: bytes
    ) -> None:
        """VerifyWithLabel; raises EmptySignature, InvalidKey or BadSignature."""
        self.signature.verify(public, sign_content(label, content), signature)

    def verify_once(self, public: bytes, label: bytes, content: bytes, signature: bytes) -> None:
        """VerifyWithLabel, remembered: for leaves and key packages that are met many times."""
        _verified(self.signature.name, public, sign_content(label, content), signature)

    def encrypt_with_label(
        self, public: bytes, label: bytes, context: bytes, plaintext: bytes
    ) -> tuple[bytes, bytes]:
        """EncryptWithLabel: (kem_output, ciphertext); raises InvalidKey."""
        info = sign_content(label, context)
        if self.kem.native is None:
            secret, enc = self.kem.encap(public)
            key, nonce, _ = self._key_schedule(secret, info)
            return enc, self.aead_seal(key, nonce, b"", plaintext)
        key_object = kem_public(self.kem.name, public)
        if isinstance(key_object, tuple):
            key_object = key_object[0]
        try:
            sealed = _native(self.id).encrypt(plaintext, key_object, info)
        except ValueError as error:
            raise InvalidKey("The key agreement yields no secret.") from error
        return sealed[: self.kem.enc_size], sealed[self.kem.enc_size :]

    def decrypt_with_label(
        self, pair: KeyPair, label: bytes, context: bytes, kem_output: bytes, ciphertext: bytes
    ) -> bytes:
        """DecryptWithLabel; raises BadCiphertext."""
        info = sign_content(label, context)
        if len(kem_output) != self.kem.enc_size:
            raise BadCiphertext("The KEM output has the wrong length.")
        try:
            if self.kem.native is None:
                key, nonce, _ = self._key_schedule(self.kem.decap(kem_output, pair), info)
                return self.aead_open(key, nonce, b"", ciphertext)
            handle = pair.handle[0] if isinstance(pair.handle, tuple) else pair.handle
            return _native(self.id).decrypt(kem_output + ciphertext, handle, info)
        except (InvalidTag, InvalidKey, ValueError) as error:
            raise BadCiphertext from error

    def export_to(self, public: bytes, label: bytes) -> tuple[bytes, bytes]:
        """SetupBaseS with empty info, then export: (kem_output, secret of Nh bytes)."""
        secret, enc = self.kem.encap(public)
        return enc, self._export(secret, label)

    def export_from(self, pair: KeyPair, kem_output: bytes, label: bytes) -> bytes:
        """SetupBaseR with empty info, then export; raises InvalidKey."""
        return self._export(self.kem.decap(kem_output, pair), label)

    def generate_key_pair(self) -> KeyPair:
        """A fresh HPKE key pair."""
        return self.kem.derive(random_bytes(max(self.kem.private_size, self.hash_size)))

    def derive_key_pair(self, secret: bytes) -> KeyPair:
        """KEM.DeriveKeyPair."""
        return self.kem.derive(secret)

    def check_hpke_key(self, public: bytes) -> None:
        """Raise InvalidKey unless the bytes are an HPKE public key of this suite."""
        kem_public(self.kem.name, public)

    def checksignature_key(self, public: bytes) -> None:
        """Raise InvalidKey unless the bytes are a signature public key of this suite."""
        signature_key(self.signature.name, public)

    def aead_seal(self, key: bytes, nonce: bytes, aad: bytes, plaintext: bytes) -> bytes:
        """AEAD encryption."""
        sealed: bytes = _AEADS[self.aead][0](key).encrypt(nonce, plaintext, aad)
        return sealed

    def aead_open(self, key: bytes, nonce: bytes, aad: bytes, ciphertext: bytes) -> bytes:
        """AEAD decryption; raises BadCiphertext."""
        try:
            plaintext: bytes = _AEADS[self.aead][0](key).decrypt(nonce, ciphertext, aad)
        except InvalidTag as error:
            raise BadCiphertext from error
        return plaintext

    def _key_schedule(self, shared: bytes, info: bytes) -> tuple[bytes, bytes, bytes]:
        """KeySchedule of RFC 9180 section 5.1, base mode: key, base nonce, exporter secret."""
        name, suite_id = self.hash_name, _hpke_suite_id(self.id)
        context = (
            b"\x00"
            + labeled_extract(name, suite_id, b"", b"psk_id_hash", b"")
            + labeled_extract(name, suite_id, b"", b"info_hash", info)
        )
        secret = labeled_extract(name, suite_id, shared, b"secret", b"")
        return (
            labeled_expand(name, suite_id, secret, b"key", context, self.key_size),
            labeled_expand(name, suite_id, secret, b"base_nonce", context, self.nonce_size),
            labeled_expand(name, suite_id, secret, b"exp", context, self.hash_size),
        )

    def _export(self, shared: bytes, label: bytes) -> bytes:
        exporter = self._key_schedule(shared, b"")[2]
        return labeled_expand(
            self.hash_name, _hpke_suite_id(self.id), exporter, b"sec", label, self.hash_size
        )


@lru_cache(maxsize=64)
def _label(label: bytes) -> bytes:
    return write_opaque(b"MLS 1.0 " + label)


def sign_content(label: bytes, content: bytes) -> bytes:
    """SignContent and EncryptContext (sections 5.1.2, 5.1.3): label and content, both vectors."""
    return _label(label) + write_opaque(content)


@lru_cache(maxsize=KEY_CACHE)
def _verified(scheme: str, public: bytes, content: bytes, signature: bytes) -> None:
    SCHEMES[scheme].verify(public, content, signature)  # what raises is not remembered


_HASH_SIZES = {"sha256": 32, "sha384": 48, "sha512": 64}
_HPKE_KDFS = {
    "sha256": (1, KDF.HKDF_SHA256),
    "sha384": (2, KDF.HKDF_SHA384),
    "sha512": (3, KDF.HKDF_SHA512),
}
_AEADS: dict[str, tuple[Callable[[bytes], Any], tuple[int, Any], int]] = {
    "aes128gcm": (AESGCM, (1, AEAD.AES_128_GCM), 16),
    "aes256gcm": (AESGCM, (2, AEAD.AES_256_GCM), 32),
    "chacha20poly1305": (ChaCha20Poly1305, (3, AEAD.CHACHA20_POLY1305), 32),
}
_SUITES = {
    number: Suite(number, KEMS[kem], hash_name, aead, SCHEMES[scheme])
    for number, kem, hash_name, aead, scheme in (
        (1, "x25519", "sha256", "aes128gcm", "ed25519"),
        (2, "p256", "sha256", "aes128gcm", "p256"),
        (3, "x25519", "sha256", "chacha20poly1305", "ed25519"),
        (4, "x448", "sha512", "aes256gcm", "ed448"),
        (5, "p521", "sha512", "aes256gcm", "p521"),
        (6, "x448", "sha512", "chacha20poly1305", "ed448"),
        (7, "p384", "sha384", "aes256gcm", "p384"),
        (HYBRID, "mlkem768x25519", "sha256", "aes256gcm", "p256"),
    )
}
SUPPORTED: tuple[int, ...] = tuple(_SUITES)


@lru_cache(maxsize=16)
def _native(suite_id: int) -> HpkeSuite:
    chosen = _SUITES[suite_id]
    kdf, aead = _HPKE_KDFS[chosen.hash_name][1], _AEADS[chosen.aead][1][1]
    return HpkeSuite(chosen.kem.native, kdf, aead)


@lru_cache(maxsize=16)
def _hpke_suite_id(suite_id: int) -> bytes:
    chosen = _SUITES[suite_id]
    numbers = (chosen.kem.kem_id, _HPKE_KDFS[chosen.hash_name][0], _AEADS[chosen.aead][1][0])
    return b"HPKE" + b"".join(number.to_bytes(2, "big") for number in numbers)


def suite(suite_id: int) -> Suite:
    """The cipher suite of this number; raises UnsupportedSuite."""
    found = _SUITES.get(suite_id)
    if found is None:
        raise UnsupportedSuite(f"Cipher suite {suite_id:#06x} is not supported.")
    return found
