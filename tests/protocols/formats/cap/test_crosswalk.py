"""The table of CAP: what it says is what the codec does."""

from __future__ import annotations

import types

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from protocols.errors import NotRepresentable
from protocols.formats.cap import alert as cap
from protocols.formats.cap.crosswalk import crosswalk
from protocols.formats.xml import parse
from protocols.messages.kinds import KINDS

ROWS = {row.field: row for row in crosswalk()}


@pytest.mark.parametrize("kind", KINDS)
@settings(
    max_examples=3,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.generate,),
)
@given(data=st.data())
def test_a_kind_is_written_as_the_table_says(
    kind: str, data: st.DataObject, making: types.SimpleNamespace
) -> None:
    row = ROWS[f"kind {kind}"]
    message = data.draw(making.messages_of(kind))
    if not row.home:
        assert row.catch.startswith("refused")
        with pytest.raises(NotRepresentable):
            cap.encode(message)
        return
    root = parse(cap.encode(message).data)
    action = root.findtext("{*}msgType")
    assert str(action) in row.home or action in ("Alert", "Update") or kind == "alert"


def test_fields_with_and_without_an_element() -> None:
    assert ROWS["expires"].home == "info/expires"
    assert ROWS["patrol"].home.startswith("parameter")
