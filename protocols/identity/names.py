"""The names of parties, and how they stand in an X.509 subject (RFC 5280 section 4.1.2.6).

    country   C       two letters, ISO 3166-1
    agency    O       short lower-case name, unique among the hubs: `uscbp`
    unit      OU      as people say it: `Nogales Station`
    device    CN      `<name>@<agency>`; machines `gateway:<format>@<agency>` and
                      `archive:<name>@<agency>`
    role      title   one of `Role`

The same device stands once more as a URI, `crossband://<agency>/<name>`, in the subject
alternative name, because that is where RFC 9420 section 5.3.1 and other software look first.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final

import msgspec
from cryptography import x509
from cryptography.x509.oid import NameOID

from protocols.errors import BadCertificate

URI_SCHEME: Final = "crossband"
_AGENCY = re.compile(r"[a-z][a-z0-9-]{1,23}")
_NAME = re.compile(r"(?:(gateway|archive):)?[a-z0-9][a-z0-9._-]{0,30}")
_COUNTRY = re.compile(r"[A-Z]{2}")
UNIT_LENGTH: Final = 64
"""ub-organizational-unit-name of RFC 5280 appendix A.1, in characters."""


class Role(StrEnum):
    """What a device may do in an incident."""

    COMMAND = "command"
    PARTICIPANT = "participant"
    OBSERVER = "observer"
    AUDITOR = "auditor"
    GATEWAY = "gateway"
    ARCHIVE = "archive"


class Identity(msgspec.Struct, frozen=True):
    """Who a device is, as its agency certified it."""

    country: str
    agency: str
    unit: str
    device: str
    role: Role

    @property
    def name(self) -> str:
        """The device's name without its agency: `patrol-7`, `gateway:cot`."""
        return self.device.partition("@")[0]

    @property
    def uri(self) -> str:
        """The device as it stands in the subject alternative name."""
        return f"{URI_SCHEME}://{self.agency}/{self.name}"

    @property
    def subject(self) -> x509.Name:
        """The X.509 subject of this device; raises `BadCertificate` for names that cannot be."""
        check_identity(self)
        return x509.Name(
            [
                x509.NameAttribute(NameOID.COUNTRY_NAME, self.country),
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, self.agency),
                x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, self.unit),
                x509.NameAttribute(NameOID.TITLE, self.role.value),
                x509.NameAttribute(NameOID.COMMON_NAME, self.device),
            ]
        )


def device_name(name: str, agency: str) -> str:
    """The full device id of a name that may already carry `@<agency>`.

    Raises `BadCertificate` for another agency's device and for what cannot be a name.
    """
    bare, _, stated = name.partition("@")
    if stated and stated != agency:
        raise BadCertificate(f"{name!r} belongs to {stated}, not to {agency}")
    device = f"{bare}@{agency}"
    check_device(device)
    return device


def check_device(device: str) -> None:
    """Raises `BadCertificate` unless `device` is written `<name>@<agency>`."""
    name, _, agency = device.partition("@")
    if not _NAME.fullmatch(name) or not _AGENCY.fullmatch(agency):
        raise BadCertificate(f"{device!r} is not a device name: it must read <name>@<agency>")


def check_agency(agency: str, country: str) -> None:
    """Raises `BadCertificate` unless agency and country are written as the profile asks."""
    if not _AGENCY.fullmatch(agency):
        raise BadCertificate(
            f"{agency!r} is not an agency name: 2 to 24 of a-z, 0-9 and -, a letter first"
        )
    if not _COUNTRY.fullmatch(country):
        raise BadCertificate(f"{country!r} is not a country: two capital letters of ISO 3166-1")


def check_identity(identity: Identity) -> None:
    """Raises `BadCertificate` unless every name is well-formed and role and name agree.

    Only a gateway is called `gateway:...` and only an archive `archive:...`: a roster that shows
    the name alone must not hide what reads along.
    """
    check_agency(identity.agency, identity.country)
    check_device(identity.device)
    if identity.device.partition("@")[2] != identity.agency:
        raise BadCertificate(f"{identity.device!r} is not a device of {identity.agency}")
    if not 1 <= len(identity.unit) <= UNIT_LENGTH or not identity.unit.isprintable():
        raise BadCertificate(f"the unit must be 1 to {UNIT_LENGTH} printable characters")
    kind = identity.name.partition(":")[0] if ":" in identity.name else ""
    expected = identity.role.value if identity.role in (Role.GATEWAY, Role.ARCHIVE) else ""
    if kind != expected:
        raise BadCertificate(
            f"{identity.device!r} and the role {identity.role.value} do not go together"
        )


def one_attribute(name: x509.Name, oid: x509.ObjectIdentifier) -> str:
    """The text of the one attribute of this kind; none or several raise `BadCertificate`."""
    found = name.get_attributes_for_oid(oid)
    if len(found) != 1 or not isinstance(found[0].value, str):
        raise BadCertificate(f"the certificate's name must hold one {oid._name}")
    return found[0].value


def identity_of(certificate: x509.Certificate) -> Identity:
    """The identity that a device certificate states; says nothing about whether it is true.

    Raises `BadCertificate` where names are missing, doubled, malformed, or the subject and the
    subject alternative name disagree.
    """
    subject = certificate.subject
    try:
        role = Role(one_attribute(subject, NameOID.TITLE))
    except ValueError as error:
        raise BadCertificate("the certificate names no role that is known here") from error
    identity = Identity(
        country=one_attribute(subject, NameOID.COUNTRY_NAME),
        agency=one_attribute(subject, NameOID.ORGANIZATION_NAME),
        unit=one_attribute(subject, NameOID.ORGANIZATIONAL_UNIT_NAME),
        device=one_attribute(subject, NameOID.COMMON_NAME),
        role=role,
    )
    check_identity(identity)
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound as error:
        raise BadCertificate("the certificate has no subject alternative name") from error
    if [type(name) for name in names] != [x509.UniformResourceIdentifier]:
        raise BadCertificate("the subject alternative name must be one URI")
    if names.get_values_for_type(x509.UniformResourceIdentifier) != [identity.uri]:
        raise BadCertificate("the certificate's two names of the device differ")
    return identity
