"""The table says all fields and all kinds, and what it says is so."""

from __future__ import annotations

from protocols.formats.ais.crosswalk import crosswalk
from protocols.formats.ais.message import FORMAT
from protocols.messages.envelope import Message
from protocols.messages.kinds import KINDS


def test_every_field_and_every_kind_has_a_row() -> None:
    rows = {row.field: row for row in crosswalk()}
    assert {field.partition(".")[0] for field in rows if " " not in field} >= (
        set(Message.__struct_fields__) - {"body"}
    )
    assert {f"kind {name}" for name in KINDS} <= set(rows)
    assert len(rows) == len(crosswalk())


def test_only_what_can_be_written_has_a_home() -> None:
    homes = {row.field for row in crosswalk() if row.home and row.field.startswith("kind ")}
    assert homes == {"kind text", "kind alarm", "kind alarm.cancel", "kind alert"}
    assert set(FORMAT.gives) <= set(KINDS)
