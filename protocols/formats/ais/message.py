"""AIS and NMEA 0183 (ITU-R M.1371-5, IEC 61162-1): one message of a vessel ↔ one message.

A document is the sentences of one message, each perhaps behind a TAG block that says when it was
received, and before them perhaps earlier sentences of the same station: its last position (a safety
text has none) and its name (a position has none). `AisStream` cuts a feed into such documents.

    1-4 9 11 18 19 21 27    position, or an emergency of a SART, MOB or EPIRB that is set off
    12 14                   text, or that emergency
    all others              a line of the log; so are sentences of instruments without a fix
    RMC GGA GLL GNS         position of the ship that the receiver stands on

There is no date on the wire but in messages 4 and 11, RMC and ZDA: without a time of receipt the
message says that the time is unknown. Written are safety texts, never the position of others.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from protocols.clock import to_datetime
from protocols.formats.ais.crosswalk import crosswalk
from protocols.formats.ais.document import Document, Report, parse
from protocols.formats.ais.instruments import OWN_SHIP, read_sentence
from protocols.formats.ais.payload import Fields
from protocols.formats.ais.reports import read_report, stated_moment
from protocols.formats.ais.sentence import TAG_TIME, Sentence, receive_time, tag_moment
from protocols.formats.ais.sentences import PAYLOAD_MOST, natural_cuts
from protocols.formats.ais.sixbit import padding
from protocols.formats.ais.stream import AisStream
from protocols.formats.ais.words import MARKS, NAME, VERSION, number_text
from protocols.formats.ais.write import write
from protocols.formats.codec import (
    DEFAULT_SETTINGS,
    STRANGER,
    UNDETERMINED,
    Encoded,
    Format,
    Settings,
    derived_id,
    speaking_for,
)
from protocols.messages.envelope import Message, Original, Sender, Source
from protocols.messages.values import Absent, Moment

MEDIA_TYPE: Final = "application/vnd.nmea.0183"
NO_TIME: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""In place of a time that nobody stated; `absent` then says that it is unknown."""


def decode(data: bytes, sender: Sender = STRANGER) -> Message:
    """The message of one document. Raises `MalformedDocument` (with the line), `UnsafeDocument`."""
    document = parse(data)
    fields: dict[str, Any] = {}
    stamp = receive_time(document.sentences)
    received = to_datetime(stamp[1]) if stamp else None
    main = document.main
    if isinstance(main, Report):
        parts, left = read_report(main, document.context, received)
        stated = stated_moment(main.payload.fields)
    else:
        track = OWN_SHIP if sender is STRANGER else f"{OWN_SHIP} {sender.device}"
        parts, stated = read_sentence(main, received, track)
        left = {}
    sent = received or stated
    if sent is None:
        sent = NO_TIME
        fields["absent"] = {"/sent": Absent.UNKNOWN}
    if stamp is not None:
        fields["moments"] = {"/sent": Moment(text=stamp[0], offset_given=True)}
    message = Message(
        id=derived_id(parts.get("observed") or sent, *_identity(main)),
        sender=sender,
        sent=sent,
        language=UNDETERMINED,
        source=_source(document),
        original=Original.of(data, NAME, VERSION, MEDIA_TYPE),
        extensions={NAME: _extension(document, left, stamp, stated)},
        **parts,
        **fields,
    )
    return speaking_for(message, sender)


def _identity(main: Report | Sentence) -> tuple[str, ...]:
    """What makes two messages the same: not how often they were repeated, nor over which radio."""
    if isinstance(main, Sentence):
        return (NAME, main.address, *main.fields)
    return (NAME, main.key)


def _source(document: Document) -> Source:
    """The station that received it, where a TAG block names one; the station that said it."""
    main = document.main
    listener = next(
        (
            part[2:]
            for sentence in document.sentences
            for tag in sentence.tags
            for part in tag.split(",")
            if part.startswith("s:") and part[2:]
        ),
        NAME,
    )
    name = number_text(main.mmsi) if isinstance(main, Report) else main.address
    return Source(system=listener, id=name, format=NAME, version=VERSION)


def _extension(
    document: Document,
    left: Fields,
    stamp: tuple[str, int] | None,
    stated: datetime | None,
) -> dict[str, Any]:
    """All that has no place in the message, as `restore` wants it."""
    main = document.main
    sentences = document.sentences
    first = sentences[0]
    held: dict[str, Any] = {"address": first.address}
    if isinstance(main, Sentence):
        held |= {"values": list(main.fields)}
        held |= {} if main.checked else {"checked": False}
        held |= {} if main.start == "$" else {"start": main.start}
    else:
        payload = main.payload
        said: dict[str, Any] = {
            "sequence": first.fields[2],
            "channel": first.fields[3],
            "fields": left,
            "raw": payload.raw,
            "bits": payload.bits,
            "rest": payload.rest,
            "cuts": _cuts(sentences),
            "pad": padding(sentences[-1].fields[4], int(sentences[-1].fields[5])),
            "context": [
                sentence.text for earlier in document.context for sentence in earlier.sentences
            ],
        }
        held |= {name: value for name, value in said.items() if value or name == "fields"}
    for name in ("before", "after"):
        texts = [getattr(sentence, name) for sentence in sentences]
        if any(texts):
            held[name] = texts
    tags = [list(sentence.tags) for sentence in sentences]
    if any(tags) and not (stamp and _lone_time(tags)):
        held["tags"] = tags
    times = (TAG_TIME.search(tag) for blocks in tags for tag in blocks)
    in_tag = stamp is not None and any(
        found and tag_moment(found[1]) == stamp[1] for found in times
    )
    if not in_tag and (stamp or stated):
        held["dated"] = True  # by a logger behind the checksum, or by the message itself
    return held


def _cuts(sentences: tuple[Sentence, ...]) -> list[int]:
    """How the payload was cut, where it was cut otherwise than this house cuts."""
    if len(sentences) == 1 and len(sentences[0].fields[4]) <= PAYLOAD_MOST:
        return []
    cuts = [len(sentence.fields[4]) for sentence in sentences]
    return [] if cuts == natural_cuts(sum(cuts)) else cuts


def _lone_time(tags: list[list[str]]) -> bool:
    """Whether there is nothing but one time before the first sentence: `moments` keeps it."""
    first = tags[0]
    found = TAG_TIME.fullmatch(first[0]) if len(first) == 1 else None
    return found is not None and not any(tags[1:])


def encode(message: Message, settings: Settings = DEFAULT_SETTINGS) -> Encoded:
    """What came from AIS as it was; a text or an alarm of others as a safety text (12 or 14).

    Raises `NotRepresentable` for every other kind and for what is marked for fewer than everybody,
    `ExerciseUnsayable` for a changed message that is no text.
    """
    return write(message, settings, decode)


def leaves(data: bytes) -> list[tuple[str, str]]:
    """Every value that the document states, in its units; "not available" states nothing."""
    document = parse(data)
    found = [
        (f"context/{sentence.number}", sentence.text)
        for earlier in document.context
        for sentence in earlier.sentences
    ]
    for sentence in document.sentences:
        at = f"line/{sentence.number}"
        found += [(f"{at}/before", sentence.before)] if sentence.before else []
        found += [(f"{at}/after", sentence.after)] if sentence.after else []
        for tag in sentence.tags:
            lone = TAG_TIME.fullmatch(tag)
            found.append((f"{at}/tag", lone[1] if lone else tag))
    first = document.sentences[0]
    main = document.main
    found.append(("address", first.address))
    if isinstance(main, Sentence):
        return found + [(f"values/{n}", text) for n, text in enumerate(main.fields) if text]
    found += [("sequence", first.fields[2]), ("channel", first.fields[3])]
    found += [(f"fields/{name}", _text(value)) for name, value in main.payload.fields.items()]
    found += [(f"raw/{name}", text) for name, text in main.payload.raw.items()]
    found.append(("rest", main.payload.rest))
    return [(path, text) for path, text in found if text]


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


FORMAT = Format(
    name=NAME,
    title="AIS and NMEA 0183",
    reads=(VERSION,),
    writes=(VERSION,),
    media_type=MEDIA_TYPE,
    exercises=frozenset(MARKS),
    gives=("position", "text", "alarm", "log.note"),
    decode=decode,
    encode=encode,
    leaves=leaves,
    crosswalk=crosswalk,
    stream=AisStream,
)
