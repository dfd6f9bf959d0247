"""What a gateway's configuration file may say.

device_folder = "device"          the gateway's own device folder (role gateway)
channel       = "nogales"         the one channel it serves
adapter       = "cot"             how its system connects, see below
language      = "en"              of everything its system reads, and of what it writes without
                                  saying in which language
dead_letters  = "dead-letters"    folder for what could not be passed on
shelf         = 500               parcels kept for a client that connects later
queue         = 1000              parcels that may wait for one slow client of the system
status_listen = ""                HTTP on loopback for GET /health and /metrics, for transports
                                  that are no HTTP themselves

The adapters, and the keys that each has of its own:

cot         TAK clients connect (TLS; XML or protobuf)     listen
tak-client  the gateway joins somebody's TAK server        connect
cap         CAP over HTTP, Atom feed, webhooks             listen, webhook
documents   any format over HTTP, websocket, webhooks      listen, format, webhook
ais         NMEA 0183 over UDP or TCP                      listen or connect, udp, send_to,
                                                           station
ics-213     files in a watched folder                      inbox, outbox, every, suffix
native      canonical JSON over a websocket                listen

listen             = "127.0.0.1:8089"   where the system connects; without TLS on loopback only
certificate, key                        PEM files of the listening side, relative to this file
client_roots       = ""                 ask its clients for certificates of these authorities
token_file         = ""                 HTTP and websocket: a bearer token every request must carry
connect            = "HOST:PORT"        the server to connect to; TLS, unless it is on loopback
server_roots       = ""                 its authorities; empty: those of this machine
server_name        = ""                 the name in its certificate; empty: HOST
client_certificate, client_key          what this gateway shows it
udp                = false              ais: datagrams instead of TCP. They have no TLS: whoever
                                        reaches the port can report vessels
send_to            = "HOST:PORT"        ais: where sentences go out, over UDP
station            = ""                 ais: the MMSI of the station that sends them, nine digits
format             = "eido"             documents: which format its system speaks
inbox, outbox, every = 1.0, suffix      ics-213: folders, seconds between two looks, file ending
[[webhook]]                             cap, documents: url, token_file, server_roots

What is written for the system:

carry_canonical    = true        put the complete message into formats that can carry it
unstated           = "draft"     what a format that must state it writes where nobody has said
                                 whether this is real: draft, or "actual" on this agency's own word
exercise_unsayable = "refuse"    an exercise in a format that cannot say so: "refuse" it, or "wrap"
                                 it in EDXL-DE, which can
version, profile   = ""          which of its versions and profiles the format is written in
inside             = ""          what an EDXL-DE carries inside; empty: what fits
code_tables        = {}          the agency's own code tables, a JSON file a code system:
                                 {catalogo-nacional = "catalogo.json"}

What crosses: kinds_in and kinds_out (lists of kinds; empty: all), and `[[rule]]`, see
`hub.gateway.crossing`; `crossband gateway rules` explains them.
"""

from __future__ import annotations

import ssl
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Final, Literal
from urllib.parse import urlsplit

import msgspec

from hub import config
from hub.gateway.crossing import RESERVED, Crossing, Rule
from hub.gateway.endpoints import (
    Connecting,
    Listening,
    address,
    client_tls,
    is_loopback,
    server_tls,
    token,
)
from protocols.errors import ConfigurationError
from protocols.messages.kinds import KINDS

__all__ = ["Connecting", "GatewayConfig", "GatewayFile", "Listening", "address", "load"]


class WebhookFile(msgspec.Struct, frozen=True, kw_only=True):
    """One `[[webhook]]`: where every document is posted as soon as it is there."""

    url: str
    token_file: str = ""
    server_roots: str = ""


class GatewayFile(msgspec.Struct, frozen=True, kw_only=True):
    """The keys of the file; see the module's docstring."""

    device_folder: str
    channel: str
    adapter: Literal["cot", "tak-client", "cap", "documents", "ais", "ics-213", "native"]
    language: Literal["en", "es", "fr"] = "en"
    dead_letters: str = "dead-letters"
    shelf: Annotated[int, msgspec.Meta(ge=0, le=100_000)] = 500
    queue: Annotated[int, msgspec.Meta(ge=1, le=100_000)] = 1000
    status_listen: str = ""
    listen: str = ""
    certificate: str = ""
    key: str = ""
    client_roots: str = ""
    token_file: str = ""
    connect: str = ""
    server_roots: str = ""
    server_name: str = ""
    client_certificate: str = ""
    client_key: str = ""
    udp: bool = False
    send_to: str = ""
    station: Annotated[str, msgspec.Meta(pattern=r"^([0-9]{9})?$")] = ""
    format: str = ""
    inbox: str = ""
    outbox: str = ""
    every: Annotated[float, msgspec.Meta(ge=0.05, le=3600)] = 1.0
    suffix: str = ".txt"
    webhook: tuple[WebhookFile, ...] = ()
    carry_canonical: bool = True
    unstated: Literal["draft", "actual"] = "draft"
    exercise_unsayable: Literal["refuse", "wrap"] = "refuse"
    version: str = ""
    profile: str = ""
    inside: str = ""
    code_tables: dict[str, str] = {}
    kinds_in: tuple[str, ...] = ()
    kinds_out: tuple[str, ...] = ()
    rule: tuple[Rule, ...] = ()


_LISTENS: Final = ("listen", "certificate", "key", "client_roots")
_CONNECTS: Final = ("connect", "server_roots", "server_name", "client_certificate", "client_key")
_OWN_KEYS: Final[dict[str, tuple[str, ...]]] = {
    "cot": _LISTENS,
    "tak-client": _CONNECTS,
    "cap": (*_LISTENS, "token_file", "webhook"),
    "documents": (*_LISTENS, "token_file", "format", "webhook"),
    "ais": (*_LISTENS, *_CONNECTS, "udp", "send_to", "station"),
    "ics-213": ("inbox", "outbox", "every", "suffix", "format"),
    "native": (*_LISTENS, "token_file"),
}
"""Keys that only some adapters have, and which."""
_NEEDED: Final[dict[str, tuple[tuple[str, ...], ...]]] = {
    "cot": (("listen",),),
    "tak-client": (("connect",),),
    "cap": (("listen",),),
    "documents": (("listen",), ("format",)),
    "ais": (("listen", "connect"),),
    "ics-213": (("inbox",), ("outbox",)),
    "native": (("listen",),),
}
"""One key of each of these must be there."""


class WebhookConfig(msgspec.Struct, frozen=True):
    """A webhook with its token read and its certificate authorities loaded."""

    url: str
    token: str
    tls: ssl.SSLContext | None


class GatewayConfig(msgspec.Struct, frozen=True, kw_only=True):
    """A file that was read, with its paths resolved and its certificates loaded."""

    path: Path
    file: GatewayFile
    device_folder: Path
    dead_letters: Path
    listening: Listening | None = None
    connecting: Connecting | None = None
    status: Listening | None = None
    send_to: tuple[str, int] | None = None
    webhooks: tuple[WebhookConfig, ...] = ()

    @property
    def crossing(self) -> Crossing:
        """What may cross."""
        file = self.file
        return Crossing(rules=file.rule, kinds_in=file.kinds_in, kinds_out=file.kinds_out)

    def folder(self, value: str) -> Path:
        """A path of the file, relative to the file itself."""
        return config.resolve(self.path, value)


def load(path: Path) -> GatewayConfig:
    """Read a gateway's file; raises `ConfigurationError` naming the key."""
    file = config.load(path, GatewayFile)
    _check_keys(path, file)
    return GatewayConfig(
        path=path,
        file=file,
        device_folder=config.resolve(path, file.device_folder),
        dead_letters=config.resolve(path, file.dead_letters),
        listening=_listening(path, file),
        connecting=_connecting(path, file),
        status=_status(path, file),
        send_to=address(f"{path}: send_to", file.send_to) if file.send_to else None,
        webhooks=tuple(_webhook(path, one) for one in file.webhook),
    )


def check(path: Path, text: str) -> GatewayFile:
    """What a file of that text would say, before it is written; raises `ConfigurationError`."""
    file = config.parse(text, GatewayFile, str(path))
    _check_keys(path, file)
    for key in ("listen", "connect", "send_to", "status_listen"):
        if getattr(file, key):
            address(f"{path}: {key}", getattr(file, key))
    return file


def _check_keys(path: Path, file: GatewayFile) -> None:
    for key in ("kinds_in", "kinds_out"):
        unknown = [kind for kind in getattr(file, key) if kind not in KINDS]
        if unknown:
            raise ConfigurationError(f"{path}: {key} names {unknown[0]!r}, which is no kind")
    _check_rules(path, file.rule)
    own = _OWN_KEYS[file.adapter]
    for key in dict.fromkeys(name for keys in _OWN_KEYS.values() for name in keys):
        if key not in own and _given(file, key):
            raise ConfigurationError(f"{path}: {key} is no key of the adapter {file.adapter}")
    for choice in _NEEDED[file.adapter]:
        if sum(_given(file, key) for key in choice) != 1:
            raise ConfigurationError(
                f"{path}: the adapter {file.adapter} needs the key {' or '.join(choice)}"
            )


def _check_rules(path: Path, rules: tuple[Rule, ...]) -> None:
    names: set[str] = set()
    for rule in rules:
        if rule.name in names or rule.name in RESERVED:
            raise ConfigurationError(f"{path}: the rule name {rule.name!r} is taken")
        names.add(rule.name)
        for pattern in rule.kinds:
            if not any(fnmatchcase(kind, pattern) for kind in KINDS):
                raise ConfigurationError(f"{path}: rule {rule.name!r}: no kind is {pattern!r}")


def _given(file: GatewayFile, key: str) -> bool:
    return bool(getattr(file, key) != _DEFAULTS[key])


_DEFAULTS: Final = {
    field.name: field.default
    for field in msgspec.structs.fields(GatewayFile)
    if field.default is not msgspec.NODEFAULT
}


def _status(path: Path, file: GatewayFile) -> Listening | None:
    if not file.status_listen:
        return None
    host, port = address(f"{path}: status_listen", file.status_listen)
    if not is_loopback(host):
        raise ConfigurationError(f"{path}: status_listen may only be an address of loopback")
    return Listening(host, port, None)


def _listening(path: Path, file: GatewayFile) -> Listening | None:
    if not file.listen:
        return None
    host, port = address(f"{path}: listen", file.listen)
    tls = None
    if file.certificate or file.key:
        roots = _path(path, file.client_roots)
        certificate, key = config.resolve(path, file.certificate), config.resolve(path, file.key)
        tls = server_tls(path, certificate, key, roots)
    if tls is None and not file.udp and (file.adapter == "cot" or not is_loopback(host)):
        raise ConfigurationError(
            f"{path}: certificate and key are missing; without TLS only loopback is listened on"
        )
    return Listening(host, port, tls, token(path, _path(path, file.token_file)))


def _connecting(path: Path, file: GatewayFile) -> Connecting | None:
    if not file.connect:
        return None
    host, port = address(f"{path}: connect", file.connect)
    tls = None
    if file.server_roots or file.client_certificate or _wants_tls(file, host):
        certificate = _path(path, file.client_certificate)
        key = _path(path, file.client_key)
        tls = client_tls(path, _path(path, file.server_roots), certificate, key)
    return Connecting(host, port, tls, file.server_name)


def _webhook(path: Path, file: WebhookFile) -> WebhookConfig:
    parts = urlsplit(file.url)
    plain = parts.scheme == "http" and is_loopback(parts.hostname or "")
    if not parts.hostname or not (parts.scheme == "https" or plain):
        raise ConfigurationError(f"{path}: webhook.url is {file.url!r}, not https://...")
    tls = None
    if not plain:
        tls = client_tls(path, _path(path, file.server_roots), None, None)
    return WebhookConfig(file.url, token(path, _path(path, file.token_file)), tls)


def _wants_tls(file: GatewayFile, host: str) -> bool:
    """Receivers of AIS know no TLS; every other server is on loopback or proves itself."""
    return file.adapter != "ais" and not is_loopback(host)


def _path(path: Path, value: str) -> Path | None:
    return config.resolve(path, value) if value else None
