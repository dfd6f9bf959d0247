"""The order of the story. That it comes true is shown by `tests/scenario/test_tunnel.py`."""

from __future__ import annotations

from hub.demo import tunnel
from hub.demo.tunnel_audit import audit, closing
from hub.demo.tunnel_emergency import cut_link, emergency
from hub.demo.tunnel_incident import assistance, camera_cue, whose_ground
from hub.demo.tunnel_patrol import partner_missed, patrol_plan


def test_the_steps_stand_in_the_order_of_the_scenario() -> None:
    assert (
        patrol_plan,
        partner_missed,
        camera_cue,
        assistance,
        whose_ground,
        emergency,
        cut_link,
        closing,
        audit,
    ) == tunnel.STEPS
