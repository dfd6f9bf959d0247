"""The complete canonical message inside a foreign JSON document, and whether it still holds.

A format that has an honest place for it carries the message as text with the hash of everything
around it. Where somebody has changed the document since, the document counts.
"""

from __future__ import annotations

import hashlib

import msgspec

from protocols.errors import MalformedDocument, MalformedMessage
from protocols.formats.json_document import MAX_BYTES, Object
from protocols.messages.envelope import Caveat, Handling, Loss, Message, from_json, to_json
from protocols.messages.values import Exercise, PersonalData

CHANGED = "the document was changed after this was written; the document holds"
LESS_REAL = "the document around it says that this is not real; that holds"
_REAL = (Exercise.ACTUAL, Exercise.NOT_STATED)
_CLASSES = tuple(PersonalData)
"""From the least to the most sensitive."""


def digest(document: Object) -> str:
    """A hash of what a document says, whatever the order and layout of its JSON."""
    return hashlib.sha256(msgspec.json.encode(document, order="sorted")).hexdigest()


def packed(message: Message) -> str:
    """The message as text; a large original travels as its hash."""
    text = to_json(message)
    original = message.original
    if len(text) > MAX_BYTES // 4 and original is not None and original.data is not None:
        lighter = msgspec.structs.replace(original, data=None)
        text = to_json(msgspec.structs.replace(message, original=lighter))
    return text.decode()


def fits(document: Object) -> bool:
    """Whether a document is still one that we would read ourselves."""
    return len(msgspec.json.encode(document)) <= MAX_BYTES


def unpacked(text: object, stated: object, around: Object, where: str) -> Message | Loss:
    """The message of `text`, or the loss where `stated` is not the hash of what is `around`.

    Raises `MalformedDocument` where what is inside is no message.
    """
    if not isinstance(text, str) or stated != digest(around):
        return Loss(field=where, value=str(text)[:200], reason=CHANGED)
    try:
        return checked(from_json(text, MAX_BYTES), where)
    except MalformedMessage as fault:
        raise MalformedDocument(f"{where}{fault.detail}", where=where) from fault


def checked(message: Message, where: str) -> Message:
    """The message. Raises `MalformedDocument` where its original is not what its hash says."""
    original = message.original
    if original is not None and original.data is not None and not original.intact:
        place = f"{where}/original/sha256"
        raise MalformedDocument(f"{place}: it is not the hash of the original.", where=place)
    return message


def no_more_real(message: Message, stated: Exercise) -> Message:
    """The message, no more real than the document around it states: who says "not real" is
    believed, for whoever sees the document alone takes it for an exercise."""
    if stated in _REAL or message.exercise not in _REAL:
        return message
    loss = Loss(field="exercise", value=message.exercise.value, reason=LESS_REAL)
    losses = message.losses if message.exercise is Exercise.NOT_STATED else (*message.losses, loss)
    return msgspec.structs.replace(message, exercise=stated, losses=losses)


def no_less_private(message: Message, stated: Handling, *, original: bool) -> Message:
    """The message, at least as private as `stated`, which is what reading the document around it
    gives: the stricter class of personal data, and what either of the two withholds.

    With `original` the message keeps that document as its original, which is withheld too: it has
    no extension by whose name that would happen.
    """
    if stated.personal is PersonalData.NONE:
        return message
    handling = message.handling
    whole = (Caveat(path="/original"),) if original else ()
    withheld = (*handling.withheld, *stated.withheld, *whole)
    handling = msgspec.structs.replace(
        handling,
        personal=max(handling.personal, stated.personal, key=_CLASSES.index),
        withheld=tuple(dict.fromkeys(withheld)),
    )
    return msgspec.structs.replace(message, handling=handling)
