"""The tunnel at Nogales, acceptance scenario A: who does what, in which order."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from hub.console import Console
from hub.demo.company import Company
from hub.demo.house import House
from hub.demo.programme import Programme
from hub.demo.tunnel_audit import audit, closing
from hub.demo.tunnel_emergency import cut_link, emergency
from hub.demo.tunnel_incident import assistance, camera_cue, whose_ground
from hub.demo.tunnel_patrol import partner_missed, patrol_plan

Step = Callable[[Company], Awaitable[None]]

STEPS: Final[tuple[Step, ...]] = (
    patrol_plan,
    partner_missed,
    camera_cue,
    assistance,
    whose_ground,
    emergency,
    cut_link,
    closing,
    audit,
)


Epilogue = Callable[[Company], Awaitable[None]]


async def play(folder: Path, console: Console, epilogue: Epilogue | None = None) -> None:
    """Act the story out below `folder`; raises `ExpectationFailed` at the first thing amiss.

    `epilogue` comes after the last step, while everything still runs. Every process has ended when
    this returns or raises; the folders stay.
    """
    programme = Programme(console)
    house = House(folder, programme.note)
    company = Company(house, programme)
    try:
        programme.step(0, "05:30", "Three agencies, one hub that cannot read")
        await company.assemble()
        for step in STEPS:
            await step(company)
        programme.end()
        if epilogue is not None:
            await epilogue(company)
    finally:
        await company.disperse()
