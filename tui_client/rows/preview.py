"""Before sending: who can read this, every member by name, and what each will not see."""

from __future__ import annotations

from collections.abc import Sequence

from protocols.messages.wording import Line, withheld_lines
from tui_client import labels, safe_text
from tui_client.draft import Preview
from tui_client.rows import roster
from tui_client.rows.outlook import named
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
        found += _translated(preview, words, width)
    return found


def _translated(preview: Preview, words: Words, width: int) -> list[SafeText]:
    """What the member's own format does not show, or that it cannot say the message at all."""
    if preview.refused is not None:
        why = labels.explain(preview.refused.code, preview.refused.detail, "", words)[0]
        said = words("preview.refused", format=preview.format, reason=why)
        return safe_text.line("   ", ("✗ ", "bad"), (said, "bad")).wrap(width, 5)[:3]
    if not preview.lost:
        return []
    said = words("preview.lost", format=preview.format, fields=named(preview.lost, words))
    return safe_text.line("   ", ("⇄ ", "warn"), (said, "quiet")).wrap(width, 5)[:3]


def _withheld(line: Line, words: Words, width: int) -> SafeText:
    said = words("preview.withheld", field=line.label)
    return safe_text.line("   ", ("▒ ", "stub"), (said, "stub")).cut(width)
