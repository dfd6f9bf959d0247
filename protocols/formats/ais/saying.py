"""A message as a short safety text of AIS: which words, in which 64 characters, cut where.

Only a text, an alarm, the end of an alarm and a public alert can be said so. Everybody with a
receiver hears it, therefore what is marked for fewer is refused, but for an emergency: life comes
first.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

import msgspec

from protocols.codes import label
from protocols.errors import NotRepresentable
from protocols.formats.ais.sixbit import SAYABLE
from protocols.formats.ais.words import MARKS, PLAIN_MARK, exercise_in
from protocols.formats.codec import Settings
from protocols.formats.text import info_for, speaker, spoken
from protocols.messages.envelope import Message
from protocols.messages.kinds import (
    Alarm,
    AlarmCancel,
    Alert,
    AlertAction,
    AlertScope,
    Position,
    Text,
)
from protocols.messages.values import Exercise, PersonalData, Point, Tlp

BROADCAST_MOST: Final = 161
ADDRESSED_MOST: Final = 156
"""Characters of messages 14 and 12 in five slots (ITU-R M.1371-5, annex 8, 3.12 and 3.10)."""

SPOOFING: Final = "AIS stations report their own position; writing one of others would be spoofing"
_WORDS: Final = {
    "ß": "SS", "Æ": "AE", "Œ": "OE", "Ø": "O", "Ł": "L", "Đ": "D", "Ð": "D", "Þ": "TH", "@": "(A)",
    "“": '"', "”": '"', "«": '"', "»": '"', "„": '"', "’": "'", "‘": "'", "`": "'", "´": "'",
    "–": "-", "—": "-", "‐": "-", "‑": "-", "…": "...", "·": "-", "•": "-", "×": "X", "°": " DEG",
    "{": "(", "}": ")", "|": "/", "~": "-", "¿": "", "¡": "", "€": "EUR", "№": "NO", "✗": "X",
    "\N{NO-BREAK SPACE}": " ", "\N{FRACTION SLASH}": "/",
}  # fmt: skip
MMSI: Final = re.compile(r"[0-9]{9}", re.ASCII)
_UNKNOWN: Final = "?"
_OVER: Final = {"en": "OVER", "es": "TERMINADA", "fr": "TERMINÉE"}
"""Of an alarm whose condition has cleared."""


def refuse_what_is_not_said(message: Message) -> None:
    """Raise `NotRepresentable` for what has no place on an open radio channel."""
    body = message.body
    if isinstance(body, Position):
        raise NotRepresentable(f"{message.kind}: {SPOOFING}.")
    if isinstance(body, Alert) and body.action in (AlertAction.ACK, AlertAction.ERROR):
        raise NotRepresentable(f"{message.kind}: an answer to an alert is no safety text.")
    if not isinstance(body, Text | Alarm | AlarmCancel | Alert):
        raise NotRepresentable(f"{message.kind}: AIS says short safety texts and nothing else.")
    handling = message.handling
    marked = handling.tlp not in (None, Tlp.CLEAR) or handling.third_party
    if isinstance(body, Alert):
        marked = marked or body.scope in (AlertScope.PRIVATE, AlertScope.RESTRICTED)
    if not message.emergency and (marked or handling.personal is not PersonalData.NONE):
        raise NotRepresentable(
            f"{message.kind}: everybody with a receiver hears AIS, and this is marked for fewer."
        )


def addressee(message: Message) -> str | None:
    """The one station that a text is for; None where it is for everybody."""
    body = message.body
    if isinstance(body, Text) and len(body.to) == 1 and MMSI.fullmatch(body.to[0]):
        return body.to[0]
    return None


class Words(msgspec.Struct, frozen=True):
    """What is said, and which fields of the message it says."""

    text: str
    fields: tuple[str, ...]


def words_of(message: Message, settings: Settings) -> Words:
    """What is said of a message, labels in the reader's language."""
    body, language = message.body, settings.labels
    if isinstance(body, Text):
        subject = spoken((body.subject,), language)
        text = spoken((body.text, *body.translations), language)
        said = ": ".join(part for part in (subject, text) if part)
        return Words(said, ("body.text", "body.subject", "body.translations"))
    if isinstance(body, Alarm):
        return Words(_alarm_words(message, body, language), _ALARM_FIELDS)
    if isinstance(body, Alert):
        return _alert_words(body, language)
    assert isinstance(body, AlarmCancel)
    reason = label("reasons", body.reason, language) if body.reason else ""
    parts = (label("kinds", message.kind, language), speaker(message), reason)
    said = " ".join(part for part in (*parts, spoken((body.remarks,), language)) if part)
    return Words(said, ("body.reason", "body.remarks"))


_ALARM_FIELDS: Final = ("body.alarm_class", "body.unit", "body.reason", "body.active")


def _alarm_words(message: Message, body: Alarm, language: str) -> str:
    parts = [label("alarm_classes", body.alarm_class, language), body.unit or speaker(message)]
    if not body.active:
        parts.append(_OVER[language])
    parts.append(spoken((body.reason,), language))
    point = message.location.point if message.location else None
    if point is not None:
        parts.append(_place(point))
    return " ".join(part for part in parts if part)


def _alert_words(body: Alert, language: str) -> Words:
    """The headline for readers of that language, or else the event; what is cancelled says so."""
    parts = []
    if body.action is not AlertAction.ALERT:
        parts.append(label("alert_action", body.action.value, language))
    index = info_for(body, language)
    if index is None:
        return Words(": ".join((*parts, body.note or "")), ("body.action", "body.note"))
    info = body.infos[index]
    parts.append(info.headline or info.event or "")
    name = "headline" if info.headline else "event"
    return Words(": ".join(parts), ("body.action", f"body.infos.{index}.{name}"))


def _place(point: Point) -> str:
    """Degrees with four decimals (11 m) and the letter of their half."""
    north, east = "N" if point.lat >= 0 else "S", "E" if point.lon >= 0 else "W"
    return f"{abs(point.lat):.4f}{north} {abs(point.lon):.4f}{east}"


def marked(text: str, exercise: Exercise) -> str:
    """The text with what it says of its being real; what is real never looks like an exercise.

    Always: `exercise_in` of the answer is `exercise`, or `TEST` for what has no mark of its own.
    """
    if exercise in (Exercise.ACTUAL, Exercise.NOT_STATED):
        return text if exercise_in(text) is Exercise.NOT_STATED else PLAIN_MARK + text
    mark = MARKS.get(exercise, MARKS[Exercise.TEST])
    said = exercise_in(text)
    if said is not Exercise.NOT_STATED and said is exercise_in(mark):
        return text
    with_mark = mark + text
    return with_mark if exercise_in(with_mark) is exercise_in(mark) else f"{mark}- {text}"


def sayable(text: str) -> tuple[str, dict[str, str]]:
    """(the text in AIS's characters on one line, what else stood there and what became of it).

    Letters lose their accents and their case; only the loss of accents and signs is told apart,
    because there are no small letters at all.
    """
    changes: dict[str, str] = {}
    said = []
    for character in unicodedata.normalize("NFC", " ".join(text.split())):
        plain = _plain(character)
        said.append(plain)
        if plain != character.upper():
            changes[character] = plain
    return "".join(said), changes


def _plain(character: str) -> str:
    for form in (character, character.upper()):
        if form in SAYABLE and form != "@":
            return form
        if form in _WORDS:
            return _WORDS[form]
    parts = unicodedata.normalize("NFKD", character)
    plain = "".join(
        form for part in parts for form in _WORDS.get(part.upper(), part.upper())
        if form in SAYABLE and form != "@"
    )  # fmt: skip
    return plain or ("" if unicodedata.combining(character) else _UNKNOWN)
