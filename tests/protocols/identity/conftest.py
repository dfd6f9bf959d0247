"""A certificate factory that can also make every wrong certificate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import NameOID

from protocols.identity import DeviceKey, Identity, Role, Roots
from protocols.identity.profile import AUTHORITY_USAGE, DEVICE_PURPOSE, DEVICE_USAGE

NOW = 1_800_000_000
DAY = 86_400
Private = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey


def name(country: str, agency: str, common: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, country),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, agency),
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )


def certificate(
    subject: x509.Name,
    public: object,
    issuer: x509.Name,
    signer: Private,
    *,
    begin: int = NOW - 300,
    end: int = NOW + 6 * DAY,
    extensions: Sequence[tuple[x509.ExtensionType, bool]] = (),
    algorithm: hashes.HashAlgorithm | None = None,
) -> bytes:
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.fromtimestamp(begin, UTC))
        .not_valid_after(datetime.fromtimestamp(end, UTC))
    )
    for value, critical in extensions:
        builder = builder.add_extension(value, critical)
    if not isinstance(signer, ed25519.Ed25519PrivateKey):
        algorithm = algorithm or hashes.SHA256()
    return builder.sign(signer, algorithm).public_bytes(serialization.Encoding.DER)


def authority_extensions(path_length: int | None) -> list[tuple[x509.ExtensionType, bool]]:
    return [
        (x509.BasicConstraints(ca=True, path_length=path_length), True),
        (AUTHORITY_USAGE, True),
    ]


def device_extensions(identity: Identity) -> dict[str, tuple[x509.ExtensionType, bool]]:
    return {
        "constraints": (x509.BasicConstraints(ca=False, path_length=None), True),
        "usage": (DEVICE_USAGE, True),
        "purpose": (DEVICE_PURPOSE, False),
        "names": (
            x509.SubjectAlternativeName([x509.UniformResourceIdentifier(identity.uri)]),
            False,
        ),
    }


@dataclass
class Pki:
    """An agency: root, issuing authority and as many devices as a test asks for."""

    agency: str = "uscbp"
    country: str = "US"
    root_key: Private = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    issuing_key: Private = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def __post_init__(self) -> None:
        self.root_name = name(self.country, self.agency, "root")
        self.issuing_name = name(self.country, self.agency, "issuing")
        self.root = self.make_root()
        self.issuing = self.make_issuing()

    def make_root(self, *, end: int = NOW + 4000 * DAY) -> bytes:
        return certificate(
            self.root_name,
            self.root_key.public_key(),
            self.root_name,
            self.root_key,
            begin=NOW - 100 * DAY,
            end=end,
            extensions=authority_extensions(1),
        )

    def make_issuing(self, **changes: object) -> bytes:
        return certificate(
            **{
                "subject": self.issuing_name,
                "public": self.issuing_key.public_key(),
                "issuer": self.root_name,
                "signer": self.root_key,
                "begin": NOW - 50 * DAY,
                "end": NOW + 1000 * DAY,
                "extensions": authority_extensions(0),
                **changes,
            }
        )

    def identity(self, device: str = "patrol-7", role: Role = Role.PARTICIPANT) -> Identity:
        return Identity(
            self.country, self.agency, "Nogales Station", f"{device}@{self.agency}", role
        )

    def device(
        self,
        key: DeviceKey,
        identity: Identity | None = None,
        *,
        replace: dict[str, tuple[x509.ExtensionType, bool] | None] | None = None,
        **changes: object,
    ) -> bytes:
        identity = identity or self.identity()
        extensions = {**device_extensions(identity), **(replace or {})}
        return certificate(
            **{
                "subject": identity.subject,
                "public": key.private.public_key(),
                "issuer": self.issuing_name,
                "signer": self.issuing_key,
                "extensions": [one for one in extensions.values() if one is not None],
                **changes,
            }
        )

    def chain(self, key: DeviceKey, identity: Identity | None = None) -> tuple[bytes, bytes]:
        return self.device(key, identity), self.issuing

    @property
    def roots(self) -> Roots:
        return Roots([self.root])


@pytest.fixture(scope="session")
def us() -> Pki:
    return Pki()


@pytest.fixture(scope="session")
def ca() -> Pki:
    return Pki("rcmp", "CA")


@pytest.fixture(scope="session")
def key() -> DeviceKey:
    return DeviceKey.generate()


@pytest.fixture(scope="session")
def now() -> int:
    return NOW


@pytest.fixture(scope="session")
def make_pki() -> type[Pki]:
    return Pki
