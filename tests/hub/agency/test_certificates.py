"""What is issued passes `verify_chain`, for seven days at most, and only as what it is."""

from __future__ import annotations

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from hub.agency.authority import Authority
from hub.agency.certificates import issue_device, issue_service
from protocols.errors import BadCertificate, CertificateExpired, DeviceRevoked
from protocols.identity import DeviceKey, Identity, Role, Roots, verify_chain

DAY = 86_400
IDENTITY = Identity("US", "uscbp", "Nogales Station", "patrol-7@uscbp", Role.PARTICIPANT)


def spki(key: DeviceKey) -> bytes:
    return key.private.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


@pytest.mark.parametrize("algorithm", ["p256", "ed25519"])
def test_an_issued_certificate_verifies(authority: Authority, now: int, algorithm: str) -> None:
    key = DeviceKey.generate("ed25519" if algorithm == "ed25519" else "p256")
    leaf = issue_device(authority, IDENTITY, spki(key), now)
    roots = Roots([authority.root])
    assert verify_chain((leaf, authority.issuing), roots, now) == IDENTITY
    with pytest.raises(CertificateExpired):
        verify_chain((leaf, authority.issuing), roots, now + 7 * DAY)


def test_nothing_longer_and_nobody_elses(authority: Authority, now: int) -> None:
    key = spki(DeviceKey.generate())
    for life in (0, 7 * DAY + 1):
        with pytest.raises(BadCertificate, match="7 days"):
            issue_device(authority, IDENTITY, key, now, life=life)
    for other in (
        Identity("CA", "rcmp", "Windsor", "rider@rcmp", Role.COMMAND),
        Identity("CA", "uscbp", "Windsor", "rider@uscbp", Role.COMMAND),
    ):
        with pytest.raises(BadCertificate, match="cannot certify"):
            issue_device(authority, other, key, now)


def test_a_certificate_after_a_revocation_lives(authority: Authority, now: int) -> None:
    roots = Roots([authority.root])
    roots.revoke(IDENTITY.device, now)
    key = spki(DeviceKey.generate())
    dead = issue_device(authority, IDENTITY, key, now + 10)
    with pytest.raises(DeviceRevoked):
        verify_chain((dead, authority.issuing), roots, now + 10)
    alive = issue_device(authority, IDENTITY, key, now + 10, after=now)
    assert verify_chain((alive, authority.issuing), roots, now + 10) == IDENTITY


def test_nothing_outlives_its_issuer(authority: Authority, now: int) -> None:
    end = x509.load_der_x509_certificate(authority.issuing).not_valid_after_utc
    late = int(end.timestamp()) - 3600
    leaf = issue_device(authority, IDENTITY, spki(DeviceKey.generate()), late)
    assert x509.load_der_x509_certificate(leaf).not_valid_after_utc == end
    with pytest.raises(CertificateExpired, match="ends too soon"):
        issue_device(authority, IDENTITY, spki(DeviceKey.generate()), late + DAY)


def test_the_service_certificate_cannot_log_in(authority: Authority, now: int) -> None:
    leaf = issue_service(authority, ["localhost", "127.0.0.1"], spki(DeviceKey.generate()), now)
    with pytest.raises(BadCertificate, match="not meant for a device"):
        verify_chain((leaf, authority.issuing), Roots([authority.root]), now)
    names = x509.load_der_x509_certificate(leaf).extensions.get_extension_for_class(
        x509.SubjectAlternativeName
    )
    assert names.value.get_values_for_type(x509.DNSName) == ["localhost"]
