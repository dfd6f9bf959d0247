"""Every kind of message, one line each: its body, what act it is, how urgent by default.

`KINDS` is the registry that the envelope, the role rules, the labels and the schema are made
from. A new kind is a struct in one of the files here and one line in this table.
"""

from __future__ import annotations

import msgspec

from protocols.header import Act
from protocols.messages.kinds.alarm import EMERGENCY, Alarm, AlarmAck, AlarmCancel, AlarmSilence
from protocols.messages.kinds.assistance import (
    AssistAnswer,
    AssistDeployed,
    AssistEnd,
    AssistProgress,
    AssistRelease,
    AssistReply,
    AssistRequest,
)
from protocols.messages.kinds.base import Body
from protocols.messages.kinds.equipment import EquipmentChange, EquipmentNotice, SpokenFormat
from protocols.messages.kinds.handover import (
    CustodyHandoff,
    CustodyParty,
    LeadChange,
    LeadState,
    Property,
    TransferDone,
    TransferOffer,
    TransferOutcome,
    TransferReply,
)
from protocols.messages.kinds.incident import (
    IncidentClose,
    IncidentOpen,
    IncidentSitrep,
    IncidentState,
    IncidentUpdate,
)
from protocols.messages.kinds.lookout import (
    Bolo,
    BoloCancel,
    Deconflict,
    LookoutSubject,
    Person,
    Vehicle,
    Vessel,
)
from protocols.messages.kinds.patrol import (
    BoundaryLine,
    CheckIn,
    Leg,
    Pair,
    ParReply,
    ParRequest,
    PatrolAck,
    PatrolAmend,
    PatrolPlan,
    PlanStatus,
    Team,
    Tolerances,
)
from protocols.messages.kinds.people import ConsularNotice, Medical, NineLine, Triage
from protocols.messages.kinds.picture import Observation, Position, UnitState, UnitStatus
from protocols.messages.kinds.public import Alert, AlertAction, AlertInfo, AlertScope, Resource
from protocols.messages.kinds.receipt import Presence, PresenceState, Read, Receipt
from protocols.messages.kinds.release import Disclosure, ReleaseDecision, ReleaseRequest
from protocols.messages.kinds.words import LogNote, Text
from protocols.messages.values import Precedence

FLASH, IMMEDIATE = Precedence.FLASH, Precedence.IMMEDIATE
PRIORITY, ROUTINE = Precedence.PRIORITY, Precedence.ROUTINE


class KindEntry(msgspec.Struct, frozen=True):
    """One line of the registry.

    `number` stands for the kind in the compact form and never changes. `directs` marks kinds
    that direct somebody's units: only the lead may send them in an incident whose lead has
    moved. `observers` marks what a third-country observer may send.
    """

    number: int
    body: type[Body]
    act: Act
    precedence: Precedence
    directs: bool = False
    observers: bool = False

    @property
    def name(self) -> str:
        """The kind's name on the wire and its key in the label lists."""
        return str(self.body.__struct_config__.tag)


_ENTRIES = (
    KindEntry(1, PatrolPlan, Act.TASK, ROUTINE, directs=True),
    KindEntry(2, PatrolAmend, Act.TASK, PRIORITY, directs=True),
    KindEntry(3, PatrolAck, Act.ACK, ROUTINE),
    KindEntry(4, CheckIn, Act.REPORT, ROUTINE),
    KindEntry(5, ParRequest, Act.TASK, IMMEDIATE),
    KindEntry(6, ParReply, Act.REPLY, IMMEDIATE),
    KindEntry(7, Position, Act.REPORT, ROUTINE),
    KindEntry(8, UnitStatus, Act.REPORT, ROUTINE),
    KindEntry(9, Observation, Act.REPORT, PRIORITY),
    KindEntry(10, IncidentOpen, Act.REPORT, PRIORITY),
    KindEntry(11, IncidentUpdate, Act.REPORT, PRIORITY),
    KindEntry(12, IncidentSitrep, Act.REPORT, ROUTINE),
    KindEntry(13, IncidentClose, Act.COMMAND, ROUTINE),
    KindEntry(14, Alarm, Act.ALARM, IMMEDIATE, observers=True),
    KindEntry(15, AlarmAck, Act.ACK, IMMEDIATE),
    KindEntry(16, AlarmSilence, Act.ACK, PRIORITY),
    KindEntry(17, AlarmCancel, Act.ALARM, IMMEDIATE, observers=True),
    KindEntry(18, AssistRequest, Act.TASK, PRIORITY, directs=True),
    KindEntry(19, AssistReply, Act.REPLY, PRIORITY),
    KindEntry(20, AssistDeployed, Act.REPORT, PRIORITY),
    KindEntry(21, AssistRelease, Act.COMMAND, PRIORITY),
    KindEntry(22, TransferOffer, Act.TASK, PRIORITY),
    KindEntry(23, TransferReply, Act.REPLY, PRIORITY),
    KindEntry(24, TransferDone, Act.REPORT, PRIORITY),
    KindEntry(25, CustodyHandoff, Act.REPORT, PRIORITY),
    KindEntry(26, LeadChange, Act.COMMAND, IMMEDIATE),
    KindEntry(27, Bolo, Act.TASK, PRIORITY),
    KindEntry(28, BoloCancel, Act.COMMAND, PRIORITY),
    KindEntry(29, Deconflict, Act.REPORT, PRIORITY),
    KindEntry(30, Medical, Act.REPORT, IMMEDIATE),
    KindEntry(31, ConsularNotice, Act.REPORT, ROUTINE),
    KindEntry(32, Text, Act.NOTE, ROUTINE, observers=True),
    KindEntry(33, LogNote, Act.NOTE, ROUTINE, observers=True),
    KindEntry(34, ReleaseRequest, Act.TASK, ROUTINE),
    KindEntry(35, ReleaseDecision, Act.REPLY, ROUTINE),
    KindEntry(36, Disclosure, Act.REPORT, ROUTINE),
    KindEntry(37, Alert, Act.REPORT, PRIORITY),
    KindEntry(38, EquipmentNotice, Act.NOTE, ROUTINE),
    KindEntry(39, Receipt, Act.RECEIPT, ROUTINE, observers=True),
    KindEntry(40, Read, Act.RECEIPT, ROUTINE, observers=True),
    KindEntry(41, Presence, Act.RECEIPT, ROUTINE, observers=True),
)

KINDS: dict[str, KindEntry] = {entry.name: entry for entry in _ENTRIES}
"""The registry, by name."""
BY_NUMBER: dict[int, KindEntry] = {entry.number: entry for entry in _ENTRIES}
BY_BODY: dict[type[Body], KindEntry] = {entry.body: entry for entry in _ENTRIES}

Kind = (
    PatrolPlan
    | PatrolAmend
    | PatrolAck
    | CheckIn
    | ParRequest
    | ParReply
    | Position
    | UnitStatus
    | Observation
    | IncidentOpen
    | IncidentUpdate
    | IncidentSitrep
    | IncidentClose
    | Alarm
    | AlarmAck
    | AlarmSilence
    | AlarmCancel
    | AssistRequest
    | AssistReply
    | AssistDeployed
    | AssistRelease
    | TransferOffer
    | TransferReply
    | TransferDone
    | CustodyHandoff
    | LeadChange
    | Bolo
    | BoloCancel
    | Deconflict
    | Medical
    | ConsularNotice
    | Text
    | LogNote
    | ReleaseRequest
    | ReleaseDecision
    | Disclosure
    | Alert
    | EquipmentNotice
    | Receipt
    | Read
    | Presence
)
"""Any body, for type checkers and decoders."""

__all__ = [
    "BY_BODY",
    "BY_NUMBER",
    "EMERGENCY",
    "KINDS",
    "Alarm",
    "AlarmAck",
    "AlarmCancel",
    "AlarmSilence",
    "Alert",
    "AlertAction",
    "AlertInfo",
    "AlertScope",
    "AssistAnswer",
    "AssistDeployed",
    "AssistEnd",
    "AssistProgress",
    "AssistRelease",
    "AssistReply",
    "AssistRequest",
    "Body",
    "Bolo",
    "BoloCancel",
    "BoundaryLine",
    "CheckIn",
    "ConsularNotice",
    "CustodyHandoff",
    "CustodyParty",
    "Deconflict",
    "Disclosure",
    "EquipmentChange",
    "EquipmentNotice",
    "IncidentClose",
    "IncidentOpen",
    "IncidentSitrep",
    "IncidentState",
    "IncidentUpdate",
    "Kind",
    "KindEntry",
    "LeadChange",
    "LeadState",
    "Leg",
    "LogNote",
    "LookoutSubject",
    "Medical",
    "NineLine",
    "Observation",
    "Pair",
    "ParReply",
    "ParRequest",
    "PatrolAck",
    "PatrolAmend",
    "PatrolPlan",
    "Person",
    "PlanStatus",
    "Position",
    "Presence",
    "PresenceState",
    "Property",
    "Read",
    "Receipt",
    "ReleaseDecision",
    "ReleaseRequest",
    "Resource",
    "SpokenFormat",
    "Team",
    "Text",
    "Tolerances",
    "TransferDone",
    "TransferOffer",
    "TransferOutcome",
    "TransferReply",
    "Triage",
    "UnitState",
    "UnitStatus",
    "Vehicle",
    "Vessel",
]
