"""What an alert implies without saying it: the id it has here, what it answers, how urgent it is.

Reading and writing both use these, so that what is implied is never written a second time.
"""

from __future__ import annotations

from typing import Any, Final

from protocols.formats.codec import UNDETERMINED, derived_id
from protocols.formats.times import parse_time
from protocols.ids import id_bytes
from protocols.messages.envelope import Reference
from protocols.messages.kinds import Alert, AlertAction, AlertInfo
from protocols.messages.values import Location, Precedence

_NAME: Final = "cap"
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
        sent = parse_time(reference.sent or "")[0]
    except ValueError:
        sent = parse_time("1970-01-01T00:00:00Z")[0]
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
