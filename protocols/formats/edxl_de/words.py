"""The words of EDXL-DE beside ours: tables that reading, writing and the crosswalk all use.

Element names are given as OASIS DE 2.0 writes them (`DistributionID`). DE 1.0, and hubs that
deploy 2.0 in the same namespace, begin them with a small letter; reading compares without case.
"""

from __future__ import annotations

from typing import Final

import msgspec

from protocols.messages.envelope import Message
from protocols.messages.kinds import (
    AlarmAck,
    AlarmCancel,
    Alert,
    AlertAction,
    AssistRelease,
    AssistReply,
    AssistRequest,
    Body,
    BoloCancel,
    ConsularNotice,
    ParReply,
    ParRequest,
    PatrolAck,
    PatrolAmend,
    Receipt,
    ReleaseDecision,
    ReleaseRequest,
    TransferOffer,
    TransferReply,
)
from protocols.messages.values import Exercise

NAME: Final = "edxl-de"
CANONICAL: Final = "canonical"
MEDIA_TYPE: Final = "application/xml"
_SPACE: Final = "urn:oasis:names:tc:emergency:EDXL:DE:"
NAMESPACES: Final = {_SPACE + version: version for version in ("2.0", "1.0")}
NAMESPACE_OF: Final = {version: name for name, version in NAMESPACES.items()}
ROOTS: Final = (
    f"{{{NAMESPACE_OF['2.0']}}}EDXLDistribution",
    f"{{{NAMESPACE_OF['2.0']}}}edxlDistribution",
    f"{{{NAMESPACE_OF['1.0']}}}EDXLDistribution",
)
CT: Final = "urn:oasis:names:tc:emergency:edxl:ct:1.0"
GSF: Final = "urn:oasis:names:tc:emergency:edxl:gsf:1.0"
GML: Final = "http://www.opengis.net/gml/3.2"
XAL: Final = "urn:oasis:names:tc:emergency:edxl:ciq:1.0:xal"
XLINK: Final = "http://www.w3.org/1999/xlink"
DEFAULTS: Final = "urn:oasis:names:tc:emergency:EDXL:DE:2.0:Defaults:"
OWN: Final = "urn:crossband:"
"""Our value lists: `format` of a content object, `unchanged` (digest), `marking`, `recipient`."""

DEEPEST: Final = 3
"""How many envelopes may stand in each other."""

STATUSES: Final = {
    "Actual": Exercise.ACTUAL,
    "Exercise": Exercise.EXERCISE,
    "System": Exercise.SYSTEM,
    "Test": Exercise.TEST,
}
"""DE 1.0, section 3.2.1 and DE 2.0, `DistributionStatus`."""
STATUS_OF: Final = {
    **{exercise: status for status, exercise in STATUSES.items()},
    Exercise.SIMULATION: "Exercise",
    Exercise.DRAFT: "Test",
}
"""DE has neither simulation nor draft: its readers see the nearest word that is not real."""

UNMARKED: Final = "not releasable beyond the channel"
"""DE 1.0 must state a confidentiality. No marking means this here; it is read as no marking."""
CONFIDENTIALITY: Final = ("Unclassified", "Classified")

_KINDS: Final[dict[type[Body], str]] = {
    AssistRequest: "Request",
    ParRequest: "Request",
    ReleaseRequest: "Request",
    TransferOffer: "Request",
    AssistReply: "Response",
    ParReply: "Response",
    ReleaseDecision: "Response",
    TransferReply: "Response",
    PatrolAck: "Response",
    AlarmAck: "Response",
    AlarmCancel: "Cancel",
    BoloCancel: "Cancel",
    AssistRelease: "Update",
    PatrolAmend: "Update",
    ConsularNotice: "Report",
    Receipt: "Ack",
}
_ACTIONS: Final = {
    AlertAction.ALERT: "Report",
    AlertAction.UPDATE: "Update",
    AlertAction.CANCEL: "Cancel",
    AlertAction.ACK: "Response",
    AlertAction.ERROR: "Error",
}


def kind_of(message: Message) -> str:
    """The distribution type of a message; a receipt is an `Ack`, an acceptance a `Response`.

    `Ack` acknowledges that a distribution was received, and nothing more.
    """
    body = message.body
    if isinstance(body, Alert):
        return _ACTIONS[body.action]
    found = _KINDS.get(type(body))
    if found is None:
        return "Update" if message.supersedes else "Report"
    return found


class Style(msgspec.Struct, frozen=True):
    """How one document spells its names: its version, and whether they begin small."""

    version: str
    small: bool

    def name(self, name: str) -> str:
        """An element name in this document's spelling."""
        return name[:1].lower() + name[1:] if self.small else name


ENVELOPE_HOMES: Final = {
    "exercise": "distributionStatus",
    "language": "language",
    "expires": "dateTimeExpires (2.0)",
    "incident": "incidentID",
    "handling.tlp": "combinedConfidentiality",
    "handling.national_marking": "combinedConfidentiality",
    "handling.recipients": "explicitAddress",
    "target_area": "targetArea",
}
"""What the envelope itself says; everything else is said by the content."""
