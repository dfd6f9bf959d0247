"""The certificates that we write and accept: one table (RFC 5280), checked extension by extension.

                      agency root          issuing authority    device
    life              20 years             5 years              at most 7 days
    basicConstraints  CA, path length 1    CA, path length 0    not a CA
    keyUsage          keyCertSign, cRLSign keyCertSign, cRLSign digitalSignature
    extendedKeyUsage  -                    -                    clientAuth
    alternative name  -                    -                    one URI crossband://<agency>/<name>
    signature         P-256 with SHA-256, or Ed25519, everywhere

C and O of every certificate equal those of its root: a root speaks for one agency of one country.
"""

from __future__ import annotations

from typing import Final, TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, SignatureAlgorithmOID

from protocols.errors import BadCertificate
from protocols.identity.keys import accept_public
from protocols.identity.names import check_agency, one_attribute

_E = TypeVar("_E", x509.BasicConstraints, x509.KeyUsage, x509.ExtendedKeyUsage, covariant=False)

DEVICE_LIFE: Final = 7 * 24 * 3600
"""Seconds that a device certificate may be valid."""
CERTIFICATE_LIMIT: Final = 4096
"""Bytes of one certificate."""
CHAIN_LIMIT: Final = 3
"""Certificates in a chain: device, issuing authority, and the root if somebody sends it along."""

_SIGNATURES = (SignatureAlgorithmOID.ECDSA_WITH_SHA256, SignatureAlgorithmOID.ED25519)
_UNREADABLE = (
    ValueError,
    UnsupportedAlgorithm,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)
_UNDERSTOOD = (
    x509.BasicConstraints,
    x509.KeyUsage,
    x509.ExtendedKeyUsage,
    x509.SubjectAlternativeName,
    x509.SubjectKeyIdentifier,
    x509.AuthorityKeyIdentifier,
)
_KEY_USES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
)


def parse(der: bytes) -> x509.Certificate:
    """One certificate, read strictly; raises `BadCertificate`."""
    if len(der) > CERTIFICATE_LIMIT:
        raise BadCertificate(f"a certificate of {len(der)} bytes is over {CERTIFICATE_LIMIT}")
    try:
        certificate = x509.load_der_x509_certificate(der)
        _read_all(certificate)
        accept_public(certificate.public_key())
    except _UNREADABLE as error:
        raise BadCertificate("the certificate cannot be read") from error
    if certificate.version is not x509.Version.v3:
        raise BadCertificate("the certificate is not of version 3")
    if certificate.signature_algorithm_oid not in _SIGNATURES:
        raise BadCertificate("the certificate is not signed with P-256 or Ed25519")
    for extension in certificate.extensions:
        # RFC 5280 section 4.2: "A certificate-using system MUST reject the certificate if it
        # encounters a critical extension it does not recognize".
        if extension.critical and not isinstance(extension.value, _UNDERSTOOD):
            raise BadCertificate("the certificate holds a critical extension unknown here")
    return certificate


def _read_all(certificate: x509.Certificate) -> None:
    """Decode every part now: the library reads them when first asked, and would raise then."""
    _ = (
        certificate.subject,
        certificate.issuer,
        certificate.not_valid_before_utc,
        certificate.not_valid_after_utc,
        certificate.serial_number,
        certificate.signature_hash_algorithm,
        certificate.extensions,
    )


def key_usage(*uses: str) -> x509.KeyUsage:
    """A key usage that allows exactly these uses (names of `cryptography`)."""
    return x509.KeyUsage(
        **{use: use in uses for use in _KEY_USES}, encipher_only=False, decipher_only=False
    )


AUTHORITY_USAGE: Final = key_usage("key_cert_sign", "crl_sign")
DEVICE_USAGE: Final = key_usage("digital_signature")
DEVICE_PURPOSE: Final = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH])


def agency_of(certificate: x509.Certificate) -> tuple[str, str]:
    """(agency, country) in the certificate's subject; raises `BadCertificate`."""
    agency = one_attribute(certificate.subject, NameOID.ORGANIZATION_NAME)
    country = one_attribute(certificate.subject, NameOID.COUNTRY_NAME)
    check_agency(agency, country)
    return agency, country


def check_authority(certificate: x509.Certificate, below: int) -> None:
    """Check that this certificate may issue, with `below` more authorities under it.

    Raises `BadCertificate`. RFC 5280 section 6.1.4 (k), (l), (m), (n).
    """
    constraints = _extension(certificate, x509.BasicConstraints)
    if not constraints.ca:
        raise BadCertificate("a certificate that is no authority's was used to issue another")
    if constraints.path_length is not None and constraints.path_length < below:
        raise BadCertificate("the chain is longer than its authority allows")
    if not _extension(certificate, x509.KeyUsage).key_cert_sign:
        raise BadCertificate("an authority's key is not meant for signing certificates")


def check_device(certificate: x509.Certificate) -> None:
    """Check that this is an end entity's certificate for logins and MLS.

    Raises `BadCertificate`.
    """
    if _extension(certificate, x509.BasicConstraints).ca:
        raise BadCertificate("a device cannot use the certificate of an authority")
    if _extension(certificate, x509.KeyUsage) != DEVICE_USAGE:
        raise BadCertificate("the certificate's key usage must be digital signature alone")
    if ExtendedKeyUsageOID.CLIENT_AUTH not in _extension(certificate, x509.ExtendedKeyUsage):
        raise BadCertificate("the certificate is not meant for a device that logs in")
    life = certificate.not_valid_after_utc - certificate.not_valid_before_utc
    if life.total_seconds() > DEVICE_LIFE:
        raise BadCertificate("the certificate is valid for longer than 7 days")


def check_issued(certificate: x509.Certificate, issuer: x509.Certificate) -> None:
    """Check that `issuer` signed `certificate` and is named in it; raises `BadCertificate`."""
    if certificate.issuer != issuer.subject:
        raise BadCertificate("the chain is broken: a certificate names another issuer")
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature) as error:
        raise BadCertificate("a certificate is not signed by the one above it") from error


def _extension(certificate: x509.Certificate, kind: type[_E]) -> _E:
    """The one extension of this kind, which the profile requires; raises `BadCertificate`."""
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound as error:
        raise BadCertificate(f"the certificate has no {kind.oid._name}") from error
