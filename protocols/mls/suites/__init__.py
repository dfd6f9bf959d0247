"""The cipher suites, and the only place in `mls` that touches a cryptographic primitive."""

from protocols.mls.suites.ciphersuite import (
    DEFAULT,
    HYBRID,
    SUPPORTED,
    Suite,
    same,
    sign_content,
    suite,
)
from protocols.mls.suites.kem import KEMS, Kem, KeyPair, random_bytes
from protocols.mls.suites.signatures import SCHEMES, SignatureScheme, encode_signature_key

__all__ = [
    "DEFAULT",
    "HYBRID",
    "KEMS",
    "SCHEMES",
    "SUPPORTED",
    "Kem",
    "KeyPair",
    "SignatureScheme",
    "Suite",
    "encode_signature_key",
    "random_bytes",
    "same",
    "sign_content",
    "suite",
]
