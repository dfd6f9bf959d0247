"""X.509 chains, as far as an MLS credential needs them (RFC 9420 section 5.3, RFC 5280).

Checked are each certificate's validity period and signature, that issuers are certificate
authorities that may sign certificates, and their path lengths.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import pairwise

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

from protocols.mls.errors import CredentialRefused, InvalidKey
from protocols.mls.suites.signatures import encode_signature_key

# What `cryptography` raises for a certificate that decodes, but holds nonsense further inside.
UNREADABLE = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)


def load_chain(chain: Sequence[bytes], limit: int) -> list[x509.Certificate]:
    """The certificates of a list of DER encodings; raises CredentialRefused."""
    if not 1 <= len(chain) <= limit:
        raise CredentialRefused(f"A chain holds 1 to {limit} certificates.")
    try:
        return [x509.load_der_x509_certificate(der) for der in chain]
    except UNREADABLE as error:
        raise CredentialRefused("A certificate of the chain cannot be read.") from error


def device_key(certificate: x509.Certificate) -> bytes:
    """The certificate's public key in its RFC 9420 encoding; raises CredentialRefused."""
    try:
        return encode_signature_key(certificate.public_key())
    except (InvalidKey, *UNREADABLE) as error:
        raise CredentialRefused("The certificate's key cannot sign for a member.") from error


def common_name(certificate: x509.Certificate) -> str:
    """The one common name of the subject; raises CredentialRefused."""
    try:
        names = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    except UNREADABLE as error:
        raise CredentialRefused("The certificate's subject cannot be read.") from error
    if len(names) != 1 or not names[0].value:
        raise CredentialRefused("The certificate names no device.")
    return str(names[0].value)


def verify_chain(
    chain: list[x509.Certificate], roots: Sequence[x509.Certificate], now: float
) -> None:
    """Walk from the device's certificate to a pinned root; `now` in unix seconds.

    Raises CredentialRefused at the first step that does not hold.
    """
    try:
        _walk(chain, roots, now)
    except UNREADABLE as error:
        raise CredentialRefused("A certificate of the chain cannot be read.") from error


def _walk(chain: list[x509.Certificate], roots: Sequence[x509.Certificate], now: float) -> None:
    moment = datetime.fromtimestamp(now, UTC)
    root = _root_above(chain[-1], roots)
    path = chain if root in chain else [*chain, root]
    for certificate in path:
        if not certificate.not_valid_before_utc <= moment <= certificate.not_valid_after_utc:
            raise CredentialRefused("A certificate of the chain is not valid at this time.")
    for depth, (certificate, issuer) in enumerate(pairwise(path)):
        _check_issuer(issuer, depth)
        if not _issued(certificate, issuer):
            raise CredentialRefused("A certificate was not signed by the one above it.")


def _root_above(last: x509.Certificate, roots: Sequence[x509.Certificate]) -> x509.Certificate:
    for root in roots:
        if root == last or (root.subject == last.issuer and _issued(last, root)):
            return root
    raise CredentialRefused("The chain leads to no root that is pinned here.")


def _issued(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (InvalidSignature, ValueError, TypeError):
        return False
    return True


def _check_issuer(issuer: x509.Certificate, depth: int) -> None:
    """An issuer is an authority, and `depth` authorities below it do not exceed its limit."""
    try:
        constraints = issuer.extensions.get_extension_for_class(x509.BasicConstraints).value
    except x509.ExtensionNotFound as error:
        raise CredentialRefused("An issuer in the chain is not a certificate authority.") from error
    limit = constraints.path_length
    if not constraints.ca or (limit is not None and depth > limit):
        raise CredentialRefused("An issuer in the chain may not issue this certificate.")
    try:
        usage = issuer.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return
    if not usage.key_cert_sign:
        raise CredentialRefused("An issuer in the chain may not sign certificates.")
