"""Before sending: who can read this, every member by name, and what each will not see."""

from __future__ import annotations

from collections.abc import Sequence

from protocols.messages.wording import Line, withheld_lines
from tui_client import safe_text
from tui_client.draft import Preview
from tui_client.rows import roster
from tui_client.safe_text import SafeText
from tui_client.words import Words


def rows(previews: Sequence[Preview], me: str, words: Words, width: int) -> list[SafeText]:
    """One row a member; below it one row for every field withheld from it."""
    found: list[SafeText] = []
    for preview in previews:
        reader = preview.reader
        found.append(roster.row(reader, words, width, me=reader.device == me))
        lines = withheld_lines(preview.stubs, words.language)
        found += [_withheld(line, words, width) for line in lines]
    return found


def _withheld(line: Line, words: Words, width: int) -> SafeText:
    said = words("preview.withheld", field=line.label)
    return safe_text.line("   ", ("▒ ", "stub"), (said, "stub")).cut(width)
