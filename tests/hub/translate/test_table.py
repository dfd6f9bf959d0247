"""The table is made from the codecs, so every format has a cell for every kind."""

from __future__ import annotations

from hub.translate.table import describe, table_text
from protocols.formats.registry import FORMATS
from protocols.messages.kinds import KINDS


def test_every_format_is_described_in_order() -> None:
    assert [line["name"] for line in describe(with_rows=False)] == list(FORMATS)
    assert all("crosswalk" not in line for line in describe(with_rows=False))


def test_every_kind_has_a_row_with_a_cell_for_each_format() -> None:
    text = table_text(describe(with_rows=True))
    for kind in KINDS:
        (row,) = [line for line in text.splitlines() if line.startswith(f"| kind {kind} |")]
        assert row.count(" | ") == len(FORMATS)
    assert "refused: a position report is never made into a CAP alert" in text


def test_without_rows_it_is_one_table() -> None:
    assert table_text(describe(with_rows=False)).count("\n") == len(FORMATS) + 1
