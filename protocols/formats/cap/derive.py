"""What an alert implies without saying it: the id it has here, what it answers, how urgent it is.

Reading and writing both use these, so that what is implied is never written a second time.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any, Final

from lxml import etree

from protocols.formats.cap.read import read_time
from protocols.formats.codec import UNDETERMINED, derived_id
from protocols.formats.structured import PREFIX
from protocols.ids import id_bytes
from protocols.messages.envelope import Message, Reference
from protocols.messages.kinds import Alert, AlertAction, AlertInfo
from protocols.messages.values import Location, Precedence

_NAME: Final = "cap"
_FIELDS: Final = frozenset(Message.__struct_fields__) - {"body"}
_REPLACES: Final = (AlertAction.UPDATE, AlertAction.CANCEL)
_ANSWERS: Final = (AlertAction.ACK, AlertAction.ERROR)


def message_id(reference: Reference) -> str:
    """The id of the message that a CAP reference names, whoever derives it.

    An identifier that is one of our ids is that id; any other is derived from the triple sender,
    identifier and sent, which CAP makes unique (section 3.2.1).
    """
    try:
        if id_bytes(reference.id)[6] >> 4 == 7:
            return reference.id
    except ValueError:
        pass
    try:
        sent = read_time(reference.sent or "")[0]
    except ValueError:
        sent = read_time("1970-01-01T00:00:00Z")[0]
    sent = sent.replace(microsecond=0)  # of which CAP 1.2 has none
    return derived_id(sent, _NAME, reference.sender or "", reference.id)


def stated_language(infos: tuple[AlertInfo, ...]) -> str:
    """The language of the first info; CAP's default is `en-US` (section 3.2.2)."""
    return infos[0].language or "en-US" if infos else UNDETERMINED


def answered(body: Alert, references: tuple[Reference, ...]) -> dict[str, Any]:
    """What an update replaces and an acknowledgement answers: the newest of its references."""
    if not references:
        return {}
    newest = max(references, key=lambda reference: reference.sent or "")
    if body.action in _REPLACES:
        return {"supersedes": message_id(newest)}
    if body.action in _ANSWERS:
        return {"in_reply_to": message_id(newest)}
    return {}


def summary(infos: tuple[AlertInfo, ...]) -> dict[str, Any]:
    """What the envelope says of an alert: its times, its epicentre, how urgent it is."""
    fields: dict[str, Any] = {}
    if not infos:
        return fields
    first = infos[0]
    fields |= {name: getattr(first, name) for name in ("effective", "onset", "expires")}
    if first.urgency == "Immediate" and first.severity in ("Extreme", "Severe"):
        fields["precedence"] = Precedence.IMMEDIATE
    for area in first.areas:
        for circle in area.circles:
            if circle.radius == 0 and "location" not in fields:
                fields["location"] = Location(point=circle.centre)
    return fields


_SEEN: Final = ("source", "restriction", "addresses", "note")
"""Elements of the head that people read."""


def visible_digest(root: etree._Element, prefix: str) -> str:
    """The hash of every text that a reader of CAP sees and that is no parameter of ours."""
    head = {child.tag: child.text for child in root.iterchildren(reversed=True)}
    parts = [head.get(prefix + name) for name in _SEEN]
    parameter = prefix + "parameter"
    for info in root.iterchildren(prefix + "info"):
        for child in info:
            if not len(child):
                parts.append(child.text)
            elif child.tag != parameter or not (child[0].text or "").startswith(PREFIX):
                parts += [element.text for element in child.iter()]
    text = "\x1f".join([(part or "").strip() for part in parts])
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]


def names_field(parameter: str) -> bool:
    """Whether a parameter of that name is read as a field of the message, or as its kind."""
    name = parameter.strip()
    first = name.removeprefix(PREFIX).partition(".")[0]
    return name.startswith(PREFIX) and (first == "kind" or first in _FIELDS)


def same_second(one: datetime, other: datetime) -> bool:
    """Whether two times differ by less than a second."""
    return abs((one - other).total_seconds()) < 1
