"""The plan of the story is one that the message rules take."""

from __future__ import annotations

import msgspec

from hub.demo import tunnel_patrol
from protocols.messages.kinds import PatrolPlan


def test_the_plan_is_a_plan() -> None:
    plan = msgspec.convert(tunnel_patrol._plan(), PatrolPlan)
    assert [leg.name for leg in plan.legs] == ["Morley", "Nelson", "West Arch"]
    assert plan.tolerances.checkin_interval == tunnel_patrol.INTERVAL
    assert all(leg.waypoint_north and leg.waypoint_south and leg.window for leg in plan.legs)
