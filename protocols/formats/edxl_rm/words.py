"""The words of EDXL-RM 1.0 beside ours: tables that reading, writing and the crosswalk all use."""

from __future__ import annotations

from typing import Final

from protocols.messages.kinds import (
    AssistAnswer,
    AssistDeployed,
    AssistEnd,
    AssistProgress,
    AssistRelease,
    AssistReply,
    AssistRequest,
    Body,
)

NAME: Final = "edxl-rm"
VERSION: Final = "1.0"
MEDIA_TYPE: Final = "application/xml"
MESSAGE: Final = "urn:oasis:names:tc:emergency:EDXL:RM:1.0:msg"
COMMON: Final = "urn:oasis:names:tc:emergency:EDXL:RM:1.0"
GML: Final = "http://www.opengis.net/gml"

REQUESTS: Final = ("RequestResource", "RequisitionResource")
REPLIES: Final = ("CommitResource", "ResponseToRequestResource")
DEPLOYED: Final = "ReportResourceDeploymentStatus"
RELEASED: Final = "ReleaseResource"
WORDS_ONLY: Final = (
    "RequestInformation",
    "ResponseToRequestInformation",
    "OfferUnsolicitedResource",
    "RequestReturn",
    "ResponseToRequestReturn",
    "RequestQuote",
    "ResponseToRequestQuote",
    "RequestResourceDeploymentStatus",
    "RequestExtendedDeploymentDuration",
    "ResponseToRequestExtendedDeploymentDuration",
)
"""Message types that none of our kinds says: asking to return something is not yet a release,
an offer is not an answer, a quote commits nobody. They are read as words."""
TYPES: Final = (*REQUESTS, *REPLIES, DEPLOYED, RELEASED, *WORDS_ONLY)
"""EDXL-RM 1.0, section 3.4: every message type."""
ROOTS: Final = tuple(f"{{{MESSAGE}}}{name}" for name in TYPES)

WRITTEN_AS: Final[dict[type[Body], str]] = {
    AssistRequest: "RequestResource",
    AssistReply: "CommitResource",
    AssistDeployed: DEPLOYED,
    AssistRelease: RELEASED,
}
"""A desk's answer commits, or declines to: that is `CommitResource`, and never a receipt."""

ANSWERS: Final = {
    "Accept": AssistAnswer.ACCEPTED,
    "Decline": AssistAnswer.DECLINED,
    "Provisional": AssistAnswer.PARTIAL,
}
"""EDXL-RM 1.0, section 3.5.5, `ResponseType`."""
ANSWER_OF: Final = {answer: word for word, answer in ANSWERS.items()}

OWN: Final = "urn:crossband:"
CAPABILITY: Final = OWN + "capability"
HAZARD: Final = OWN + "hazard"
PRECEDENCE: Final = OWN + "precedence"
REASON: Final = OWN + "reason"
PROGRESS: Final = OWN + "progress"
END: Final = OWN + "end"
UNNAMED: Final = "partial"
"""A provisional answer must give a reason (section 3.5.5); this stands where nobody gave one."""

PROGRESS_WORDS: Final = {
    "on scene": AssistProgress.ON_SCENE,
    "onscene": AssistProgress.ON_SCENE,
    "arrived": AssistProgress.ON_SCENE,
    "at scene": AssistProgress.ON_SCENE,
    "en route": AssistProgress.EN_ROUTE,
    "enroute": AssistProgress.EN_ROUTE,
    "in transit": AssistProgress.EN_ROUTE,
    "responding": AssistProgress.EN_ROUTE,
    "departed": AssistProgress.EN_ROUTE,
}
"""Deployment status has no code list of its own; what none of these says is "named" only."""
SCHEDULE_PROGRESS: Final = {
    "actualarrival": AssistProgress.ON_SCENE,
    "actualdeparture": AssistProgress.EN_ROUTE,
}
ENDS: Final = {end.value: end for end in (AssistEnd.RELEASED, AssistEnd.DONE)}

AUTHORS: Final = {
    "RequestResource": ("Sender", "Requester"),
    "RequisitionResource": ("Sender", "Requester"),
    "CommitResource": ("Sender", "RespondingOrg", "Owner"),
    "ResponseToRequestResource": ("Sender", "RespondingOrg", "Owner"),
}
"""Whose contact speaks, by message type; `Sender` for the others."""

_TOP: Final = (
    "MessageID",
    "SentDateTime",
    "MessageContentType",
    "MessageDescription",
    "OriginatingMessageID",
    "PrecedingMessageID",
    "IncidentInformation",
    "MessageRecall",
    "Funding",
    "ContactInformation",
    "ResourceInformation",
)
ORDER: Final = {
    **dict.fromkeys(TYPES, _TOP),
    "IncidentInformation": ("IncidentID", "IncidentDescription"),
    "ContactInformation": (
        "ContactDescription", "ContactRole", "Radio", "ContactLocation",
        "AdditionalContactInformation",
    ),
    "ResourceInformation": (
        "ResourceInfoElementID", "ResponseInformation", "Resource", "AssignmentInformation",
        "ScheduleInformation",
    ),
    "ResponseInformation": (
        "PrecedingResourceInfoElementID", "ResponseType", "ReasonCode", "ResponseReason",
    ),
    "Resource": (
        "ResourceID", "Name", "TypeStructure", "TypeInfo", "Keyword", "Description",
        "Credentials", "Certifications", "SpecialRequirements", "ResponsibleParty",
        "OwnershipInformation", "ResourceStatus",
    ),
    "ResourceStatus": ("InventoryRefreshDateTime", "DeploymentStatus", "Availability"),
    "AssignmentInformation": (
        "Quantity", "Restrictions", "AnticipatedFunction", "PriceQuote", "OrderID",
        "AssignmentInstructions",
    ),
    "ScheduleInformation": ("ScheduleType", "DateTime", "Location"),
    "Location": ("LocationDescription", "Address", "TargetArea"),
}  # fmt: skip
"""The sequences of EDXL-RMReference.xsd and EDXL-RMCommonTypes.xsd."""
SPACES: Final = {
    **dict.fromkeys(
        (
            "IncidentID", "RecallMessageID", "RecallType", "ContactDescription", "ContactRole",
            "ValueListURN", "Value", "QuantityText", "PrecedingResourceInfoElementID",
            "ResponseType", "ReasonCode", "ResponseReason", "LocationDescription", "TargetArea",
        ),
        COMMON,
    ),
    "Point": GML,
    "pos": GML,
}  # fmt: skip
"""Elements that are not in their parent's namespace."""
