"""What may go out, in whose name, and what is held back until it may."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from protocols.client.events import Received
from protocols.client.fates import FateState
from protocols.client.store import Table
from protocols.clock import to_datetime
from protocols.errors import IdReused, PolicyRefused, RoleRefused, UnknownChannel
from protocols.frames import Channel, Send, Subscribe
from protocols.identity import Role
from protocols.messages.envelope import Original, Sender, compose
from protocols.messages.kinds import AlarmAck, Position
from protocols.messages.values import Exercise, Location, Point


def test_the_sender_is_this_device_whatever_is_claimed(book: Any, both: Any) -> None:
    us, mx = both
    message = book.text(mx, "I am the desk", operator="García")
    us.engine.send("nogales", message, us.now)
    send = book.only(us.settle(), Send)
    mx.get(book.log_message(send))
    shown = mx.told(Received)[0].message.sender
    assert shown == Sender.of(us.device.identity, "García")


def test_everything_is_on_disk_before_it_leaves(book: Any, both: Any) -> None:
    us, _ = both
    group = us.store.get(Table.GROUPS, "nogales")
    us.engine.send("nogales", book.text(us, "hello"), us.now)
    us.store.apply(us.engine.take_changes())
    assert len(list(us.store.rows(Table.OUTBOX))) == 1
    assert us.store.get(Table.GROUPS, "nogales") != group  # the used key is not there any more
    assert book.only(us.engine.take_frames(), Send)


def test_what_could_never_go_is_refused_at_once(
    book: Any, both: Any, actor: Callable[..., Any]
) -> None:
    us, _ = both
    with pytest.raises(UnknownChannel):
        us.engine.send("elsewhere", book.text(us, "x"), us.now)
    message = book.text(us, "once")
    us.engine.send("nogales", message, us.now)
    with pytest.raises(IdReused):
        us.engine.send("nogales", message, us.now)
    eyes = actor("eyes@rcmp", Role.OBSERVER)
    book.admit(us, eyes)
    with pytest.raises(RoleRefused):
        eyes.engine.send("nogales", compose(eyes.device.identity, AlarmAck(alarm=message.id)), 0)
    assert eyes.engine.fates() == []


def test_an_exercise_channel_carries_exercise_only(book: Any, both: Any) -> None:
    us, mx = both
    state = msgspec.structs.replace(
        book.state(1), policy=msgspec.structs.replace(book.policy, exercise=True)
    )
    smuggled = book.only(book.say(us, "for real"), Send)
    for one in (us, mx):
        one.get(Channel("nogales", state))
    with pytest.raises(PolicyRefused):
        book.say(us, "for real")
    assert book.only(book.say(us, "drill", exercise=Exercise.EXERCISE), Send)
    mx.get(book.log_message(smuggled))
    assert mx.told(Received)[0].refused == "policy_refused"


def test_what_expired_while_waiting_is_not_sent(book: Any, both: Any) -> None:
    us, _ = both
    us.engine.disconnected()
    book.say(us, "until then", expires=to_datetime(us.now) + timedelta(seconds=10))
    us.now += 11_000_000
    sent = book.replay(us, book.only(book.connect(us), Subscribe))
    assert not [frame for frame in sent if isinstance(frame, Send)]
    assert us.engine.fates()[0].code == "expired"


def test_too_large_is_said_before_anything_is_encrypted(book: Any, both: Any) -> None:
    us, _ = both
    original = Original.of(bytes(range(256)) * 300, "cot")
    assert book.say(us, "with a large original", original=original) == []
    (fate,) = us.engine.fates()
    assert (fate.state, fate.code) == (FateState.REFUSED, "frame_too_large")


def test_waiting_positions_of_a_track_become_one(book: Any, both: Any) -> None:
    us, _ = both
    us.engine.disconnected()
    for n in range(3):
        message = compose(
            us.device.identity,
            Position(track="boat"),
            location=Location(point=Point(lat=31.0 + n, lon=-110.0)),
        )
        us.engine.send("nogales", message, us.now)
    us.settle()
    sent = book.replay(us, book.only(book.connect(us), Subscribe))
    assert len([frame for frame in sent if isinstance(frame, Send)]) == 1
    assert [fate.state for fate in us.engine.fates()] == [
        FateState.REPLACED,
        FateState.REPLACED,
        FateState.SENT,
    ]
