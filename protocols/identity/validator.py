"""MLS credentials are device certificates: the bridge between RFC 9420 section 5.3 and the chain.

"The certificate chain's end entity key must be the leaf's `signature_key`" is checked here; what a
leaf signs is checked by MLS itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from protocols.errors import LoginRefused
from protocols.identity.chain import check_revocation, check_time, examine
from protocols.identity.names import Identity
from protocols.mls.errors import CredentialRefused
from protocols.mls.leaf import X509Credential

if TYPE_CHECKING:
    from protocols.identity.chain import Examined
    from protocols.identity.roots import Roots
    from protocols.mls.leaf import Credential


class ChainValidator:
    """Accepts x509 credentials that lead to a pinned root; nothing else, basic ones included.

    `clock` gives UTC microseconds. `grace` is how many seconds after its end a certificate in a
    tree still passes: a member that was away catches up through commits whose certificates have
    ended since. A hub that admits new leaves uses none; logging in never has any.
    """

    def __init__(self, roots: Roots, clock: Callable[[], int], *, grace: int = 0) -> None:
        self._roots = roots
        self._clock = clock
        self._grace = grace

    def validate(self, credential: Credential, signature_key: bytes) -> str:
        """The device id that a leaf's credential proves; raises `CredentialRefused`."""
        try:
            examined = self._examine(credential)
            check_time(examined, self._clock() // 1_000_000, self._grace)
            check_revocation(examined, self._roots)
        except LoginRefused as error:
            raise CredentialRefused(error.detail, reason=error.code) from error
        if examined.public_key != signature_key:
            raise CredentialRefused("the leaf's signature key is not the one in its certificate")
        return examined.identity.device

    def identity(self, credential: Credential) -> Identity:
        """Everything that the credential of an admitted leaf says about its device.

        Time and revocation are not looked at: this is for showing who a member is. Raises
        `CredentialRefused` when the chain does not hold.
        """
        try:
            return self._examine(credential).identity
        except LoginRefused as error:
            raise CredentialRefused(error.detail, reason=error.code) from error

    def _examine(self, credential: Credential) -> Examined:
        if not isinstance(credential, X509Credential):
            raise CredentialRefused("only certificates are accepted as credentials here")
        return examine([one.cert_data for one in credential.certificates], self._roots)
