"""A preview as text and as JSON: what a reader of another format sees, and what not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import msgspec

from hub.console import texts
from protocols.foresight.preview import Preview
from protocols.formats.text import summary
from protocols.messages.envelope import Loss, Message

ROOM: Final = "hub.translate"
_BINARY: Final = "the document is not text"


def seen_value(message: Message, preview: Preview) -> dict[str, Any]:
    """The preview for a program: the document as text where it is text, all losses by step."""
    refused = preview.refused
    return {
        "format": preview.format,
        "refused": None if refused is None else {"error": refused.code, "detail": refused.detail},
        "document": _text(preview.document),
        "seen": None if preview.seen is None else msgspec.to_builtins(_bare(preview.seen)),
        "lost_on_reading": message.losses,
        "lost_on_writing": preview.losses,
        "withheld": preview.withheld,
    }


def seen_lines(message: Message, preview: Preview, language: str) -> Iterator[str]:
    """The preview for people, in the reader's language."""
    words = {key: said[language] for key, said in texts(ROOM).items()}
    if preview.refused is not None:
        yield words["nothing"].format(format=preview.format)
        yield preview.refused.detail
        return
    yield words["sees"].format(format=preview.format)
    if preview.seen is not None:
        yield from (f"  {line}" for line in summary(preview.seen, language).splitlines())
    else:
        text = _text(preview.document)
        yield from (f"  {line}" for line in (_BINARY if text is None else text).splitlines())
    losses = (*message.losses, *preview.losses)
    yield ""
    yield words["misses" if losses else "misses_nothing"].format(count=len(losses))
    yield from (_loss_line(loss) for loss in losses)


def _loss_line(loss: Loss) -> str:
    value = " ".join(loss.value.split())
    return f"  {loss.field} = {value}".removesuffix(" = ") + f" ({loss.reason})"


def _bare(message: Message) -> Message:
    """Without the bytes of the document, which stand beside it already."""
    return msgspec.structs.replace(message, original=None)


def _text(document: bytes) -> str | None:
    try:
        return document.decode("utf-8")
    except UnicodeDecodeError:
        return None
