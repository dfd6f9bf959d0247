"""`crossband interop`: announce what will change, and say whom it would cost what.

    interop notice NAME --device-folder DIR --change replace --from-when DAY --speaks cap:1.2 ...
    interop forecast NAME --device-folder DIR [--at DAY] [--last N | --samples]
                     [--what-if DEVICE=FORMAT[:VERSION][,FORMAT...]]

A forecast reads the equipment notices of the channel, takes its last messages (or a sample set,
where it has none), and runs the crosswalk over every member, today and on the day asked for:
without one, the day by which every announced change has taken effect. Exit status 1 says that
somebody would lose something.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from hub.console import OK, REFUSED, Console, Subparsers, Usage, group, table, texts
from hub.visit import visiting_command

if TYPE_CHECKING:
    from protocols.client.client import Client
    from protocols.foresight.forecast import FieldForecast, Forecast, MemberForecast
    from protocols.identity import Identity
    from protocols.messages.envelope import Message
    from protocols.messages.kinds import SpokenFormat

ROOM: Final = "hub.interop"
LAST: Final = 200
CHANGES: Final = ("acquire", "upgrade", "replace", "withdraw")
_SHOWN: Final = 60
"""Characters of a reason in the table; `--json` has all of it."""


def register(subparsers: Subparsers) -> None:
    """Adds `crossband interop forecast | notice`."""
    interop = group(subparsers, "interop", help="what a purchase will change for whom")
    forecast = visiting_command(
        interop, "forecast", _forecast, "say which member would lose which fields"
    )
    forecast.add_argument("--at", metavar="DAY", help="the day to look at, for example 2027-01-31")
    forecast.add_argument("--last", type=int, default=LAST, metavar="N", help="messages to look at")
    forecast.add_argument("--samples", action="store_true", help="a sample set, no real messages")
    forecast.add_argument(
        "--what-if",
        action="append",
        default=[],
        metavar="DEVICE=FORMAT[:VERSION][,...]",
        help="as if this member spoke these formats, and no others",
    )
    notice = visiting_command(interop, "notice", _notice, "announce what your agency will change")
    notice.add_argument("--change", choices=CHANGES, required=True)
    notice.add_argument("--speaks", action="append", default=[], metavar="FORMAT[:VERSION]")
    notice.add_argument("--from-when", metavar="DAY", help="without it: from now on")
    notice.add_argument("--device", action="append", default=[], metavar="DEVICE")
    notice.add_argument("--equipment", metavar="TEXT")
    notice.add_argument("--contact", metavar="TEXT")


# --- announcing -----------------------------------------------------------------------------------


async def _notice(client: Client, arguments: argparse.Namespace, console: Console) -> None:
    from protocols.client.fates import FateState
    from protocols.errors import PolicyRefused
    from protocols.messages.envelope import compose
    from protocols.messages.kinds import EquipmentChange, EquipmentNotice
    from protocols.messages.values import Exercise, LanguageText

    view = await client.joined(arguments.channel)
    said = arguments.equipment
    body = EquipmentNotice(
        equipment=LanguageText(text=said, language=console.language) if said else None,
        change=EquipmentChange(arguments.change),
        from_when=_day(arguments.from_when) if arguments.from_when else None,
        formats=tuple(map(_spoken, arguments.speaks)),
        devices=tuple(arguments.device),
        contact=arguments.contact,
    )
    exercise = Exercise.EXERCISE if view.policy.exercise else Exercise.ACTUAL
    message = compose(client.device.identity, body, language=console.language, exercise=exercise)
    sent = await client.send(arguments.channel, message)
    fate = await sent.settled()
    if fate.state is FateState.REFUSED:
        raise PolicyRefused(f"the hub did not take the notice ({fate.code}): {fate.detail}")
    console.result({"id": message.id}, console.text(texts(ROOM), "announced", id=message.id))


# --- forecasting ----------------------------------------------------------------------------------


async def _forecast(client: Client, arguments: argparse.Namespace, console: Console) -> int:
    from protocols.foresight.forecast import forecast, last_change
    from protocols.foresight.samples import samples
    from protocols.messages.kinds import EquipmentNotice

    await client.joined(arguments.channel)
    now = datetime.now(UTC)
    members = client.roster(arguments.channel)
    history = [one.message for one in client.history(arguments.channel) if one.refused is None]
    notices = [one for one in history if isinstance(one.body, EquipmentNotice)]
    then = _day(arguments.at) if arguments.at else last_change(notices, now) or now
    notices += _imagined(arguments.what_if, members, then)
    real = [] if arguments.samples else history[-arguments.last :]
    result = forecast(members, notices, real or samples(), now=now, then=then)
    console.result(_value(result, bool(real)), _lines(result, bool(real), console))
    return REFUSED if result.breaks else OK


def _imagined(
    wishes: Sequence[str], members: Sequence[Identity], then: datetime
) -> Iterator[Message]:
    """A notice for every `--what-if`, in effect on the day that is looked at."""
    from protocols.formats.codec import derived_id
    from protocols.messages.envelope import Message, Sender
    from protocols.messages.kinds import EquipmentChange, EquipmentNotice

    known = {member.device: member for member in members}
    for wish in wishes:
        device, separator, formats = wish.partition("=")
        if not separator or device not in known:
            raise Usage(f"--what-if {wish!r}: give a member of the channel and its formats")
        body = EquipmentNotice(
            change=EquipmentChange.REPLACE,
            from_when=then,
            formats=tuple(_spoken(one) for one in formats.split(",") if one),
            devices=(device,),
        )
        yield Message(
            id=derived_id(then, "what-if", wish),
            sender=Sender.of(known[device]),
            sent=then,
            body=body,
        )


def _spoken(text: str) -> SpokenFormat:
    from protocols.messages.kinds import SpokenFormat

    name, _, version = text.partition(":")
    return SpokenFormat(format=name.strip(), versions=(version.strip(),) if version else ())


def _day(text: str) -> datetime:
    """A day or a moment, in UTC where no offset is given."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as fault:
        raise Usage(f"{text!r} is no day; write it as 2027-01-31") from fault
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


# --- saying ---------------------------------------------------------------------------------------


def _value(result: Forecast, real: bool) -> dict[str, Any]:
    return {
        "now": result.now,
        "then": result.then,
        "messages": "real" if real else "samples",
        "breaks": result.breaks,
        "members": result.members,
    }


def _lines(result: Forecast, real: bool, console: Console) -> Iterator[str]:
    words = texts(ROOM)
    over = console.text(words, "over_real" if real else "over_samples")
    yield console.text(
        words, "from_to", now=f"{result.now:%Y-%m-%d}", then=f"{result.then:%Y-%m-%d}"
    )
    yield over
    head = tuple(console.text(words, key) for key in ("member", "today", "then", "basis"))
    rows = [
        (one.device, one.now.text, one.then.text, console.text(words, f"basis_{one.then.basis}"))
        for one in result.members
    ]
    yield ""
    yield from table([head, *rows])
    for member in result.members:
        yield from _member_lines(member, console)
    if not result.breaks:
        yield ""
        yield console.text(words, "nothing_breaks")


def _member_lines(member: MemberForecast, console: Console) -> Iterator[str]:
    words = texts(ROOM)
    for key, losses in (
        ("no_longer_read", member.no_longer_read),
        ("no_longer_said", member.no_longer_said),
    ):
        if losses:
            yield ""
            yield console.text(words, key, device=member.device)
            yield from table([_head(console), *(_row(one, member.looked_at) for one in losses)])


def _head(console: Console) -> tuple[str, ...]:
    return tuple(console.text(texts(ROOM), key) for key in ("field", "messages", "reason"))


def _row(loss: FieldForecast, of: int) -> tuple[str, ...]:
    reason = loss.reason if len(loss.reason) <= _SHOWN else loss.reason[: _SHOWN - 1] + "…"
    return loss.field, f"{loss.messages}/{of}", reason
