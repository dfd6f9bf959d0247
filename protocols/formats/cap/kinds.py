"""Every kind but the public alert, written as an alert that a CAP desk can read and answer.

The text is in the reader's language, with the sender's own language as a second info; the values
stand in parameters named `crossband:…`; the document that the message came from is a resource.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

import msgspec
from lxml import etree

from protocols.clock import to_datetime
from protocols.codes import language_of
from protocols.formats.account import ABOUT_THE_TRANSLATION
from protocols.formats.cap.derive import visible_digest
from protocols.formats.cap.elements import PREFIX as CAP
from protocols.formats.cap.elements import add, add_pair, fill_info, write_area, write_head
from protocols.formats.cap.lost import WHOLE_SECONDS
from protocols.formats.cap.profiles import PROFILES, event_codes
from protocols.formats.cap.read import (
    Element,
)
from protocols.formats.cap.words import (
    ACTION_OF,
    CATEGORIES,
    IN_PARAMETER,
    LANGUAGE_TAGS,
    NOWHERE,
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
NO_KIND: Final = "CAP has no such kind; an alert says it, parameters carry it"
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


def references_of(message: Message, settings: Settings) -> tuple[Reference, ...]:
    """The earlier messages that this one is about, as its reader's own system calls them."""
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
    """Everything of an alert that says a message of any kind, and what it does not say."""
    action = action_of(message)
    head = Alert(
        action=action,
        note=one_line(message, settings.labels) if action in _NOTED else None,
        addresses=message.handling.recipients,
    )
    marked = msgspec.structs.replace(
        message,
        handling=msgspec.structs.replace(message.handling, restriction=_restriction(message)),
        moments={},
    )
    codes = (PROFILES[settings.profile].code,) if settings.profile else ()
    write_head(root, marked, settings, action, references_of(message, settings), {}, head, codes)
    languages = [settings.labels]
    spoken_in = language_of(message.language)
    if spoken_in != settings.labels and message.language.startswith(spoken_in):
        languages.append(spoken_in)
    built = msgspec.to_builtins(message)
    rendered: Element | None = None
    for language in languages:
        element = etree.SubElement(root, CAP + "info")
        lines = render(message, language)
        fill_info(element, _info(message, language, lines, settings.profile), marked, "")
        if language == languages[0] and settings.carry_canonical:
            for pair in _parameters(message, built):
                add_pair(element, "parameter", *pair)
            rendered = next(element.iterchildren(CAP + "parameter"))[1]
            _write_original(element, message, losses)
        for area in _areas(message, lines):
            write_area(element, area)
    if rendered is not None:
        rendered.text = visible_digest(root, CAP)
    _write_losses(message, built, settings, losses)


def _write_losses(
    message: Message, built: dict[str, Any], settings: Settings, losses: Losses
) -> None:
    losses.add("kind", message.kind, NO_KIND if settings.carry_canonical else NOWHERE)
    if not settings.carry_canonical:
        losses.add("language", message.language, NOWHERE)
    for path, value in leaf_paths(built):
        field = path.partition(".")[0]
        if not settings.carry_canonical:
            if field not in ABOUT_THE_TRANSLATION and path not in _EXACT:
                losses.add(path, value, NOWHERE)
            elif path == "sent" and message.sent.microsecond:
                losses.add(path, value, WHOLE_SECONDS)
        elif field == "extensions":
            losses.add(path, value, NOT_SHOWN)
        elif field not in _SAID:
            losses.add(path, value, IN_PARAMETER)


_EXACT: Final = frozenset({"id", "sent", "exercise", "language"})
"""What an alert without parameters gives back as it was."""
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


def _info(
    message: Message, language: str, lines: tuple[Line, ...], profile: str | None
) -> AlertInfo:
    """The message as words in one language, with CAP's triple as far as it can be said."""
    grave = message.emergency
    codes = message.codes
    if profile is not None:
        codes = event_codes(codes, (), getattr(message.body, "incident_type", None), profile)
    return AlertInfo(
        language=LANGUAGE_TAGS[language],
        category=(CATEGORIES.get(type(message.body), "Security"),),
        event=title(message, language),
        urgency=URGENCY[message.urgency],
        severity="Extreme" if grave else "Unknown",
        certainty="Observed" if grave else "Unknown",
        event_codes=codes,
        effective=message.effective,
        onset=message.onset,
        expires=message.expires,
        sender_name=f"{speaker(message)} ({message.sender.agency})",
        headline=one_line(message, language)[:160],
        description=summary_text(message, language, lines),
    )


def _parameters(message: Message, built: dict[str, Any]) -> Iterable[tuple[str, str]]:
    """The message as named texts, the digest of what people see first (it is filled in later)."""
    named = {name: value for name, value in built.items() if name != "id"}
    named.setdefault("exercise", message.exercise.value)
    if "original" in named:
        named["original"] = {k: v for k, v in named["original"].items() if k != "data"}
    yield RENDERED, ""
    yield from flatten(named)


def _write_original(element: Element, message: Message, losses: Losses) -> None:
    """The document that the message came from, as a resource inside the alert."""
    original = message.original
    if original is None or original.data is None:
        return
    if len(original.data) > MOST_ORIGINAL:
        losses.add("original.data", original.sha256, "too large for an alert; its hash travels")
        return
    below = etree.SubElement(element, CAP + "resource")
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
