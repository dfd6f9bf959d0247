"""Writing AIS: a message that came from it as it was, any other as a short safety text.

What came from AIS keeps in its extension whatever has no place in the message, so the same bits go
out again; where the message was changed since, the message holds. Afterwards the document is read
again: only what reading finds is carried, all else is a loss.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from protocols.clock import to_microseconds
from protocols.errors import ExerciseUnsayable, FormatRefused
from protocols.formats.account import ABOUT_THE_TRANSLATION, Account
from protocols.formats.ais.payload import Fields, Payload
from protocols.formats.ais.restore import again
from protocols.formats.ais.saying import (
    ADDRESSED_MOST,
    BROADCAST_MOST,
    MMSI,
    addressee,
    marked,
    refuse_what_is_not_said,
    sayable,
    words_of,
)
from protocols.formats.ais.sentence import tag_block, tag_time
from protocols.formats.ais.sentences import document_of, sentences_of
from protocols.formats.ais.words import NAME
from protocols.formats.codec import Decoder, Encoded, Settings
from protocols.messages.envelope import Message
from protocols.messages.kinds import Text
from protocols.messages.values import Exercise, LanguageText

NO_STATION: Final = "0"
NOT_ON_AIS: Final = "AIS has no place for it"
_STATED: Final = tuple(
    name for name in Message.__struct_fields__ if name not in ABOUT_THE_TRANSLATION
)
_REAL: Final = (Exercise.ACTUAL, Exercise.NOT_STATED)


def write(message: Message, settings: Settings, decode: Decoder) -> Encoded:
    """The document and its losses. `decode` reads it again.

    Raises `NotRepresentable`, `ExerciseUnsayable`, and `MalformedDocument` for an extension that is
    none of ours.
    """
    kept = message.extensions.get(NAME)
    if isinstance(kept, dict) and message.source is not None and message.source.format == NAME:
        return _write_again(message, kept, decode)
    return _write_text(message, settings, decode)


# --- a message of others as a safety text -------------------------------------------------------


def _write_text(message: Message, settings: Settings, decode: Decoder) -> Encoded:
    refuse_what_is_not_said(message)
    account = Account(message, own=NAME)
    words = words_of(message, settings)
    field = words.fields[0]
    plain, changes = sayable(words.text)
    text = marked(plain, message.exercise)
    to = addressee(message)
    most = ADDRESSED_MOST if to else BROADCAST_MOST
    if len(text) > most:
        account.lost(field, text[most - 3 :], f"AIS allows {most} characters; cut off")
        text = text[: most - 3] + "..."
    for character, written in changes.items():
        account.lost(field, character, f"AIS has no such character; written {written or 'not'}")
    station = settings.station or NO_STATION
    if not MMSI.fullmatch(station):
        reason = "no station number (MMSI) is configured; written as 000000000, which is nobody"
        account.lost("station", settings.station or "not stated", reason)
        station = NO_STATION
    fields: Fields = {"type": 14, "repeat": 0, "mmsi": int(station), "text": text}
    if to:
        fields |= {"type": 12, "seqno": 0, "dest_mmsi": int(to), "retransmit": False}
    sentences = sentences_of(
        Payload(fields=fields), "AIVDM", "A", str(int(message.id[-1], 16) % 10)
    )
    tag = tag_block(f"c:{tag_time(to_microseconds(message.sent))}")
    data = document_of((tag + sentences[0], *sentences[1:]))
    _carry(account, message, decode(data))
    account.bent("body.kind", "a reader of AIS sees a safety text")
    for said in words.fields:
        account.bent(said, "said in capital letters, in words that a reader of AIS sees")
    account.bent("location.point", "in the words of the text, to four decimals")
    account.bent("exercise", _mark_of(message.exercise))
    return Encoded(data, account.close(NOT_ON_AIS))


def _read_or_none(data: bytes, message: Message, decode: Decoder) -> Message | None:
    try:
        return decode(data, message.sender)
    except FormatRefused:
        return None


def _mark_of(exercise: Exercise) -> str:
    if exercise in _REAL:
        return "AIS has no way to say that something is real"
    return "AIS has no such mark; written as a test"


def _carry(account: Account, message: Message, back: Message) -> None:
    """Mark every field that reading the document again gives."""
    for name in Message.__struct_fields__:
        if name != "body" and getattr(message, name) == getattr(back, name):
            account.carried(name)
    if type(message.body) is not type(back.body):
        return
    account.carried("body.kind")
    for name in message.body.__struct_fields__:
        if getattr(message.body, name) == getattr(back.body, name):
            account.carried(f"body.{name}")


# --- a message of AIS again ---------------------------------------------------------------------


def _write_again(message: Message, kept: dict[str, Any], decode: Decoder) -> Encoded:
    """The document that it came from; where the message was changed, with the change in it."""
    if message.original is not None and message.original.data is not None:
        unchanged = _read_or_none(message.original.data, message, decode)
        if unchanged == message:
            return Encoded(message.original.data)
    data = again(message, kept)
    back = decode(data, message.sender)
    if back.exercise is not message.exercise and message.exercise not in _REAL:
        if not isinstance(message.body, Text) or message.body.text is None:
            raise ExerciseUnsayable(
                f"{message.kind}: of AIS messages only a text can say {message.exercise.value}."
            )
        words = marked(message.body.text.text, message.exercise)
        text = msgspec.structs.replace(message.body, text=LanguageText(text=words))
        data = again(msgspec.structs.replace(message, body=text), kept)
        back = decode(data, message.sender)
    if all(getattr(message, name) == getattr(back, name) for name in _STATED):
        return Encoded(data)
    account = Account(message, own=NAME)
    _carry(account, message, back)
    return Encoded(data, account.close("AIS does not say it of this message"))
