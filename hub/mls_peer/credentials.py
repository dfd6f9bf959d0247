"""Whom the peer believes: everybody. A basic credential at its word, a chain without its root."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from protocols.errors import NotReady
from protocols.mls.credentials import MAX_CHAIN, BasicValidator, basic, chain_of, x509_credential
from protocols.mls.errors import CredentialRefused
from protocols.mls.signer import SoftwareSigner
from protocols.mls.suites.certificates import common_name, device_key, load_chain
from protocols.mls.wire import BasicCredential, Credential


class AnyCredential:
    """Basic credentials by their text; certificates by their common name, if the key fits."""

    def validate(self, credential: Credential, signature_key: bytes) -> str:
        """The identity name; raises CredentialRefused."""
        if isinstance(credential, BasicCredential):
            return BasicValidator().validate(credential, signature_key)
        chain = load_chain(chain_of(credential), MAX_CHAIN)
        if device_key(chain[0]) != signature_key:
            raise CredentialRefused("The certificate is for another key than the leaf's.")
        return common_name(chain[0])


def credential_of(identity: str | None, chain: Sequence[bytes] | None) -> Credential:
    """The credential of an identity, or of a certificate chain (DER, the device's own first)."""
    return x509_credential(chain) if chain is not None else basic(identity or "")


def key_for(chain: Sequence[bytes], held: Mapping[bytes, SoftwareSigner]) -> SoftwareSigner:
    """The key among those held that the chain certifies; raises NotReady, CredentialRefused."""
    signer = held.get(device_key(load_chain(chain, MAX_CHAIN)[0]))
    if signer is None:
        raise NotReady("The member holds no key for this certificate; take one from `sigkey`.")
    return signer
