"""How a system calls a message that it wrote or was given, in its own terms.

A CAP update has to name the alert that it updates by sender, identifier and sent time, exactly as
the system knows it. What the system wrote itself keeps the name that it gave; what was written for
it here has the name that the format's writer gives. One line of `_WRITTEN` is one format whose
names are more than the id.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from protocols.formats.cap.elements import reference_to
from protocols.messages import Message, Reference

_WRITTEN: Final[dict[str, Callable[[Message], Reference]]] = {"cap": reference_to}


def reference_in(format_name: str, message: Message) -> Reference:
    """The name of `message` in a system that speaks the format."""
    written = _WRITTEN.get(format_name)
    if written is not None:
        return written(message)
    source, sent = message.source, message.moments.get("/sent")
    if source is not None and source.format == format_name and source.id:
        moment = sent.text if sent else message.sent.isoformat()
        return Reference(id=source.id, sender=source.system, sent=moment)
    return Reference(id=message.id, sender=message.sender.device, sent=message.sent.isoformat())
