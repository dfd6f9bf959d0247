"""Frames: both encodings carry all of them, the table names all of them, limits and refusals."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols import frames
from protocols.errors import (
    EpochConflict,
    FrameTooLarge,
    MalformedFrame,
    NotAMember,
    StoreUnavailable,
)
from protocols.frames import (
    FRAME_LIMIT,
    GROUP_FRAME_LIMIT,
    JSON,
    MSGPACK,
    SUBPROTOCOL_JSON,
    SUBPROTOCOL_MSGPACK,
    ChannelState,
    ClientFrame,
    Codec,
    Create,
    Entry,
    EntryKind,
    HubFrame,
    Policy,
    Ref,
    Send,
    Seq,
    refusal,
)

CODECS = [MSGPACK, JSON]
NUMBERS = st.integers(0, 2**53)
TEXT = st.text(max_size=20)
POLICIES = st.builds(
    Policy, title=TEXT, owners=st.tuples(TEXT, TEXT), gatewayed=st.booleans(), suite=st.just(2)
)
STATES = st.builds(
    ChannelState, channel=TEXT, epoch=NUMBERS, last_seq=NUMBERS, first_available=NUMBERS,
    policy=POLICIES,
)  # fmt: skip


def strategy(kind: type[Any]) -> st.SearchStrategy[Any]:
    """Values of one frame type."""
    known = {
        int: NUMBERS,
        Ref: NUMBERS.map(lambda one: one + 1),
        Seq: NUMBERS,
        Policy: POLICIES,
        ChannelState: STATES,
    }
    extra = EXTRA.get(kind, {})
    fields = {
        field.name: known[field.type] if field.type in known else st.from_type(field.type)
        for field in msgspec.structs.fields(kind)
        if field.name not in extra
    }
    return st.builds(kind, **fields, **extra)


EXTRA: dict[type[Any], dict[str, st.SearchStrategy[Any]]] = {
    frames.Refusal: {"facts": st.dictionaries(TEXT, TEXT | NUMBERS, max_size=3)},
    frames.Ready: {"channels": st.lists(STATES, max_size=2).map(tuple)},
    frames.Accepted: {
        "acks": st.lists(st.builds(frames.Ack, NUMBERS, NUMBERS, NUMBERS), max_size=3).map(tuple)
    },
    frames.Ledger: {
        "rows": st.lists(
            st.builds(frames.LedgerRow, TEXT, st.sampled_from(frames.Stage), TEXT, NUMBERS),
            max_size=3,
        ).map(tuple)
    },
    frames.Devices: {
        "devices": st.lists(
            st.builds(frames.DeviceEntry, TEXT, TEXT, TEXT, TEXT, st.booleans(), NUMBERS),
            max_size=3,
        ).map(tuple)
    },
    frames.Receipt: {"seqs": st.lists(NUMBERS, max_size=3).map(tuple)},
    frames.Superseded: {"seqs": st.lists(NUMBERS, max_size=3).map(tuple)},
}


def tag(kind: type[Any]) -> str:
    found = kind.__struct_config__.tag
    assert isinstance(found, str)
    return found


@pytest.mark.parametrize("kind", get_args(ClientFrame))
@pytest.mark.parametrize("codec", CODECS)
@given(data=st.data())
@settings(max_examples=15, deadline=None)
def test_client_frames_come_back(kind: type[Any], codec: Codec, data: st.DataObject) -> None:
    frame = data.draw(strategy(kind))
    encoded = codec.encode(frame)
    assert codec.decode_client(encoded) == frame
    with pytest.raises(MalformedFrame):
        codec.decode_hub(encoded)


@pytest.mark.parametrize("kind", get_args(HubFrame))
@pytest.mark.parametrize("codec", CODECS)
@given(data=st.data())
@settings(max_examples=15, deadline=None)
def test_hub_frames_come_back(kind: type[Any], codec: Codec, data: st.DataObject) -> None:
    frame = data.draw(strategy(kind))
    assert codec.decode_hub(codec.encode(frame)) == frame


def test_the_table_names_every_frame_with_its_fields_and_direction() -> None:
    table = Path(frames.__file__).read_text().split('"""')[1]
    for kinds, who in ((get_args(ClientFrame), "client"), (get_args(HubFrame), "hub")):
        for kind in kinds:
            fields = ", ".join(field.name for field in msgspec.structs.fields(kind))
            line = next(one for one in table.splitlines() if one.split()[:1] == [tag(kind)])
            assert fields in line, tag(kind)
            assert line[58:66].strip() == who, tag(kind)


def test_a_delivery_carries_no_names() -> None:
    assert len(MSGPACK.encode(Entry(1, 1, EntryKind.MESSAGE, bytes(100)))) == 112


def test_the_codec_follows_the_subprotocol() -> None:
    assert Codec.of(SUBPROTOCOL_JSON) is JSON
    assert Codec.of(SUBPROTOCOL_MSGPACK) is MSGPACK is Codec.of(None)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff",
        b"[]",
        b'["nothing"]',
        b'["send"]',
        b'["send","one","AA=="]',
        b'["send",1,5]',
        b'{"tag":"send"}',
        b'["send",1,"not base64!"]',
        b"[" * 5000,
        b'["entry",1,1,1,""]',
    ],
)
@pytest.mark.parametrize("codec", CODECS)
def test_what_is_no_client_frame_is_malformed(codec: Codec, data: bytes) -> None:
    with pytest.raises(MalformedFrame):
        codec.decode_client(data)


@given(st.binary(max_size=200))
@settings(max_examples=100, deadline=None)
def test_any_bytes_are_a_frame_or_refused(data: bytes) -> None:
    for codec in CODECS:
        with contextlib.suppress(MalformedFrame):
            codec.decode_client(data)


def test_limits_depend_on_the_kind() -> None:
    large = bytes(FRAME_LIMIT + 1)
    with pytest.raises(FrameTooLarge, match=str(FRAME_LIMIT)):
        MSGPACK.decode_client(MSGPACK.encode(Send(1, large)))
    create = Create(1, "ch", Policy(), large)
    assert MSGPACK.decode_client(MSGPACK.encode(create)) == create
    with pytest.raises(FrameTooLarge):
        MSGPACK.decode_client(MSGPACK.encode(Create(1, "ch", Policy(), bytes(GROUP_FRAME_LIMIT))))
    with pytest.raises(FrameTooLarge):
        MSGPACK.decode_client(MSGPACK.encode(Send(1, bytes(100))), limit=50)


def test_refusals_say_what_happened_and_what_to_do() -> None:
    frame = refusal(4, EpochConflict("another came first", epoch=3, from_seq=9))
    assert (frame.ref, frame.code, frame.detail) == (4, "epoch_conflict", "another came first")
    assert frame.facts == {"epoch": 3, "from_seq": 9}
    assert frame.remedy == EpochConflict.remedy
    assert len(refusal(1, NotAMember("x" * 5000)).detail) == 400


def test_our_own_trouble_is_not_told_in_full() -> None:
    frame = refusal(1, StoreUnavailable("/var/secret/path is full"))
    assert frame.code == "store_unavailable"
    assert "secret" not in frame.detail
