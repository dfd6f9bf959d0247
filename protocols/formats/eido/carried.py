"""The member of an EIDO that holds the complete canonical message (`protocols.formats.inside`)."""

from __future__ import annotations

from protocols.formats.eido.words import CARRIED
from protocols.formats.inside import digest, fits, packed, unpacked
from protocols.formats.json_document import Object
from protocols.messages.envelope import Loss, Message

_MEMBERS = {"document", "message"}


def put(document: Object, message: Message) -> Object:
    """The document with the message inside; unchanged without room or with its place taken."""
    if CARRIED in document:
        return document
    whole = document | {CARRIED: {"document": digest(document), "message": packed(message)}}
    return whole if fits(whole) else document


def take(document: Object) -> tuple[Object, Message | None, tuple[Loss, ...]]:
    """(the document without it, the message where it still holds, the loss where it does not).

    Raises `MalformedDocument` where what is inside is no message.
    """
    inside = document.get(CARRIED)
    if not isinstance(inside, dict) or inside.keys() != _MEMBERS:
        return document, None, ()
    around = {name: value for name, value in document.items() if name != CARRIED}
    found = unpacked(inside["message"], inside["document"], around, f"/{CARRIED}/message")
    return (around, None, (found,)) if isinstance(found, Loss) else (around, found, ())
