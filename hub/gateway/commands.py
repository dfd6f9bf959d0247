"""`crossband gateway ...`: make a gateway's configuration, run it, list what did not pass.

gateway --config gateway.toml               run until SIGTERM or SIGINT
gateway init FOLDER --device-folder DIR --channel NAME --adapter cot --listen HOST:PORT
gateway letters --config gateway.toml       what could not be passed on, and why
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import signal
import sys
from pathlib import Path
from typing import Any

import structlog

from hub.console import OK, Console, Subparsers, Usage, command, table, texts
from protocols.errors import ConfigurationError

GATEWAY = "hub.gateway"
CONFIG = "gateway.toml"

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
    init.add_argument("--adapter", choices=("cot", "cap", "native"), required=True)
    init.add_argument("--listen", required=True, help="HOST:PORT")
    init.add_argument("--system-language", choices=("en", "es", "fr"), default="en")

    letters = command(commands, "letters", _letters, help="list what could not be passed on")
    letters.add_argument("--config", type=Path, required=True)


def _init(arguments: argparse.Namespace, console: Console) -> int:
    config, certificate = make_gateway(
        arguments.folder,
        device_folder=arguments.device_folder,
        channel=arguments.channel,
        adapter=arguments.adapter,
        listen=arguments.listen,
        language=arguments.system_language,
    )
    console.result(
        {"config": str(config), "certificate": str(certificate)},
        console.text(texts(GATEWAY), "made", config=config, certificate=certificate),
    )
    return OK


def make_gateway(
    folder: Path, *, device_folder: Path, channel: str, adapter: str, listen: str, language: str
) -> tuple[Path, Path]:
    """Make `gateway.toml` and a TLS key in `folder`; (configuration, certificate to pin).

    Raises `ConfigurationError`; nothing that exists is overwritten.
    """
    from hub.gateway.config import address
    from hub.tls import self_signed
    from protocols.client.files import SECRET, write_atomic

    host, _ = address("listen", listen)
    config = folder / CONFIG
    if config.exists():
        raise ConfigurationError(f"{config} exists already and is not overwritten")
    folder.mkdir(parents=True, exist_ok=True)
    key, certificate = self_signed(host, f"crossband gateway {channel}")
    write_atomic(folder / "tls.key.pem", key, SECRET)
    write_atomic(folder / "tls.pem", certificate)
    keys = {
        "device_folder": str(device_folder.resolve()),
        "channel": channel,
        "adapter": adapter,
        "listen": listen,
        "language": language,
        "certificate": "tls.pem",
        "key": "tls.key.pem",
    }
    # A TOML basic string is written as a JSON string is (TOML 1.0, "String").
    lines = [f"{key} = {json.dumps(value)}" for key, value in keys.items()]
    config.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return config, folder / "tls.pem"


def _letters(arguments: argparse.Namespace, console: Console) -> int:
    from hub.gateway.config import load
    from hub.gateway.dead_letters import DeadLetters
    from protocols.clock import system_clock

    letters = DeadLetters(load(arguments.config).dead_letters, system_clock).list()
    head = tuple(
        console.text(texts(GATEWAY), word) for word in ("at", "way", "source", "error", "detail")
    )
    rows = [(one.at, one.way, one.source, one.error, one.detail) for one in letters]
    console.result(letters, table([head, *rows]))
    return OK


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
