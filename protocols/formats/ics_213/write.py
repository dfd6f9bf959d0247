"""A message as an ICS 213 form or a receipt; what was read here comes back in its own style.

What is carried is not claimed but found out: the form is read again, and a field that does not come
back with its value is a loss.
"""

from __future__ import annotations

from collections.abc import Callable
from email.utils import format_datetime
from typing import Final

from protocols.codes import label
from protocols.errors import FormatRefused, NotRepresentable
from protocols.formats import ics_packet
from protocols.formats.codec import Encoded, Settings
from protocols.formats.ics_213.blocks import BLOCKS, HEADINGS, NAME, VERSIONS, YES, Object
from protocols.formats.ics_213.read import read
from protocols.formats.ics_document import Form, filled, losses, numbered, write_form
from protocols.formats.ics_form import (
    EXERCISE_LINES,
    block,
    bytes_of,
    clock_text,
    day_text,
)
from protocols.formats.text import ABOUT_THE_DOCUMENT, speaker, spoken, summary
from protocols.messages.envelope import Loss, Message
from protocols.messages.kinds import Read, Receipt, Text
from protocols.messages.render import labelled, render, title
from protocols.messages.values import Exercise

NO_BLOCK: Final = "an ICS 213 form has no block for it"


def write(message: Message, settings: Settings) -> Encoded:
    """A form, or the receipt that a `receipt` or `read` is; every kind can be said in words.

    What was read here comes back in its own style, if `settings.version` asks for no other.
    """
    again = _restored(message, settings)
    if again is not None:
        return Encoded(bytes_of(again), _lost(message, again, as_it_was=True))
    if isinstance(message.body, Receipt | Read):
        if not message.body.of.strip():
            raise NotRepresentable("A receipt for no message at all cannot be written.")
        text = _receipt(message, message.body, settings)
    else:
        text = _drawn(message, settings)
    return Encoded(bytes_of(text), _lost(message, text, as_it_was=False))


def _drawn(message: Message, settings: Settings) -> str:
    """The form as labelled lines in the reader's language."""
    language, body = settings.labels, message.body
    separator = labelled("", "", language).rstrip()
    said: list[tuple[str, str]] = [
        ("incident", message.incident or ""),
        ("to", ", ".join(body.to if isinstance(body, Text) else message.handling.recipients)),
        ("from", _station(message)),
        ("subject", _subject(message, language)),
        ("date", day_text(message.sent)),
        ("time", clock_text(message.sent)),
        ("handling", label("precedence", message.urgency.value, language)),
        ("answer", YES[language] if message.ack_wanted else ""),
        ("reference", message.in_reply_to or "".join(one.id for one in message.references[:1])),
    ]
    if isinstance(body, Text):
        said.append(("details", _details(message, language)))
        text = spoken((body.text, *body.translations), language)
    else:
        text = summary(message, language)
    said.append(("message", text))
    top = [HEADINGS[language]]
    if message.exercise in EXERCISE_LINES:
        top.append(EXERCISE_LINES[message.exercise][language])
    entries = [
        block(BLOCKS.label(name, language), value, separator)
        for name, value in said
        if value or name == "message"
    ]
    draft = bytes_of("\n".join([*top, *entries])).decode()
    number = numbered(Form(NAME, BLOCKS, "form", [], draft.split("\n")), message.id)
    top.append(block(BLOCKS.label("number", language), number, separator))
    return "\n".join([*top, *entries]) + "\n"


def _station(message: Message) -> str:
    agency = message.originator.agency if message.originator else message.sender.agency
    return ", ".join(dict.fromkeys(part for part in (speaker(message), agency) if part))


def _subject(message: Message, language: str) -> str:
    body = message.body
    if isinstance(body, Text):
        return body.subject.text if body.subject else ""
    return title(message, language)


def _details(message: Message, language: str) -> str:
    """What a text says beside its words: where, whom it may reach, how long it holds."""
    told = (
        "/body",
        "/sent",
        "/incident",
        "/precedence",
        "/exercise",
        "/ack_wanted",
        *ABOUT_THE_DOCUMENT,
    )
    lines = [
        labelled(line.label, " ".join(line.value.split()), language).rstrip()
        for line in render(message, language)
        if not line.path.startswith(told)
    ]
    return "\n".join(lines)


def _receipt(message: Message, body: Receipt | Read, settings: Settings) -> str:
    """The receipts that packet programs know: they take notice of the first line."""
    stamp = f"{day_text(message.sent)} {clock_text(message.sent)}"
    read_it = isinstance(body, Read)
    subject = f"{'READ' if read_it else 'DELIVERED'}: {body.of}"
    first = f"{ics_packet.READ}{stamp}!" if read_it else f"!LMI!{message.id}!DR!{stamp}"
    lines = [first]
    if message.exercise in EXERCISE_LINES:
        lines.append(EXERCISE_LINES[message.exercise][settings.labels])
    lines.append(f"Subject: {body.of}")
    headers = [
        ("From", _station(message)),
        ("Date", format_datetime(message.sent)),
        ("Subject", subject),
    ]
    return ics_packet.write_packet(headers, "\n".join(lines) + "\n")


# --- what comes back as it was --------------------------------------------------------------------


def _restored(message: Message, settings: Settings) -> str | None:
    """The document that a message came from, with the message's values in their places.

    None where there is none, and where it would say something else than the message does.
    """
    kept = message.extensions.get(NAME)
    if not isinstance(kept, dict):
        return None
    style = kept.get("style")
    render_style = _STYLES.get(style) if isinstance(style, str) else None
    if render_style is None or settings.version not in (
        None,
        VERSIONS[0 if style in _TEXTUAL else 1],
    ):
        return None
    parts = filled(kept, message)
    if parts is None:
        return None
    text = _around(kept.get("quoted"), render_style(parts))
    try:
        _, fields = read(bytes_of(text).decode())
    except FormatRefused:
        return None
    same = all(fields.get(name) == getattr(message, name) for name in ("body", "sent", "incident"))
    stated = [fields.get(name, default) for name, default in _STATED.items()]
    wanted = [getattr(message, name) for name in _STATED]
    return text if same and stated == wanted else None


def _around(kept: object, text: str) -> str:
    """The message inside the words of whoever passed it on."""
    if not isinstance(kept, list) or len(kept) != 3 or not all(isinstance(p, str) for p in kept):
        return text
    before, mark, after = kept
    return ics_packet.Quoted(before, mark, (), after, 1).around(text)


_STATED: Final[Object] = {
    "exercise": Exercise.NOT_STATED,
    "precedence": None,
    "ack_wanted": False,
}
_TEXTUAL: Final = ("form", "mail")


def _write_pifo(parts: Object) -> str:
    form = ics_packet.write_pifo(parts["marks"], parts["items"], parts["head"], parts["tail"])
    return ics_packet.write_packet(parts["headers"], form)


def _write_lines(parts: Object) -> str:
    lines = [value for _, value in parts["items"]]
    return ics_packet.write_packet(parts["headers"], "\n".join(lines) + "\n")


_STYLES: Final[dict[str, Callable[[Object], str]]] = {
    "form": write_form,
    "pifo": _write_pifo,
    "mail": _write_lines,
    "receipt": _write_lines,
}


def _lost(message: Message, text: str, *, as_it_was: bool) -> tuple[Loss, ...]:
    _, fields = read(bytes_of(text).decode())
    return losses(message, NAME, fields, as_it_was=as_it_was, no_block=NO_BLOCK)
