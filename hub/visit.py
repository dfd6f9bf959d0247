"""One short visit of a device to its hub: what every command that acts in a channel shares."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hub.console import OK, Console, Subparsers, command
from protocols.errors import LinkDown

if TYPE_CHECKING:
    from protocols.client.client import Client

WAIT: Final = 30.0
"""Seconds for which a command waits for the hub and for the channel to show what was asked."""

Work = Callable[["Client", argparse.Namespace, Console], Awaitable[int | None]]
"""What a visit is for; it may return an exit status, without one all is well."""


def visiting_command(
    subparsers: Subparsers, name: str, work: Work, sentence: str
) -> argparse.ArgumentParser:
    """A command of one device in one channel: `NAME --device-folder DIR`."""
    parser = command(subparsers, name, _visiting(work), help=sentence)
    parser.add_argument("channel", metavar="NAME")
    parser.add_argument("--device-folder", type=Path, required=True, metavar="DIR")
    parser.add_argument("--passphrase-file", type=Path, metavar="FILE", help="of the local store")
    parser.add_argument("--wait", type=float, default=WAIT, metavar="SECONDS")
    return parser


def _visiting(work: Work) -> Callable[[argparse.Namespace, Console], int]:
    def run(arguments: argparse.Namespace, console: Console) -> int:
        return asyncio.run(_visit(work, arguments, console))

    return run


async def _visit(work: Work, arguments: argparse.Namespace, console: Console) -> int:
    async with _connected(arguments) as client:
        try:
            async with asyncio.timeout(arguments.wait):
                status = await work(client, arguments, console)
        except TimeoutError as error:
            raise LinkDown(
                f"the hub did not show within {arguments.wait:g} s what was asked"
            ) from error
    return OK if status is None else status


@asynccontextmanager
async def _connected(arguments: argparse.Namespace) -> AsyncIterator[Client]:
    from protocols.client.client import Client
    from protocols.client.device import Device
    from protocols.client.files import read_secret

    passphrase = None
    if arguments.passphrase_file is not None:
        secret = read_secret(arguments.passphrase_file, "the passphrase of the local store")
        passphrase = secret.decode().strip()
    device = Device.open(arguments.device_folder)
    async with Client(device, passphrase=passphrase) as client:
        try:
            async with asyncio.timeout(arguments.wait):
                await client.connect_once()
        except TimeoutError as error:
            raise LinkDown(f"no hub answered within {arguments.wait:g} s") from error
        yield client
