"""X.509 credentials: where only they are allowed, and certificates with nonsense inside."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from protocols.mls import errors
from protocols.mls.credentials import X509Validator, basic, x509_credential
from protocols.mls.group import Group
from protocols.mls.signer import SoftwareSigner

NOW = 1_800_000_000


def point(key):
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def certificate(name, key, issuer, issuer_key, authority=False):
    moment = datetime.fromtimestamp(NOW, UTC)

    def named(text):
        return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])

    return (
        x509.CertificateBuilder()
        .subject_name(named(name))
        .issuer_name(named(issuer))
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(moment - timedelta(hours=1))
        .not_valid_after(moment + timedelta(days=7))
        .add_extension(x509.BasicConstraints(authority, None), critical=True)
        .sign(issuer_key, hashes.SHA256())
        .public_bytes(Encoding.DER)
    )


@pytest.fixture
def pki():
    root, middle, device = (ec.generate_private_key(ec.SECP256R1()) for _ in range(3))
    return {
        "root": certificate("root", root, "root", root, True),
        "middle": certificate("middle", middle, "root", root, True),
        "device": certificate("unit-7", device, "middle", middle),
        "sibling": certificate("unit-8", device, "root", root),
        "key": device,
    }


def test_a_basic_credential_where_only_certificates_are_taken(pki):
    validator = X509Validator([pki["root"]], lambda: NOW)
    signer = SoftwareSigner.generate()
    with pytest.raises(errors.CredentialRefused):
        Group.create(b"g", 2, signer, basic("unit-7"), validator=validator, now=NOW)


@pytest.mark.filterwarnings("ignore:Parsed a serial number")
@pytest.mark.parametrize("spoiled", ["device", "middle", "above the middle"])
def test_a_flipped_bit_anywhere_in_a_chain_is_a_refusal(pki, spoiled):
    """cryptography reads lazily and raises errors of many kinds; what leaves us is of one."""
    validator, key = X509Validator([pki["root"]], lambda: NOW), point(pki["key"])
    assert validator.validate(x509_credential([pki["device"], pki["middle"]]), key) == "unit-7"
    name = "device" if spoiled == "device" else "middle"
    good = pki[name]
    for place in range(len(good)):
        broken = bytearray(good)
        broken[place] ^= 1 << place % 8
        chain = [pki["device"], pki["middle"]]
        chain[name == "middle"] = bytes(broken)
        if spoiled == "above the middle":
            chain.append(pki["sibling"])
        with pytest.raises(errors.CredentialRefused):
            validator.validate(x509_credential(chain), key)
