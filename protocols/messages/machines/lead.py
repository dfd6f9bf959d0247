"""The lead of a mixed crew (Shiprider): it crosses with the crew, and B's officer confirms it.

A crossing that is called off goes back to A. After the confirmation only B directs; the way back
is a crossing of its own, with the hosts exchanged.
"""

from __future__ import annotations

from protocols.messages.kinds.handover import LeadState as S
from protocols.messages.machines.table import Table

LEAD: Table[S] = Table(
    "lead",
    S.HOST_A,
    {
        S.HOST_A: {"CROSSING": S.CROSSING},
        S.CROSSING: {"HOST_B": S.HOST_B, "HOST_A": S.HOST_A},
        S.HOST_B: {"CROSSING": S.CROSSING},
    },
)
