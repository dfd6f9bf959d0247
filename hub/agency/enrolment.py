"""Letting a device in, once, and keeping it in: codes, enrolment, renewal.

A code is good for 15 minutes and one request; it names the device, its role and its unit, and may
be tied beforehand to the one key that the device showed. Everything is decided under the register's
lock: whatever is refused leaves the register as it was.
"""

from __future__ import annotations

import msgspec
from cryptography import x509

from hub.agency.authority import Authority
from hub.agency.certificates import issue_device
from hub.agency.register import Book, Code, Enrolled, Register
from protocols.errors import DeviceRevoked, EnrolmentRefused
from protocols.identity import Identity, Role, Roots, device_name
from protocols.identity.chain import check_revocation, check_time, examine
from protocols.identity.enrolment import (
    CODE_LIFE,
    EnrolmentCode,
    Issued,
    code_digest,
    key_fingerprint,
    read_renewal,
    read_request,
)
from protocols.identity.names import check_identity


class Offer(msgspec.Struct, frozen=True):
    """A code as it is given to a device, with what the agency has decided about it."""

    code: EnrolmentCode
    identity: Identity
    expires: int
    """Unix seconds."""


def offer_code(
    authority: Authority, *, name: str, role: Role, unit: str, now: int, key: str = ""
) -> Offer:
    """Make an enrolment code for one device; an older one for the same device is withdrawn.

    `key` is the SHA-256 (hex) of the only public key that may use it; '' leaves that open until
    the code comes with a request. Raises `BadCertificate` for names that cannot be, and
    `EnrolmentRefused` while a living certificate of that name is out.
    """
    device = device_name(name, authority.agency)
    identity = Identity(authority.country, authority.agency, unit, device, role)
    check_identity(identity)
    code = EnrolmentCode.new(authority.root)
    with Register(authority.folder).change(now) as book:
        _check_free(book, device, now)
        for other in book.codes:
            if other.name == device and not other.used and not other.withdrawn:
                other.withdrawn = now
        expires = now + CODE_LIFE
        book.codes.append(
            Code(digest=code.digest, name=device, role=role, unit=unit, expires=expires, key=key)
        )
    return Offer(code, identity, expires)


def enrol(authority: Authority, request: bytes, now: int) -> Issued:
    """Answer a device's first request (PKCS #10, DER, with its code inside).

    Raises `EnrolmentRefused`; a request that is refused does not use up its code.
    """
    asked = read_request(request)
    if not asked.secret:
        raise EnrolmentRefused("the request carries no enrolment code")
    fingerprint = key_fingerprint(asked.spki)
    with Register(authority.folder).change(now) as book:
        code = _usable(book, code_digest(asked.secret), fingerprint, now)
        _check_free(book, code.name, now)
        if any(other.key == fingerprint for other in book.devices.values()):
            raise EnrolmentRefused("this key was enrolled before: a device needs a new one")
        identity = Identity(authority.country, authority.agency, code.unit, code.name, code.role)
        before = book.devices.get(code.name)
        earlier = before.revoked if before else 0
        if earlier >= now:
            raise EnrolmentRefused(f"{code.name} was revoked this very second: try again")
        certificate = issue_device(authority, identity, asked.spki, now, after=earlier)
        book.devices[code.name] = _entry(certificate, identity, fingerprint, now)
        book.devices[code.name].earlier = earlier
        code.used = now
    return Issued((certificate, authority.issuing), authority.root)


def renew(authority: Authority, body: bytes, now: int) -> Issued:
    """Answer a device that shows its living certificate and a new request by the same key.

    Raises `BadCertificate`, `CertificateExpired`, `DeviceRevoked` or `EnrolmentRefused`.
    """
    renewal = read_renewal(body)
    examined = examine(renewal.chain, authority.roots)
    check_time(examined, now)
    asked = read_request(renewal.request)
    if asked.public_key != examined.public_key:
        raise EnrolmentRefused("the request is by another key than the certificate")
    device = examined.identity.device
    with Register(authority.folder).change(now) as book:
        known = book.devices.get(device)
        if known is None or known.key != key_fingerprint(asked.spki):
            raise EnrolmentRefused(f"{device} with this key is not in the register")
        check_revocation(examined, revocations(authority, book))
        if known.revoked:
            raise DeviceRevoked(f"{authority.agency} has revoked {device}")
        identity = Identity(authority.country, authority.agency, known.unit, device, known.role)
        certificate = issue_device(authority, identity, asked.spki, now, after=known.earlier)
        entry = _entry(certificate, identity, known.key, now)
        entry.enrolled, entry.earlier = known.enrolled, known.earlier
        book.devices[device] = entry
    return Issued((certificate, authority.issuing), authority.root)


def revocations(authority: Authority, book: Book) -> Roots:
    """The agency's root with everything that its register says is revoked."""
    roots = Roots([authority.root])
    for device, entry in book.devices.items():
        if entry.revoked:
            roots.revoke(device, entry.revoked)
    return roots


def _usable(book: Book, digest: bytes, fingerprint: str, now: int) -> Code:
    """The code that this request may use; raises `EnrolmentRefused` and says why not."""
    code = book.find(digest)
    if code is None:
        raise EnrolmentRefused("the agency knows no such code")
    if code.used:
        raise EnrolmentRefused("the code has been used already")
    if code.withdrawn:
        raise EnrolmentRefused("the code was replaced by a newer one")
    if now >= code.expires:
        raise EnrolmentRefused("the code has expired: it was good for 15 minutes")
    if code.key not in ("", fingerprint):
        raise EnrolmentRefused("the code was given to a device with another key")
    return code


def _check_free(book: Book, device: str, now: int) -> None:
    """One living key a name: who lost a device revokes it first."""
    entry = book.devices.get(device)
    if entry and not entry.revoked and now <= entry.not_after:
        raise EnrolmentRefused(f"{device} is enrolled already: revoke it first")


def _entry(certificate: bytes, identity: Identity, key: str, now: int) -> Enrolled:
    parsed = x509.load_der_x509_certificate(certificate)
    return Enrolled(
        device=identity.device,
        role=identity.role,
        unit=identity.unit,
        key=key,
        serial=f"{parsed.serial_number:x}",
        enrolled=now,
        issued=now,
        not_after=int(parsed.not_valid_after_utc.timestamp()),
    )
