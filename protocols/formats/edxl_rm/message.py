"""EDXL Resource Messaging 1.0 (OASIS): requests, commitments, status and release of resources.

RequestResource and RequisitionResource are assist.request; CommitResource and
ResponseToRequestResource are assist.reply, an answer that commits or declines and never a receipt;
ReportResourceDeploymentStatus is assist.deployed; ReleaseResource, and a request that is recalled,
are assist.release. The other message types are read as words with everything kept.

RM cannot say that something is an exercise; such messages travel in EDXL-DE.
"""

from __future__ import annotations

from typing import Final

from protocols.errors import UnsupportedVersion
from protocols.formats.codec import (
    DEFAULT_SETTINGS,
    STRANGER,
    UNDETERMINED,
    Encoded,
    Format,
    Row,
    Settings,
    speaking_for,
)
from protocols.formats.edxl_rm.read import ResourceMessage
from protocols.formats.edxl_rm.words import (
    COMMON,
    DEPLOYED,
    MEDIA_TYPE,
    MESSAGE,
    NAME,
    RELEASED,
    REPLIES,
    REQUESTS,
    ROOTS,
    TYPES,
    VERSION,
    WRITTEN_AS,
)
from protocols.formats.edxl_rm.write import write
from protocols.formats.slots import Element, Reading
from protocols.formats.xml import leaves as xml_leaves
from protocols.formats.xml import local, parse, serialise
from protocols.messages.envelope import Message, Original, Originator, Sender, Source
from protocols.messages.kinds import KINDS

_GIVES: Final = ("assist.request", "assist.reply", "assist.deployed", "assist.release", "text")
NOBODY: Final = "unknown"


def decode(data: bytes, sender: Sender = STRANGER) -> Message:
    """The message of one document.

    Raises `UnsafeDocument` and `MalformedDocument` (with line and path), and `UnsupportedVersion`
    for other roots.
    """
    resource = ResourceMessage(Reading(_root(data)))
    fields = resource.read()
    identifier, speaker = fields.pop("identifier"), fields.pop("speaker")
    message = Message(
        sender=STRANGER,
        originator=Originator(unit=speaker) if speaker else None,
        language=UNDETERMINED,
        source=Source(system=speaker or NOBODY, id=identifier, format=NAME, version=VERSION),
        original=Original.of(data, NAME, VERSION, MEDIA_TYPE),
        extensions={NAME: resource.reading.left()},
        moments=resource.reading.moments,
        losses=tuple(resource.losses),
        **fields,
    )
    return _passed_on(message, sender)


def _passed_on(message: Message, sender: Sender) -> Message:
    return speaking_for(message, sender)


def _root(data: bytes) -> Element:
    root = parse(data)
    tag = str(root.tag)
    namespace = tag[1:].partition("}")[0] if tag.startswith("{") else ""
    if namespace not in (MESSAGE, COMMON) or local(root) not in TYPES:
        raise UnsupportedVersion(
            f"Line {root.sourceline}: the root is {tag[:100]!r}, not a message of EDXL-RM 1.0."
        )
    return root


def encode(message: Message, settings: Settings = DEFAULT_SETTINGS) -> Encoded:
    """One resource message and what it does not carry.

    Raises `NotRepresentable` for kinds that are not about resources.
    """
    root, losses = write(message, settings)
    return Encoded(serialise(root), losses)


def leaves(data: bytes) -> list[tuple[str, str]]:
    """Every value that a document states."""
    return list(xml_leaves(_root(data)))


_HOMES: Final = {
    "id": "MessageID",
    "sent": "SentDateTime",
    "originator.unit": "ContactInformation/ContactDescription of the sender",
    "incident": "IncidentInformation/IncidentID",
    "in_reply_to": "PrecedingMessageID",
    "supersedes": "MessageRecall, RecallType Update",
    "references": "OriginatingMessageID, PrecedingMessageID",
    "location": "ScheduleInformation RequestedArrival, Location",
    "precedence": "Resource/Keyword urn:crossband:precedence",
    "source": "MessageID",
    "moments": "SentDateTime, ScheduleInformation/DateTime",
}
_READ_FROM: Final = {
    "assist.request": REQUESTS,
    "assist.reply": REPLIES,
    "assist.deployed": (DEPLOYED,),
    "assist.release": (RELEASED, "RequestResource with MessageRecall Cancel"),
}


def crosswalk() -> tuple[Row, ...]:
    """What of the message has an element in EDXL-RM, and how each kind is written."""
    rows = [Row(field, home) for field, home in _HOMES.items()]
    rows.append(Row("sender", "ContactInformation/ContactDescription", "only in words"))
    said = {row.field.partition(".")[0] for row in rows} | {"body"}
    rows += [Row(field, "", "lost") for field in Message.__struct_fields__ if field not in said]
    for name, entry in KINDS.items():
        written = WRITTEN_AS.get(entry.body)
        if written is None:
            rows.append(Row(f"kind {name}", "", "refused: not about resources"))
            continue
        catch = "read from " + ", ".join(_READ_FROM[name])
        rows.append(Row(f"kind {name}", written, catch))
    return tuple(rows)


FORMAT = Format(
    name=NAME,
    title="EDXL Resource Messaging",
    reads=(VERSION,),
    writes=(VERSION,),
    media_type=MEDIA_TYPE,
    exercises=frozenset(),
    gives=_GIVES,
    roots=ROOTS,
    decode=decode,
    encode=encode,
    leaves=leaves,
    crosswalk=crosswalk,
)
