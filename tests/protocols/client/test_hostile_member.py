"""A member that does not keep the rules: it can say what it likes, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from protocols.client.engine import Engine
from protocols.client.events import Noticed, Received
from protocols.client.reading import received_of
from protocols.client.sealing import seal
from protocols.client.store import Row, Table
from protocols.frames import CaughtUp, Entry, EntryKind, Lane, Receipt, Send, Stage, Subscribe
from protocols.header import Act, Header, franking_tag
from protocols.identity import Role
from protocols.ids import id_bytes, new_id
from protocols.messages import compact
from protocols.messages.envelope import Caveat, Handling, Message, compose
from protocols.messages.kinds import AlarmAck, Observation, Text
from protocols.messages.values import LanguageText
from protocols.mls.errors import MLSError

EPOCH = 1


def group_of(actor: Any) -> Any:
    return actor.engine._desk.channels["nogales"].group


def framed(
    actor: Any, payload: bytes, identifier: bytes, *, act: Act = Act.NOTE, tag: bytes | None = None
) -> bytes:
    """Any payload under a clear header with the right franking tag, or the given one."""
    group = group_of(actor)
    if tag is None:
        tag = franking_tag(group.franking_key(group.epoch, identifier), payload)
    header = Header(id=identifier, act=act, lane=Lane.ROUTINE, tag=tag)
    body: bytes = group.encrypt(payload, header.pack())
    return body


def delivered(book: Any, reader: Any, body: bytes) -> Any:
    """The one message that the reader is told of."""
    sent = reader.get(book.append(EntryKind.MESSAGE, body))
    (received,) = [event for event in reader.events if isinstance(event, Received)]
    reader.told(Received)
    return received, sent


def text(actor: Any, words: str) -> Message:
    return compose(actor.device.identity, Text(text=LanguageText(text=words)))


def test_an_act_that_is_not_that_of_the_kind_is_shown_as_refused(book: Any, both: Any) -> None:
    us, mx = both
    message = text(us, "a note that says it is an alarm")
    body = framed(us, b"\x01" + compact.pack(message), id_bytes(message.id), act=Act.ALARM)
    received, sent = delivered(book, mx, body)
    assert received.refused == "act_mismatch"
    receipt = book.only(sent, Receipt)
    assert (receipt.stage, receipt.reason) == (Stage.FAILED, "act_mismatch")


def test_a_franking_tag_of_another_payload_makes_it_unreadable(book: Any, both: Any) -> None:
    us, mx = both
    message = text(us, "deniable?")
    body = framed(us, b"\x01" + compact.pack(message), id_bytes(message.id), tag=bytes(32))
    sent = mx.get(book.append(EntryKind.MESSAGE, body))
    assert not [event for event in mx.events if isinstance(event, Received)]
    assert [event.code for event in mx.told(Noticed)] == ["header_refused"]
    assert book.only(sent, Receipt).stage is Stage.FAILED


def test_the_sender_is_the_leaf_whatever_the_message_says(book: Any, both: Any) -> None:
    us, mx = both
    message = compose(mx.device.identity, Text(text=LanguageText(text="I am the desk")))
    body = framed(us, b"\x01" + compact.pack(message), id_bytes(message.id))
    received, _ = delivered(book, mx, body)
    assert received.sender == us.device.identity
    assert received.message.sender.device == "dispatch@uscbp"


def test_what_an_observer_may_not_say_is_shown_as_refused(
    book: Any, both: Any, actor: Callable[..., Any]
) -> None:
    us, _ = both
    eyes = actor("eyes@rcmp", Role.OBSERVER)
    book.admit(us, eyes)
    us.events.clear()
    message = compose(eyes.device.identity, AlarmAck(alarm=new_id()))
    payload, header = seal(message, group_of(eyes).roster, group_of(eyes))
    received, _ = delivered(book, us, group_of(eyes).encrypt(payload, header))
    assert received.refused == "role_refused"
    assert received.sender == eyes.device.identity


def test_an_id_that_somebody_else_used_does_not_count(book: Any, both: Any) -> None:
    """Otherwise a later message could pass for, say, the alarm that the first one raised."""
    us, mx = both
    first = text(mx, "mine")
    mx.engine.send("nogales", first, mx.now)
    send = book.only(mx.settle(), Send)
    entry = book.log_message(send)
    mx.get(book.ack(send, entry.seq), entry)
    mx.events.clear()
    stolen = framed(us, b"\x01" + compact.pack(text(us, "also yours?")), id_bytes(first.id))
    mx.kill()
    book.replay(mx, book.only(book.connect(mx), Subscribe))
    received, _ = delivered(book, mx, stolen)
    assert received.refused == "id_reused"
    rows = mx.store.after(Table.HISTORY, "nogales", 0)
    assert [received_of(row).refused for row in rows] == [None, "id_reused"]


def caveated(actor: Any, countries: tuple[str, ...]) -> Message:
    handling = Handling(withheld=(Caveat(path="/body/camera", releasable_to=countries),))
    return compose(actor.device.identity, Observation(size=2, camera="CAM-17"), handling=handling)


def test_parts_open_for_named_readers_only(book: Any, both: Any, actor: Callable[..., Any]) -> None:
    us, mx = both
    eyes = actor("eyes@rcmp", Role.OBSERVER)
    book.admit(us, eyes)
    mx.get(book.log[-1])
    for one in (us, mx, eyes):
        one.events.clear()
    us.engine.send("nogales", caveated(us, ("US", "MX")), us.now)
    body = book.only(us.settle(), Send).body
    entry = book.append(EntryKind.MESSAGE, body)
    seen = {}
    for one in (mx, eyes):
        one.get(entry)
        (received,) = one.told(Received)
        seen[one.device.name] = (received.message.body.camera, len(received.message.stubs))
    assert seen == {"desk@c5": ("CAM-17", 0), "eyes@rcmp": (None, 1)}


def test_a_part_opens_in_its_message_channel_epoch_and_senders_hand_alone(
    book: Any, both: Any
) -> None:
    """A member that copies a part of somebody's message cannot have it opened in its own."""
    us, mx = both
    message = caveated(us, ("US", "MX"))
    roster = (*group_of(us).roster, _observer())
    payload, _ = seal(message, roster, group_of(us))
    (packed, parts) = msgspec.msgpack.decode(payload[1:])
    copied = b"\x02" + msgspec.msgpack.encode((packed, parts))
    received, _ = delivered(book, mx, framed(us, copied, id_bytes(new_id()), act=Act.REPORT))
    assert received.message.body.camera is None
    received, _ = delivered(book, mx, framed(us, copied, id_bytes(message.id), act=Act.REPORT))
    assert received.message.body.camera == "CAM-17"
    ((leaf, output, sealed),) = group_of(us).seal(["desk@c5"], b"value", b"here")
    assert leaf == group_of(mx).own_leaf
    commit = group_of(us).commit((), (), us.now // 1_000_000).commit
    mx.get(book.append(EntryKind.COMMIT, commit))
    assert group_of(mx).open_sealed(EPOCH, output, sealed, b"here") == b"value"
    with pytest.raises(MLSError):
        group_of(mx).open_sealed(EPOCH + 1, output, sealed, b"here")


def _observer() -> Any:
    from protocols.identity import Identity

    return Identity("CA", "rcmp", "Windsor", "eyes@rcmp", Role.OBSERVER)


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 2**40)
    | st.text(max_size=6)
    | st.binary(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.integers(0, 40), inner, max_size=4)
    ),
    max_leaves=12,
)


def test_no_payload_is_too_much(book: Any, both: Any) -> None:
    us, mx = both
    packed = compact.pack(text(us, "hello"))
    withheld, _ = seal(caveated(us, ("US",)), group_of(us).roster, group_of(us))
    memory = _Memory(mx)

    @settings(
        max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(
        payload=st.one_of(
            st.binary(max_size=40),
            st.binary(max_size=40).map(lambda noise: b"\x01" + noise),
            VALUES.map(lambda value: b"\x01" + msgspec.msgpack.encode(value)),
            VALUES.map(lambda value: b"\x02" + msgspec.msgpack.encode([packed, value])),
            st.tuples(st.integers(0, len(packed) - 1), st.integers(1, 255)).map(
                lambda change: b"\x01" + _changed(packed, *change)
            ),
            st.tuples(st.integers(1, len(withheld) - 1), st.integers(1, 255)).map(
                lambda change: _changed(withheld, *change)
            ),
        ),
        act=st.sampled_from(Act),
        identifier=st.just(id_bytes(new_id())) | st.binary(min_size=16, max_size=16),
    )
    def whatever_it_says(payload: bytes, act: Act, identifier: bytes) -> None:
        engine = Engine(mx.device, memory, lambda: mx.now, chance=lambda: 0.5)
        engine.connected(book.ready(mx), mx.now)
        subscribe = book.only(engine.take_frames(), Subscribe)
        engine.receive(book.ack(subscribe, 1), mx.now)
        engine.receive(CaughtUp("nogales", 1), mx.now)
        engine.take_changes()
        engine.take_events()
        body = framed(us, payload, identifier, act=act)
        engine.receive(Entry(2, mx.now, EntryKind.MESSAGE, body), mx.now)
        told = [e for e in engine.take_events() if isinstance(e, Received | Noticed)]
        assert told
        assert engine.channel("nogales").state == "member"
        engine.take_changes()

    whatever_it_says()


def _changed(data: bytes, at: int, by: int) -> bytes:
    return data[:at] + bytes([data[at] ^ by]) + data[at + 1 :]


class _Memory:
    def __init__(self, actor: Any) -> None:
        self._rows = {table: list(actor.store.rows(table)) for table in Table}

    def rows(self, table: Table) -> list[Row]:
        return self._rows[table]

    def get(self, table: Table, name: str, number: int = 0) -> None:
        return None
