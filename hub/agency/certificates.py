"""Issuing: certificates for devices, 7 days at most, and for the agency's own web service.

The names come from the register, never from the request; the profile is the table in
`protocols/identity/profile.py`.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from hub.agency.authority import BACKDATED, Authority, certificate_bytes, moment
from protocols.errors import BadCertificate, CertificateExpired
from protocols.identity import Identity
from protocols.identity.keys import PublicKey, accept_public
from protocols.identity.profile import DEVICE_LIFE, DEVICE_PURPOSE, DEVICE_USAGE, parse

SERVICE_PURPOSE: Final = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])


def issue_device(
    authority: Authority,
    identity: Identity,
    spki: bytes,
    now: int,
    *,
    life: int = DEVICE_LIFE,
    after: int = 0,
) -> bytes:
    """A device certificate (DER) for the key in `spki`; all times in unix seconds.

    `life` is at most 7 days; `after` is the instant of an earlier revocation, which the new
    certificate must not fall under. Raises `BadCertificate` for names or a life that cannot be.
    """
    if identity.agency != authority.agency or identity.country != authority.country:
        raise BadCertificate(f"{authority.agency} cannot certify a device of {identity.agency}")
    if not 0 < life <= DEVICE_LIFE:
        raise BadCertificate("a device certificate may be valid for 7 days at most")
    begin = max(now - int(BACKDATED.total_seconds()), after + 1)
    builder = _begin(authority, spki, begin, life)
    builder = builder.subject_name(identity.subject)
    builder = builder.add_extension(DEVICE_USAGE, True).add_extension(DEVICE_PURPOSE, False)
    alternative = x509.SubjectAlternativeName([x509.UniformResourceIdentifier(identity.uri)])
    return certificate_bytes(builder.add_extension(alternative, False), authority.key)


def issue_service(authority: Authority, hosts: Sequence[str], spki: bytes, now: int) -> bytes:
    """A TLS server certificate (DER) of the agency's own web service for names or addresses.

    It cannot log in anywhere: its purpose is serverAuth and it names no device.
    """
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, authority.country),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, authority.agency),
            x509.NameAttribute(NameOID.COMMON_NAME, f"Crossband service of {authority.agency}"),
        ]
    )
    builder = _begin(authority, spki, now - int(BACKDATED.total_seconds()), DEVICE_LIFE)
    builder = builder.subject_name(name)
    builder = builder.add_extension(DEVICE_USAGE, True).add_extension(SERVICE_PURPOSE, False)
    alternative = x509.SubjectAlternativeName([_host(host) for host in hosts])
    return certificate_bytes(builder.add_extension(alternative, False), authority.key)


def _begin(authority: Authority, spki: bytes, begin: int, life: int) -> x509.CertificateBuilder:
    """What every end entity's certificate has in common."""
    issuer = parse(authority.issuing)
    end = min(moment(begin) + timedelta(seconds=life), issuer.not_valid_after_utc)
    if end <= moment(begin):
        raise CertificateExpired("the issuing certificate of the agency ends too soon")
    public: PublicKey = accept_public(serialization.load_der_public_key(spki))
    issuer_key = authority.key.public_key()
    assert isinstance(issuer_key, ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey)
    return (
        x509.CertificateBuilder()
        .issuer_name(issuer.subject)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(moment(begin))
        .not_valid_after(end)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key), False)
    )


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)
