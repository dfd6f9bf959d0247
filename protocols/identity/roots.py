"""The agencies that somebody believes, each about itself alone, and the devices they took back.

A pinned root is the only source of trust: no system store, no cross-signing. There is one root an
agency, and one agency a root.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from protocols.errors import BadCertificate, ConfigurationError
from protocols.identity import profile
from protocols.identity.statement import RevocationStatement


class Roots:
    """Pinned agency roots and known revocations.

    `revoked` maps a device to the instant (unix seconds) of its revocation: certificates whose
    validity begins at or before it are dead, one that the agency issues later is alive again.
    """

    def __init__(self, roots: Iterable[bytes] = ()) -> None:
        """Pin these root certificates (DER); raises as `pin` does."""
        self._roots: dict[str, bytes] = {}
        self._countries: dict[str, str] = {}
        self.revoked: dict[str, int] = {}
        for root in roots:
            self.pin(root)

    @classmethod
    def from_pem(cls, texts: Iterable[bytes]) -> Self:
        """Pin every certificate in these PEM texts; raises as `pin` does."""
        return cls(root for text in texts for root in certificates_from_pem(text))

    def pin(self, root: bytes) -> str:
        """Believe this root (DER) about its agency, whose name is returned.

        Raises `BadCertificate` for what is not a self-signed authority of an agency, and
        `ConfigurationError` when another root of the same agency is pinned already.
        """
        certificate = profile.parse(root)
        agency, country = profile.agency_of(certificate)
        profile.check_issued(certificate, certificate)
        profile.check_authority(certificate, below=0)
        if self._roots.get(agency, root) != root:
            raise ConfigurationError(f"two different roots are given for the agency {agency}")
        self._roots[agency] = root
        self._countries[agency] = country
        return agency

    def of(self, agency: str) -> bytes:
        """The root (DER) of an agency; raises `BadCertificate` when none is pinned."""
        root = self._roots.get(agency)
        if root is None:
            raise BadCertificate(f"no root is pinned for the agency {agency}")
        return root

    @property
    def agencies(self) -> Mapping[str, str]:
        """The agencies that are believed, with their countries."""
        return self._countries

    def revoke(self, device: str, at: int) -> None:
        """Record a revocation that is already proven, for instance from one's own log.

        `at` is in unix seconds. Nothing is checked here: what comes from outside goes through
        `add_revocation`.
        """
        self.revoked[device] = max(at, self.revoked.get(device, 0))

    def add_revocation(self, body: bytes, now: int) -> RevocationStatement:
        """Verify a revocation statement and record it; returns what it said.

        Raises `StatementRefused`, and then nothing has changed.
        """
        statement = RevocationStatement.verify(body, self, now)
        self.revoke(statement.device, statement.at)
        return statement

    def is_revoked(self, device: str, not_before: int) -> bool:
        """Whether a certificate of `device` that is valid from `not_before` has been revoked."""
        return not_before <= self.revoked.get(device, -1)


def certificates_from_pem(text: bytes) -> list[bytes]:
    """The certificates (DER) in a PEM text, in order; raises `BadCertificate`."""
    try:
        found = x509.load_pem_x509_certificates(text)
    except ValueError as error:
        raise BadCertificate("the PEM text holds no readable certificate") from error
    return [certificate.public_bytes(serialization.Encoding.DER) for certificate in found]


def certificates_to_pem(certificates: Iterable[bytes]) -> bytes:
    """PEM text of certificates (DER), in order."""
    return b"".join(
        x509.load_der_x509_certificate(der).public_bytes(serialization.Encoding.PEM)
        for der in certificates
    )
