"""A message as lines of words in a reader's language: labels and codes translated, text as it is.

Free text keeps its own language and carries the tag; nothing here translates it. A withheld field
is a line that says so. The original stands beside: `Line.path` leads back to the field. What
matters most comes first, in the order of `gist.FIRST`.
"""

from __future__ import annotations

from collections.abc import Iterable

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
    fields_of,
    labelled,
    point_words,
    stub_words,
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


def render(message: Message, language: str, reader: Identity | None = None) -> tuple[Line, ...]:
    """Every stated field of `message` in `language`; with `reader`, as that party may see it."""
    if reader is not None:
        message = view(message, reader)
    talk = Talk(message, language)
    body = _grouped(talk.struct(message.body, "/body", 0))
    envelope = _envelope(message, talk)
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


def _grouped(lines: Iterable[Line]) -> dict[str, list[Line]]:
    """The lines of a body by the field that they belong to."""
    found: dict[str, list[Line]] = {}
    for line in lines:
        found.setdefault(line.path.split("/")[2], []).append(line)
    return found


def _envelope(message: Message, talk: Talk) -> dict[str, list[Line]]:
    """The lines of every stated field of the envelope, by its path."""
    found: dict[str, list[Line]] = {}
    for field in fields_of(Message):
        value = getattr(message, field.name)
        if field.name in _TECHNICAL or value is None or value == field.default:
            continue
        path = f"/{field.name}"
        found[path] = list(talk.value(field.name, value, path, 0, None, "Message"))
    if message.extensions:
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
