"""Every way in which a chain can be wrong, each refused by name."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.x509.oid import ExtendedKeyUsageOID

from protocols.errors import BadCertificate, CertificateExpired, DeviceRevoked
from protocols.identity import DeviceKey, Identity, Role, Roots, renewal_due, verify_chain
from protocols.identity.chain import examine, verify_authority
from protocols.identity.profile import key_usage

DAY = 86_400


def test_a_good_chain_gives_the_identity(us: Any, key: DeviceKey, now: int) -> None:
    chain = us.chain(key)
    assert verify_chain(chain, us.roots, now) == us.identity()
    assert verify_chain((*chain, us.root), us.roots, now) == us.identity()
    assert examine(chain, us.roots).public_key == key.public_key


def test_a_root_may_certify_a_device_itself(us: Any, key: DeviceKey, now: int) -> None:
    leaf = us.device(key, issuer=us.root_name, signer=us.root_key)
    assert verify_chain([leaf], us.roots, now) == us.identity()


def test_ed25519_works_throughout(make_pki: Any, now: int) -> None:
    pki = make_pki(
        root_key=ed25519.Ed25519PrivateKey.generate(),
        issuing_key=ed25519.Ed25519PrivateKey.generate(),
    )
    key = DeviceKey.generate("ed25519")
    assert verify_chain(pki.chain(key), pki.roots, now) == pki.identity()


def test_an_unpinned_or_impostor_root_is_refused(
    us: Any, ca: Any, make_pki: Any, key: DeviceKey, now: int
) -> None:
    with pytest.raises(BadCertificate, match="no root is pinned for the agency uscbp"):
        verify_chain(us.chain(key), ca.roots, now)
    impostor = make_pki()
    with pytest.raises(BadCertificate, match="not signed"):
        verify_chain(impostor.chain(key), us.roots, now)
    with pytest.raises(BadCertificate):
        verify_chain((*impostor.chain(key), impostor.root), us.roots, now)


def test_time_is_checked_at_both_ends(us: Any, key: DeviceKey, now: int) -> None:
    chain = us.chain(key)
    with pytest.raises(CertificateExpired, match="has expired"):
        verify_chain(chain, us.roots, now + 7 * DAY)
    with pytest.raises(CertificateExpired, match="not valid yet"):
        verify_chain(chain, us.roots, now - DAY)


def test_a_dead_authority_kills_what_it_issued(us: Any, key: DeviceKey, now: int) -> None:
    issuing = us.make_issuing(end=now - DAY)
    with pytest.raises(CertificateExpired):
        verify_chain((us.device(key), issuing), us.roots, now)


def test_a_root_speaks_for_its_own_agency_alone(us: Any, ca: Any, key: DeviceKey, now: int) -> None:
    """uscbp's authority certifies a device of rcmp: by name, by both, by country."""
    both = Roots([us.root, ca.root])
    mountie = Identity("CA", "rcmp", "Windsor", "rider@rcmp", Role.COMMAND)
    with pytest.raises(BadCertificate):
        verify_chain((us.device(key, mountie), us.issuing), both, now)
    foreign_country = Identity("CA", "uscbp", "Nogales", "patrol-7@uscbp", Role.COMMAND)
    with pytest.raises(BadCertificate, match="for that agency alone"):
        verify_chain((us.device(key, foreign_country), us.issuing), both, now)


def test_an_authority_under_the_wrong_root_is_refused(
    us: Any, ca: Any, key: DeviceKey, now: int
) -> None:
    """rcmp's issuer signs a certificate that claims uscbp and names rcmp's issuer."""
    both = Roots([us.root, ca.root])
    leaf = us.device(key, issuer=ca.issuing_name, signer=ca.issuing_key)
    with pytest.raises(BadCertificate):
        verify_chain((leaf, ca.issuing), both, now)
    crossed = us.make_issuing(subject=ca.issuing_name)
    stolen = ca.device(key, signer=us.issuing_key)
    with pytest.raises(BadCertificate):
        verify_chain((stolen, crossed), both, now)


def test_a_device_cannot_certify_another(us: Any, key: DeviceKey, now: int) -> None:
    other = DeviceKey.generate()
    below = us.device(other, issuer=us.identity().subject, signer=key.private)
    with pytest.raises(BadCertificate, match="no authority's"):
        verify_chain((below, us.device(key), us.issuing), us.roots, now)


def test_an_authority_cannot_log_in(us: Any, key: DeviceKey, now: int) -> None:
    with pytest.raises(BadCertificate, match="the certificate of an authority"):
        verify_chain([us.issuing], us.roots, now)
    flagged = us.device(
        key, replace={"constraints": (x509.BasicConstraints(ca=True, path_length=0), True)}
    )
    with pytest.raises(BadCertificate, match="the certificate of an authority"):
        verify_chain((flagged, us.issuing), us.roots, now)


def test_path_length_is_kept(us: Any, key: DeviceKey, now: int) -> None:
    """An issuing authority (path length 0) makes another issuing authority."""
    second_key = ec.generate_private_key(ec.SECP256R1())
    second = us.make_issuing(
        public=second_key.public_key(), issuer=us.issuing_name, signer=us.issuing_key
    )
    leaf = us.device(key, signer=second_key)
    with pytest.raises(BadCertificate, match="longer than its authority allows"):
        verify_chain((leaf, second, us.issuing), us.roots, now)


@pytest.mark.parametrize(
    ("replace", "word"),
    [
        ({"usage": (key_usage("digital_signature", "key_cert_sign"), True)}, "key usage"),
        ({"usage": (key_usage("key_agreement"), True)}, "key usage"),
        ({"usage": None}, "no keyUsage"),
        ({"constraints": None}, "no basicConstraints"),
        ({"purpose": None}, "no extendedKeyUsage"),
        (
            {"purpose": (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False)},
            "not meant for a device",
        ),
        (
            {"more": (x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"x"), True)},
            "critical extension",
        ),
        ({"more": (x509.InhibitAnyPolicy(0), True)}, "critical extension"),
    ],
)
def test_the_profile_is_kept(
    us: Any, key: DeviceKey, now: int, replace: dict[str, Any], word: str
) -> None:
    with pytest.raises(BadCertificate, match=word):
        verify_chain((us.device(key, replace=replace), us.issuing), us.roots, now)


def test_an_issuer_must_be_allowed_to_sign(us: Any, key: DeviceKey, now: int) -> None:
    no_flag = us.make_issuing(
        extensions=[
            (x509.BasicConstraints(ca=True, path_length=0), True),
            (key_usage("digital_signature"), True),
        ]
    )
    with pytest.raises(BadCertificate, match="not meant for signing certificates"):
        verify_chain((us.device(key), no_flag), us.roots, now)


def test_more_than_seven_days_is_refused(us: Any, key: DeviceKey, now: int) -> None:
    long = us.device(key, begin=now - 300, end=now + 7 * DAY)
    with pytest.raises(BadCertificate, match="longer than 7 days"):
        verify_chain((long, us.issuing), us.roots, now)
    exact = us.device(key, begin=now - 300, end=now - 300 + 7 * DAY)
    assert verify_chain((exact, us.issuing), us.roots, now) == us.identity()


def test_the_chain_must_hold_together(us: Any, key: DeviceKey, now: int) -> None:
    leaf, issuing = us.chain(key)
    for chain in ((), (issuing, leaf), (leaf,), (leaf, issuing, us.root, us.root)):
        with pytest.raises(BadCertificate):
            verify_chain(chain, us.roots, now)
    renamed = us.device(key, issuer=us.root_name)
    with pytest.raises(BadCertificate, match="names another issuer"):
        verify_chain((renamed, issuing), us.roots, now)


@pytest.mark.filterwarnings("ignore:Parsed a serial number")
def test_every_changed_byte_is_refused_by_name(us: Any, key: DeviceKey, now: int) -> None:
    chain = us.chain(key)
    for which, whole in enumerate(chain):
        for place in range(len(whole)):
            wrong = bytearray(whole)
            wrong[place] ^= 1 << place % 8
            broken = [*chain[:which], bytes(wrong), *chain[which + 1 :]]
            with pytest.raises(BadCertificate):
                verify_chain(broken, us.roots, now)


def test_a_revoked_device_is_refused_and_a_later_certificate_is_not(
    us: Any, key: DeviceKey, now: int
) -> None:
    roots = us.roots
    chain = us.chain(key)
    verify_chain(chain, roots, now)
    roots.revoke(us.identity().device, now)
    with pytest.raises(DeviceRevoked, match="uscbp has revoked patrol-7@uscbp"):
        verify_chain(chain, roots, now)
    again = us.device(DeviceKey.generate(), begin=now + 1)
    assert verify_chain((again, us.issuing), roots, now + 2) == us.identity()


def test_renewal_is_due_at_half_life(us: Any, key: DeviceKey, now: int) -> None:
    assert renewal_due(us.device(key, begin=now, end=now + 6 * DAY)) == now + 3 * DAY


def test_an_authority_is_verified_apart(us: Any, ca: Any, key: DeviceKey, now: int) -> None:
    assert verify_authority(us.issuing, us.roots, now)[0] == "uscbp"
    assert verify_authority(us.root, us.roots, now)[0] == "uscbp"
    with pytest.raises(BadCertificate):
        verify_authority(us.device(key), us.roots, now)
    with pytest.raises(BadCertificate):
        verify_authority(us.issuing, ca.roots, now)
    with pytest.raises(CertificateExpired):
        verify_authority(us.issuing, us.roots, now + 2000 * DAY)


def test_a_remembered_authority_still_dies_in_time_and_stays_with_its_root(
    us: Any, make_pki: Any, key: DeviceKey, now: int
) -> None:
    verify_chain(us.chain(key), us.roots, now)
    other = DeviceKey.generate()
    with pytest.raises(CertificateExpired):
        verify_chain(us.chain(other), us.roots, now + 7 * DAY)
    again = make_pki()
    with pytest.raises(BadCertificate, match="not signed"):
        verify_chain(us.chain(DeviceKey.generate()), again.roots, now)
    assert verify_chain(us.chain(DeviceKey.generate()), us.roots, now) == us.identity()
