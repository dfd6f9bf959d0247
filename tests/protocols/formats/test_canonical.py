"""The canonical document: every kind goes out and comes back, and a bad one says where."""

from __future__ import annotations

import types

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from protocols.errors import MalformedDocument, UnsafeDocument
from protocols.formats import canonical
from protocols.formats.losses import unaccounted
from protocols.messages.kinds import KINDS

PHASES = (Phase.explicit, Phase.reuse, Phase.generate)
"""No shrinking: the structs are large, and what failed is printed anyway."""


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck), phases=PHASES)
@given(data=st.data())
def test_every_kind_goes_out_and_comes_back(
    kind: str, data: st.DataObject, making: types.SimpleNamespace
) -> None:
    message = data.draw(making.messages_of(kind))
    encoded = canonical.encode(message)
    assert encoded.losses == ()
    assert canonical.decode(encoded.data) == message
    assert unaccounted(canonical.leaves(encoded.data), message) == []


@pytest.mark.parametrize(
    ("document", "where"),
    [
        (b'{"id": "x"}', "/"),
        (b'{"a": 1, "a": 2}', "/"),
        (b"[" * 100_000, "/"),
        (b'{"n": NaN}', "/"),
        (b"\xff\xfe", "/"),
        (b"", "/"),
    ],
)
def test_a_bad_document_is_refused_and_says_where(document: bytes, where: str) -> None:
    with pytest.raises(MalformedDocument) as refusal:
        canonical.decode(document)
    assert str(refusal.value.facts["where"]).startswith(where)


def test_a_document_above_the_limit_is_not_even_read() -> None:
    with pytest.raises(UnsafeDocument):
        canonical.decode(b" " * (4 * 1024 * 1024 + 1))


def test_the_crosswalk_names_every_field_and_every_kind() -> None:
    named = {row.field for row in canonical.crosswalk()}
    assert {f"kind {name}" for name in KINDS} <= named
    assert all(row.home for row in canonical.crosswalk())
