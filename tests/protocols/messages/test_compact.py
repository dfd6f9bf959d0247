"""The compact form: the same message in fewer bytes, one form only, nothing lost."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import inspect
from msgspec.msgpack import Ext

from protocols.errors import MalformedMessage
from protocols.identity import Identity, Role
from protocols.ids import new_id
from protocols.messages import Message, compose
from protocols.messages.compact import NUMBERS, pack, unpack
from protocols.messages.kinds import KINDS, Alarm, Position, Text
from protocols.messages.values import LanguageText, Location, Point

Party = dict[str, Identity]
PLACE = Location(point=Point(lat=31.33275, lon=-110.9511, hae=1180.2, ce=4.9, le=9.9))
encode = msgspec.msgpack.encode


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_every_message_survives(data: st.DataObject, messages: st.SearchStrategy) -> None:
    message = data.draw(messages)
    packed = pack(message)
    assert unpack(packed, id=message.id, sender=message.sender) == message


@pytest.mark.parametrize("kind", KINDS)
def test_a_message_with_every_field_survives(kind: str, whole: Callable[[type], Message]) -> None:
    message = whole(KINDS[kind].body)
    assert unpack(pack(message), id=message.id, sender=message.sender) == message


def test_the_sender_comes_from_the_leaf_and_the_operator_from_the_message(party: Party) -> None:
    message = compose(party["c5"], Text(text=LanguageText(text="x")), operator="Ana")
    packed = pack(message)
    assert b"c5sonora" not in packed
    assert unpack(packed, id=message.id, sender=party["c5"]) == message
    elsewhere = unpack(packed, id=message.id, sender=party["usbp"])
    assert elsewhere.sender.agency == "uscbp"
    assert elsewhere.sender.operator == "Ana"


# --- the size goals -----------------------------------------------------------------------------


def test_a_position_fits_126_bytes(party: Party) -> None:
    now = datetime.now(UTC)
    fix = compose(
        party["gn"],
        Position(
            track="ANDROID-358982070321234", unit="GN-3", symbol="a-f-G-U-C", how="m-g",
            course=120.5, speed=1.25,
        ),
        location=PLACE,
        observed=now - timedelta(seconds=1.2),
        expires=now + timedelta(minutes=5),
        patrol="MP-07",
    )  # fmt: skip
    assert len(pack(fix)) <= 126


def test_eighty_characters_and_an_alarm_fit_254_bytes(party: Party) -> None:
    text = compose(
        party["usbp"],
        Text(text=LanguageText(text="ñ" * 80, language="es"), to=("c5sonora",)),
        incident="NOG-2026-0711",
    )
    alarm = compose(
        party["gn"],
        Alarm(
            alarm_class="EMERGENCY", unit="GN-3", hazards=("COLLAPSE", "BAD_AIR"), heads=4,
            injured=1, reason=LanguageText(text="Derrumbe, un oficial herido", language="es"),
        ),
        location=PLACE,
        incident="NOG-2026-0711",
        patrol="MP-07",
    )  # fmt: skip
    assert len(pack(text)) <= 254
    assert len(pack(alarm)) <= 254


# --- the one table ------------------------------------------------------------------------------


def test_every_field_has_a_number_and_positions_short_ones() -> None:
    names: set[str] = set()
    waiting: list[inspect.Type] = [inspect.type_info(Message)]
    seen: set[type] = set()
    while waiting:
        info = waiting.pop()
        if isinstance(info, inspect.StructType) and info.cls not in seen:
            seen.add(info.cls)
            names.update(field.encode_name for field in info.fields)
            waiting += [field.type for field in info.fields]
        waiting += [*getattr(info, "types", ())]
        waiting += [
            getattr(info, a) for a in ("type", "item_type", "value_type") if hasattr(info, a)
        ]
    assert names | {"kind"} == set(NUMBERS)
    assert sorted(NUMBERS.values()) == list(range(len(NUMBERS)))
    assert all(NUMBERS[n] < 128 for n in ("lat", "lon", "course", "text", "alarm_class", "hazards"))


def test_numbers_never_change_their_meaning() -> None:
    fixed = {"kind": 0, "body": 1, "sent": 2, "location": 4, "text": 17, "alarm_class": 22}
    assert {name: NUMBERS[name] for name in fixed} == fixed


# --- what is refused ----------------------------------------------------------------------------


def body(**more: object) -> dict[object, object]:
    return {NUMBERS["kind"]: KINDS["text"].number, **more}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x80",
        b"\xc1",
        encode([]),
        encode({}) + b"\x00",
        encode({1: {0: 999}}),
        encode({1: {0: True}}),
        encode({1: body(), 2.0: datetime(2026, 1, 1, tzinfo=UTC)}),
        encode({1: body(), 9999: 1}),
        encode({1: body(), -1: 1}),
        encode({"body": body()}),
        encode({1: body(), NUMBERS["id"]: "x"}),
        encode({1: body(), NUMBERS["operator"]: 7}),
        encode({1: body(), NUMBERS["precedence"]: "soon"}),
        encode({1: body(), NUMBERS["extensions"]: {"a": float("nan")}}),
        encode({1: body(), NUMBERS["extensions"]: {"a": 31.5}}),
        encode({1: body(), NUMBERS["extensions"]: {"a": Ext(9, b"x")}}),
        encode({1: body(), NUMBERS["extensions"]: {"a": Ext(3, b"")}}),
        encode({1: body(), NUMBERS["extensions"]: {"a": Ext(3, b"\x02\x0a")}}),
        encode({1: body(), NUMBERS["observed"]: Ext(2, (10**6).to_bytes(4, "big"))}),
        encode({1: body(), NUMBERS["observed"]: Ext(1, (2**62).to_bytes(8, "big"))}),
        encode({1: body(), NUMBERS["observed"]: datetime(2026, 1, 1, tzinfo=UTC)}),
        b"\x82\x01\x81\x00\x20\x01\x81\x00\x20",
        b"\x81\x01\x81\x00\xcd\x00\x20",
    ],
)
def test_anything_but_the_one_form_is_refused(data: bytes, party: Party) -> None:
    with pytest.raises(MalformedMessage):
        unpack(data, id=new_id(), sender=party["gn"])


def test_a_time_that_the_id_says_is_not_said_twice(party: Party) -> None:
    message = compose(party["gn"], Text(), clock=lambda: 1_795_203_060_000_000)
    assert NUMBERS["sent"] not in msgspec.msgpack.decode(pack(message))
    twice = encode({NUMBERS["sent"]: message.sent, 1: body()})
    with pytest.raises(MalformedMessage, match="/sent"):
        unpack(twice, id=message.id, sender=party["gn"])


def test_an_id_that_is_none_is_refused(party: Party) -> None:
    with pytest.raises(MalformedMessage, match="/id"):
        unpack(encode({1: body()}), id="x", sender=party["gn"])


@settings(max_examples=60, deadline=None)
@given(data=st.binary(max_size=60))
def test_no_bytes_crash_it(data: bytes) -> None:
    sender = Identity("US", "uscbp", "N", "p@uscbp", Role.PARTICIPANT)
    with contextlib.suppress(MalformedMessage):
        made = unpack(data, id="01a2003d-df77-7e49-85eb-7be9e36f04ab", sender=sender)
        assert pack(made) == data
