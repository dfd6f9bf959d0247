"""Names and values: every message becomes them and comes back, and a wrong one is named."""

from __future__ import annotations

import types

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from protocols.errors import MalformedDocument
from protocols.formats.structured import PREFIX, flatten, to_message, unflatten
from protocols.messages.kinds import KINDS

PHASES = (Phase.explicit, Phase.reuse, Phase.generate)


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck), phases=PHASES)
@given(data=st.data())
def test_every_kind_becomes_names_and_comes_back(
    kind: str, data: st.DataObject, making: types.SimpleNamespace
) -> None:
    message = data.draw(making.messages_of(kind))
    pairs = list(flatten(msgspec.to_builtins(message)))
    assert all(name.startswith(PREFIX) and isinstance(value, str) for name, value in pairs)
    assert to_message(unflatten(pairs)) == message


def test_what_is_empty_has_a_part_without_a_name() -> None:
    built = {"originator": {}, "body": {"kind": "x", "boundary": {"points": [[]]}, "ok": True}}
    assert list(flatten(built)) == [
        ("crossband:originator.", ""),
        ("crossband:kind", "x"),
        ("crossband:body.boundary.points.0.", "[]"),
        ("crossband:body.ok", "true"),
    ]
    assert list(flatten({"codes": [1.5, "é"], "losses": ["é", 2]})) == [
        ("crossband:codes.0", "1.5"),
        ("crossband:codes.1", "é"),
        ("crossband:losses", '["é",2]'),
    ]


def test_a_name_that_no_envelope_has_is_a_field_of_the_body() -> None:
    built = unflatten([("crossband:kind", "checkin"), ("crossband:unit", "GN-3")])
    assert built == {"body": {"kind": "checkin", "unit": "GN-3"}}
    built = unflatten([("crossband:units.1", "b"), ("crossband:units.0", "a")])
    assert built == {"body": {"units": ["a", "b"]}}


@pytest.mark.parametrize(
    "pairs",
    [
        [("crossband:unit", "a"), ("crossband:unit.x", "b")],
        [("crossband:unit.x", "b"), ("crossband:unit", "a")],
        [("crossband:extensions", "{")],
        [("crossband:extensions", '{"a":1,"a":2}')],
        [(f"crossband:units.{i}", "x") for i in range(1001)],
    ],
)
def test_names_that_contradict_each_other_are_refused(pairs: list[tuple[str, str]]) -> None:
    with pytest.raises(MalformedDocument, match="crossband:"):
        unflatten(pairs)


def test_a_value_of_the_wrong_type_is_named(making: types.SimpleNamespace) -> None:
    built = unflatten([("crossband:kind", "par.reply"), ("crossband:expected", "many")])
    with pytest.raises(MalformedDocument, match="crossband:"):
        to_message(built)
