"""People and messages that the tests of this folder share.

`whole(body)` is a message of that kind with every field filled; `messages` a hypothesis strategy
over all kinds; `party` the people of the tunnel at Nogales.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import strategies as st
from msgspec import inspect

from protocols.identity import Identity, Role
from protocols.ids import id_text, uuid7
from protocols.messages import Message, Sender, compose
from protocols.messages.kinds import KINDS
from protocols.messages.records import Entry

START = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)

PARTY = {
    "usbp": Identity("US", "uscbp", "Nogales Station", "dispatch@uscbp", Role.COMMAND),
    "agent": Identity("US", "uscbp", "Nogales Station", "patrol-7@uscbp", Role.PARTICIPANT),
    "cot": Identity("US", "uscbp", "Nogales Station", "gateway:cot@uscbp", Role.GATEWAY),
    "c5": Identity("MX", "c5sonora", "C5 Sonora", "mesa@c5sonora", Role.COMMAND),
    "gn": Identity("MX", "c5sonora", "GN-3", "gn-3@c5sonora", Role.PARTICIPANT),
    "cap": Identity("MX", "c5sonora", "C5 Sonora", "gateway:cap@c5sonora", Role.GATEWAY),
    "rcmp": Identity("CA", "rcmp", "C Division", "observer@rcmp", Role.OBSERVER),
    "rider": Identity("CA", "rcmp", "Shiprider", "rider@rcmp", Role.COMMAND),
    "auditor": Identity("CA", "oversight", "Review", "auditor@oversight", Role.AUDITOR),
    "archive": Identity("US", "uscbp", "Records", "archive:records@uscbp", Role.ARCHIVE),
}


@pytest.fixture(scope="session")
def party() -> dict[str, Identity]:
    return PARTY


class Channel:
    """A channel's run of entries: `say(who, body, at="19:31")` makes the next one."""

    def __init__(self) -> None:
        self.seq = 0
        self.now = START

    def say(self, who: str, body: Any, at: str | None = None, **fields: Any) -> Entry:
        if at is not None:
            hour, minute, *second = (int(part) for part in at.split(":"))
            self.now = START.replace(hour=hour, minute=minute, second=second[0] if second else 0)
        self.seq += 1
        self.now += timedelta(milliseconds=1)
        micros = int(self.now.timestamp() * 1_000_000)
        message = compose(PARTY[who], body, clock=lambda: micros, **fields)
        return Entry(self.seq, self.now, PARTY[who], message)


@pytest.fixture
def channel() -> Channel:
    return Channel()


# --- every field filled -------------------------------------------------------------------------


def fill(info: inspect.Type, name: str = "") -> Any:
    """A value of a type with every field stated."""
    match info:
        case inspect.Metadata():
            return fill(info.type, name)
        case inspect.UnionType():
            return fill(next(t for t in info.types if not isinstance(t, inspect.NoneType)), name)
        case inspect.StructType():
            return info.cls(**{f.name: fill(f.type, f.name) for f in info.fields})
        case inspect.EnumType():
            return list(info.cls)[-1]
        case inspect.VarTupleType():
            return (fill(info.item_type, name), fill(info.item_type, name))
        case inspect.DictType():
            return {f"/{name}/key": fill(info.value_type, name)}
        case inspect.StrType():
            return _text(info, name)
        case inspect.IntType():
            return 1 if info.ge is None else int(info.ge) + 1
        case inspect.FloatType():
            return 12.5
        case inspect.BoolType():
            return True
        case inspect.BytesType():
            return b"\x00\xff"
        case inspect.DateTimeType():
            return START
        case inspect.AnyType():
            return {"nested": [1, 2.5, None, "x"]}
    raise AssertionError(f"no value for {info}")


def _text(info: inspect.StrType, name: str) -> str:
    if info.pattern and "64" in info.pattern:
        return "ab" * 32
    if info.pattern and "[A-Z]{2}" in info.pattern:
        return "MX"
    if info.pattern:
        return "es"
    return f"text of {name}"


@pytest.fixture(scope="session")
def whole() -> Callable[[type], Message]:
    """A message of a kind with every field of envelope and body stated."""

    def make(body: type) -> Message:
        info = inspect.type_info(Message)
        assert isinstance(info, inspect.StructType)
        fields = {f.name: fill(f.type, f.name) for f in info.fields if f.name != "body"}
        fields |= {"id": id_text(uuid7(0)), "stubs": (), "sealed": ()}
        return Message(**fields, body=fill(inspect.type_info(body)))

    return make


# --- any message --------------------------------------------------------------------------------


def any_of(info: inspect.Type) -> st.SearchStrategy[Any]:
    """A strategy for whatever the codec would accept for a type."""
    match info:
        case inspect.Metadata():
            return any_of(info.type)
        case inspect.UnionType():
            return st.one_of([any_of(option) for option in info.types])
        case inspect.NoneType():
            return st.none()
        case inspect.StructType():
            return struct_of(info)
        case inspect.EnumType():
            return st.sampled_from(list(info.cls))
        case inspect.VarTupleType():
            return st.lists(any_of(info.item_type), max_size=2).map(tuple)
        case inspect.DictType():
            return st.dictionaries(st.text(max_size=8), any_of(info.value_type), max_size=2)
        case inspect.StrType():
            return (
                st.from_regex(info.pattern, fullmatch=True)
                if info.pattern
                else st.text(max_size=20)
            )
        case inspect.IntType():
            low, high = info.ge, info.le
            return st.integers(
                -(2**63) if low is None else int(low), 2**63 if high is None else int(high)
            )
        case inspect.FloatType():
            return st.floats(info.ge, info.le, allow_nan=False, allow_infinity=False)
        case inspect.BoolType():
            return st.booleans()
        case inspect.BytesType():
            return st.binary(max_size=20)
        case inspect.DateTimeType():
            return st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))
        case inspect.AnyType():
            leaf = (
                st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.text(max_size=9)
            )
            leaf |= st.floats(allow_nan=False, allow_infinity=False)
            return st.recursive(
                leaf,
                lambda inner: (
                    st.lists(inner, max_size=2)
                    | st.dictionaries(st.text(max_size=6) | st.just("kind"), inner, max_size=2)
                ),
                max_leaves=4,
            )
    raise AssertionError(f"no strategy for {info}")


def struct_of(info: inspect.StructType) -> st.SearchStrategy[Any]:
    required = {f.name: any_of(f.type) for f in info.fields if f.required}
    optional = {f.name: any_of(f.type) for f in info.fields if not f.required}
    return st.fixed_dictionaries(required, optional=optional).map(lambda made: info.cls(**made))


@pytest.fixture(scope="session")
def messages() -> st.SearchStrategy[Message]:
    """Any message of any kind, ids made here and foreign ones."""
    info = inspect.type_info(Message)
    assert isinstance(info, inspect.StructType)
    bodies = st.one_of(
        [struct_of(inspect.type_info(entry.body)) for entry in KINDS.values()]  # type: ignore[arg-type]
    )
    optional = {f.name: any_of(f.type) for f in info.fields if not f.required}
    required = {
        "id": st.uuids().map(str) | st.integers(0, 2**45).map(lambda us: id_text(uuid7(us))),
        "sender": st.sampled_from([Sender.of(who, "Ana") for who in PARTY.values()]),
        "sent": st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),
        "body": bodies,
    }
    made = st.fixed_dictionaries(required, optional=optional)
    return made.map(lambda fields: msgspec.structs.replace(Message(**fields)))
