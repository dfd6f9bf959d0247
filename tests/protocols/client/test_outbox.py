"""The queue: order, lanes, what is sent again and what is not."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.client.fates import FateState
from protocols.client.outbox import Item, Outbox
from protocols.client.store import Drop, Put, Table
from protocols.errors import Expired, StaleEpoch, StoreUnavailable
from protocols.frames import refusal

NOW = 1_000_000


def offer(outbox: Outbox, item: Item, ref: int, epoch: int = 1) -> Item:
    item = outbox.encrypted(item, f"{item.id}@{epoch}".encode(), epoch, ["b@c5"])
    outbox.handed_over(item, ref)
    return item


def kept(outbox: Outbox) -> Outbox:
    """What a restart would find."""
    rows: dict[tuple[Table, str], bytes] = {}
    for change in outbox.take_changes():
        if isinstance(change, Put):
            rows[change.table, change.name] = change.value
        else:
            assert isinstance(change, Drop)
            rows.pop((change.table, change.name), None)
    return Outbox.load(
        [value for (table, _), value in rows.items() if table is Table.OUTBOX],
        [value for (table, _), value in rows.items() if table is Table.FATES],
    )


@given(st.lists(st.integers(0, 4), max_size=30))
@settings(max_examples=50, deadline=None)
def test_urgent_lanes_first_and_each_lane_in_its_order(lanes: list[int]) -> None:
    outbox = Outbox(window=100)
    for number, lane in enumerate(lanes):
        outbox.add("x", f"m{number}", lane, b"{}", NOW)
    due = outbox.due("x", 1, NOW)
    assert [(i.lane, i.number) for i in due] == sorted((i.lane, i.number) for i in due)
    assert len(due) == len(lanes)
    assert [i.id for i in kept(outbox).due("x", 1, NOW)] == [i.id for i in due]


def test_the_window_bounds_what_is_under_way() -> None:
    outbox = Outbox(window=2)
    for n in range(4):
        outbox.add("x", f"m{n}", 3, b"{}", NOW)
    for ref, item in enumerate(outbox.due("x", 1, NOW), 1):
        offer(outbox, item, ref)
    assert outbox.due("x", 1, NOW) == []
    assert outbox.accepted(1, 5, NOW) == "x"
    assert [item.id for item in outbox.due("x", 1, NOW)] == ["m2"]
    assert outbox.unacknowledged == 3


def test_channels_do_not_wait_for_each_other() -> None:
    outbox = Outbox(window=1)
    outbox.add("x", "a", 3, b"{}", NOW)
    outbox.add("y", "b", 3, b"{}", NOW)
    offer(outbox, outbox.due("x", 1, NOW)[0], 1)
    assert [item.id for item in outbox.due("y", 1, NOW)] == ["b"]


def test_positions_of_a_track_replace_each_other_while_they_wait() -> None:
    outbox = Outbox()
    outbox.add("x", "old", 4, b"{}", NOW, track="boat")
    outbox.add("x", "else", 4, b"{}", NOW, track="car")
    outbox.add("x", "new", 4, b"{}", NOW, track="boat")
    assert [item.id for item in outbox.due("x", 1, NOW)] == ["else", "new"]
    old = outbox.fate("old")
    assert old is not None
    assert old.state is FateState.REPLACED
    offer(outbox, outbox.due("x", 1, NOW)[1], 1)
    outbox.add("x", "newer", 4, b"{}", NOW, track="boat")
    assert outbox.item("new") is not None  # what has bytes already goes its way


def test_an_echo_settles_whatever_encryption_it_is() -> None:
    outbox = Outbox()
    outbox.add("x", "m", 3, b"{}", NOW)
    first = offer(outbox, outbox.due("x", 1, NOW)[0], 1)
    outbox.refused(refusal(1, StaleEpoch("old", epoch=3)), NOW)
    assert outbox.due("x", 2, NOW) == []  # the channel has not come to epoch 3 here
    (again,) = outbox.due("x", 3, NOW)
    assert outbox.must_encrypt(again, 3)
    offer(outbox, again, 2, epoch=3)
    assert outbox.echoed("m", b"somebody else's body", 9, NOW) is None
    assert outbox.echoed("m", first.body, 9, NOW) is not None
    fate = outbox.fate("m")
    assert fate is not None
    assert (fate.state, fate.seq) == (FateState.ON_DISK, 9)
    assert outbox.waiting("x") == []
    assert outbox.accepted(2, 9, NOW) == "x"  # a late answer changes nothing


def test_uncertain_bytes_are_kept_while_the_epoch_allows() -> None:
    outbox = Outbox()
    outbox.add("x", "m", 3, b"{}", NOW)
    item = offer(outbox, outbox.due("x", 1, NOW)[0], 1)
    outbox.cut()
    again = kept(outbox)
    (uncertain,) = again.due("x", 2, NOW)
    assert uncertain.body == item.body
    assert not again.must_encrypt(uncertain, 1)
    assert not again.must_encrypt(uncertain, 2)
    assert again.must_encrypt(uncertain, 3)


def test_bytes_that_never_left_follow_the_epoch_at_once() -> None:
    outbox = Outbox()
    outbox.add("x", "m", 3, b"{}", NOW)
    item = outbox.encrypted(outbox.due("x", 1, NOW)[0], b"body", 1, [])
    assert not outbox.must_encrypt(item, 1)
    assert outbox.must_encrypt(item, 2)


def test_trouble_at_the_hub_is_tried_again_and_a_refusal_is_not() -> None:
    outbox = Outbox()
    outbox.add("x", "m", 3, b"{}", NOW)
    outbox.add("x", "n", 3, b"{}", NOW)
    for ref, item in enumerate(outbox.due("x", 1, NOW), 1):
        offer(outbox, item, ref)
    outbox.refused(refusal(1, StoreUnavailable()), NOW)
    outbox.refused(refusal(2, Expired("too late")), NOW)
    assert outbox.due("x", 1, NOW) == []
    wake = outbox.wake_at(NOW)
    assert wake is not None
    assert [item.id for item in outbox.due("x", 1, wake)] == ["m"]
    fate = outbox.fate("n")
    assert fate is not None
    assert (fate.state, fate.code, fate.remedy) == (
        FateState.REFUSED,
        "expired",
        Expired.remedy,
    )


def test_a_jump_of_the_cursor_gives_back_what_will_not_be_echoed() -> None:
    outbox = Outbox()
    outbox.add("x", "m", 3, b"{}", NOW)
    offer(outbox, outbox.due("x", 1, NOW)[0], 1)
    outbox.accepted(1, 7, NOW)
    assert outbox.passed("x", 6) == []
    assert [item.id for item in outbox.passed("x", 7)] == ["m"]
    assert outbox.item("m") is None


@pytest.mark.parametrize("ref", [0, 99])
def test_foreign_refs_are_left_alone(ref: int) -> None:
    outbox = Outbox()
    assert outbox.accepted(ref, 1, NOW) is None
    assert not outbox.refused(refusal(ref, Expired("")), NOW)
    assert not outbox.slowed(ref, NOW)
    assert not outbox.ledger("x", 1, [], "a@uscbp")
