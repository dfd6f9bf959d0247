"""What every format gives and takes: bytes in, a message out; a message in, bytes and losses out.

A codec is one `Format` value. `decode(data, sender)` returns the message with its original kept
and everything homeless in `extensions`; `encode(message, settings)` returns the bytes and what
they do not carry. Both raise a leaf of `FormatRefused` and change nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Final, Protocol

import msgspec

from protocols.clock import Clock, to_microseconds
from protocols.codes import language_of
from protocols.identity import Role
from protocols.ids import id_text
from protocols.messages.envelope import Loss, Message, Originator, Reference, Sender
from protocols.messages.values import Exercise, LanguageText

STRANGER: Final = Sender(
    country="ZZ", agency="unknown", unit="unknown", device="unknown", role=Role.GATEWAY
)
"""The sender of a document that comes from a file: nobody has certified who it is. A gateway puts
itself in this place. `ZZ` is a user-assigned country code (ISO 3166-1)."""

UNDETERMINED: Final = "und"
"""BCP 47 for a language that nobody stated."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """For whom a document is written.

    `language`: of labels and of the version of a text that comes first (`en`, `es`, `fr`); without
    one labels are English and versions keep their order.
    `carry_canonical`: whether a format that has a place for it carries the complete message
    beside what it says itself, so that a system of ours loses nothing.
    """

    language: str | None = None
    carry_canonical: bool = True
    unstated: Exercise = Exercise.DRAFT
    """What a format that must state it writes where nobody has said whether this is real. Only an
    agency's own configuration may make it `actual`."""
    reference: Callable[[str], Reference | None] | None = None
    """How an earlier message is called in the reader's own system, by message id."""
    version: str | None = None
    """Which of the versions that the format writes; without one, the first."""
    profile: str | None = None
    """Which of the format's profiles the document must keep to, see `Format.profiles`."""
    inside: str | None = None
    """For a format that wraps others: the format of what it carries; without one, what fits."""
    station: str | None = None
    """The writer's own station number (MMSI, nine digits), for a format that must state one."""

    @property
    def labels(self) -> str:
        """The language that labels are written in."""
        return language_of(self.language or "en")


DEFAULT_SETTINGS: Final = Settings()


class Encoded(msgspec.Struct, frozen=True):
    """A written document and what it does not carry."""

    data: bytes
    losses: tuple[Loss, ...] = ()


class Decoder(Protocol):
    """Reads a document on behalf of `sender`."""

    def __call__(self, data: bytes, sender: Sender = STRANGER) -> Message: ...


class Encoder(Protocol):
    """Writes a document for a reader."""

    def __call__(self, message: Message, settings: Settings = DEFAULT_SETTINGS) -> Encoded: ...


class Stream(Protocol):
    """Cuts a stream into whole documents, and remembers what one document needs of another."""

    def feed(self, data: bytes) -> list[bytes]:
        """Add what was read; every document that is now whole, in order. Never raises."""
        ...

    def close(self) -> list[bytes]:
        """The stream has ended; what is left, as a document that `decode` may refuse."""
        ...


class Row(msgspec.Struct, frozen=True):
    """One line of a format's crosswalk: a canonical field or kind, its home there, and the catch.

    `home` is empty where there is none; `catch` says what is lost or bent.
    """

    field: str
    home: str
    catch: str = ""


class Format(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the registry."""

    name: str
    title: str
    reads: tuple[str, ...]
    """Versions that `decode` takes; empty for a format that is only written."""
    writes: tuple[str, ...]
    """Versions that `encode` produces, the usual one first; empty for one that is only read."""
    media_type: str
    exercises: frozenset[Exercise]
    """Which states its own readers see to be not real, or real. A message of another state is not
    written as it is (`protocols.formats.translate`); one that is actual or not stated always is."""
    gives: tuple[str, ...]
    """The kinds that a document of others, written without us, can become."""
    profiles: tuple[str, ...] = ()
    """Names that `Settings.profile` may have."""
    roots: tuple[str, ...] = ()
    """How a document of this format is known inside another: root elements in Clark notation."""
    stream: Callable[[Clock], Stream] | None = None
    """For a format that is a stream: what cuts it into documents, each of which `decode` takes."""
    decode: Decoder
    encode: Encoder
    leaves: Callable[[bytes], list[tuple[str, str]]]
    """Every value that a document states (path, text): what must be found again after `decode`."""
    crosswalk: Callable[[], tuple[Row, ...]]


def derived_id(sent: datetime, *parts: str) -> str:
    """A message id that depends on nothing but the document: read twice, it is the same message.

    A UUIDv7 (RFC 9562, section 5.7) whose time is the document's own and whose 74 random bits are
    the hash of what identifies the document in its format.
    """
    milliseconds = max(to_microseconds(sent) // 1000, 0) & (2**48 - 1)
    digest = hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).digest()
    noise = int.from_bytes(digest[:10], "big")
    value = milliseconds << 80 | 0x7 << 76 | (noise >> 66 & 0xFFF) << 64
    value |= 0b10 << 62 | noise & (2**62 - 1)
    return id_text(value.to_bytes(16, "big"))


def words(text: str | None, language: str | None = None) -> LanguageText | None:
    """Free text as a value, or None where there is none."""
    return LanguageText(text=text, language=language) if text else None


def speaking_for(message: Message, sender: Sender) -> Message:
    """The message as `sender` passes it on; whoever it named before becomes the originator.

    A stranger (a document read from a file) takes nobody's place.
    """
    if sender is STRANGER or message.sender == sender:
        return message
    author = message.sender
    if message.originator is not None or author == STRANGER:
        return msgspec.structs.replace(message, sender=sender)
    originator = Originator(
        country=author.country,
        agency=author.agency,
        unit=author.unit,
        operator=author.operator,
        role=author.role,
    )
    return msgspec.structs.replace(message, sender=sender, originator=originator)
