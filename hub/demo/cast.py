"""Who takes part in the tunnel at Nogales: agencies, devices, places."""

from __future__ import annotations

from typing import Final

import msgspec

CHANNEL: Final = "nogales-tunnel"
PLACE: Final = (31.33275, -110.9511)
"""Where the exit is found: one metre north of the line (WGS-84)."""

AGENCIES: Final = {"uscbp": "US", "c5son": "MX", "rcmp": "CA"}
OWNERS: Final = ("uscbp", "c5son")
OBSERVERS: Final = ("rcmp",)


class Member(msgspec.Struct, frozen=True):
    """One device of the story."""

    name: str
    agency: str
    role: str
    unit: str

    @property
    def device(self) -> str:
        """The device's full name."""
        return f"{self.name}@{self.agency}"

    @property
    def folder(self) -> str:
        """The name of its device folder."""
        return self.device.replace(":", "-")


US_DESK: Final = Member("desk", "uscbp", "command", "Nogales Station")
US_GATEWAY: Final = Member("gateway:cot", "uscbp", "gateway", "Nogales Dispatch")
US_AGENT: Final = Member("bp-7", "uscbp", "participant", "BP-7")
C5_DESK: Final = Member("desk", "c5son", "command", "C5 Sonora")
C5_GATEWAY: Final = Member("gateway:cap", "c5son", "gateway", "C5 Sonora")
GN_3: Final = Member("gn-3", "c5son", "participant", "GN-3")
OBSERVER: Final = Member("observer-1", "rcmp", "observer", "GRC, liaison")

CAST: Final = (US_DESK, US_GATEWAY, US_AGENT, C5_DESK, C5_GATEWAY, GN_3, OBSERVER)
BEHIND_THE_CABLE: Final = (C5_DESK, C5_GATEWAY, GN_3)
"""The devices whose link to the hub is cut in step 7."""
ADDED: Final = (US_GATEWAY, US_AGENT, C5_GATEWAY, GN_3, OBSERVER)
"""Whom the US desk adds to the channel once both desks are in it."""
