"""The peer takes identities at their word, and certificates for the key that they certify."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from hub.mls_peer.credentials import AnyCredential, credential_of, key_for
from protocols.errors import NotReady
from protocols.mls.errors import CredentialRefused
from protocols.mls.signer import SoftwareSigner


def certificate(public: bytes, name: str) -> bytes:
    """A certificate of this P-256 key under a fresh authority, DER."""
    authority = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "authority")]))
        .public_key(ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), public))
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=7))
        .sign(authority, hashes.SHA256())
        .public_bytes(_der())
    )


def _der():
    from cryptography.hazmat.primitives.serialization import Encoding

    return Encoding.DER


def test_an_identity_is_taken_at_its_word():
    credential = credential_of("unit-7@uscbp", None)
    assert AnyCredential().validate(credential, b"any key") == "unit-7@uscbp"


def test_a_certificate_is_for_its_own_key_only():
    signer = SoftwareSigner.generate()
    chain = [certificate(signer.public_key, "unit-7@uscbp")]
    assert key_for(chain, {signer.public_key: signer}) is signer
    credential = credential_of(None, chain)
    assert AnyCredential().validate(credential, signer.public_key) == "unit-7@uscbp"
    with pytest.raises(CredentialRefused):
        AnyCredential().validate(credential, SoftwareSigner.generate().public_key)
    with pytest.raises(NotReady):
        key_for(chain, {})


def test_certified_members_talk(process, b64):
    for name in ("alice", "bob"):
        public = process.call(name, "sigkey")["signPub"]
        der = certificate(base64.b64decode(public), name)
        made = process.call(name, "keypackage", x5c=[b64(der)])
        assert made["signaturePublicKey"] == public
    process.call("alice", "create", groupId=b64(b"g"))
    welcome = process.call("alice", "add", keyPackages=[made["keyPackage"]])["welcome"]
    state = process.call("bob", "join", welcome=welcome)["state"]
    assert [entry["identity"] for entry in state["members"]] == ["alice", "bob"]
    reply = process.ask("bob", "keypackage", x5c=[b64(b"no certificate")])
    assert reply["error"].startswith("CredentialRefused: ")
