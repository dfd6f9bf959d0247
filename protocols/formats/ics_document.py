"""An ICS document between text and message: slots that a message fills, and what fills none.

Reading takes values out and leaves gaps; `read` says which field of the message fills which gap.
Writing fills them again. What is carried is not claimed but found out: the form that was written
is read again, and a field that does not come back with its value is a loss.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, Final

import msgspec

from protocols.formats import readback
from protocols.formats.codec import STRANGER, UNDETERMINED, derived_id
from protocols.formats.ics_form import NO_TIME, Blocks, block, digest, entries_of
from protocols.formats.ics_packet import write_packet
from protocols.formats.losses import Losses, leaf_paths
from protocols.messages.envelope import Loss, Message, Source
from protocols.messages.values import Absent, Moment

Object = dict[str, Any]


class Form:
    """A document on its way to a message. Values that the message holds leave None behind."""

    def __init__(
        self,
        name: str,
        blocks: Blocks,
        style: str,
        headers: list[list[str]],
        lines: list[str] | None = None,
    ) -> None:
        """`name` of the format; `lines` are labelled ones, for a style that has such."""
        self.name = name
        self.style = style
        self.headers: list[list[str | None]] = [[*pair] for pair in headers]
        entries = entries_of(lines, blocks) if lines is not None else []
        self.items: list[list[str | None]] = [[entry.label, entry.value] for entry in entries]
        self._places: dict[str, list[int]] = {}
        for index, entry in enumerate(entries):
            if entry.label:
                self._places.setdefault(blocks.name_of(entry.label) or "", []).append(index)
        self.more: Object = {}
        self.read: dict[str, str] = {}
        self.fields: Object = {"language": UNDETERMINED, "moments": {}}
        self.losses = Losses()

    def at(self, name: str) -> int | None:
        """Which item is this block, the first that says something."""
        numbers = self._places.get(name, [])
        said = [i for i in numbers if self.items[i][1]]
        return next(iter(said or numbers), None)

    def value(self, name: str) -> str:
        """The value of a block, or an empty text."""
        index = self.at(name)
        return "" if index is None else self.items[index][1] or ""

    def loose(self) -> list[str]:
        """The lines that have no label: the heading, whether it is an exercise."""
        return [
            line for text, value in self.items if not text for line in (value or "").split("\n")
        ]

    def stated(self) -> list[tuple[str, str]]:
        """(label, value) of all that says something."""
        pairs = [(name or "", value or "") for name, value in (*self.headers, *self.items)]
        return [pair for pair in pairs if pair[1].strip()]

    def tagged(self, tag: str) -> int | None:
        """Which item has exactly this label."""
        return next((i for i, (text, _) in enumerate(self.items) if text == tag), None)

    def take(self, field: str, index: int | None, part: str = "items") -> str | None:
        """A value for a field of the message; None where it is missing or empty."""
        pairs = self.items if part == "items" else self.headers
        value = None if index is None else pairs[index][1]
        if index is None or not value:
            return None
        pairs[index][1] = None
        self.read[field] = f"{part}.{index}"
        return value

    def digest(self) -> str:
        """What identifies the document, whatever its spaces are."""
        parts = [self.style, *(part or "" for pair in self.headers for part in pair)]
        return digest([*parts, *(part or "" for pair in self.items for part in pair)])

    def header(self, name: str) -> int | None:
        """Which header has this name."""
        return next(
            (i for i, (n, _) in enumerate(self.headers) if (n or "").casefold() == name), None
        )

    def sent(self, found: tuple[datetime, bool] | None, text: str) -> None:
        """The time of sending, and how it was written."""
        fields = self.fields
        if found is None:
            fields["sent"] = NO_TIME
            fields["absent"] = {"/sent": Absent.UNKNOWN}
            self.losses.add("/sent", text, "the form states no time; 1970 stands for unknown")
            return
        fields["sent"], given = found
        fields["moments"]["/sent"] = Moment(text=text, offset_given=given)
        if not given:
            self.losses.add("/sent", text, "local time without a zone; it is read as UTC")

    def done(self, identity: str, system: str, number: str | None) -> Object:
        """All fields, with the rest of the document as the extension."""
        kept: Object = {"style": self.style, "headers": self.headers, "items": self.items}
        kept |= self.more | {"read": self.read}
        fields = self.fields
        fields.setdefault("id", derived_id(fields["sent"], self.name, identity))
        fields["extensions"] = {self.name: {part: value for part, value in kept.items() if value}}
        fields["losses"] = self.losses.take()
        return fields | {"system": system or self.name, "number": number or None}


# --- our own number -------------------------------------------------------------------------------

_OURS: Final = re.compile(
    r"([0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}) #([0-9a-f]{8})"
)
"""A message id with a check of all the rest: a form that somebody changed is another message."""


def numbered(form: Form, message_id: str) -> str:
    """The number that a form of ours has, whose other entries stand in `form`."""
    return f"{message_id} #{digest(part or '' for pair in form.items for part in pair)[:8]}"


def own_id(form: Form, number: str) -> str | None:
    """The id of a form of ours that nobody has changed."""
    match = _OURS.fullmatch(number)
    if match is None:
        return None
    rest = [part or "" for pair in form.items if pair[1] != number for part in pair]
    return match[1] if digest(rest)[:8] == match[2] else None


# --- what comes back as it was --------------------------------------------------------------------


def filled(kept: Object, message: Message) -> Object | None:
    """The kept parts with the message's values in the places that were read."""
    parts: Object = {name: kept.get(name, []) for name in ("headers", "items", "marks")}
    parts |= {name: kept.get(name, "") for name in ("head", "tail")}
    pairs = {name: _pairs_of(parts[name]) for name in ("headers", "items", "marks")}
    read_from = kept.get("read", {})
    if not all(isinstance(one, list) for one in pairs.values()) or not isinstance(read_from, dict):
        return None
    if not isinstance(parts["head"], str) or not isinstance(parts["tail"], str):
        return None
    built = dict(leaf_paths(msgspec.to_builtins(message)))
    for field, place in read_from.items():
        name, _, index = str(place).partition(".")
        value = built.get(field, built.get(f"{field}.text"))
        held = pairs.get(name)
        if held is None or not index.isdigit() or len(index) > 6 or int(index) >= len(held):
            return None
        if not isinstance(value, str):
            return None
        held[int(index)] = (held[int(index)][0], value)
    return {**pairs, "head": parts["head"], "tail": parts["tail"]}


def _pairs_of(value: Any) -> list[tuple[str, str]] | None:
    """A list of [label, value] out of an extension, each with texts; None for anything else."""
    if not isinstance(value, list):
        return None
    found = []
    for pair in value:
        if not isinstance(pair, list) or len(pair) != 2 or not isinstance(pair[0], str):
            return None
        if not isinstance(pair[1], str | None):
            return None
        found.append((pair[0], pair[1] or ""))
    return found


def write_form(parts: Object) -> str:
    """Labelled lines, behind their headers where they had any."""
    lines = [block(text, value) if text else value for text, value in parts["items"]]
    return write_packet(parts["headers"], "\n".join(lines) + "\n")


# --- what is lost ---------------------------------------------------------------------------------

AS_WORDS: Final = "it stands on the form at most in words"
_SAID_IN_WORDS: Final = ("body", "location", "handling", "sender", "originator")


def losses(
    message: Message, name: str, fields: Object, *, as_it_was: bool, no_block: str
) -> tuple[Loss, ...]:
    """Every field that reading the form gave not back, or gave back only as words.

    `fields` are what reading gave. Others than those said in words are lost for `no_block`.
    """
    given = dict(fields)
    source = Source(system=given.pop("system"), id=given.pop("number"), format=name)
    back = Message(sender=STRANGER, source=source, **given)
    if as_it_was:
        back = msgspec.structs.replace(
            back, id=message.id, sender=message.sender, source=message.source
        )
    reasons = dict.fromkeys(_SAID_IN_WORDS, AS_WORDS)
    own = name if as_it_was else ""
    return readback.losses(message, back, own=own, reasons=reasons, otherwise=no_block)
