"""A message as words in a document: labels in the reader's language, free text as it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from protocols.codes import label, language_of
from protocols.messages.envelope import Message
from protocols.messages.kinds import Alert, AlertInfo
from protocols.messages.render import Line, render, title
from protocols.messages.values import LanguageText
from protocols.messages.wording import labelling

ABOUT_THE_DOCUMENT: Final = (
    "/source",
    "/original",
    "/losses",
    "/references",
    "/language",
    "/extensions",
    "/effective",
)
"""Lines about the translation: no words for a dispatcher's map."""
_NOT_TOLD: Final = frozenset(path.removeprefix("/") for path in ABOUT_THE_DOCUMENT)
SHOWN_OF_INFO: Final = frozenset(
    {
        "event",
        "urgency",
        "severity",
        "certainty",
        "sender_name",
        "headline",
        "description",
        "instruction",
    }
)
"""Fields of an alert's info that its summary tells, of the one info in the reader's language."""


def speaker(message: Message) -> str:
    """The call sign of whoever speaks: the author's unit, else the sender's."""
    author = message.originator.unit if message.originator else None
    return author or message.sender.operator or message.sender.unit


def spoken(texts: Sequence[LanguageText | None], language: str) -> str:
    """The version of a text in that language, or else the first there is."""
    present = [text for text in texts if text is not None]
    for text in present:
        if text.language and language_of(text.language) == language:
            return text.text
    return present[0].text if present else ""


def info_for(alert: Alert, language: str) -> int | None:
    """Which info of an alert is for a reader of that language; None where there is none."""
    for index, info in enumerate(alert.infos):
        if language_of(info.language or "en") == language:
            return index
    return 0 if alert.infos else None


def summary(message: Message, language: str, rendered: Sequence[Line] | None = None) -> str:
    """Title and every line of a message as text; of an alert, the info in that language.

    `rendered`: the message's lines in that language, where the caller has them already.
    """
    lines = [title(message, language)]
    if isinstance(message.body, Alert):
        index = info_for(message.body, language)
        if index is not None:
            lines += _info_lines(message.body.infos[index], language)
        elif message.body.note:
            lines.append(message.body.note)
        return "\n".join(lines)
    if rendered is None:
        rendered = render(message, language, without=_NOT_TOLD)
    joined = labelling(language)
    for line in rendered:
        if not line.path.startswith(ABOUT_THE_DOCUMENT) and "/polygons/" not in line.path:
            lines.append(joined(label=line.label, value=line.value).rstrip())
    return "\n".join(lines)


def _info_lines(info: AlertInfo, language: str) -> Iterator[str]:
    triple = (
        label("alert_urgency", info.urgency or "Unknown", language),
        label("alert_severity", info.severity or "Unknown", language),
        label("alert_certainty", info.certainty or "Unknown", language),
    )
    yield f"{info.event or ''} ({' / '.join(triple)})"
    for text in (info.sender_name, info.headline, info.description, info.instruction):
        if text:
            yield " ".join(text.split())
    for area in info.areas:
        if area.description:
            yield " ".join(area.description.text.split())
