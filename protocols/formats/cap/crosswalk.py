"""What of the canonical message has an element in CAP: the table, made from what the codec uses."""

from __future__ import annotations

from typing import Final

from protocols.formats.cap.words import (
    ACTION_OF,
    NEVER,
)
from protocols.formats.codec import Row
from protocols.formats.structured import PREFIX
from protocols.messages.envelope import Message
from protocols.messages.kinds import (
    KINDS,
    Alert,
    AlertAction,
    AssistReply,
    PatrolAck,
    ReleaseDecision,
    TransferReply,
)


def crosswalk() -> tuple[Row, ...]:
    """What of the envelope has an element in CAP, and how each kind is written."""
    rows = [Row(field, home) for field, home in _HOMES.items()]
    said = {row.field.partition(".")[0] for row in rows} | {"body", "losses", "original"}
    rows += [
        Row(field, f"parameter {PREFIX}{field}", "only systems of ours read it")
        for field in Message.__struct_fields__
        if field not in said
    ]
    rows.append(Row("original", "resource", "up to 64 KiB; a CAP signature does not survive"))
    for name, entry in KINDS.items():
        refusal = NEVER.get(entry.body)
        if refusal is not None:
            rows.append(Row(f"kind {name}", "", f"refused: {refusal}"))
        elif entry.body is Alert:
            rows.append(Row(f"kind {name}", "alert, msgType as given"))
        else:
            action = ACTION_OF.get(entry.body, AlertAction.ALERT).value.capitalize()
            refused = " or Error" if entry.body in _REFUSABLE else ""
            catch = "text in the reader's language; values in parameters"
            rows.append(Row(f"kind {name}", f"alert, msgType {action}{refused}", catch))
    return tuple(rows)


_REFUSABLE: Final = (AssistReply, PatrolAck, TransferReply, ReleaseDecision)
_HOMES: Final = {
    "id": "identifier",
    "sender": "sender, info/senderName",
    "sent": "sent",
    "exercise": "status",
    "incident": "incidents",
    "references": "references",
    "in_reply_to": "references",
    "supersedes": "references",
    "handling.restriction": "restriction",
    "handling.recipients": "addresses",
    "effective": "info/effective",
    "onset": "info/onset",
    "expires": "info/expires",
    "language": "info/language",
    "precedence": "info/urgency",
    "codes": "info/eventCode",
    "location.point": "info/area/circle of radius 0",
    "target_area": "info/area",
    "source": "identifier, sender",
    "moments": "sent, info/effective, onset, expires",
}
