"""The delivery ledger: receipts in, changes pushed to the sender, the whole by `trace`."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.relay import ledger
from hub.relay.ledger import PUSH_MICROSECONDS, runs
from protocols.clock import system_clock
from protocols.frames import Ledger, LedgerRow, Policy, Receipt, Refusal, Send, Stage, Trace
from protocols.identity import Role
from tests.hub.relay.playbook import Play, only, sent
from tests.scenario.member import Member

LATER = 10 * PUSH_MICROSECONDS


@pytest.fixture
async def pair(play: Play) -> tuple[Member, Member]:
    """A desk and a unit in one channel, both connected, one message sent by the desk."""
    desk, unit = play.member("desk", role=Role.COMMAND), play.member("unit")
    await play.enter(desk)
    await play.enter(unit)
    await play.open_channel(desk)
    await play.add(desk, unit)
    play.state.channels["ch"].uninvited.clear()
    await play.send(desk, Send(1, desk.encrypt("ch", b"hello")))
    play.core.tick(system_clock())
    return desk, unit


async def traced(play: Play, desk: Member, seq: int = 2) -> dict[str, LedgerRow]:
    rows = only(await play.send(desk, Trace(9, "ch", seq)), 1, Ledger).rows
    return {row.device: row for row in rows}


async def test_a_receipt_is_pushed_to_the_sender_and_kept(
    play: Play, pair: tuple[Member, Member]
) -> None:
    desk, unit = pair
    await play.send(unit, Receipt("ch", Stage.FETCHED, (2,)))
    await play.send(unit, Receipt("ch", Stage.SHOWN, (2,)))
    pushed = only(play.core.tick(system_clock() + LATER), 1, Ledger)
    assert (pushed.ref, pushed.channel, pushed.seq) == (0, "ch", 2)
    assert [(row.device, row.stage) for row in pushed.rows] == [(unit.name, Stage.SHOWN)]
    assert (await traced(play, desk))[unit.name].stage is Stage.SHOWN
    assert play.core.tick(system_clock() + 2 * LATER) == []


async def test_a_failure_carries_its_reason(play: Play, pair: tuple[Member, Member]) -> None:
    desk, unit = pair
    await play.send(unit, Receipt("ch", Stage.FAILED, (2,), "refused by rule"))
    assert (await traced(play, desk))[unit.name].reason == "refused by rule"


async def test_who_is_not_there_is_named_with_the_reason(
    play: Play, pair: tuple[Member, Member]
) -> None:
    desk, unit = pair
    play.core.closed(play.seats[unit.name])
    await play.send(desk, Send(2, desk.encrypt("ch", b"are you there")))
    row = only(play.core.tick(system_clock() + LATER), 1, Ledger).rows[0]
    assert (row.device, row.stage, row.reason) == (unit.name, Stage.ACCEPTED, "offline")
    assert (await traced(play, desk, 3))[unit.name].reason == "offline"


async def test_a_gateway_that_is_down_and_a_member_without_keys(play: Play) -> None:
    desk = play.member("desk", role=Role.COMMAND)
    await play.enter(desk)
    await play.open_channel(desk, policy=Policy(owners=("uscbp",), gatewayed=True))
    gateway, unit = play.member("gateway:cot", role=Role.GATEWAY), play.member("unit")
    await play.add(desk, gateway, unit)
    play.state.channels["ch"].uninvited.discard(gateway.name)
    await play.enter(unit)
    await play.send(desk, Send(1, desk.encrypt("ch", b"x")))
    rows = await traced(play, desk)
    assert rows[gateway.name].reason == "gateway down"
    assert rows[unit.name].reason == "no keys"


async def test_an_observer_cannot_acknowledge(play: Play, pair: tuple[Member, Member]) -> None:
    desk, _ = pair
    observer = play.member("rcmp", "cbsa", Role.OBSERVER)
    number = await play.enter(observer)
    await play.add(desk, observer)
    done = await play.send(observer, Receipt("ch", Stage.ACKNOWLEDGED, (2,)))
    assert only(done, number, Refusal).code == "role_refused"
    assert observer.name not in {
        row.device for row in (await traced(play, desk)).values() if row.stage
    }


@pytest.mark.parametrize(
    ("receipt", "code"),
    [
        (Receipt("ch", Stage.FETCHED, (99,)), "malformed_frame"),
        (Receipt("ch", Stage.FETCHED, (0,)), "malformed_frame"),
        (Receipt("ch", Stage.FETCHED, (-1, 1)), "malformed_frame"),
        (Receipt("ch", Stage.FETCHED, tuple(range(10_001))), "malformed_frame"),
        (Receipt("ch", Stage.ACCEPTED, (2,)), "unexpected_frame"),
        (Receipt("none", Stage.FETCHED, (1,)), "unknown_channel"),
    ],
)
async def test_receipts_that_cannot_be(
    play: Play, pair: tuple[Member, Member], receipt: Receipt, code: str
) -> None:
    done = await play.send(pair[1], receipt)
    assert only(done, 2, Refusal).code == code


async def test_strangers_neither_trace_nor_receipt(play: Play, pair: tuple[Member, Member]) -> None:
    stranger = play.member("stranger")
    number = await play.enter(stranger)
    for frame in (Trace(1, "ch", 2), Receipt("ch", Stage.FETCHED, (2,))):
        assert only(await play.send(stranger, frame), number, Refusal).code == "not_a_member"


async def test_pushes_are_bounded_and_what_is_left_is_counted(
    play: Play, pair: tuple[Member, Member], monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, unit = pair
    for ref in range(2, 12):
        await play.send(desk, Send(ref, desk.encrypt("ch", b"x")))
    play.core.tick(system_clock() + LATER)
    monkeypatch.setattr(ledger, "PUSHED_ROWS", 4)
    await play.send(unit, Receipt("ch", Stage.FETCHED, tuple(range(2, 12))))
    pushed = sent(play.core.tick(system_clock() + 2 * LATER), 1)
    assert [frame.seq for frame in pushed] == [8, 9, 10, 11]
    assert play.state.metrics.ledger_rows_unpushed == 6
    assert (await traced(play, desk, 2))[unit.name].stage is Stage.FETCHED


@given(st.lists(st.integers(-5, 60)))
def test_runs_hold_exactly_the_numbers(numbers: list[int]) -> None:
    found = runs(tuple(numbers))
    assert [seq for first, last in found for seq in range(first, last + 1)] == sorted(set(numbers))
    assert all(one[1] + 1 < two[0] for one, two in pairwise(found))
