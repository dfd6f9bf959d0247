"""`crossband hub ...`: make a hub, run it, copy its log for auditors.

hub --config hub.toml                       run until SIGTERM or SIGINT
hub init FOLDER --name NAME --listen HOST:PORT --root AGENCY=FILE...
hub backup TO --config hub.toml             a consistent copy, while the hub runs
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import signal
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import structlog

from hub.console import OK, Console, Subparsers, Usage, command, texts
from hub.relay import keys
from hub.relay.config import Settings, check_hub_name, read_settings, split_address
from hub.relay.core import Core
from hub.relay.metrics import Metrics
from hub.relay.server import Relay
from hub.relay.state import State
from hub.store.sqlite import SqliteStore, copy_log
from protocols.clock import system_clock
from protocols.errors import ConfigurationError
from protocols.identity import Roots

RELAY = "hub.relay"
CONFIG = "hub.toml"
COLLECT_AFTER = 20_000
"""Allocations, less what was freed, after which young objects are looked at."""


def register(subparsers: Subparsers) -> None:
    """Add `crossband hub` and its commands."""
    hub = command(subparsers, "hub", _run, help="run the blind relay, or make a new one")
    hub.add_argument("--config", type=Path, help=f"the hub's {CONFIG}")
    commands = hub.add_subparsers(dest="hub_command", metavar="COMMAND")

    init = command(commands, "init", _init, help="make keys and configuration of a new hub")
    init.add_argument("folder", type=Path)
    init.add_argument("--name", required=True, help="what clients call the hub: hub-nogales")
    init.add_argument("--listen", required=True, help="HOST:PORT")
    init.add_argument(
        "--root",
        action="append",
        required=True,
        metavar="AGENCY=FILE",
        help="an agency's root certificate (PEM); repeatable",
    )

    backup = command(commands, "backup", _backup, help="copy the log for auditors")
    backup.add_argument("target", type=Path, metavar="TO")
    backup.add_argument("--config", type=Path, required=True, help=f"the hub's {CONFIG}")


# --- init ---------------------------------------------------------------------------------------


def _init(arguments: argparse.Namespace, console: Console) -> int:
    folder: Path = arguments.folder
    roots = dict(_agency_root(one) for one in arguments.root)
    make_hub(folder, arguments.name, arguments.listen, roots)
    config, certificate, vkey = folder / CONFIG, folder / "tls.pem", folder / "log.vkey"
    words = texts(RELAY)
    console.result(
        {
            "hub": arguments.name,
            "config": str(config),
            "certificate": str(certificate),
            "log_keys": str(vkey),
        },
        (
            console.text(words, "made", hub=arguments.name, folder=folder, config=config),
            console.text(words, "made_next", certificate=certificate, vkey=vkey),
        ),
    )
    return OK


def _agency_root(text: str) -> tuple[str, Path]:
    agency, equals, file = text.partition("=")
    if not equals or not agency or not file:
        raise Usage(f"--root must read AGENCY=FILE, not {text!r}")
    return agency, Path(file)


def make_hub(folder: Path, name: str, listen: str, roots: dict[str, Path]) -> Path:
    """Make a hub's folder: keys, TLS certificate, pinned roots, `hub.toml`, whose path is returned.

    Raises `ConfigurationError`, `BadCertificate`; nothing that exists is overwritten.
    """
    check_hub_name(name)
    host, _ = split_address(listen)
    pinned: dict[str, bytes] = {}
    for agency, file in roots.items():
        try:
            pinned[agency] = file.read_bytes()
        except OSError as error:
            raise ConfigurationError(f"{file} cannot be read: {error.strerror}") from error
        if set(Roots.from_pem([pinned[agency]]).agencies) != {agency}:
            raise ConfigurationError(f"{file} is not the root certificate of {agency}")
    config = folder / CONFIG
    if config.exists():
        raise ConfigurationError(f"{config} exists already and is not overwritten")
    (folder / "agencies").mkdir(parents=True, exist_ok=True)
    for agency, pem in pinned.items():
        (folder / "agencies" / f"{agency}.pem").write_bytes(pem)
    keys.make_keys(folder, name, host)
    config.write_text(_toml(name, listen, list(pinned)), encoding="utf-8")
    return config


def _toml(name: str, listen: str, agencies: list[str]) -> str:
    lines = [
        f'name = "{name}"',
        f'listen = "{listen}"',
        'log = "log.sqlite"',
        "",
        "[tls]",
        'certificate = "tls.pem"',
        'key = "tls.key.pem"',
        "",
        "[keys]",
        'log = "log.key.pem"',
        'log_post_quantum = "log-mldsa.key.pem"',
        'sender = "sender.key.pem"',
        "",
        "[agencies]",
        *(f'{agency} = "agencies/{agency}.pem"' for agency in agencies),
    ]
    return "\n".join(lines) + "\n"


# --- backup -------------------------------------------------------------------------------------


def _backup(arguments: argparse.Namespace, console: Console) -> int:
    settings = read_settings(arguments.config)
    target: Path = arguments.target
    if not settings.log.exists():
        raise ConfigurationError(f"{settings.log} does not exist: the hub has not run yet")
    copy_log(settings.log, target)
    console.result({"log": str(target)}, console.text(texts(RELAY), "copied", target=target))
    return OK


# --- run ----------------------------------------------------------------------------------------


def _run(arguments: argparse.Namespace, console: Console) -> int:
    if arguments.config is None:
        raise Usage(f"--config is needed: the hub's {CONFIG}, as `crossband hub init` makes it")
    configure_log()
    settings = read_settings(arguments.config)
    run_hub(settings, console)
    return OK


def configure_log() -> None:
    """The hub's own log: one JSON object a line on standard error, no message content."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def run_hub(settings: Settings, console: Console) -> None:
    """Open the log and serve until a signal; raises what stopped it otherwise."""
    signer = keys.read_signer(settings)
    certificate = keys.read_tls_certificate(settings)
    sender = keys.read_sender(settings)
    store = SqliteStore.open(settings.log)
    try:
        state = State(
            hub=settings.name,
            key=sender,
            roots=settings.roots,
            clock=system_clock,
            metrics=Metrics(),
            limits=settings.limits,
        )
        core = Core(state, store.load(), system_clock())
        public = "".join(f"{key}\n" for key in signer.verifier_keys)
        relay = Relay(settings, core, store, signer, certificate, public)
        tame_collector()
        run_loop(_serve(relay, settings, console))
    finally:
        store.close()
    console.note(console.text(texts(RELAY), "stopped", hub=settings.name))


def tame_collector() -> None:
    """Look for reference cycles seldom: groups and certificates are many objects and hold none.

    What is loaded by now stays for good and is not looked at again.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER, 50, 50)


async def _serve(relay: Relay, settings: Settings, console: Console) -> None:
    loop = asyncio.get_running_loop()
    for one in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(one, relay.stop)

    def ready(host: str, port: int) -> None:
        shown = f"[{host}]" if ":" in host else host
        url = f"wss://{shown}:{port}/"
        text = console.text(texts(RELAY), "listening", hub=settings.name, url=url)
        console.result({"listening": url, "hub": settings.name, "pid": os.getpid()}, text)

    await relay.run(ready)


def run_loop(work: Coroutine[Any, Any, None]) -> None:
    """Run on uvloop where there is one, on asyncio's own loop elsewhere."""
    try:
        import uvloop
    except ImportError:
        asyncio.run(work)
    else:
        uvloop.run(work)
