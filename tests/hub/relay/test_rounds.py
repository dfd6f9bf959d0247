"""What follows from one commit, in order."""

from __future__ import annotations

from hub.relay.effects import Deliver, Outgoing, Reply
from hub.relay.rounds import Round
from protocols.frames import Accepted, Ack, EntryKind, Notice

NOTICE = Reply(1, Notice("a", "b", "c"))


def entry(seq: int) -> Outgoing:
    return Outgoing(seq, 1, EntryKind.MESSAGE, b"x", "")


def test_deliveries_first_then_one_ack_a_connection() -> None:
    round_ = Round()
    for seq in (1, 2):
        round_.ack(7, seq + 10, seq, 5)
        round_.deliver("ch", entry(seq))
    round_.ack(8, 3, 9, 5)
    round_.ack(0, 3, 9, 5)
    assert round_.finish() == [
        Deliver("ch", [entry(1), entry(2)]),
        Reply(7, Accepted((Ack(11, 1, 5), Ack(12, 2, 5)))),
        Reply(8, Accepted((Ack(3, 9, 5),))),
    ]


def test_a_settled_delivery_goes_before_what_is_added_next() -> None:
    round_ = Round()
    round_.deliver("ch", entry(1))
    round_.settle("ch")
    round_.add(NOTICE)
    round_.deliver("ch", entry(2))
    assert round_.finish() == [Deliver("ch", [entry(1)]), NOTICE, Deliver("ch", [entry(2)])]


def test_nothing_to_settle() -> None:
    round_ = Round()
    round_.settle("ch")
    assert round_.finish() == []
