"""What a device signs to log in: the hub's nonce, bound to the hub's own TLS certificate.

The channel binding is `tls-server-end-point` of RFC 5929 section 4, so a login that is relayed by
somebody with another certificate does not hold, while a proxy that shows the hub's does.
"""

from __future__ import annotations

from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes

from protocols.errors import BadCertificate, BadLoginSignature
from protocols.identity.keys import accept_public, is_signed_by
from protocols.identity.profile import parse

_DOMAIN: Final = b"Crossband login v1\x00"


def server_end_point(certificate: bytes) -> bytes:
    """The RFC 5929 hash of a server certificate (DER).

    The hash is the one of the certificate's own signature; MD5 and SHA-1 give way to SHA-256, and
    so does a signature without a separate hash (Ed25519), for which the RFC defines none. Raises
    `BadCertificate` when the bytes are no certificate.
    """
    try:
        algorithm = x509.load_der_x509_certificate(certificate).signature_hash_algorithm
    except (ValueError, UnsupportedAlgorithm) as error:
        raise BadCertificate("the hub's TLS certificate cannot be read") from error
    if algorithm is None or algorithm.name in ("md5", "sha1"):
        algorithm = hashes.SHA256()
    digest = hashes.Hash(algorithm)
    digest.update(certificate)
    return digest.finalize()


def login_content(nonce: bytes, hub: str, hub_certificate: bytes) -> bytes:
    """What the device signs: domain, nonce, the hub's name, the binding; each with its length.

    `nonce` and `hub` come from the challenge frame; `hub_certificate` is the DER that TLS showed
    (client) or serves (hub).
    """
    content = bytearray(_DOMAIN)
    for part in (nonce, hub.encode(), server_end_point(hub_certificate)):
        content += len(part).to_bytes(4, "big") + part
    return bytes(content)


def verify_signature(certificate: bytes, signature: bytes, content: bytes) -> None:
    """Check a signature by the key of `certificate` (DER, already verified by `verify_chain`).

    Raises `BadLoginSignature`.
    """
    key = accept_public(parse(certificate).public_key())
    if not is_signed_by(key, signature, content):
        raise BadLoginSignature("the answer to the challenge is not signed by the device's key")
