"""Certificates are read strictly before anything is believed of them."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from protocols.errors import BadCertificate
from protocols.identity import DeviceKey
from protocols.identity.profile import agency_of, check_authority, check_issued, key_usage, parse


def test_what_is_no_certificate_is_refused() -> None:
    for wrong in (b"", b"\x30\x00", b"x" * 100, b"\x30" * 5000):
        with pytest.raises(BadCertificate):
            parse(wrong)


def test_weak_or_foreign_algorithms_are_refused(us: Any, key: DeviceKey) -> None:
    foreign = rsa.generate_private_key(65537, 2048)
    with pytest.raises(BadCertificate, match="neither P-256 nor Ed25519"):
        parse(us.make_issuing(public=foreign.public_key()))
    with pytest.raises(BadCertificate, match="neither P-256 nor Ed25519"):
        parse(us.make_issuing(public=ec.generate_private_key(ec.SECP384R1()).public_key()))
    with pytest.raises(BadCertificate, match="not signed with"):
        parse(us.make_issuing(signer=foreign))
    with pytest.raises(BadCertificate, match="not signed with"):
        parse(us.make_issuing(algorithm=hashes.SHA512()))


def test_an_authority_names_its_agency(us: Any) -> None:
    assert agency_of(parse(us.root)) == ("uscbp", "US")
    check_authority(parse(us.root), below=1)
    with pytest.raises(BadCertificate, match="longer"):
        check_authority(parse(us.issuing), below=1)


def test_issuing_is_checked_by_name_and_signature(us: Any, ca: Any) -> None:
    check_issued(parse(us.issuing), parse(us.root))
    with pytest.raises(BadCertificate):
        check_issued(parse(us.issuing), parse(ca.root))


def test_key_usage_allows_what_it_names() -> None:
    usage = key_usage("crl_sign")
    assert usage.crl_sign
    assert not usage.digital_signature
