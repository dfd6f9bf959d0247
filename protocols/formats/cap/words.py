"""CAP's own words beside ours: tables that reading, writing and the crosswalk all use."""

from __future__ import annotations

from typing import Final

from protocols.formats.structured import PREFIX
from protocols.messages.kinds import (
    AlarmAck,
    AlarmCancel,
    AlertAction,
    AlertScope,
    AssistRelease,
    AssistReply,
    Body,
    BoloCancel,
    ConsularNotice,
    IncidentUpdate,
    LogNote,
    Medical,
    PatrolAck,
    PatrolAmend,
    Position,
    Presence,
    Read,
    Receipt,
    ReleaseDecision,
    Text,
    TransferReply,
)
from protocols.messages.values import Exercise, Precedence

NAME: Final = "cap"

NAMESPACES: Final = {
    "urn:oasis:names:tc:emergency:cap:1.2": "1.2",
    "urn:oasis:names:tc:emergency:cap:1.1": "1.1",
}
OLD_NAMESPACE: Final = "http://www.incident.com/cap/1.0"
NAMESPACE: Final = "urn:oasis:names:tc:emergency:cap:1.2"
SIGNATURE: Final = "{http://www.w3.org/2000/09/xmldsig#}Signature"
ATOM: Final = "{http://www.w3.org/2005/Atom}feed"

STATUSES: Final = {
    "Actual": Exercise.ACTUAL,
    "Exercise": Exercise.EXERCISE,
    "System": Exercise.SYSTEM,
    "Test": Exercise.TEST,
    "Draft": Exercise.DRAFT,
}
"""CAP 1.2, section 3.2.1, `status`; there is no way to say nothing."""

STATUS_OF: Final = {
    **{exercise: status for status, exercise in STATUSES.items()},
    Exercise.SIMULATION: "Exercise",
}

ACTIONS: Final = {action.value.capitalize(): action for action in AlertAction}
SCOPES: Final = {scope.value.capitalize(): scope for scope in AlertScope}

LANGUAGE_TAGS: Final = {"en": "en-US", "es": "es-MX", "fr": "fr-CA"}

URGENCY: Final = {
    Precedence.FLASH: "Immediate",
    Precedence.IMMEDIATE: "Immediate",
    Precedence.PRIORITY: "Expected",
    Precedence.ROUTINE: "Unknown",
}

CATEGORIES: Final[dict[type[Body], str]] = {Medical: "Health", ConsularNotice: "Other"}
"""CAP category of a kind; the others are `Security` (law enforcement, military, homeland)."""

NEVER: Final[dict[type[Body], str]] = {
    Position: "a position report is never made into a CAP alert",
    Text: "a chat line is never made into a CAP alert",
    LogNote: "a log line is never made into a CAP alert",
    Receipt: "a delivery receipt is not a CAP Ack: Ack means accepted",
    Read: "a read receipt is not a CAP Ack: Ack means accepted",
    Presence: "that somebody is at a device is not an alert",
}
"""Kinds that CAP has no honest way to say."""

ACTION_OF: Final[dict[type[Body], AlertAction]] = {
    AlarmAck: AlertAction.ACK,
    PatrolAck: AlertAction.ACK,
    AssistReply: AlertAction.ACK,
    TransferReply: AlertAction.ACK,
    ReleaseDecision: AlertAction.ACK,
    IncidentUpdate: AlertAction.UPDATE,
    PatrolAmend: AlertAction.UPDATE,
    AlarmCancel: AlertAction.CANCEL,
    BoloCancel: AlertAction.CANCEL,
    AssistRelease: AlertAction.CANCEL,
}
"""msgType of a kind that refers to an earlier message; without a reference it is an Alert."""

REFERS_BY: Final = ("alarm", "assist", "transfer", "request", "bolo", "about")
"""Fields of bodies that name the message they are about."""


WORDS_IN: Final = ("remarks", "situation", "summary", "task", "text", "outcome", "activity")
"""Fields of bodies that take a desk's own words, in the order in which they are tried."""

RENDERED: Final = "crossband:rendered"
"""The parameter that says: the texts of this alert were made from the parameters. Its value is the
digest of those texts, so that a desk which edits one is heard."""
ORIGINAL: Final = "crossband:original"
"""resourceDesc of the document that the message came from."""

NOWHERE: Final = "CAP has no element for it"
RESERVED: Final = f"a parameter {PREFIX}… is ours: written as somebody else's it would be believed"
IN_PARAMETER: Final = f"CAP has no element for it; it stands in a parameter {PREFIX}…"
OWN_ELEMENTS: Final = frozenset(
    {"id", "sent", "body", "source", "original", "moments", "losses", "references", "incident"}
)
"""Fields that an alert carries in elements of its own, or that are about the document."""
