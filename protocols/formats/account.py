"""What is not carried is lost, and said: no field of a message can leave a codec unnoticed.

A codec that writes opens an account of the message, marks what it has written, and closes it: every
leaf that is still open becomes a loss. So forgetting a field is a loss on paper, never a silence.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from protocols.formats.losses import Losses, leaf_paths
from protocols.messages.envelope import Loss, Message

ABOUT_THE_TRANSLATION: Final = frozenset({"original", "losses", "moments"})
"""Fields that say how the message came here. They stay with the message, whatever is written."""


def stated(message: Message, own: str) -> dict[str, Any]:
    """The fields that a document should say of a message, in their plain form, the language always.

    `own` is the format's extension, which writing puts back and which is no loss.
    """
    said: dict[str, Any] = msgspec.to_builtins(message)
    for name in ABOUT_THE_TRANSLATION:
        said.pop(name, None)
    said.setdefault("language", message.language)
    said.get("extensions", {}).pop(own, None)
    return said


class Account:
    """The leaves of one message, by dotted path (`body.units.0`), until each is dealt with."""

    def __init__(self, message: Message, *, own: str) -> None:
        """`own` is the format's extension, which writing puts back and which is no loss."""
        self._open = stated(message, own)
        self._losses = Losses()

    def carried(self, *paths: str) -> None:
        """The fields at and below these paths are in the document, and can be read back."""
        for path in paths:
            self._take(path)

    def bent(self, path: str, reason: str) -> None:
        """The document says something of the fields at and below `path`, but not all: a loss."""
        self._losses.add_all(leaf_paths(self._take(path), path), reason)

    def lost(self, field: str, value: object, reason: str) -> None:
        """A loss of something that is not a field of the message, a signature for example."""
        self._losses.add(field, value, reason)

    def close(self, reason: str) -> tuple[Loss, ...]:
        """Every loss; what nobody dealt with is lost for `reason`."""
        self._losses.add_all(leaf_paths(self._open), reason)
        self._open.clear()
        return self._losses.take()

    def _take(self, path: str) -> Any:
        """What is still open at `path`, which is open no longer; None where there is nothing."""
        holder: Any = self._open
        steps = [path] if path in holder else path.split(".")
        while steps:
            name, steps = _step(holder, steps)
            if name is None:
                return None
            if steps:
                if isinstance(holder[name], tuple):
                    holder[name] = list(holder[name])
                holder = holder[name]
        value = holder[name]
        holder[name] = None
        return value


def _step(holder: Any, steps: list[str]) -> tuple[Any, list[str]]:
    """The key of `holder` that the path names next, and the steps after it; None where there is
    none. A name may hold dots itself: those of extensions are somebody else's."""
    if isinstance(holder, list):
        index = int(steps[0]) if steps[0].isdecimal() else len(holder)
        return (index, steps[1:]) if index < len(holder) else (None, [])
    if isinstance(holder, dict):
        for length in range(1, len(steps) + 1):
            name = ".".join(steps[:length])
            if name in holder:
                return name, steps[length:]
    return None, []
