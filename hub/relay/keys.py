"""The hub's own keys: made once by `crossband hub init`, read at every start.

    tls.key.pem, tls.pem    P-256 key and self-signed certificate, for TLS 1.3
    log.key.pem             Ed25519, signs the log's checkpoints
    log-mldsa.key.pem       ML-DSA-44 (FIPS 204), signs them too
    log.vkey                the public halves, as auditors and witnesses pin them
    sender.key.pem          P-256, the MLS external sender that proposes removals

None of them opens a message or issues a certificate to anybody.
"""

from __future__ import annotations

import os
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from hub.relay.config import Settings
from hub.tls import self_signed
from protocols.errors import ConfigurationError, KeyUnreadable
from protocols.identity import DeviceKey
from protocols.tlog.checkpoint import CheckpointSigner

ORIGIN = "crossband/"


def write_private(path: Path, data: bytes) -> None:
    """Write a file that only its owner may read; raises `ConfigurationError` if it exists."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise ConfigurationError(f"{path} exists already and is not overwritten") from error
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)


def private_pem(key: Ed25519PrivateKey | MLDSA44PrivateKey) -> bytes:
    """PKCS #8, not encrypted: the hub starts without anybody present."""
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def make_keys(folder: Path, name: str, host: str) -> CheckpointSigner:
    """Make every key of a new hub in `folder`; returns what signs its checkpoints."""
    key, certificate = self_signed(host, name)
    write_private(folder / "tls.key.pem", key)
    (folder / "tls.pem").write_bytes(certificate)
    log, quantum = Ed25519PrivateKey.generate(), MLDSA44PrivateKey.generate()
    write_private(folder / "log.key.pem", private_pem(log))
    write_private(folder / "log-mldsa.key.pem", private_pem(quantum))
    write_private(folder / "sender.key.pem", DeviceKey.generate().to_pem())
    signer = CheckpointSigner(ORIGIN + name, log, quantum)
    (folder / "log.vkey").write_text("".join(f"{key}\n" for key in signer.verifier_keys))
    return signer


def read_signer(settings: Settings) -> CheckpointSigner:
    """What signs the checkpoints of a configured hub; raises `KeyUnreadable`."""
    log = _load(settings.log_key)
    if not isinstance(log, Ed25519PrivateKey):
        raise KeyUnreadable(f"{settings.log_key} is not an Ed25519 key")
    if settings.log_post_quantum_key is None:
        return CheckpointSigner(ORIGIN + settings.name, log)
    quantum = _load(settings.log_post_quantum_key)
    if not isinstance(quantum, MLDSA44PrivateKey):
        raise KeyUnreadable(f"{settings.log_post_quantum_key} is not an ML-DSA-44 key")
    return CheckpointSigner(ORIGIN + settings.name, log, quantum)


def read_sender(settings: Settings) -> DeviceKey:
    """The key that signs the hub's Remove proposals; raises `KeyUnreadable`."""
    key = DeviceKey.from_pem(_read(settings.sender_key))
    if key.algorithm != "p256":
        raise KeyUnreadable(f"{settings.sender_key} is not a P-256 key")
    return key


def read_tls_certificate(settings: Settings) -> bytes:
    """The DER of the certificate that clients see; logins are bound to it."""
    pem = _read(settings.tls_certificate)
    try:
        certificate = x509.load_pem_x509_certificate(pem)
    except ValueError as error:
        raise ConfigurationError(
            f"{settings.tls_certificate} holds no readable certificate"
        ) from error
    return certificate.public_bytes(serialization.Encoding.DER)


def _load(path: Path) -> object:
    try:
        return serialization.load_pem_private_key(_read(path), None)
    except (ValueError, TypeError) as error:
        raise KeyUnreadable(f"{path} holds no readable private key") from error


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise KeyUnreadable(f"{path} cannot be read: {error.strerror}") from error
