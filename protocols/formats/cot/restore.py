"""Putting a CoT message back into the event it came from: the exact reverse of `cot_read`.

The extension has been laid out first (`cot`), so only what reading has taken is put back. Nothing
is added: an event that is read and written says what it said.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from protocols.formats.cot.detail import Element, child, find, put
from protocols.formats.xml import legal
from protocols.messages.envelope import Message
from protocols.messages.kinds import (
    Alarm,
    AlarmCancel,
    Body,
    LogNote,
    Medical,
    Observation,
    Position,
    Presence,
    Read,
    Receipt,
    Text,
)
from protocols.messages.values import LanguageText

Restore = Callable[[Element, Element, Message], None]


def restore_kind(event: Element, detail: Element, message: Message) -> bool:
    """Put the body back; False where CoT never gave a body of this kind."""
    restore = RESTORERS.get(type(message.body))
    if restore is None:
        return False
    restore(event, detail, message)
    return True


def _set(parent: Element, name: str, attribute: str, value: object) -> None:
    """Set an attribute of a child, which is made only if there is a value."""
    if value is not None and value != "":
        put(child(parent, name), attribute, value)


def _say(parent: Element, name: str, value: str | LanguageText | None) -> None:
    """Set the text of a child, which is made only if there is one."""
    text = value.text if isinstance(value, LanguageText) else value
    if text:
        child(parent, name).text = legal(text)


def _text(value: LanguageText | None) -> str | None:
    return value.text if value else None


def _author(message: Message) -> str | None:
    return message.originator.unit if message.originator else None


def _producer(detail: Element, message: Message) -> None:
    if _author(message):
        put(child(detail, "link"), "parent_callsign", _author(message))


def _position(event: Element, detail: Element, message: Message) -> None:
    body = message.body
    assert isinstance(body, Position)
    put(event, "type", body.symbol)
    put(event, "how", body.how)
    if body.symbol is None and body.gone:
        _set(detail, "link", "uid", body.track)
        return
    _set(detail, "contact", "callsign", body.unit)
    _set(detail, "track", "course", body.course)
    _set(detail, "track", "speed", body.speed)


def _marker(event: Element, detail: Element, message: Message) -> None:
    body = message.body
    assert isinstance(body, Observation)
    _set(detail, "contact", "callsign", _text(body.unit_seen))
    _say(detail, "remarks", body.remarks)
    _producer(detail, message)


def _chat(event: Element, detail: Element, message: Message) -> None:
    body = message.body
    assert isinstance(body, Text)
    _say(detail, "remarks", body.text)
    _set(detail, "__chat", "chatroom", body.to[0] if body.to else None)
    _set(detail, "__chat", "senderCallsign", _author(message))


def _receipt(event: Element, detail: Element, message: Message) -> None:
    body = message.body
    assert isinstance(body, Receipt | Read)
    name = "__chat" if find(detail, "__chatreceipt") is None else "__chatreceipt"
    found = find(detail, name)
    if found is not None:
        if "messageId" not in found.attrib or body.of != event.get("uid"):  # a blank one stays
            put(found, "messageId", body.of)
        _set(detail, name, "senderCallsign", _author(message))


def _alarm(event: Element, detail: Element, message: Message) -> None:
    body = message.body
    assert isinstance(body, Alarm)
    _say(detail, "emergency", body.unit)
    _set(detail, "emergency", "type", _text(body.reason))
    _producer(detail, message)


def _alarm_cancel(event: Element, detail: Element, message: Message) -> None:
    body = message.body
    assert isinstance(body, AlarmCancel)
    _say(detail, "remarks", body.remarks)
    _say(detail, "emergency", _author(message))


def _casevac(event: Element, detail: Element, message: Message) -> None:
    body = message.body
    assert isinstance(body, Medical)
    nine = body.nine_line
    if nine is not None:
        _set(detail, "contact", "callsign", nine.call_sign)
        for name, value in (
            ("freq", nine.frequency),
            ("urgent", nine.patients_urgent),
            ("priority", nine.patients_priority),
            ("routine", nine.patients_routine),
            ("litter", nine.litter),
            ("ambulatory", nine.ambulatory),
            ("equipment_detail", _text(nine.special_equipment)),
            ("enemy", _text(nine.security)),
            ("marked_by", _text(nine.marking)),
            ("terrain_other_detail", _text(nine.terrain)),
        ):
            _set(detail, "_medevac_", name, value)
    _set(detail, "_medevac_", "medline_remarks", _text(body.remarks))
    mist = (
        ("m", body.mechanism),
        ("i", body.injuries),
        ("s", body.signs),
        ("t", body.treatment),
    )
    for name, text in mist:
        if text is not None:
            put(child(child(child(detail, "_medevac_"), "zMistsMap"), "zMist"), name, text.text)
    _producer(detail, message)


def _note(event: Element, detail: Element, message: Message) -> None:
    body = message.body
    assert isinstance(body, LogNote)
    _set(detail, "contact", "callsign", body.activity)
    _say(detail, "remarks", body.text)
    _producer(detail, message)


def _nothing(event: Element, detail: Element, message: Message) -> None:
    """A ping: reading has taken nothing."""


RESTORERS: Final[dict[type[Body], Restore]] = {
    Position: _position,
    Observation: _marker,
    Text: _chat,
    Receipt: _receipt,
    Read: _receipt,
    Alarm: _alarm,
    AlarmCancel: _alarm_cancel,
    Medical: _casevac,
    LogNote: _note,
    Presence: _nothing,
}
