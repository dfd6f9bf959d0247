"""State machines as tables: what may follow what, and the reason why something may not."""

from protocols.messages.machines.alarm import ALARM, AlarmState
from protocols.messages.machines.assistance import ASSISTANCE, AssistState
from protocols.messages.machines.incident import INCIDENT, shared_state
from protocols.messages.machines.lead import LEAD
from protocols.messages.machines.table import Table
from protocols.messages.machines.transfer import TRANSFER, TransferState

__all__ = [
    "ALARM",
    "ASSISTANCE",
    "INCIDENT",
    "LEAD",
    "TRANSFER",
    "AlarmState",
    "AssistState",
    "Table",
    "TransferState",
    "shared_state",
]
