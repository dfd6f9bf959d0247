"""`crossband gateway ...`: make a gateway's configuration, run it, look after what did not pass.

gateway --config gateway.toml               run until SIGTERM or SIGINT
gateway init FOLDER --device-folder DIR --channel NAME --adapter NAME ...
gateway rules --config F [--kind KIND]      what may cross, rule by rule
gateway letters --config F                  what could not be passed on, and why
gateway letters show ID --config F          one of these documents, escaped
gateway letters drop ID --yes --config F    forget it
gateway retry ID... | --all --config F      have the running gateway try letters again
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import structlog

from hub.console import OK, Console, Subparsers, Usage, command, texts
from hub.gateway import letters_commands
from protocols.errors import ConfigurationError

GATEWAY = "hub.gateway"
CONFIG = "gateway.toml"
ADAPTERS: Final = ("cot", "tak-client", "cap", "documents", "ais", "ics-213", "native")
_KEYS: Final[dict[str, str]] = {
    "listen": "HOST:PORT where its system connects",
    "connect": "HOST:PORT of the server to connect to (tak-client, ais)",
    "server_roots": "PEM of the authorities of that server",
    "client_certificate": "PEM that the gateway shows it",
    "client_key": "the key of that certificate",
    "format": "the format that its system speaks (documents)",
    "send_to": "HOST:PORT for AIS sentences, over UDP",
    "station": "the MMSI of the station that sends them",
    "inbox": "folder in which its system leaves files (ics-213)",
    "outbox": "folder in which its system finds files (ics-213)",
    "token_file": "a bearer token that every request must carry",
    "profile": "the profile that its system wants the format in",
}
"""Keys of the file that `init` takes as options of the same name."""
_PATHS: Final = ("server_roots", "client_certificate", "client_key", "inbox", "outbox")
_TLS_SERVERS: Final = ("cot", "cap", "documents", "native")
"""Adapters that listen with TLS."""

log = structlog.get_logger(__name__)


def register(subparsers: Subparsers) -> None:
    """Add `crossband gateway` and its commands."""
    gateway = command(subparsers, "gateway", _run, help="run an agency's gateway, or make one")
    gateway.add_argument("--config", type=Path, help=f"the gateway's {CONFIG}")
    commands = gateway.add_subparsers(dest="gateway_command", metavar="COMMAND")

    init = command(commands, "init", _init, help="make a gateway's configuration and TLS key")
    init.add_argument("folder", type=Path)
    init.add_argument("--device-folder", type=Path, required=True, help="the gateway's own device")
    init.add_argument("--channel", required=True)
    init.add_argument("--adapter", choices=ADAPTERS, required=True)
    init.add_argument("--system-language", choices=("en", "es", "fr"), default="en")
    for key, meaning in _KEYS.items():
        init.add_argument(f"--{key.replace('_', '-')}", dest=key, default="", help=meaning)
    init.add_argument("--udp", action="store_true", help="AIS in datagrams")
    init.add_argument(
        "--webhook",
        action="append",
        default=[],
        help="URL that documents are posted to; repeatable",
    )
    letters_commands.register(commands)


def _init(arguments: argparse.Namespace, console: Console) -> int:
    given: dict[str, Any] = {key: getattr(arguments, key) for key in _KEYS}
    for key in _PATHS:
        if given[key]:
            given[key] = str(Path(given[key]).resolve())
    if arguments.udp:
        given["udp"] = True
    config, certificate = make_gateway(
        arguments.folder,
        device_folder=arguments.device_folder,
        channel=arguments.channel,
        adapter=arguments.adapter,
        language=arguments.system_language,
        webhooks=arguments.webhook,
        **given,
    )
    made = {"config": str(config), "certificate": str(certificate) if certificate else None}
    key = "made" if certificate else "made_plain"
    words = console.text(texts(GATEWAY), key, config=config, certificate=certificate)
    console.result(made, words)
    return OK


def make_gateway(
    folder: Path,
    *,
    device_folder: Path,
    channel: str,
    adapter: str,
    language: str = "en",
    webhooks: Sequence[str] = (),
    **given: Any,
) -> tuple[Path, Path | None]:
    """Make `gateway.toml` in `folder`, and a TLS key where the adapter is a TLS server.

    `given` are more keys of the file, `webhooks` addresses that documents are posted to. Returns
    (configuration, certificate to pin). Raises `ConfigurationError` for what could not be loaded;
    nothing that exists is overwritten.
    """
    from hub.gateway.config import check
    from protocols.client.files import SECRET, write_atomic

    config = folder / CONFIG
    if config.exists():
        raise ConfigurationError(f"{config} exists already and is not overwritten")
    keys: dict[str, Any] = {
        "device_folder": str(device_folder.resolve()),
        "channel": channel,
        "adapter": adapter,
        "language": language,
        **{key: value for key, value in given.items() if value},
    }
    certificate = None
    if adapter in _TLS_SERVERS:
        keys |= {"certificate": "tls.pem", "key": "tls.key.pem"}
        certificate = folder / "tls.pem"
    # A TOML value of these types is written as a JSON one is (TOML 1.0, "String", "Boolean").
    text = "".join(f"{key} = {json.dumps(value)}\n" for key, value in keys.items())
    text += "".join(f"\n[[webhook]]\nurl = {json.dumps(url)}\n" for url in webhooks)
    file = check(config, text)
    folder.mkdir(parents=True, exist_ok=True)
    if certificate is not None:
        from hub.gateway.endpoints import address
        from hub.tls import self_signed

        host, _ = address("listen", file.listen)
        key, public = self_signed(host, f"crossband gateway {channel}")
        write_atomic(folder / "tls.key.pem", key, SECRET)
        write_atomic(certificate, public)
    config.write_text(text, encoding="utf-8")
    return config, certificate


def _run(arguments: argparse.Namespace, console: Console) -> int:
    if arguments.config is None:
        raise Usage(f"--config is needed: the gateway's {CONFIG}, as `gateway init` makes it")
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    asyncio.run(_serve(arguments.config, console))
    return OK


async def _serve(path: Path, console: Console) -> None:
    from hub.gateway.running import open_gateway

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(_log_loop_fault)
    for one in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(one, stop.set)

    def ready(title: str, port: int) -> None:
        words = console.text(texts(GATEWAY), "ready", gateway=title, port=port)
        console.result({"gateway": title, "port": port, "pid": os.getpid()}, words)

    await open_gateway(path, ready, stop)


def _log_loop_fault(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """What asyncio would print as it likes becomes a line of the log like every other."""
    error = context.get("exception")
    log.error("event loop", what=context.get("message"), error=repr(error), exc_info=error)
