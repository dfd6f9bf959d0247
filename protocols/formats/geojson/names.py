"""Which property says what: one table for reading, for writing and for the crosswalk.

GeoJSON prescribes no properties. Read are those of the public mapping of CoT to GeoJSON (`type`,
`how`, `callsign`, `time`, `start`, `stale`, `remarks`, `course`, `speed`), the usual names of a
title, a description and a time, and those that we write ourselves.
"""

from __future__ import annotations

import re
from typing import Final

from protocols.messages.kinds import (
    Alarm,
    AlarmCancel,
    Body,
    LogNote,
    Observation,
    Position,
    Text,
)

NAME: Final = "geojson"
VERSION: Final = "RFC 7946"
MEDIA_TYPE: Final = "application/geo+json"
CANONICAL: Final = "crossband"
"""The foreign member (RFC 7946, section 6.1) with the complete canonical message."""
ROLE: Final = "role"
TARGET_AREA: Final = "target_area"
"""The `role` of a feature that is not the event but whom it concerns."""
RADIUS: Final = "radius"
"""Metres: GeoJSON has no circles, so the centre is a point and this is a property of it."""
AREA_WORDS: Final = "areaDesc"
GEOCODES: Final = "geocode"
TITLE: Final = "title"
DESCRIPTION: Final = "description"
KIND: Final = "kind"
CREATOR: Final = "creator"
"""Whoever speaks, as `{"callsign": …}`, like in the public mapping of CoT."""

TIMES: Final[dict[str, tuple[str, ...]]] = {
    "sent": ("time", "timestamp", "datetime", "sent", "updated", "date", "created"),
    "effective": ("start", "effective"),
    "expires": ("stale", "expires"),
    "observed": ("observed",),
    "onset": ("onset",),
}
"""The properties that a time is read from, the first that is one; written is the first name."""
PLAIN: Final = ("incident", "patrol", "language", "precedence", "exercise")
"""Fields of the envelope whose property has the same name."""

CALLSIGN: Final = ("callsign",)
REMARKS: Final = ("remarks",)
NOTE_NAMES: Final = ("name", "callsign", TITLE)
NOTE_WORDS: Final = ("remarks", DESCRIPTION, "comment")

COT_TYPE: Final = re.compile(r"[abrtuy](-[A-Za-z0-9.]+)+", re.ASCII)
"""A CoT type; any other `type` is somebody else's word and stays where it is."""
FRIEND: Final = "a-f"
UNKNOWN_TRACK: Final = "a-u-G"
MARKER: Final = "b-m-p-s-m"
CHAT: Final = "b-t-f"
EMERGENCY_TYPE: Final = "b-a-o-tbl"
CANCEL_TYPE: Final = "b-a-o-can"
BY_MACHINE: Final = "m-g"
BY_HAND: Final = "h-g-i-g-o"

GIVES: Final[tuple[type[Body], ...]] = (Position, Observation, Alarm, AlarmCancel, Text, LogNote)
"""What a document of others can become."""
BODY_HOMES: Final[dict[type[Body], dict[str, tuple[str, ...]]]] = {
    Position: {
        "unit": CALLSIGN,
        "symbol": ("type",),
        "how": ("how",),
        "course": ("course",),
        "speed": ("speed",),
    },
    Observation: {"unit_seen": CALLSIGN, "remarks": REMARKS},
    Alarm: {"unit": CALLSIGN, "reason": REMARKS},
    AlarmCancel: {"remarks": REMARKS},
    Text: {"text": REMARKS},
    LogNote: {"activity": NOTE_NAMES, "text": NOTE_WORDS},
}
"""Fields of a body and the properties that they are read from; written is the first name."""
NUMBERS: Final = {"course": 360.0, "speed": float("inf")}
"""Fields that are numbers, and the largest they can be."""
AS_TEXT: Final = frozenset({"unit", "symbol", "how", "activity"})
"""Fields that are plain text; the others of those tables are free text with a language."""
