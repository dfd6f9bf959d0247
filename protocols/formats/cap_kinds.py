"""Every kind but the public alert, written as an alert that a CAP desk can read and answer.

The text is in the reader's language, with the sender's own language as a second info; the values
stand in parameters named `crossband:…`; the document that the message came from is a resource.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import Final

import msgspec
from lxml import etree

from protocols.clock import to_datetime
from protocols.codes import language_of
from protocols.formats.cap_elements import add, add_pair, fill_info, write_area, write_head
from protocols.formats.cap_read import (
    Element,
)
from protocols.formats.cap_words import (
    ACTION_OF,
    CATEGORIES,
    IN_PARAMETER,
    LANGUAGE_TAGS,
    NAMESPACE,
    ORIGINAL,
    OWN_ELEMENTS,
    REFERS_BY,
    RENDERED,
    URGENCY,
)
from protocols.formats.codec import Settings
from protocols.formats.losses import Losses, leaf_paths
from protocols.formats.structured import PREFIX, flatten
from protocols.formats.text import speaker
from protocols.formats.text import summary as summary_text
from protocols.formats.times import offset_text
from protocols.ids import id_bytes, id_time
from protocols.messages.envelope import Message, Reference
from protocols.messages.kinds import (
    Alarm,
    Alert,
    AlertAction,
    AlertInfo,
    AssistAnswer,
    AssistReply,
    PatrolAck,
    ReleaseDecision,
    TransferReply,
)
from protocols.messages.render import Line, one_line, render, title
from protocols.messages.values import Area, Circle, LanguageText

MOST_ORIGINAL: Final = 64 * 1024
"""Bytes of an original that travels inside an alert; of a larger one only the hash does."""
NOT_SHOWN: Final = f"no CAP reader shows it; it travels as JSON in a parameter {PREFIX}…"


def action_of(message: Message) -> AlertAction:
    """The msgType of a kind: a refusal is an Error; what refers to nothing is an Alert."""
    body = message.body
    refused = (
        (isinstance(body, AssistReply) and body.answer is AssistAnswer.DECLINED)
        or (isinstance(body, PatrolAck | TransferReply) and not body.accepted)
        or (isinstance(body, ReleaseDecision) and not body.granted)
    )
    if refused:
        return AlertAction.ERROR
    action = ACTION_OF.get(type(body))
    if action is None:
        return AlertAction.UPDATE if message.supersedes else AlertAction.ALERT
    if action is not AlertAction.ACK and not _referred(message):
        return AlertAction.ALERT
    return action


def _referred(message: Message) -> tuple[str, ...]:
    """The ids of the messages that this one is about."""
    named = [message.in_reply_to, message.supersedes]
    if not isinstance(message.body, Alarm):  # an alarm names itself
        named += [getattr(message.body, field, None) for field in REFERS_BY]
    return tuple(dict.fromkeys(name for name in named if name))


def _references(message: Message, settings: Settings) -> tuple[Reference, ...]:
    found = list(message.references)
    for name in _referred(message):
        known = settings.reference(name) if settings.reference else None
        if known is not None:
            found.append(known)
            continue
        made = _made(name)
        if made is not None:
            found.append(Reference(id=name, sender="crossband", sent=offset_text(made)))
    return tuple(dict.fromkeys(found))


def _made(name: str) -> datetime | None:
    """When a message was made, by its id; None for the names of alarms and other things."""
    try:
        identifier = id_bytes(name)
        return to_datetime(id_time(identifier)) if identifier[6] >> 4 == 7 else None
    except (ValueError, OverflowError):
        return None


def write_kind(root: Element, message: Message, settings: Settings, losses: Losses) -> None:
    action = action_of(message)
    head = Alert(
        action=action,
        note=one_line(message, settings.labels) if action in _NOTED else None,
        addresses=message.handling.recipients,
    )
    marked = msgspec.structs.replace(
        message,
        handling=msgspec.structs.replace(message.handling, restriction=_restriction(message)),
    )
    write_head(root, marked, settings, action, _references(message, settings), {}, head)
    languages = [settings.labels]
    spoken_in = language_of(message.language)
    if spoken_in != settings.labels and message.language.startswith(spoken_in):
        languages.append(spoken_in)
    for language in languages:
        element = etree.SubElement(root, f"{{{NAMESPACE}}}info")
        lines = render(message, language)
        fill_info(element, _info(message, language, lines), message, "")
        if language == languages[0]:
            for pair in _parameters(message):
                add_pair(element, "parameter", *pair)
            _write_original(element, message, losses)
        for area in _areas(message, lines):
            write_area(element, area)
    losses.add("kind", message.kind, "CAP has no such kind; an alert says it, parameters carry it")
    for path, value in leaf_paths(msgspec.to_builtins(message)):
        field = path.partition(".")[0]
        if field == "extensions":
            losses.add(path, value, NOT_SHOWN)
        elif field not in _SAID:
            losses.add(path, value, IN_PARAMETER)


_NOTED: Final = (AlertAction.ACK, AlertAction.ERROR, AlertAction.CANCEL)
_SAID: Final = OWN_ELEMENTS | {
    "sender",
    "codes",
    "effective",
    "onset",
    "expires",
    "location",
    "exercise",
    "target_area",
    "language",
    "precedence",
    "stubs",
}
"""Fields whose gist a CAP reader sees."""


def _restriction(message: Message) -> str:
    """Scope `Restricted` needs a restriction: the marking, or that there is none."""
    handling = message.handling
    parts = [handling.restriction, handling.tlp, handling.national_marking, handling.caveat]
    words = [str(part) for part in parts if part]
    if handling.releasable_to:
        words.append("REL " + "/".join(handling.releasable_to))
    return "; ".join(words) or "not releasable beyond the channel"


def _info(message: Message, language: str, lines: tuple[Line, ...]) -> AlertInfo:
    """The message as words in one language, with CAP's triple as far as it can be said."""
    grave = message.emergency
    return AlertInfo(
        language=LANGUAGE_TAGS[language],
        category=(CATEGORIES.get(type(message.body), "Security"),),
        event=title(message, language),
        urgency=URGENCY[message.urgency],
        severity="Extreme" if grave else "Unknown",
        certainty="Observed" if grave else "Unknown",
        event_codes=message.codes,
        effective=message.effective,
        onset=message.onset,
        expires=message.expires,
        sender_name=f"{speaker(message)} ({message.sender.agency})",
        headline=one_line(message, language)[:160],
        description=summary_text(message, language, lines),
    )


def _parameters(message: Message) -> Iterable[tuple[str, str]]:
    built = msgspec.to_builtins(message)
    built.pop("id")
    built.setdefault("exercise", message.exercise.value)
    if "original" in built:
        built["original"].pop("data", None)
    yield RENDERED, "1"
    yield from flatten(built)


def _write_original(element: Element, message: Message, losses: Losses) -> None:
    """The document that the message came from, as a resource inside the alert."""
    original = message.original
    if original is None or original.data is None:
        return
    if len(original.data) > MOST_ORIGINAL:
        losses.add("original.data", original.sha256, "too large for an alert; its hash travels")
        return
    below = etree.SubElement(element, f"{{{NAMESPACE}}}resource")
    add(below, "resourceDesc", ORIGINAL)
    add(below, "mimeType", original.media_type or "application/octet-stream")
    add(below, "size", str(len(original.data)))
    add(below, "derefUri", base64.b64encode(original.data).decode())
    digest = hashlib.sha1(original.data, usedforsecurity=False).hexdigest()
    add(below, "digest", digest)


def _areas(message: Message, lines: tuple[Line, ...]) -> Iterable[Area]:
    """Where the event is (an epicentre), then whom it concerns."""
    place = message.location
    if place is not None and (place.point is not None or place.text is not None):
        circles = (Circle(centre=place.point, radius=0.0),) if place.point else ()
        yield Area(description=LanguageText(text=_place_words(lines)), circles=circles)
    yield from message.target_area


def _place_words(lines: tuple[Line, ...]) -> str:
    place = [line for line in lines if line.path.startswith("/location") and line.value]
    return "; ".join(f"{line.label}: {line.value}" for line in place)
