"""Messages of every kind, made from the structs themselves, for tests of the codecs."""

from __future__ import annotations

import types
from collections.abc import Callable
from datetime import UTC, datetime
from enum import EnumMeta
from functools import cache
from typing import Any

import msgspec
import pytest
from hypothesis import strategies as st
from msgspec import inspect

from protocols.identity import Role
from protocols.ids import id_text, uuid7
from protocols.messages.envelope import Message, Original, Sender, Source
from protocols.messages.kinds import KINDS
from protocols.messages.values import Point

TEXT = st.text(
    st.characters(min_codepoint=32, max_codepoint=0x2FFFF, exclude_categories=("Cs", "Cc", "Cn")),
    max_size=24,
)
TIMES = st.datetimes(datetime(2001, 1, 1), datetime(2099, 1, 1), timezones=st.just(UTC))
POINTS = st.builds(
    Point,
    lat=st.floats(-90, 90, allow_nan=False),
    lon=st.floats(0.001, 180, allow_nan=False),
    hae=st.none() | st.floats(-400, 9000),
    ce=st.none() | st.floats(0, 5000),
)
IDS = st.integers(10**15, 4 * 10**15).map(lambda now: id_text(uuid7(now)))
SENDER = Sender(
    country="US",
    agency="uscbp",
    unit="Nogales Station",
    device="desk-1@uscbp",
    role=Role.COMMAND,
    operator="agente Peña",
)


def _of(info: inspect.Type) -> st.SearchStrategy[Any]:
    """Values of a type as msgspec sees it."""
    if isinstance(info, inspect.Metadata):
        return _of(info.type)
    if isinstance(info, inspect.UnionType):
        return st.one_of([_of(part) for part in info.types])
    if isinstance(info, inspect.NoneType):
        return st.none()
    if isinstance(info, inspect.BoolType):
        return st.booleans()
    if isinstance(info, inspect.IntType):
        low = 0 if info.ge is None else info.ge
        return st.integers(low, min(1000, info.le or 1000))
    if isinstance(info, inspect.FloatType):
        return st.floats(info.ge or 0, min(info.le or 1e6, 1e6))
    if isinstance(info, inspect.StrType):
        if info.pattern == "^[A-Z]{2}$":
            return st.sampled_from(["US", "MX", "CA"])
        if info.pattern:
            return st.sampled_from(["en", "es-MX", "fr-CA"])
        return TEXT
    if isinstance(info, inspect.BytesType):
        return st.binary(max_size=12)
    if isinstance(info, inspect.DateTimeType):
        return TIMES
    if isinstance(info, inspect.EnumType):
        assert isinstance(info.cls, EnumMeta)
        return st.sampled_from(list(info.cls))
    if isinstance(info, inspect.VarTupleType):
        items = _of(info.item_type)
        if isinstance(info.item_type, inspect.VarTupleType):
            items = items.filter(lambda ring: len(ring) > 0)  # a ring has points
        return st.lists(items, max_size=2).map(tuple)
    assert isinstance(info, inspect.StructType), info
    return struct_of(info.cls)


@cache
def struct_of(cls: type[msgspec.Struct]) -> st.SearchStrategy[Any]:
    """Values of a struct: required fields always, the others now and then."""
    if cls is Point:
        return POINTS
    info = inspect.type_info(cls)
    assert isinstance(info, inspect.StructType)
    required = {f.name: _of(f.type) for f in info.fields if f.required}
    optional = {f.name: _of(f.type) for f in info.fields if not f.required}
    return st.fixed_dictionaries(required, optional=optional).map(lambda given: cls(**given))


ENVELOPE = (
    "observed", "effective", "onset", "expires", "incident", "patrol", "originator", "precedence",
    "ack_wanted", "handling", "in_reply_to", "supersedes", "references", "location", "target_area",
    "exercise", "codes", "absent", "losses",
)  # fmt: skip


@cache
def messages_of(kind: str) -> st.SearchStrategy[Message]:
    """Messages of one kind with any envelope."""
    info = inspect.type_info(Message)
    assert isinstance(info, inspect.StructType)
    types_of = {f.name: f.type for f in info.fields}
    optional: dict[str, st.SearchStrategy[Any]] = {
        name: _of(types_of[name]) for name in ENVELOPE if name not in ("absent",)
    }
    optional["in_reply_to"] = optional["supersedes"] = IDS
    optional["extensions"] = st.just({"agency.example": {"beat": 7, "words": ["a", None, True]}})
    optional["original"] = st.binary(max_size=40).map(lambda data: Original.of(data, "eido", "1"))
    optional["source"] = st.builds(Source, system=TEXT, id=TEXT, format=st.just("eido"))
    fields = {
        "id": IDS,
        "sender": st.just(SENDER),
        "sent": TIMES,
        "body": struct_of(KINDS[kind].body),
        "language": st.sampled_from(["en", "es", "fr"]),
    }
    return st.fixed_dictionaries(fields, optional=optional).map(lambda given: Message(**given))


@pytest.fixture(scope="session")
def making() -> types.SimpleNamespace:
    """What tests make messages with: `messages_of(kind)`, `struct_of(type)`, `sender`, `kinds`."""
    make: Callable[[str], st.SearchStrategy[Message]] = messages_of
    return types.SimpleNamespace(
        messages_of=make, struct_of=struct_of, sender=SENDER, kinds=tuple(KINDS), times=TIMES
    )
