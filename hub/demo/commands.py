"""`crossband demo`: four parties talk through a hub that cannot read, for real, on this machine."""

from __future__ import annotations

import argparse
import asyncio
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from hub.console import OK, Console, Subparsers, command
from hub.demo.cast import CHANNEL
from protocols.errors import ConfigurationError

if TYPE_CHECKING:
    from hub.demo.company import Company


def register(subparsers: Subparsers) -> None:
    """Add `crossband demo`."""
    demo = command(subparsers, "demo", _demo, help="watch an incident go through a blind hub")
    demo.add_argument("--scenario", choices=("tunnel",), default="tunnel")
    demo.add_argument("--headless", action="store_true", help="print and check only")
    demo.add_argument("--keep", type=Path, metavar="FOLDER", help="work there and leave it")


def _demo(arguments: argparse.Namespace, console: Console) -> int:
    from hub.demo.tunnel import play

    headless = arguments.headless or not (sys.stdin.isatty() and sys.stdout.isatty())
    folder: Path = arguments.keep or Path(tempfile.mkdtemp(prefix="crossband-demo-"))
    if arguments.keep is not None:
        if folder.exists() and any(folder.iterdir()):
            raise ConfigurationError(f"{folder} is not empty; name a folder that is")
        folder.mkdir(parents=True, exist_ok=True)
    try:
        asyncio.run(play(folder, console, None if headless else _enter_terminal))
    finally:
        if arguments.keep is None:
            shutil.rmtree(folder, ignore_errors=True)
    return OK


async def _enter_terminal(company: Company) -> None:
    """Open the terminal client on the agent's own device, with the story on its screen."""
    await company.agent.close()
    words = ["--device-folder", str(company.house.agent_folder), "--channel", CHANNEL]
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "tui_client", *words)
    await process.wait()
