"""What of the canonical message AIS can say: the table, made from what the codec uses."""

from __future__ import annotations

from typing import Final

from protocols.formats.ais.saying import ADDRESSED_MOST, BROADCAST_MOST, SPOOFING
from protocols.formats.ais.words import MARKS, TITLES
from protocols.formats.codec import Row
from protocols.messages.envelope import Message
from protocols.messages.kinds import KINDS

_NO_PLACE: Final = "lost"
_CAPITALS: Final = "capital letters without accents, {most} characters"


def crosswalk() -> tuple[Row, ...]:
    """The fields that have a home, those that have none, and every kind."""
    rows = [Row(field, home, catch) for field, (home, catch) in _HOMES.items()]
    said = {row.field.partition(".")[0] for row in rows} | {"body"}
    rows += [Row(field, "", _NO_PLACE) for field in Message.__struct_fields__ if field not in said]
    for name in KINDS:
        rows.append(Row(f"kind {name}", *_KINDS.get(name, ("", "refused: AIS does not say it"))))
    return tuple(rows)


_MARKS: Final = ", ".join(mark.strip() for mark in MARKS.values())
_HOMES: Final = {
    "sent": ("TAG block c:", "time of receipt; there is none on the radio"),
    "observed": ("second of the position report", "of messages of AIS only"),
    "exercise": (f"the text's first word: {_MARKS}", "real cannot be said"),
    "location.point": ("longitude and latitude", "of others' messages only in words"),
    "source.id": ("MMSI", "written is the writer's own station"),
    "moments": ("TAG block c:", ""),
    "extensions.ais": ("every other field of the message", ""),
}
_BROADCAST: Final = f"message 14, {TITLES[14]}"
_KINDS: Final = {
    "text": (
        f"{_BROADCAST}; to one MMSI message 12",
        _CAPITALS.format(most=f"{BROADCAST_MOST} or {ADDRESSED_MOST}"),
    ),
    "alarm": (_BROADCAST, _CAPITALS.format(most=BROADCAST_MOST) + "; read as a text"),
    "alarm.cancel": (_BROADCAST, _CAPITALS.format(most=BROADCAST_MOST) + "; read as a text"),
    "alert": (_BROADCAST, _CAPITALS.format(most=BROADCAST_MOST) + "; headline; read as a text"),
    "position": ("", f"refused: {SPOOFING}"),
}
"""Kinds of messages that do not come from AIS; those that do are written as they were."""
