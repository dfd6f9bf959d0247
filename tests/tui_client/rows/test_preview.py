"""Before sending: every reader by name, and below each what it will not see."""

from __future__ import annotations

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
