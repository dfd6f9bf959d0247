"""`crossband channel`: every command is one short visit of a device to its hub."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from hub.console import OK, Console, Subparsers, Usage, command, group, table, texts
from protocols.errors import LinkDown, NotAMember
from protocols.frames import Policy

if TYPE_CHECKING:
    from protocols.client.client import Client
    from protocols.client.events import ChannelView

ROOM: Final = "hub.channel"
WAIT: Final = 30.0
"""Seconds for which a command waits for the hub and for the channel to show what was asked."""

Work = Callable[["Client", argparse.Namespace, Console], Awaitable[None]]


def register(subparsers: Subparsers) -> None:
    """Adds `crossband channel create | add | remove | policy | show | roster`."""
    channel = group(subparsers, "channel", help="open channels and say who is in them")

    create = _parser(channel, "create", _create, "open a channel with this device in it")
    create.add_argument("--owner", action="append", default=[], required=True, metavar="AGENCY")
    _policy_options(create)
    create.add_argument("--exercise", action="store_true", help="exercise traffic and nothing else")

    for name, work, sentence in (
        ("add", _add, "add devices to a channel"),
        ("remove", _remove, "remove devices from a channel"),
    ):
        parser = _parser(channel, name, work, sentence)
        parser.add_argument("devices", nargs="+", metavar="DEVICE")

    policy = _parser(channel, "policy", _policy, "ask for a policy, or agree to the one asked for")
    policy.add_argument("--owner", action="append", default=[], metavar="AGENCY")
    _policy_options(policy)
    policy.add_argument("--sealed", action="store_true", help="no gateways")
    policy.add_argument("--agree", action="store_true", help="agree to the policy asked for")

    _parser(channel, "show", _show, "show a channel's policy and how far this device has read")
    _parser(channel, "roster", _roster, "show who can read a channel, as the MLS tree proves it")


def _parser(channel: Subparsers, name: str, work: Work, sentence: str) -> argparse.ArgumentParser:
    parser = command(channel, name, _visiting(work), help=sentence)
    parser.add_argument("channel", metavar="NAME")
    parser.add_argument("--device-folder", type=Path, required=True, metavar="DIR")
    parser.add_argument("--passphrase-file", type=Path, metavar="FILE", help="of the local store")
    parser.add_argument("--wait", type=float, default=WAIT, metavar="SECONDS")
    return parser


def _policy_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--title", metavar="TEXT")
    parser.add_argument("--gatewayed", action="store_true", help="admit gateways")
    parser.add_argument("--agency", action="append", default=[], metavar="AGENCY")
    parser.add_argument("--observer", action="append", default=[], metavar="AGENCY")


def _visiting(work: Work) -> Callable[[argparse.Namespace, Console], int]:
    def run(arguments: argparse.Namespace, console: Console) -> int:
        asyncio.run(_visit(work, arguments, console))
        return OK

    return run


async def _visit(work: Work, arguments: argparse.Namespace, console: Console) -> None:
    async with _connected(arguments) as client:
        try:
            async with asyncio.timeout(arguments.wait):
                await work(client, arguments, console)
        except TimeoutError as error:
            raise LinkDown(
                f"the hub did not show within {arguments.wait:g} s what was asked"
            ) from error


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


async def _create(client: Client, arguments: argparse.Namespace, console: Console) -> None:
    policy = Policy(
        title=arguments.title or "",
        owners=tuple(arguments.owner),
        agencies=tuple(arguments.agency),
        observers=tuple(arguments.observer),
        gatewayed=arguments.gatewayed,
        exercise=arguments.exercise,
    )
    await client.create(arguments.channel, policy)
    view = await client.joined(arguments.channel)
    key = "created" if view.asked is None else "created_asked"
    owners = ", ".join(policy.owners)
    console.result(view, console.text(texts(ROOM), key, channel=arguments.channel, owners=owners))


async def _inside(client: Client, channel: str) -> None:
    view = await client.known(channel)
    if view.state in ("left", "outside"):
        raise NotAMember(f"this device is not in {channel!r}")


async def _add(client: Client, arguments: argparse.Namespace, console: Console) -> None:
    await _inside(client, arguments.channel)
    await client.add(arguments.channel, arguments.devices)
    _members(client, arguments, console, "added")


async def _remove(client: Client, arguments: argparse.Namespace, console: Console) -> None:
    await _inside(client, arguments.channel)
    await client.remove(arguments.channel, arguments.devices)
    _members(client, arguments, console, "removed")


def _members(client: Client, arguments: argparse.Namespace, console: Console, key: str) -> None:
    devices = ", ".join(arguments.devices)
    words = console.text(texts(ROOM), key, channel=arguments.channel, devices=devices)
    console.result(_roster_value(client, arguments.channel), words)


async def _policy(client: Client, arguments: argparse.Namespace, console: Console) -> None:
    view = await client.known(arguments.channel)
    if arguments.agree:
        if view.asked is None:
            raise Usage("no policy is asked for in this channel")
        wish = view.asked
    else:
        wish = _wish(view.policy, arguments)
        if wish == view.policy and view.asked is None:
            console.result(view, _described(view, console))
            return
    await client.set_policy(arguments.channel, wish)
    await client.until(lambda: _settled(client.channel(arguments.channel), wish))
    view = client.channel(arguments.channel)
    key = "policy_in_force" if view.policy == wish else "policy_asked"
    words = console.text(
        texts(ROOM),
        key,
        channel=arguments.channel,
        agreed=", ".join(view.agreed),
        owners=", ".join(view.policy.owners),
    )
    console.result(view, words)


def _wish(policy: Policy, arguments: argparse.Namespace) -> Policy:
    if arguments.gatewayed and arguments.sealed:
        raise Usage("--gatewayed and --sealed exclude each other")
    return msgspec.structs.replace(
        policy,
        title=policy.title if arguments.title is None else arguments.title,
        owners=tuple(arguments.owner) or policy.owners,
        agencies=tuple(arguments.agency) or policy.agencies,
        observers=tuple(arguments.observer) or policy.observers,
        gatewayed=not arguments.sealed and (arguments.gatewayed or policy.gatewayed),
    )


def _settled(view: ChannelView, wish: Policy) -> bool:
    return wish in (view.policy, view.asked)


async def _show(client: Client, arguments: argparse.Namespace, console: Console) -> None:
    view = await client.known(arguments.channel)
    console.result(view, _described(view, console))


def _described(view: ChannelView, console: Console) -> list[str]:
    words = texts(ROOM)
    policy = view.policy

    def line(key: str, value: str) -> tuple[str, str]:
        return console.text(words, key), value

    rows = [
        line("channel", view.channel),
        line("title", policy.title),
        line("owners", ", ".join(policy.owners)),
        line("agencies", ", ".join(policy.agencies)),
        line("observers", ", ".join(policy.observers)),
        line("kind", console.text(words, "sealed" if view.sealed else "gatewayed")),
        line("exercise", console.text(words, "yes" if policy.exercise else "no")),
        line("epoch", str(view.epoch)),
        line("last", str(view.cursor)),
    ]
    if view.asked is not None:
        wish = console.text(words, "gatewayed" if view.asked.gatewayed else "sealed")
        agreed = console.text(words, "agreed", agreed=", ".join(view.agreed))
        rows.append(line("asked", f"{wish}; {agreed}"))
    return table([row for row in rows if row[1]])


async def _roster(client: Client, arguments: argparse.Namespace, console: Console) -> None:
    await _inside(client, arguments.channel)
    words = texts(ROOM)
    members = client.roster(arguments.channel)
    heading = ("device", "country", "agency", "unit", "role", "remark")
    rows: list[Sequence[str]] = [[console.text(words, key) for key in heading]]
    for member in members:
        remark = ""
        if f"remark_{member.role}" in words:
            remark = console.text(words, f"remark_{member.role}")
        elif member.device == client.device.name:
            remark = console.text(words, "remark_own")
        role = console.text(words, f"role_{member.role}")
        rows.append([member.device, member.country, member.agency, member.unit, role, remark])
    title = console.text(words, "who_can_read", channel=arguments.channel, count=len(members))
    console.result(_roster_value(client, arguments.channel), [title, *table(rows)])


def _roster_value(client: Client, channel: str) -> dict[str, object]:
    view = client.channel(channel)
    return {"channel": channel, "epoch": view.epoch, "members": client.roster(channel)}
