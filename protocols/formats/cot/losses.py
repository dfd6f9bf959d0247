"""What a plain TAK client would not show of a message, and the table of what it does show."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from protocols.formats.codec import Row, Settings
from protocols.formats.cot.words import CANONICAL
from protocols.formats.cot.write import SAME_EVENT, Home, homes
from protocols.formats.losses import Losses, leaf_paths
from protocols.formats.text import SHOWN_OF_INFO, info_for
from protocols.messages.envelope import Message
from protocols.messages.kinds import KINDS, Alert

NAME: Final = "cot"

_ABOUT_THE_TRANSLATION: Final = frozenset({"original", "losses", "moments"})
_FROM_US: Final = frozenset({"id", "sender", "language"})
"""What a message that came as an event has from us: the event never said it."""
CARRIED: Final = "a plain TAK client does not show it; it travels in the detail " + CANONICAL
NOT_CARRIED: Final = "CoT has no place for it"
WORDS: Final = "a TAK screen shows it only as words"
BENT: Final = {
    "exercise": "CoT knows operation, exercise and simulation; written as an exercise by this name",
    "expires": "stale at once or before: CoT says by that that something is over, not until when",
}
"""Why a field that has a home may still read back differently."""


def note_losses(
    message: Message, shown: dict[str, Any], home: Home | None, settings: Settings
) -> Losses:
    """Every leaf of the message that a plain TAK client would not show, by its path.

    `shown`: the fields that reading the written event gives. `home`: None for an event that was
    restored as it came.
    """
    losses = Losses()
    reason = CARRIED if settings.carry_canonical else NOT_CARRIED
    _note_body(message, shown["body"], home, settings, losses)
    for name, default in _COMPARED:
        value = getattr(message, name)
        if value is default or value == default or value == shown.get(name):
            continue
        if home is None and (value := _not_the_events_own(name, value)) is None:
            continue
        for path, leaf in _differing(value, shown.get(name), name):
            losses.add(path, leaf, BENT.get(name, reason))
    return losses


_COMPARED: Final = tuple(
    (field.name, None if field.name == "language" else field.default)
    for field in msgspec.structs.fields(Message)
    if field.name not in _ABOUT_THE_TRANSLATION | {"body"}
)
"""The fields of the envelope and what they are where nobody has set them; nobody leaves out the
language, which CoT cannot say."""


def _not_the_events_own(name: str, value: Any) -> Any:
    """Of a field of a message that came as an event: what was added to it since."""
    if name in _FROM_US or (name == "source" and value.format in SAME_EVENT):
        return None
    if name == "extensions":
        return {space: item for space, item in value.items() if space != NAME}
    return value


def _differing(value: Any, shown: Any, path: str) -> list[tuple[str, Any]]:
    """The leaves of a value that are not the same, at the same place, in what is shown."""
    stands = {} if shown is None else dict(leaf_paths(_plain(shown), path))
    return [(p, leaf) for p, leaf in leaf_paths(_plain(value), path) if stands.get(p) != leaf]


def _plain(value: Any) -> Any:
    return msgspec.to_builtins(value, builtin_types=(bytes,))


def _note_body(
    message: Message, shown: Any, home: Home | None, settings: Settings, losses: Losses
) -> None:
    """What of the body reads differently, or only as words, or not at all."""
    body = message.body
    if shown == body:
        return
    reason = CARRIED if settings.carry_canonical else NOT_CARRIED
    if type(shown) is not type(body):
        shown = None
        as_what = "note" if home is None else home.as_what
        losses.add("kind", message.kind, f"CoT has no such kind; a TAK screen shows a {as_what}")
    in_words = home is not None and home.in_words
    info = info_for(body, settings.labels) if isinstance(body, Alert) else None
    for path, leaf in _differing(body, shown, "body"):
        if path == "body.kind":
            continue
        said = in_words and (not isinstance(body, Alert) or _said_of_alert(path, info))
        losses.add(path, leaf, WORDS if said else reason)


def _said_of_alert(path: str, info: int | None) -> bool:
    """Of an alert CoT tells the words of one info: not the others, nor areas and parameters."""
    steps = path.split(".")
    return steps[1] == "infos" and steps[2] == str(info) and steps[3] in SHOWN_OF_INFO


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
        catch = "as text; fields only in __crossband" if kinds[0].in_words else ""
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
