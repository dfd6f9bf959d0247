"""Codes, requests and renewals as values."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import AttributeOID
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.errors import BadCertificate, CertificateExpired, EnrolmentRefused
from protocols.identity import ALGORITHMS, DeviceKey
from protocols.identity.enrolment import (
    EnrolmentCode,
    Issued,
    accept_issued,
    code_digest,
    make_renewal,
    make_request,
    read_renewal,
    read_request,
)
from protocols.identity.keys import Algorithm


@given(secret=st.binary(min_size=10, max_size=10), fingerprint=st.binary(min_size=14, max_size=14))
@settings(max_examples=100, deadline=None)
def test_a_code_survives_being_typed(secret: bytes, fingerprint: bytes) -> None:
    code = EnrolmentCode(secret, fingerprint)
    text = str(code)
    assert [len(part) for part in text.split("-")] == [5] * 8
    typed = text.lower().replace("-", " ").replace("0", "o").replace("1", "l")
    assert EnrolmentCode.parse(typed) == code


def test_slips_are_found(us: Any) -> None:
    text = str(EnrolmentCode.new(us.root))
    swapped = ("1" if text[0] != "1" else "2") + text[1:]
    for wrong in ("", text[:-1], text + "0", "U" + text[1:]):
        with pytest.raises(EnrolmentRefused, match="eight groups"):
            EnrolmentCode.parse(wrong)
    with pytest.raises(EnrolmentRefused, match="slip"):
        EnrolmentCode.parse(swapped)


def test_a_code_knows_its_agency_and_hides_its_secret(us: Any, ca: Any) -> None:
    code = EnrolmentCode.new(us.root)
    code.check_root(us.root)
    with pytest.raises(EnrolmentRefused, match="not the one that gave the code"):
        code.check_root(ca.root)
    assert code.secret.hex() not in repr(code)
    assert code.digest == code_digest(code.secret)
    assert code.secret not in code.digest


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_request_carries_key_and_code(us: Any, algorithm: Algorithm) -> None:
    key, code = DeviceKey.generate(algorithm), EnrolmentCode.new(us.root)
    asked = read_request(make_request(key, code))
    assert asked.public_key == key.public_key
    assert asked.secret == code.secret
    assert read_request(make_request(key)).secret == b""


def test_a_changed_request_is_refused(us: Any) -> None:
    """Neither the code nor the key can be exchanged: the signature covers both."""
    key, code = DeviceKey.generate(), EnrolmentCode.new(us.root)
    request = make_request(key, code)
    other = EnrolmentCode.new(us.root)
    replaced = request.replace(code.secret.hex().encode(), other.secret.hex().encode())
    rekeyed = request.replace(key.public_key, DeviceKey.generate().public_key)
    for wrong in (replaced, rekeyed):
        assert wrong != request
        with pytest.raises(EnrolmentRefused, match="not signed by its own key"):
            read_request(wrong)
    for wrong in (b"", b"x", request[:-1], b"\x30" * 20_000):
        with pytest.raises(EnrolmentRefused):
            read_request(wrong)


def test_foreign_keys_and_unreadable_codes_are_refused() -> None:
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    p384 = builder.sign(ec.generate_private_key(ec.SECP384R1()), hashes.SHA256())
    with pytest.raises(EnrolmentRefused, match="cannot be read"):
        read_request(p384.public_bytes(serialization.Encoding.DER))
    odd = builder.add_attribute(AttributeOID.CHALLENGE_PASSWORD, b"not hex").sign(
        DeviceKey.generate().private, hashes.SHA256()
    )
    with pytest.raises(EnrolmentRefused, match="code cannot be read"):
        read_request(odd.public_bytes(serialization.Encoding.DER))


def test_a_renewal_round_trip(us: Any, key: DeviceKey) -> None:
    chain = us.chain(key)
    renewal = read_renewal(make_renewal(key, chain))
    assert renewal.chain == chain
    assert read_request(renewal.request).public_key == key.public_key
    for wrong in (b"", b"{}", b"[1]", b"\xff", b"x" * 20_000):
        with pytest.raises(EnrolmentRefused):
            read_renewal(wrong)


def test_a_device_checks_what_it_gets(us: Any, ca: Any, key: DeviceKey, now: int) -> None:
    good = Issued(us.chain(key), us.root)
    assert accept_issued(good, key, us.roots, now) == us.identity()
    with pytest.raises(BadCertificate, match="another key"):
        accept_issued(good, DeviceKey.generate(), us.roots, now)
    with pytest.raises(BadCertificate):
        accept_issued(Issued(ca.chain(key), ca.root), key, us.roots, now)
    with pytest.raises(CertificateExpired):
        accept_issued(good, key, us.roots, now + 30 * 86_400)
