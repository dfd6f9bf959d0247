"""A message as lines of words in a reader's language: labels and codes translated, text as it is.

Free text keeps its own language and carries the tag; nothing here translates it. A withheld field
is a line that says so. The original stands beside: `Line.path` leads back to the field. What
matters most comes first, in the order of `gist.FIRST`.
"""

from __future__ import annotations

from collections.abc import Container

from msgspec import inspect

from protocols.codes import code_list, known, label
from protocols.identity import Identity
from protocols.messages.envelope import Message
from protocols.messages.gist import FIRST, gist, named_first, one_line, place_words, title
from protocols.messages.kinds import KINDS
from protocols.messages.release import view
from protocols.messages.wording import (
    ENUM_LISTS,
    Line,
    Talk,
    code_lists,
    field_label,
    labelled,
    point_words,
    stated,
    stub_words,
    told_of,
    withheld_lines,
)

__all__ = [
    "Line",
    "code_lists",
    "field_label",
    "gist",
    "labelled",
    "missing_labels",
    "one_line",
    "place_words",
    "point_words",
    "render",
    "stub_words",
    "title",
    "withheld_lines",
]

_TECHNICAL = ("id", "sender", "body", "stubs", "sealed", "moments", "absent", "extensions")
"""Envelope fields that are not lines of their own: the header or other lines tell them."""
_ENVELOPE = tuple(field for field in told_of(Message) if field.name not in _TECHNICAL)


def render(
    message: Message,
    language: str,
    reader: Identity | None = None,
    *,
    without: Container[str] = (),
) -> tuple[Line, ...]:
    """Every stated field of `message` in `language`; with `reader`, as that party may see it.

    `without`: names of envelope fields that the caller has no use for.
    """
    if reader is not None:
        message = view(message, reader)
    talk = Talk(message, language)
    body = _body(message, talk)
    envelope = _envelope(message, talk, without)
    lines: list[Line] = []
    for name in (*named_first(message), *FIRST[message.kind]):
        lines += envelope.pop(name, ()) if name.startswith("/") else body.pop(name, ())
    for rest in body.values():
        lines += rest
    lines += withheld_lines(message.stubs, language)
    for rest in envelope.values():
        lines += rest
    lines += (talk.absent(path, why) for path, why in message.absent.items())
    return tuple(lines)


def _body(message: Message, talk: Talk) -> dict[str, list[Line]]:
    """The lines of every stated field of the body, by its name."""
    owner = type(message.body).__name__
    return {
        name: list(talk.value(name, value, f"/body/{name}", 0, codes, owner))
        for name, value, codes in stated(message.body)
    }


def _envelope(message: Message, talk: Talk, without: Container[str]) -> dict[str, list[Line]]:
    """The lines of every stated field of the envelope, by its path."""
    found: dict[str, list[Line]] = {}
    for name, default, _ in _ENVELOPE:
        value = getattr(message, name)
        if value is None or value is default or value == default or name in without:
            continue
        path = f"/{name}"
        found[path] = list(talk.value(name, value, path, 0, None, "Message"))
    if message.extensions and "extensions" not in without:
        words = label("fields", "extensions", talk.language)
        found["/extensions"] = [Line(words, ", ".join(message.extensions), "/extensions")]
    return found


def missing_labels() -> list[str]:
    """Fields, kinds and code lists without a label: empty in a finished house, and tested so."""
    missing = [f"kinds/{name}" for name in KINDS if not known("kinds", name)]
    seen: set[type] = set()
    waiting: list[inspect.Type] = [inspect.type_info(Message)]
    while waiting:
        info = waiting.pop()
        waiting += [part for part in _parts(info) if not isinstance(part, inspect.AnyType)]
        if isinstance(info, inspect.EnumType):
            listed = ENUM_LISTS.get(info.cls.__name__, "")
            known_here = code_list(listed) if listed else {}
            missing += [
                f"{info.cls.__name__}/{v}" for v in info.cls if str(v.value) not in known_here
            ]
        if not isinstance(info, inspect.StructType) or info.cls in seen:
            continue
        seen.add(info.cls)
        missing += [f"fields/{f.name}" for f in info.fields if not known("fields", f.name)]
        missing += [f"lists/{n}" for n in code_lists(info.cls).values() if not code_list(n)]
        waiting += [field.type for field in info.fields]
    return missing


def _parts(info: inspect.Type) -> list[inspect.Type]:
    if isinstance(info, inspect.Metadata):
        return [info.type]
    if isinstance(info, inspect.UnionType):
        return list(info.types)
    if isinstance(info, inspect.VarTupleType):
        return [info.item_type]
    if isinstance(info, inspect.DictType):
        return [info.key_type, info.value_type]
    return []
