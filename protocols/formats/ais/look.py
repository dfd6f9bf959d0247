"""What a gateway asks of a document without translating it: whose, how urgent, seen before?"""

from __future__ import annotations

import msgspec

from protocols.errors import FormatRefused
from protocols.formats.ais.document import Report, parse
from protocols.formats.ais.instruments import OWN_SHIP, is_position
from protocols.formats.ais.reports import is_distress, is_test
from protocols.formats.ais.words import NAMING, POSITIONS, TEXTS, device_of, number_text


class Look(msgspec.Struct, frozen=True):
    """One document, as far as its transport must know it."""

    key: str
    """The same for the same bits, however often they were repeated, when and by whom."""
    track: str | None = None
    """Whose position it is; None for what is no position."""
    urgent: bool = False
    """It comes from an emergency device or says distress: it goes first and is never left out."""
    words: bool = False
    """It is a safety text."""
    static: bool = False
    """It says who a station is, which it repeats every few minutes."""
    instrument: bool = False
    """It is a sentence of an instrument that says no position."""


def look_at(document: bytes) -> Look | None:
    """None for a document that `decode` refuses."""
    try:
        main = parse(document).main
    except FormatRefused:
        return None
    if not isinstance(main, Report):
        placed = is_position(main)
        return Look(
            key=",".join((main.address, *main.fields)),
            track=OWN_SHIP if placed else None,
            instrument=not placed,
        )
    fields, number = main.payload.fields, main.number
    position = number in POSITIONS
    return Look(
        key=main.key,
        track=number_text(main.mmsi) if position else None,
        urgent=device_of(main.mmsi) is not None
        or (position and (is_distress(fields) or is_test(fields))),
        words=number in TEXTS,
        static=number in NAMING and not position,
    )
