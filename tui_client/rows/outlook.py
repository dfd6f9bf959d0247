"""What a purchase will break, in words: for the notice itself, and a mark beside the member."""

from __future__ import annotations

from collections.abc import Sequence

from protocols.foresight.forecast import FieldForecast, Forecast, MemberForecast
from tui_client import labels, safe_text
from tui_client.safe_text import SafeText
from tui_client.words import Words

_NAMED = 6
"""Fields that are named; the rest is a number."""


def rows(made: Forecast | None, words: Words, width: int) -> list[SafeText]:
    """Every member that would lose something, and what; one row where nobody would."""
    if made is None:
        return []
    title = safe_text.text(words("outlook.title", day=f"{made.then:%Y-%m-%d}"), "title")
    found = [safe_text.EMPTY, safe_text.rule(title, width)]
    breaking = [member for member in made.members if member.breaks]
    for member in breaking:
        found += _member(member, words, width)
    if not breaking:
        found += safe_text.line(("✓ ", "good"), words("outlook.none")).wrap(width, 2)
    return found


def mark(member: MemberForecast, made: Forecast, words: Words, width: int) -> SafeText:
    """One row below a member's name: from when, and how many fields."""
    count = len(member.no_longer_read) + len(member.no_longer_said)
    said = words("outlook.mark", day=f"{made.then:%Y-%m-%d}", count=str(count))
    return safe_text.line("   ", ("▲ ", "warn"), (said, "warn")).cut(width)


def named(fields: Sequence[str], words: Words) -> str:
    """The first fields in the reader's words, each once, and how many more there are."""
    names = list(dict.fromkeys(labels.lost(field, words) for field in fields))
    shown = ", ".join(names[:_NAMED])
    more = len(names) - _NAMED
    return shown if more <= 0 else words("outlook.more", fields=shown, count=str(more))


def _member(member: MemberForecast, words: Words, width: int) -> list[SafeText]:
    head = safe_text.line(
        ("▲ ", "warn"), (member.device, "strong"), f"  {member.now.text} → {member.then.text}"
    )
    found = head.wrap(width, 2)
    for key, losses in (
        ("outlook.reads", member.no_longer_read),
        ("outlook.says", member.no_longer_said),
    ):
        if losses:
            said = words(key, fields=named(_fields(losses), words))
            found += safe_text.line("  ", said).wrap(width, 4)
    return found


def _fields(losses: Sequence[FieldForecast]) -> list[str]:
    return [loss.field for loss in losses]
