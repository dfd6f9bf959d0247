"""One message in full: who and when, every field, the original beside it, and its fate."""

from __future__ import annotations

from protocols.codes import language_of
from protocols.messages import render
from protocols.messages.envelope import Message
from protocols.messages.kinds import EquipmentNotice
from protocols.messages.render import Line
from tui_client import labels, moments, safe_text
from tui_client.model import Model
from tui_client.room import Entry
from tui_client.rows import fates, outlook, said
from tui_client.rows.heading import marking, nation
from tui_client.safe_text import SafeText
from tui_client.words import Words

_SHOWN_ABOVE = ("/sent", "/handling", "/language", "/original", "/losses")
DOCUMENT_LINES = 60


def rows(entry: Entry, model: Model, words: Words, width: int) -> list[SafeText]:
    """Everything about one message, top to bottom."""
    message = entry.message
    found = [safe_text.rule(said.title(message, words), width), *_head(entry, model, words, width)]
    if entry.refused:
        reason = labels.reason(entry.refused, words)
        found += safe_text.text(words("entry.refused", reason=reason), "bad").wrap(width)
    found.append(safe_text.EMPTY)
    lines = render.render(message, words.language)
    found += _fields(lines, message, words, width)
    found += _document(message, words, width)
    if isinstance(message.body, EquipmentNotice):
        found += outlook.rows(model.outlook(), words, width)
    fate = model.fate(entry.id)
    if fate is not None:
        title = safe_text.text(words("entry.fate"), "title")
        found += [safe_text.EMPTY, safe_text.rule(title, width)]
        found += fates.details(fate, words, width)
    return found


def _head(entry: Entry, model: Model, words: Words, width: int) -> list[SafeText]:
    sender, message = entry.sender, entry.message
    who = safe_text.line(
        (sender.country + " ", nation(sender.country)),
        (sender.name, "strong"),
        f"@{sender.agency} · {sender.unit} · ",
        labels.role(sender.role, words),
        f" · {message.sender.operator}" if message.sender.operator else "",
    )
    when = safe_text.line(
        moments.zulu_day(entry.at),
        (f"  {words('clock.local', time=moments.local(entry.at, model.zone))}", "quiet"),
        f"  {labels.of('precedence', message.urgency.value, words)}",
        (f"  #{entry.seq}" if entry.seq else "", "quiet"),
    )
    handling = safe_text.line(
        marking(message.handling.tlp, words),
        *(f"  {name}" for name in message.handling.releasable_to),
    )
    return [
        _named(words("entry.from"), who, width),
        _named(words("entry.time"), when, width),
        _named(words("entry.handling"), handling, width),
    ]


def _named(label: str, value: SafeText, width: int) -> SafeText:
    column = _label_width(width)
    return safe_text.line(safe_text.text(label, "quiet").fit(column), " ", value).cut(width)


def _label_width(width: int) -> int:
    return 22 if width < 100 else 30


def _fields(lines: tuple[Line, ...], message: Message, words: Words, width: int) -> list[SafeText]:
    column = _label_width(width)
    found: list[SafeText] = []
    for line in lines:
        if line.path.startswith(_SHOWN_ABOVE) and not line.withheld:
            continue
        label = safe_text.text("  " * line.level + line.label, "quiet").fit(column)
        value = _value(line, message, words)
        wrapped = value.wrap(max(8, width - column - 1)) if value else [safe_text.EMPTY]
        found.append(safe_text.line(label, " ", wrapped[0]))
        found += [safe_text.line(" " * (column + 1), rest) for rest in wrapped[1:]]
    return found


def _value(line: Line, message: Message, words: Words) -> SafeText:
    """The words; a code beside its label, the language beside free text of another language."""
    value = " ".join(line.value.split())
    if line.withheld:
        return safe_text.line(("▒ ", "stub"), (value, "stub"))
    if line.language is not None and language_of(line.language) != words.language:
        return safe_text.line((f"{line.language.upper()[:2]} ", "quiet"), (value, "strong"))
    if line.code is not None and line.code != value:
        return safe_text.line(value, (f"  {line.code}", "quiet"))
    return safe_text.text(value, "strong" if line.language else "")


def _document(message: Message, words: Words, width: int) -> list[SafeText]:
    """The original document as it came, and what its translation lost."""
    found: list[SafeText] = []
    original = message.original
    if original is not None:
        size = len(original.data) if original.data is not None else 0
        name = " ".join(part for part in (original.format, original.version) if part)
        title = safe_text.text(words("entry.document", format=name, size=size), "title")
        found += [safe_text.EMPTY, safe_text.rule(title, width)]
        text = (original.data or b"").decode("utf-8", "replace")
        for part in safe_text.lines(text)[:DOCUMENT_LINES]:
            found += part.wrap(width)
    if message.losses:
        title = safe_text.text(words("entry.losses"), "title")
        found += [safe_text.EMPTY, safe_text.rule(title, width)]
        for loss in message.losses:
            lost = safe_text.line(
                (loss.field, "strong"), f"  {loss.value}  ", (loss.reason, "quiet")
            )
            found += lost.wrap(width, 2)
    return found
