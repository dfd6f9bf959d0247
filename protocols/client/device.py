"""The device folder: everything that makes this machine one named device of one agency.

device.toml     device, agency, hub, and where the agency renews certificates
key.pem         the device's private key, mode 0600
chain.pem       its certificate first, then what leads to the agency's root
roots/*.pem     the agencies whose word about their own devices is believed here
hub.pem         the hub's own TLS certificate (pinned), or the authority that issued it;
                without it the system's authorities decide
store.sqlite    the encrypted local store, and store.sqlite.key beside it

device.toml     device     = "patrol-7@uscbp"
                agency     = "uscbp"
                hub        = "wss://hub.example:8443"    or a list, tried in turn
                hub_name   = "nogales"                   optional: the name the hub must give
                agency_url = "https://ca.uscbp.example"  optional: renewal
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

import msgspec

from protocols.client.vault import require_private
from protocols.errors import BadCertificate, ConfigurationError, LocalStoreError, LoginRefused
from protocols.identity import DeviceKey, Identity, Roots
from protocols.identity.chain import examine
from protocols.identity.roots import certificates_from_pem


class DeviceFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What `device.toml` may say."""

    device: str
    agency: str
    hub: str | tuple[str, ...] = ()
    hub_name: str = ""
    agency_url: str = ""


class Device(msgspec.Struct, frozen=True, kw_only=True):
    """One device as its folder describes it. `chain` is DER, leaf first; only `key` is secret."""

    folder: Path
    identity: Identity
    key: DeviceKey
    chain: tuple[bytes, ...]
    roots: Roots
    hubs: tuple[str, ...]
    hub_name: str = ""
    hub_certificates: tuple[bytes, ...] = ()
    """What `hub.pem` holds (DER): the hub's own certificate, or authorities that issue it."""
    agency_url: str = ""
    not_after: int = 0
    """End of the device's certificate, unix seconds."""

    @property
    def name(self) -> str:
        """The device id, `<name>@<agency>`."""
        return self.identity.device

    @property
    def store_path(self) -> Path:
        """Where the encrypted local store is."""
        return self.folder / "store.sqlite"

    def with_chain(self, chain: Sequence[bytes]) -> Self:
        """The same device under a renewed certificate (DER, leaf first).

        Raises `BadCertificate` for a chain of another device or another key.
        """
        examined = examine(chain, self.roots)
        if examined.identity.device != self.name or examined.public_key != self.key.public_key:
            raise BadCertificate("the renewed certificate is not one for this device and its key")
        return msgspec.structs.replace(
            self, chain=tuple(chain), identity=examined.identity, not_after=examined.not_after
        )

    def reread(self) -> Self:
        """This device with what `chain.pem` holds now; raises as `open` does."""
        chain = tuple(certificates_from_pem(_read(self.folder / "chain.pem")))
        return self if chain == self.chain else self.with_chain(chain)

    @classmethod
    def open(cls, folder: Path | str, *, key_passphrase: bytes | None = None) -> Self:
        """Reads a device folder. An expired certificate is no error here: one can work offline.

        Raises `ConfigurationError` (a file missing, unreadable or with a typo; the sentence names
        it), `LocalStoreError` (a key that others can read), `KeyUnreadable`, `BadCertificate`.
        """
        folder = Path(folder)
        _check_unwritable(folder, folder / "roots")
        settings = _read_settings(folder / "device.toml")
        key_path = folder / "key.pem"
        key = DeviceKey.from_pem(_read(key_path), key_passphrase)
        _check_private(key_path)
        roots = Roots.from_pem(_read_roots(folder / "roots"))
        chain = tuple(certificates_from_pem(_read(folder / "chain.pem")))
        examined = examine(chain, roots)
        if examined.identity.device != settings.device:
            raise ConfigurationError(
                f"device.toml says {settings.device}, chain.pem {examined.identity.device}"
            )
        if examined.identity.agency != settings.agency:
            raise ConfigurationError(
                f"device.toml says {settings.agency}, chain.pem {examined.identity.agency}"
            )
        if examined.public_key != key.public_key:
            raise BadCertificate("key.pem is not the key of the certificate in chain.pem")
        return cls(
            folder=folder,
            identity=examined.identity,
            key=key,
            chain=chain,
            roots=roots,
            hubs=_hubs(settings),
            hub_name=settings.hub_name,
            hub_certificates=_read_hub(folder / "hub.pem"),
            agency_url=settings.agency_url,
            not_after=examined.not_after,
        )


def _read_settings(path: Path) -> DeviceFile:
    try:
        table = tomllib.loads(_read(path).decode())
        return msgspec.convert(table, DeviceFile)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
        raise ConfigurationError(f"{path}: {error}") from error


def _hubs(settings: DeviceFile) -> tuple[str, ...]:
    hubs = (settings.hub,) if isinstance(settings.hub, str) else settings.hub
    for hub in hubs:
        parts = urlsplit(hub)
        if parts.scheme != "wss" or not parts.hostname:
            raise ConfigurationError(f"device.toml: the hub {hub!r} is not a wss:// address")
    return hubs


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigurationError(
            f"{path} cannot be read: {error.strerror}; a device folder needs it"
        ) from error


def _read_roots(folder: Path) -> list[bytes]:
    paths = sorted(folder.glob("*.pem"))
    if not paths:
        raise ConfigurationError(f"{folder} holds no agency root (*.pem): nobody could be believed")
    return [_read(path) for path in paths]


def _read_hub(path: Path) -> tuple[bytes, ...]:
    if not path.exists():
        return ()
    try:
        return tuple(certificates_from_pem(_read(path)))
    except LoginRefused as error:
        raise ConfigurationError(f"{path}: {error.detail}") from error


def _check_unwritable(*folders: Path) -> None:
    """Whoever can write there could put another root, hub or chain in its place."""
    for folder in folders:
        if folder.is_dir() and folder.stat().st_mode & 0o002:
            raise ConfigurationError(
                f"{folder} can be written by others; take that away with chmod o-w"
            )


def _check_private(path: Path) -> None:
    try:
        require_private(path)
    except OSError as error:
        raise LocalStoreError(f"{path} cannot be examined: {error.strerror}") from error
