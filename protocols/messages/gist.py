"""What a message says, short enough for one line: its title and the things that matter, in order.

`FIRST` is the order of importance of each kind, and what a whole rendering begins with. Screens
paint the parts of `gist`; documents take them as `one_line`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from typing import Any, Final

import msgspec

from protocols.codes import label, language_of, phrase
from protocols.messages.envelope import Message
from protocols.messages.kinds import Alarm, AlertInfo, IncidentOpen, Leg, Pair, ParReply
from protocols.messages.values import LanguageText, Location, Point, Window
from protocols.messages.wording import (
    Talk,
    code_lists,
    fields_of,
    labelled,
    point_words,
    window_words,
    withheld_lines,
)

FIRST: Final[dict[str, tuple[str, ...]]] = {
    "patrol.plan": ("sector", "legs", "pair"),
    "patrol.amend": ("status", "reason", "sector", "legs", "pair"),
    "patrol.ack": ("accepted", "units", "reason", "remarks"),
    "checkin": ("unit", "leg", "ok", "heads", "remarks"),
    "par.request": ("units", "reason"),
    "par.reply": ("unit", "accounted", "injured", "remarks"),
    "position": ("unit", "track", "gone", "/location"),
    "unit.status": ("unit", "status", "heads", "remarks"),
    "observation": ("activity", "size", "hazards", "camera", "/location"),
    "incident.open": ("incident_type", "summary", "situation", "state", "persons", "/location"),
    "incident.update": ("state", "situation", "actions", "needs", "persons"),
    "incident.sitrep": ("situation", "actions", "needs", "persons", "injured"),
    "incident.close": ("state", "disposition", "outcome"),
    "alarm": ("alarm_class", "unit", "reason", "/location", "injured", "hazards", "active"),
    "alarm.ack": ("remarks",),
    "alarm.silence": ("seconds",),
    "alarm.cancel": ("reason", "remarks"),
    "assist.request": ("capability", "to", "quantity", "task", "when", "reason"),
    "assist.reply": ("answer", "reason", "units", "eta", "limits", "remarks"),
    "assist.deployed": ("state", "units", "eta", "remarks"),
    "assist.release": ("state", "reason", "remarks"),
    "transfer.offer": ("what", "to", "effective", "remarks"),
    "transfer.reply": ("accepted", "reason", "remarks"),
    "transfer.done": ("outcome", "reason", "remarks"),
    "custody.handoff": ("persons", "place", "at", "remarks"),
    "lead.change": ("state", "host_a", "host_b", "designated_officer", "remarks"),
    "bolo": ("subject", "reason", "hazards", "permitted_action", "heading"),
    "bolo.cancel": ("reason", "remarks"),
    "deconflict": ("window", "contact"),
    "medical": ("patients", "triage", "injuries", "mechanism", "/location"),
    "consular.notice": ("nationality", "count", "contact", "due"),
    "text": ("subject", "text"),
    "log.note": ("activity", "text"),
    "release.request": ("item", "purpose", "recipient"),
    "release.decision": ("granted", "reason", "conditions"),
    "disclosure": ("item", "purpose"),
    "alert": ("infos", "note"),
    "equipment.notice": ("change", "equipment", "from_when"),
    "receipt": ("stage", "reason"),
    "read": (),
    "presence": ("state", "unit"),
}
"""Fields of the body (with `/`: of the envelope) by importance."""
_IN_TITLE: Final = ("alarm_class", "incident_type")
_SPEAKERS: Final = ("/body/unit", "/body/track")
"""Whoever says where a unit is or how it is, says it of itself: the sender need not be named."""


class Said(msgspec.Struct, frozen=True):
    """One thing that a message says. `label` stands before it where it says nothing by itself.

    `language` is the tag of free text in another language than the reader's; `withheld` marks what
    stands for a withheld field, whose label is `label`.
    """

    text: str
    path: str
    label: str = ""
    language: str | None = None
    withheld: bool = False


def title(message: Message, language: str, *, short: bool = False) -> str:
    """The kind, and what kind of it: "Alarm: EMERGENCY", "Incident opened: tunnel".

    `short`: in the words for narrow columns, "Incident: tunnel".
    """
    words = label("kinds_short" if short else "kinds", message.kind, language)
    body = message.body
    if isinstance(body, Alarm):
        return labelled(words, label("alarm_classes", body.alarm_class, language), language)
    if isinstance(body, IncidentOpen):
        return labelled(words, label("incident_types", body.incident_type, language), language)
    return words


def named_first(message: Message) -> tuple[str, ...]:
    """The name that a message begins with: a plan's is the patrol's, an incident's is its own."""
    return _orders(message.kind)[0]


@cache
def _orders(kind: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(the name that messages of a kind begin with, the order of all that their gist says)."""
    group = kind.partition(".")[0]
    begun = (f"/{group}",) if group in ("patrol", "incident") else ()
    names = [name for name in ("/incident", "/patrol") if name not in begun]
    fields = [name for name in FIRST[kind] if name not in _IN_TITLE]
    return begun, (*begun, *fields, *names)


def gist(message: Message, language: str) -> tuple[Said, ...]:
    """What a message says behind its title, what matters first, the withheld last; nothing twice.

    The names of its patrol and its incident are among it, the sender is not.
    """
    short = _Short(message, language)
    found: dict[str, Said] = {}
    for name in _orders(message.kind)[1]:
        for said in short.field(name):
            if said.text:
                found.setdefault(f"{said.label} {said.text}".casefold(), said)
    return (*found.values(), *short.withheld())


def one_line(message: Message, language: str) -> str:
    """Title, name of patrol or incident, sender and what is said, without line breaks.

    Text in another language than the reader's has its tag before it.
    """
    said = gist(message, language)
    parts = [title(message, language)]
    if said and said[0].path in named_first(message):
        parts.append(said[0].text)
        said = said[1:]
    if not any(one.path in _SPEAKERS for one in said):
        author = message.originator.unit if message.originator else None
        parts.append(author or message.sender.unit)
    parts += (_plain(one, language) for one in said)
    return " · ".join(part for part in map(_on_one_line, parts) if part)


def _on_one_line(text: str) -> str:
    """No line breaks and no runs of blanks; a no-break space stays what it is."""
    return "\u00a0".join(" ".join(part.split()) for part in text.split("\u00a0"))


def _plain(said: Said, language: str) -> str:
    if said.withheld:
        return labelled(said.label, said.text, language)
    tag = f"({said.language}) " if said.language else ""
    return " ".join(part for part in (said.label, tag + said.text) if part)


def place_words(place: Location, language: str) -> str:
    """Boundary monument or words, the side that somebody asserts, and the point."""
    parts = [place.monument or (place.text.text if place.text else "")]
    if place.side is not None:
        parts.append(label("side", place.side.value, language))
    if place.point is not None:
        parts.append(point_words(place.point))
    return ", ".join(part for part in parts if part)


class _Short:
    """The shortest wording of the fields of one message in one language."""

    def __init__(self, message: Message, language: str) -> None:
        self.message = message
        self.language = language
        self.talk = Talk(message, language)

    def field(self, name: str) -> Iterator[Said]:
        """What a field says; nothing where it is not stated, or is what goes without saying."""
        owner: msgspec.Struct = self.message if name.startswith("/") else self.message.body
        path = name if name.startswith("/") else f"/body/{name}"
        field = name.removeprefix("/")
        value = getattr(owner, field)
        if value is None or value == ():
            return
        if isinstance(value, str):
            yield Said(self.coded(owner, field, value), path)
        elif isinstance(value, bool):
            yield from self.flag(owner, field, value, path)
        elif isinstance(value, LanguageText):
            tag = value.language or self.message.language
            foreign = language_of(tag) != language_of(self.language)
            yield Said(value.text, path, language=tag if foreign else None)
        elif isinstance(value, int | float):
            yield self.number(field, value, path)
        elif isinstance(value, datetime):
            yield Said(self.moment(value), path, self.label(field))
        else:
            yield Said(self.words(owner, field, value), path)

    def label(self, field: str) -> str:
        """The field's label."""
        return self.talk.label(field, type(self.message.body).__name__)

    def flag(self, owner: msgspec.Struct, field: str, value: bool, path: str) -> Iterator[Said]:
        """Yes is the label itself; what is so by default goes without saying."""
        default = next(one.default for one in fields_of(type(owner)) if one.name == field)
        if value is default:
            return
        words = self.label(field)
        yield Said(words if value else labelled(words, phrase("no", self.language), self.language),
                   path)  # fmt: skip

    def number(self, field: str, value: float, path: str) -> Said:
        """A number behind its label; a head count against what was expected."""
        body = self.message.body
        if isinstance(body, ParReply) and field == "accounted":
            expected = "?" if body.expected is None else body.expected
            whole = label("par", "COMPLETE" if body.complete else "INCOMPLETE", self.language)
            return Said(f"{value}/{expected} {whole}", path)
        return Said(self.talk.scalar(field, value, None)[0], path, self.label(field))

    def moment(self, value: datetime) -> str:
        """A time in Zulu, with its day where that is not the day of sending."""
        zulu = value.astimezone(UTC)
        same = zulu.date() == self.message.sent.astimezone(UTC).date()
        return f"{zulu:%H:%MZ}" if same else f"{zulu:%Y-%m-%d %H:%MZ}"

    def words(self, owner: msgspec.Struct, field: str, value: Any) -> str:
        """Anything else: a code's label, names, a place, a span of time."""
        if isinstance(value, Location):
            return place_words(value, self.language)
        if isinstance(value, Point):
            return point_words(value)
        if isinstance(value, Window):
            return window_words(value)
        if isinstance(value, Pair):
            teams = (value.north, value.south)
            return " / ".join(team.unit for team in teams if team is not None)
        if isinstance(value, tuple):
            return self.listed(owner, field, value)
        return self.coded(owner, field, value)

    def coded(self, owner: msgspec.Struct, field: str, value: Any) -> str:
        """A text, or the label of the code that it is."""
        return self.talk.scalar(field, value, code_lists(type(owner)).get(field))[0]

    def listed(self, owner: msgspec.Struct, field: str, values: tuple[Any, ...]) -> str:
        """The items' names or labels; of a public alert the version in the reader's language."""
        if isinstance(values[0], Leg):
            return ", ".join(leg.name for leg in values)
        if isinstance(values[0], AlertInfo):
            mine = language_of(self.language)
            infos = (info for info in values if language_of(info.language or "en") == mine)
            info = next(infos, values[0])
            return " · ".join(part for part in (info.event, info.headline) if part)
        codes = code_lists(type(owner)).get(field)
        return ", ".join(self.talk.scalar(field, value, codes)[0] for value in values)

    def withheld(self) -> Iterator[Said]:
        """One for each marking, with the labels of all fields under it; no word of the original."""
        if not self.message.stubs:
            return
        lines = withheld_lines(self.message.stubs, self.language)
        grouped: dict[str, list[str]] = {}
        paths: dict[str, str] = {}
        for line in lines:
            grouped.setdefault(line.value, []).append(line.label)
            paths.setdefault(line.value, line.path)
        too = phrase("withheld_too", self.language)
        for words, labels in grouped.items():
            if words != too:
                yield Said(words, paths[words], ", ".join(dict.fromkeys(labels)), withheld=True)
