"""What a plain TAK client would not show of a message, and the table of what it does show."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from protocols.formats.codec import (
    Row,
    Settings,
)
from protocols.formats.cot_words import (
    CANONICAL,
    OPEX,
)
from protocols.formats.cot_write import SHOWN_AS_TEXT, Home, homes
from protocols.formats.losses import Losses, leaf_paths
from protocols.formats.text import SHOWN_OF_INFO, info_for
from protocols.messages.envelope import Message
from protocols.messages.kinds import KINDS, Alert

NAME: Final = "cot"

_BOOKKEEPING: Final = frozenset(
    {"id", "sent", "effective", "expires", "body", "source", "original", "moments", "losses"}
)
"""Fields of the envelope that an event carries itself, or that are about the translation."""
_SHOWN_HANDLING: Final = frozenset({"national_marking", "caveat", "releasable_to"})
CARRIED: Final = "a plain TAK client does not show it; it travels in the detail " + CANONICAL
NOT_CARRIED: Final = "CoT has no place for it"


def note_losses(message: Message, home: Home | None, settings: Settings, losses: Losses) -> None:
    """Every leaf of the message that a plain TAK client would not show, by its path."""
    built = msgspec.to_builtins(message, builtin_types=(bytes,))
    reason = CARRIED if settings.carry_canonical else NOT_CARRIED
    for name, value in built.items():
        if name in _BOOKKEEPING:
            continue
        lost = _unshown(name, value, message, home)
        for path, leaf in leaf_paths(lost, name):
            losses.add(path, leaf, reason)
    if home is not None and home.shows is SHOWN_AS_TEXT:
        losses.add(
            "kind", message.kind, f"CoT has no such kind; a TAK screen shows a {home.as_what}"
        )
        _note_alert(message, built["body"], settings, reason, losses)
    elif home is not None:
        for path, leaf in leaf_paths(built["body"], "body"):
            if path.split(".")[1] not in home.shows | {"kind"}:
                losses.add(path, leaf, reason)


def _note_alert(
    message: Message, body: dict[str, Any], settings: Settings, reason: str, losses: Losses
) -> None:
    """Of an alert CoT shows the words of one info: not the others, nor areas and parameters."""
    if not isinstance(message.body, Alert):
        return
    shown = info_for(message.body, settings.labels)
    for path, leaf in leaf_paths(body, "body"):
        steps = path.split(".")
        if steps[1] == "infos" and steps[2] == str(shown) and steps[3] in SHOWN_OF_INFO:
            continue
        if path != "body.kind":
            losses.add(path, leaf, reason)


def _unshown(name: str, value: Any, message: Message, home: Home | None) -> Any:
    """The part of an envelope field that an event of this home does not show."""
    if name == "exercise":
        return value if message.exercise not in OPEX else None
    if name == "precedence":
        return None
    if name == "location":
        return {part: item for part, item in value.items() if part != "point"}
    if name == "handling":
        return {part: item for part, item in value.items() if part not in _SHOWN_HANDLING}
    if name == "extensions":
        return {space: item for space, item in value.items() if space != NAME}
    if home is None and name in ("sender", "originator", "language", "target_area"):
        return None
    if home is not None and name == "language":
        return None
    return value


def crosswalk() -> tuple[Row, ...]:
    """What of the envelope has a home in CoT, and how a TAK screen shows each kind."""
    rows = [Row("id", "event/@uid", "one uid a thing, not one a message; the id is in __crossband")]
    rows += [Row(field, home) for field, home in _ENVELOPE_HOMES.items()]
    rows += [
        Row(field, "", "only in __crossband")
        for field in Message.__struct_fields__
        if field not in {row.field.partition(".")[0] for row in rows} | {"body", "losses"}
    ]
    for name, entry in KINDS.items():
        kinds = homes(entry.body)
        shown = " or ".join(dict.fromkeys(f"{home.type} ({home.as_what})" for home in kinds))
        catch = "as text; fields only in __crossband" if kinds[0].shows is SHOWN_AS_TEXT else ""
        rows.append(Row(f"kind {name}", shown, catch))
    return tuple(rows)


_ENVELOPE_HOMES: Final = {
    "sent": "event/@time",
    "effective": "event/@start",
    "expires": "event/@stale",
    "location.point": "event/point",
    "exercise": "event/@opex",
    "precedence": "event/@qos",
    "handling.national_marking": "event/@access",
    "handling.caveat": "event/@caveat",
    "handling.releasable_to": "event/@releaseableTo",
    "source.id": "event/@uid",
    "moments": "event/@time, @start, @stale",
    "extensions.cot": "event/detail",
}
