"""Before sending: every reader by name, and below each what it will not see."""

from __future__ import annotations

from protocols.errors import NotRepresentable
from protocols.messages.envelope import Stub
from tui_client.draft import Preview
from tui_client.rows import preview
from tui_client.words import Words


def test_every_reader_and_what_is_withheld_from_it(nogales) -> None:
    stub = Stub(path="/body/camera", by="US")
    shown = [Preview(nogales.me, ()), Preview(nogales.c5, (stub,))]
    rows = preview.rows(shown, nogales.me.device, Words("fr"), 34)
    assert [row.plain.split()[0] for row in rows] == ["US", "MX", "▒"]
    assert "ne verra pas : caméra" in rows[2].plain
    assert all(row.cells <= 34 for row in rows)


def test_what_their_format_has_no_place_for_is_said(nogales) -> None:
    refusal = NotRepresentable("position: a position report is never made into a CAP alert.")
    shown = [
        Preview(nogales.c5, format="cot", lost=("kind", "incident")),
        Preview(nogales.c5, format="cap", refused=refusal),
    ]
    rows = preview.rows(shown, nogales.me.device, Words("en"), 60)
    said = "\n".join(row.plain for row in rows)
    assert "⇄ cot has no place for: kind, incident" in said
    assert "✗ cap gets nothing: " in said
    assert all(row.cells <= 60 for row in rows)
