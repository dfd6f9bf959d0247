"""Credentials and who may vouch for them: basic ones for tests and peers, X.509 for devices.

RFC 9420 section 5.3. A validator turns a credential and the key it comes with into an identity
name, or refuses; the group then keeps identity names unique.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from protocols.mls.errors import CredentialRefused
from protocols.mls.suites.certificates import (
    common_name,
    device_key,
    load_chain,
    verify_chain,
)
from protocols.mls.wire import BasicCredential, Certificate, Credential, X509Credential

MAX_CHAIN = 5  # certificates in a credential
MAX_ROOTS = 64  # trust anchors of one validator


class CredentialValidator(Protocol):
    """The authentication service of section 5.3.1."""

    def validate(self, credential: Credential, signature_key: bytes) -> str:
        """The identity name that the credential proves for this key; raises CredentialRefused."""
        ...


def basic(identity: bytes | str) -> BasicCredential:
    """A basic credential: an identity that nobody vouches for."""
    return BasicCredential(identity.encode() if isinstance(identity, str) else identity)


def x509_credential(chain: Sequence[bytes]) -> X509Credential:
    """An x509 credential from DER certificates, the device's own first."""
    return X509Credential(tuple(map(Certificate, chain)))


def chain_of(credential: Credential) -> tuple[bytes, ...]:
    """The DER certificates of an x509 credential; raises CredentialRefused for another kind."""
    if not isinstance(credential, X509Credential):
        raise CredentialRefused("An X.509 credential is required here.")
    return tuple(certificate.cert_data for certificate in credential.certificates)


class BasicValidator:
    """Takes every basic credential at its word; for tests and interoperability peers only."""

    def validate(self, credential: Credential, signature_key: bytes) -> str:
        """The identity as text; bytes that are no UTF-8 appear escaped."""
        if not isinstance(credential, BasicCredential):
            raise CredentialRefused("Only basic credentials are taken here.")
        return credential.identity.decode("utf-8", "backslashreplace")


class X509Validator:
    """Takes x509 credentials whose chain leads to a pinned root.

    `roots` are DER trust anchors, `now` returns unix seconds. The identity is the common name of
    the device's certificate; see `suites.certificates` for what is checked of the chain.
    """

    def __init__(self, roots: Iterable[bytes], now: Callable[[], float]) -> None:
        self._roots = load_chain(tuple(roots), MAX_ROOTS)
        self._now = now

    def validate(self, credential: Credential, signature_key: bytes) -> str:
        """See CredentialValidator."""
        chain = load_chain(chain_of(credential), MAX_CHAIN)
        if device_key(chain[0]) != signature_key:
            raise CredentialRefused("The certificate is for another key than the leaf's.")
        verify_chain(chain, self._roots, self._now())
        return common_name(chain[0])
