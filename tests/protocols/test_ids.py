"""UUIDv7: sortable, exact to the microsecond, and one text form."""

from __future__ import annotations

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.ids import id_bytes, id_text, id_time, new_id, uuid7


@given(st.integers(0, 2**47))
def test_an_id_is_a_version_7_uuid_that_keeps_its_microsecond(now: int) -> None:
    identifier = uuid7(now)
    made = uuid.UUID(bytes=identifier)
    assert (made.version, made.variant) == (7, uuid.RFC_4122)
    assert id_time(identifier) == now
    assert id_bytes(id_text(identifier)) == identifier


@given(st.integers(0, 2**46), st.integers(1, 10**9))
def test_later_ids_sort_later(now: int, later: int) -> None:
    assert uuid7(now) < uuid7(now + later)


@pytest.mark.parametrize(
    "text", ["", "x", "{01a2003d-df77-7e49-85eb-7be9e36f04ab}", "01A2003D" * 4]
)
def test_another_form_of_an_id_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        id_bytes(text)


def test_ids_of_the_same_moment_differ() -> None:
    assert new_id(lambda: 1) != new_id(lambda: 1)
