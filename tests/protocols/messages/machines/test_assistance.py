"""A request for help: every step of the way, and that arriving is not accepting."""

from __future__ import annotations

import pytest

from protocols.errors import IllegalTransition
from protocols.messages.machines.assistance import ASSISTANCE
from protocols.messages.machines.assistance import AssistState as S


def test_the_whole_way() -> None:
    state = ASSISTANCE.first
    way = ["send", "receive", "accept", "name units", "deploy", "arrive", "release", "finish"]
    seen = []
    for event in way:
        state = ASSISTANCE.step(state, event)
        seen.append(state)
    assert seen == [S.SENT, S.RECEIVED, S.ACCEPTED, S.RESOURCES_NAMED, S.EN_ROUTE, S.ON_SCENE,
                    S.RELEASED, S.DONE]  # fmt: skip


def test_no_receipt_leads_to_an_acceptance() -> None:
    assert {after for state, event, after in ASSISTANCE.rows() if event == "receive"} == {
        "RECEIVED"
    }
    with pytest.raises(IllegalTransition):
        ASSISTANCE.step(S.RECEIVED, "deploy")


@pytest.mark.parametrize("state", S)
def test_cancelling_is_possible_any_time_before_the_release(state: S) -> None:
    before = state not in (S.RELEASED, S.DONE, S.CANCELLED, S.DECLINED, S.EXPIRED)
    assert ("cancel" in ASSISTANCE.events(state)) is before


@pytest.mark.parametrize("state", [S.DECLINED, S.EXPIRED, S.DONE, S.CANCELLED])
def test_ends_are_ends(state: S) -> None:
    assert ASSISTANCE.final(state)


def test_a_part_can_become_the_whole() -> None:
    assert ASSISTANCE.step(S.PARTIAL, "accept") is S.ACCEPTED
