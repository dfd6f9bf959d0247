"""A message as named texts and back: how a format of names and values carries every kind.

`body.units.0 = GN-1` is readable and writable by people and by systems that know only names and
values (CAP parameters). Structured parts that nobody writes by hand travel as one JSON text.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, Final

import msgspec

from protocols.errors import MalformedDocument, MalformedMessage
from protocols.messages import tree
from protocols.messages.envelope import Message

PREFIX: Final = "crossband:"
AS_JSON: Final = frozenset({"extensions", "absent", "moments", "losses", "stubs", "sealed"})
"""Fields whose names are not ours or whose content only programs read."""
_EMPTY_LIST: Final = "[]"
_MOST_ITEMS: Final = 1000
_to_json: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_FIELDS: Final = frozenset(Message.__struct_fields__)


def flatten(built: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """(name, value) of every leaf of a message's plain form, `built` by `msgspec.to_builtins`.

    Empty texts keep their name; numbers and booleans are written as JSON writes them.
    """
    for field, value in built.items():
        if field in AS_JSON:
            yield PREFIX + field, _to_json(value)
            continue
        found: list[tuple[str, Any]] = []
        _collect(value, field, found)
        for path, leaf in found:
            name = "kind" if path == "body.kind" else path
            yield PREFIX + name, leaf if isinstance(leaf, str) else _to_json(leaf)


def _collect(value: Any, path: str, found: list[tuple[str, Any]]) -> None:
    """Add every leaf to those found. What is empty has one part without a name, or it would not
    come back: `originator. =`, `body.boundary.points. = []`."""
    kind = type(value)
    if kind is dict or kind is list or kind is tuple:
        for name, below in value.items() if kind is dict else enumerate(value):
            _collect(below, f"{path}.{name}", found)
        if not value:
            found.append((f"{path}.", "" if kind is dict else _EMPTY_LIST))
    elif value is not None:
        found.append((path, value))


def unflatten(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """The plain form again. A name that no envelope field has is a field of the body.

    Raises `MalformedDocument`, which names the parameter.
    """
    built: dict[str, Any] = {}
    for name, value in pairs:
        steps = name.removeprefix(PREFIX).split(".")
        if steps[0] == "kind" or steps[0] not in _FIELDS:
            steps.insert(0, "body")
        if steps[0] in AS_JSON:
            built[steps[0]] = _json(name, value)
        else:
            _place(built, steps, value, name)
    return {field: _lists(value, field) for field, value in built.items()}


def _json(name: str, value: str) -> Any:
    try:
        return tree.decode_json(f'{{"value":{value}}}', len(value) * 4 + 32)["value"]
    except MalformedMessage as fault:
        raise MalformedDocument(f"parameter {name}: {fault.detail}", where=name) from fault


def _place(built: dict[str, Any], steps: list[str], value: str, name: str) -> None:
    node = built
    for step in steps[:-1]:
        node = node.setdefault(step, {})
        if not isinstance(node, dict):
            raise MalformedDocument(f"parameter {name}: {step} is a value already", where=name)
    if isinstance(node.get(steps[-1]), dict):
        raise MalformedDocument(f"parameter {name}: it has parts already", where=name)
    node[steps[-1]] = value


def _lists(value: Any, path: str) -> Any:
    """Containers whose names are 0, 1, 2… become lists."""
    if not isinstance(value, dict):
        return value
    if value.pop("", "") == _EMPTY_LIST:
        return []
    below = {name: _lists(item, f"{path}.{name}") for name, item in value.items()}
    if not below or not all(name.isascii() and name.isdigit() for name in below):
        return below
    if len(below) > _MOST_ITEMS:
        raise MalformedDocument(f"parameter {PREFIX}{path}: more than {_MOST_ITEMS} items")
    return [below[name] for name in sorted(below, key=int)]


def to_message(built: dict[str, Any]) -> Message:
    """The message of a plain form in which every scalar may be a text.

    Raises `MalformedDocument` with the parameter that does not fit.
    """
    try:
        message = msgspec.convert(built, Message, strict=False)
        if tree.near_edges(built):
            tree.build(message)
    except msgspec.ValidationError as fault:
        sentence, _, place = str(fault).partition(" - at `$.")
        name = PREFIX + place.rstrip("`").replace("[...]", ".*")
        raise MalformedDocument(f"parameter {name}: {sentence}", where=name) from fault
    except MalformedMessage as fault:
        raise MalformedDocument(fault.detail) from fault
    return message
