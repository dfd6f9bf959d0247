"""ICS 213 general message: the form that every agency can read aloud ↔ one message.

Read: the forms of packet radio (PackItForms), the form as labelled lines in English, Spanish or
French, packet radio's plain messages, and its receipts, which say "delivered" or "read" and never
"accepted". Written: the labelled lines, whatever the kind, in the reader's language: everything is
text there, there is no geometry, and what comes back is a text.

Hours have no zone on this form: they are read as UTC and `moments` says that no offset was given.
An exercise is said by the line at the top (`ics_form.EXERCISE_LINES`) that its readers look for.
"""

from __future__ import annotations

from typing import Final

from protocols.formats.codec import (
    DEFAULT_SETTINGS,
    STRANGER,
    Encoded,
    Format,
    Row,
    Settings,
    speaking_for,
)
from protocols.formats.ics_213 import write
from protocols.formats.ics_213.blocks import BLOCKS, MEDIA_TYPE, NAME, VERSIONS
from protocols.formats.ics_213.read import read, stated
from protocols.formats.ics_form import EXERCISE_LINES, text_of
from protocols.messages.envelope import Message, Original, Sender, Source
from protocols.messages.kinds import KINDS, Read, Receipt, Text


def decode(data: bytes, sender: Sender = STRANGER) -> Message:
    """The message of one form, packet message or receipt.

    Raises `UnsafeDocument`, `MalformedDocument` with the line, and `UnsupportedVersion` for other
    forms than ICS 213.
    """
    text = text_of(data)
    version, fields = read(text)
    message = Message(
        sender=sender,
        source=Source(
            system=fields.pop("system"), id=fields.pop("number"), format=NAME, version=version
        ),
        original=Original.of(data, NAME, version, MEDIA_TYPE),
        **fields,
    )
    return speaking_for(message, sender)


def encode(message: Message, settings: Settings = DEFAULT_SETTINGS) -> Encoded:
    """A form, or the receipt that a `receipt` or `read` is; every kind can be said in words.

    What was read here comes back in its own style, if `settings.version` asks for no other.
    """
    return write.write(message, settings)


def leaves(data: bytes) -> list[tuple[str, str]]:
    """Every value of the document: headers, fields and marks of the form, lines of words."""
    return stated(text_of(data))


def crosswalk() -> tuple[Row, ...]:
    """Which blocks of the form the fields of a message stand in."""
    rows = [
        Row(field, BLOCKS.label(name, "en"), catch) for field, name, catch in _HOMES
    ]  # fmt: skip
    rows.append(Row("exercise", "the line at the top", "actual cannot be said; system is refused"))
    rows.append(Row("moments", "the text of date and time"))
    rows.append(Row("extensions.ics-213", "every other block and header"))
    said = {row.field.partition(".")[0] for row in rows} | {"body", "losses", "original"}
    rows += [
        Row(field, "", write.NO_BLOCK) for field in Message.__struct_fields__ if field not in said
    ]
    for name, entry in KINDS.items():
        if entry.body is Text:
            rows.append(Row(f"kind {name}", "the form", "translations other than the reader's"))
        elif entry.body in (Receipt, Read):
            rows.append(Row(f"kind {name}", "a receipt of packet radio", "never an acceptance"))
        else:
            rows.append(Row(f"kind {name}", BLOCKS.label("message", "en"), "read back as a text"))
    return tuple(rows)


_HOMES: Final = (
    ("id", "number", "with a check: a form that was changed has another"),
    ("sent", "date", "in UTC, said so"),
    ("sender", "from", "in words"),
    ("originator", "from", "in words"),
    ("incident", "incident", ""),
    ("precedence", "handling", "FLASH on our own form only"),
    ("ack_wanted", "answer", ""),
    ("in_reply_to", "reference", "the id as words"),
    ("references", "reference", "the first one"),
    ("handling", "details", "in words, of a text"),
    ("location", "details", "in words: there is no geometry"),
)

FORMAT: Final = Format(
    name=NAME,
    title="ICS 213 general message",
    reads=VERSIONS,
    writes=VERSIONS[:1],
    media_type=MEDIA_TYPE,
    exercises=frozenset(EXERCISE_LINES),
    gives=("text", "receipt", "read"),
    decode=decode,
    encode=encode,
    leaves=leaves,
    crosswalk=crosswalk,
)
