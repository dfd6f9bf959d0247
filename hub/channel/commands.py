"""`crossband channel`: every command is one short visit of a device to its hub."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import msgspec

from hub.console import Console, Subparsers, Usage, group, table, texts
from hub.visit import visiting_command
from protocols.errors import NotAMember
from protocols.frames import Policy

if TYPE_CHECKING:
    from protocols.client.client import Client
    from protocols.client.events import ChannelView

ROOM: Final = "hub.channel"


def register(subparsers: Subparsers) -> None:
    """Adds `crossband channel create | add | remove | policy | show | roster`."""
    channel = group(subparsers, "channel", help="open channels and say who is in them")

    create = visiting_command(channel, "create", _create, "open a channel with this device in it")
    create.add_argument("--owner", action="append", default=[], required=True, metavar="AGENCY")
    _policy_options(create)
    create.add_argument("--exercise", action="store_true", help="exercise traffic and nothing else")

    for name, work, sentence in (
        ("add", _add, "add devices to a channel"),
        ("remove", _remove, "remove devices from a channel"),
    ):
        parser = visiting_command(channel, name, work, sentence)
        parser.add_argument("devices", nargs="+", metavar="DEVICE")

    policy = visiting_command(
        channel, "policy", _policy, "ask for a policy, or agree to the one asked for"
    )
    policy.add_argument("--owner", action="append", default=[], metavar="AGENCY")
    _policy_options(policy)
    policy.add_argument("--sealed", action="store_true", help="no gateways")
    policy.add_argument("--agree", action="store_true", help="agree to the policy asked for")

    visiting_command(
        channel, "show", _show, "show a channel's policy and how far this device has read"
    )
    visiting_command(
        channel, "roster", _roster, "show who can read a channel, as the MLS tree proves it"
    )


def _policy_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--title", metavar="TEXT")
    parser.add_argument("--gatewayed", action="store_true", help="admit gateways")
    parser.add_argument("--agency", action="append", default=[], metavar="AGENCY")
    parser.add_argument("--observer", action="append", default=[], metavar="AGENCY")


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
