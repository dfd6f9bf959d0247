"""From a chain of certificates to an identity: a numbered checklist (RFC 5280 section 6.1).

1  the chain is short, and each certificate keeps the profile
2  the device's certificate names an agency whose root is pinned here
3  each certificate was issued by the next one, the last one by that root
4  each issuer is an authority and may have as many below it
5  every certificate is of that agency and country
6  the device's certificate is one for devices, at most 7 days long, and its names agree
7  every certificate is valid now
8  the agency has not taken the device back
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import msgspec
from cryptography import x509

from protocols.errors import BadCertificate, CertificateExpired, DeviceRevoked
from protocols.identity import profile
from protocols.identity.keys import accept_public, public_key_bytes
from protocols.identity.names import Identity, identity_of

if TYPE_CHECKING:
    from protocols.identity.roots import Roots


class Examined(msgspec.Struct, frozen=True):
    """What a chain proves at any time, and the time for which it does (unix seconds)."""

    identity: Identity
    public_key: bytes
    serial: int
    device_from: int
    """When the device's own certificate begins: what a revocation is compared with."""
    not_before: int
    not_after: int


def verify_chain(chain: Sequence[bytes], roots: Roots, now: int) -> Identity:
    """The identity that `chain` (DER, device first) proves at `now` (unix seconds).

    Raises `BadCertificate`, `CertificateExpired` or `DeviceRevoked`.
    """
    examined = examine(chain, roots)
    check_time(examined, now)
    check_revocation(examined, roots)
    return examined.identity


def examine(chain: Sequence[bytes], roots: Roots) -> Examined:
    """Steps 1 to 6; raises `BadCertificate`. The same chain is examined once and remembered."""
    if not 1 <= len(chain) <= profile.CHAIN_LIMIT:
        raise BadCertificate(f"a chain must hold 1 to {profile.CHAIN_LIMIT} certificates")
    agency, _ = profile.agency_of(profile.parse(chain[0]))  # 2
    root = roots.of(agency)
    upward = tuple(chain[:-1]) if chain[-1] == root and len(chain) > 1 else tuple(chain)
    return _examine(upward, root)


def check_time(examined: Examined, now: int, grace: int = 0) -> None:
    """Step 7; raises `CertificateExpired`. `grace` is how many seconds past the end still pass."""
    if now < examined.not_before:
        raise CertificateExpired(f"the certificate of {examined.identity.device} is not valid yet")
    if now > examined.not_after + grace:
        raise CertificateExpired(f"the certificate of {examined.identity.device} has expired")


def check_revocation(examined: Examined, roots: Roots) -> None:
    """Step 8; raises `DeviceRevoked`."""
    device = examined.identity.device
    if roots.is_revoked(device, examined.device_from):
        raise DeviceRevoked(f"{examined.identity.agency} has revoked {device}")


def renewal_due(certificate: bytes) -> int:
    """When a device certificate (DER) is to be renewed: half-way through its life, unix seconds."""
    begin, end = _validity(profile.parse(certificate))
    return (begin + end) // 2


class _Issuer(NamedTuple):
    """Who issued a device's certificate, proven up to its root, and when that holds."""

    certificate: x509.Certificate
    agency: tuple[str, str]
    not_before: int
    not_after: int


@lru_cache(maxsize=2048)
def _examine(chain: tuple[bytes, ...], root: bytes) -> Examined:
    device = profile.parse(chain[0])  # 1
    issuer = _issuer(chain[1:], root)
    profile.check_issued(device, issuer.certificate)  # 3
    if profile.agency_of(device) != issuer.agency:  # 5
        raise BadCertificate(f"the root of {issuer.agency[0]} speaks for that agency alone")
    profile.check_device(device)  # 6
    begin, end = _validity(device)
    return Examined(
        identity=identity_of(device),
        public_key=public_key_bytes(accept_public(device.public_key())),
        serial=device.serial_number,
        device_from=begin,
        not_before=max(begin, issuer.not_before),
        not_after=min(end, issuer.not_after),
    )


@lru_cache(maxsize=256)
def _issuer(upward: tuple[bytes, ...], root: bytes) -> _Issuer:
    """Steps 1 and 3 to 5 for what stands above a device, remembered because many share it.

    Only what was proven is remembered, under its own bytes and the root's, and what holds at any
    time: the life of every certificate is looked at each time.
    """
    certificates = [profile.parse(der) for der in (*upward, root)]  # 1
    for below, issuer in enumerate(certificates):
        profile.check_authority(issuer, below)  # 4
    for certificate, issuer in pairwise(certificates):
        profile.check_issued(certificate, issuer)  # 3
    agency, country = profile.agency_of(certificates[-1])
    for certificate in certificates:  # 5
        if profile.agency_of(certificate) != (agency, country):
            raise BadCertificate(f"the root of {agency} speaks for that agency alone")
    spans = [_validity(certificate) for certificate in certificates]
    return _Issuer(
        certificates[0],
        (agency, country),
        max(begin for begin, _ in spans),
        min(end for _, end in spans),
    )


def verify_authority(certificate: bytes, roots: Roots, now: int) -> tuple[str, bytes]:
    """Check that `certificate` (DER) is an agency's issuing authority, valid now.

    Returns the agency and the authority's certificate; raises `BadCertificate` or
    `CertificateExpired`. The root itself counts as an authority too.
    """
    authority = profile.parse(certificate)
    agency, country = profile.agency_of(authority)
    root = profile.parse(roots.of(agency))
    profile.check_authority(authority, below=0)
    if certificate != roots.of(agency):
        profile.check_issued(authority, root)
        profile.check_authority(root, below=1)
        if profile.agency_of(root) != (agency, country):
            raise BadCertificate(f"the authority and the root of {agency} name other countries")
    for one in (authority, root):
        begin, end = _validity(one)
        if not begin <= now <= end:
            raise CertificateExpired(f"an authority's certificate of {agency} is not valid now")
    return agency, certificate


def _validity(certificate: x509.Certificate) -> tuple[int, int]:
    return (
        int(certificate.not_valid_before_utc.timestamp()),
        int(certificate.not_valid_after_utc.timestamp()),
    )
