"""The EXTERNAL_INFO of an EMSI that holds the complete canonical message as a `data:` URI.

EMSI points from CONTEXT.EXTERNAL_INFO to more about an event, by URI, with a text beside it. The
message stands in the URI itself (RFC 2397), so nothing is fetched, and the text holds the hash of
the rest of the document (`protocols.formats.inside`).
"""

from __future__ import annotations

import base64
import binascii
from typing import Final

from protocols.errors import MalformedDocument
from protocols.formats.emsi.syntax import plain
from protocols.formats.inside import digest, packed, unpacked
from protocols.formats.json_document import Object, objects, text
from protocols.messages.envelope import Loss, Message

_WHERE: Final = "/CONTEXT/EXTERNAL_INFO"
_URI: Final = "data:application/vnd.crossband.message+json;base64,"
_SAYS: Final = "Crossband message, sha256 "


def put(tree: Object, message: Message) -> Object:
    """The tree with the message inside. `tree` must be as reading gives it."""
    data = base64.b64encode(packed(message).encode()).decode()
    entry = {"FREETEXT": _SAYS + digest(plain(tree)), "URI": _URI + data, "TYPE": "OTHER"}
    context = tree["CONTEXT"]
    entries = [*objects(context, "EXTERNAL_INFO"), entry]
    return tree | {"CONTEXT": context | {"EXTERNAL_INFO": entries}}


def take(tree: Object) -> tuple[Object, Message | None, tuple[Loss, ...]]:
    """(the tree without it, the message where it still holds, the loss where it does not).

    Raises `MalformedDocument` where what is inside is no message.
    """
    context = tree.get("CONTEXT")
    if not isinstance(context, dict):
        return tree, None, ()
    entries = objects(context, "EXTERNAL_INFO")
    ours = [one for one in entries if (text(one, "URI") or "").startswith(_URI)]
    if len(ours) != 1 or not (text(ours[0], "FREETEXT") or "").startswith(_SAYS):
        return tree, None, ()
    others = [one for one in entries if one is not ours[0]]
    around = {name: part for name, part in context.items() if name != "EXTERNAL_INFO"}
    rest = tree | {"CONTEXT": around | ({"EXTERNAL_INFO": others} if others else {})}
    try:
        inside = base64.b64decode(ours[0]["URI"][len(_URI) :], validate=True).decode()
    except (binascii.Error, ValueError) as fault:
        raise MalformedDocument(f"{_WHERE}: {fault}.", where=_WHERE) from fault
    stated = ours[0]["FREETEXT"][len(_SAYS) :]
    found = unpacked(inside, stated, plain(rest), _WHERE)
    return (rest, None, (found,)) if isinstance(found, Loss) else (rest, found, ())
