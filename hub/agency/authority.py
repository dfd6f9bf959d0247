"""An agency's certificate authority in a folder: a root that is pinned, an issuer that works.

    authority.toml     agency, country, algorithm; written last, so it marks a complete folder
    root.pem           the root certificate: what hubs and devices pin
    root.key.pem       its key, mode 0600; needed for nothing daily, so it can be kept elsewhere
    issuing.pem        the issuing certificate
    issuing.key.pem    its key, mode 0600
    register.json      who was enrolled and revoked (`register.py`)
    statements/        signed revocation statements, for hubs that were down

Keys are P-256 or Ed25519; with a passphrase they are encrypted (PKCS #8).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, Self

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from hub.config import load
from protocols.client.files import SECRET, make_private, read, read_secret, write_atomic
from protocols.errors import BadCertificate, ConfigurationError, KeyUnreadable
from protocols.identity import Roots
from protocols.identity.chain import verify_authority
from protocols.identity.keys import (
    Algorithm,
    PrivateKey,
    PublicKey,
    accept_public,
    generate_private,
    public_key_bytes,
    read_private,
    write_private,
)
from protocols.identity.names import check_agency
from protocols.identity.profile import AUTHORITY_USAGE, parse
from protocols.identity.roots import certificates_from_pem, certificates_to_pem

ROOT_LIFE: Final = timedelta(days=20 * 365)
ISSUING_LIFE: Final = timedelta(days=5 * 365)
BACKDATED: Final = timedelta(minutes=5)
"""How far before now a certificate begins, for clocks that are a little behind."""


class AuthorityFile(msgspec.Struct, frozen=True, kw_only=True):
    """What `authority.toml` says."""

    agency: str
    country: str
    algorithm: Algorithm = "p256"


class Authority:
    """An agency's authority, opened: it can issue. Nothing of it changes while it is open."""

    def __init__(
        self, folder: Path, settings: AuthorityFile, root: bytes, issuing: bytes, key: PrivateKey
    ) -> None:
        self.folder = folder
        self.agency = settings.agency
        self.country = settings.country
        self.root = root
        """The root certificate, DER."""
        self.issuing = issuing
        """The issuing certificate, DER."""
        self.key = key
        """The issuing key; it signs certificates and statements."""
        self.roots = Roots([root])

    @classmethod
    def create(
        cls,
        folder: Path,
        *,
        agency: str,
        country: str,
        algorithm: Algorithm = "p256",
        passphrase: bytes | None = None,
        now: int,
    ) -> Self:
        """Make a new authority in `folder`; `now` in unix seconds.

        Raises `BadCertificate` for names that cannot be, and `ConfigurationError` when there is an
        authority already: its keys are never overwritten.
        """
        check_agency(agency, country)
        if any((folder / name).exists() for name in ("authority.toml", "root.key.pem")):
            raise ConfigurationError(f"{folder} holds an authority already")
        make_private(folder)
        settings = AuthorityFile(agency=agency, country=country, algorithm=algorithm)
        root_key, key = generate_private(algorithm), generate_private(algorithm)
        root = _authority_certificate(settings, root_key.public_key(), root_key, None, now)
        issuing = _authority_certificate(settings, key.public_key(), root_key, root, now)
        write_atomic(folder / "issuing.key.pem", write_private(key, passphrase), SECRET)
        write_atomic(folder / "issuing.pem", certificates_to_pem([issuing]))
        write_atomic(folder / "root.pem", certificates_to_pem([root]))
        write_atomic(folder / "root.key.pem", write_private(root_key, passphrase), SECRET)
        lines = (f'agency = "{agency}"', f'country = "{country}"', f'algorithm = "{algorithm}"')
        write_atomic(folder / "authority.toml", "\n".join((*lines, "")).encode())
        return cls(folder, settings, root, issuing, key)

    @classmethod
    def open(cls, folder: Path, *, passphrase: bytes | None = None, now: int) -> Self:
        """Open the authority in `folder`; `now` in unix seconds.

        Raises `ConfigurationError` (not a complete authority), `KeyUnreadable` (passphrase, mode,
        or a key that is not the certificate's), `BadCertificate` or `CertificateExpired`.
        """
        settings = load(folder / "authority.toml", AuthorityFile)
        root = _one_certificate(folder / "root.pem", "the root certificate")
        issuing = _one_certificate(folder / "issuing.pem", "the issuing certificate")
        key_path = folder / "issuing.key.pem"
        key = read_private(read_secret(key_path, "the issuing key"), passphrase)
        agency, _ = verify_authority(issuing, Roots([root]), now)
        if agency != settings.agency:
            raise ConfigurationError(f"{folder}: authority.toml and root.pem name two agencies")
        public = accept_public(parse(issuing).public_key())
        if public_key_bytes(public) != public_key_bytes(key.public_key()):
            raise KeyUnreadable(f"{key_path} is not the key of issuing.pem")
        return cls(folder, settings, root, issuing, key)


def read_root(folder: Path) -> bytes:
    """The root certificate (DER) of the authority in `folder`, without opening any key."""
    return _one_certificate(folder / "root.pem", "the root certificate")


def certificate_bytes(builder: x509.CertificateBuilder, key: PrivateKey) -> bytes:
    """Sign a certificate (SHA-256 with P-256, or Ed25519) and give its DER."""
    algorithm = hashes.SHA256() if isinstance(key, ec.EllipticCurvePrivateKey) else None
    return builder.sign(key, algorithm).public_bytes(serialization.Encoding.DER)


def moment(seconds: int) -> datetime:
    """Unix seconds as an aware datetime."""
    return datetime.fromtimestamp(seconds, UTC)


def _authority_certificate(
    settings: AuthorityFile, public: PublicKey, signer: PrivateKey, root: bytes | None, now: int
) -> bytes:
    """The root certificate where `root` is None, else an issuing certificate under it."""
    kind = "root" if root is None else "issuing"
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, settings.country),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, settings.agency),
            x509.NameAttribute(NameOID.COMMON_NAME, f"Crossband {kind} of {settings.agency}"),
        ]
    )
    identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name if root is None else parse(root).subject)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(moment(now) - BACKDATED)
        .not_valid_after(moment(now) + (ROOT_LIFE if root is None else ISSUING_LIFE))
        .add_extension(x509.BasicConstraints(ca=True, path_length=1 if root is None else 0), True)
        .add_extension(AUTHORITY_USAGE, True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), False)
        .add_extension(identifier, False)
    )
    return certificate_bytes(builder, signer)


def _one_certificate(path: Path, what: str) -> bytes:
    try:
        found = certificates_from_pem(read(path, what))
    except BadCertificate as error:
        raise ConfigurationError(f"{path}: {error.detail}") from error
    if len(found) != 1:
        raise ConfigurationError(f"{path} must hold one certificate, {what}")
    return found[0]
