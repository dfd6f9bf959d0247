"""A message as a tree of plain values: what JSON, the compact form and handling rules work on.

A tree has dicts, lists, text, numbers, booleans, None, bytes and UTC datetimes. Paths into it are
JSON pointers (RFC 6901).
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, TypeVar

import msgspec

from protocols.errors import MalformedMessage

DEPTH_LIMIT = 32
"""Containers inside each other, in any message."""
_EDGES = ("0001-01-0", "9999-12-31")
"""How a time begins that an offset can carry out of the years that `datetime` has."""
_INTEGERS = range(-(2**63), 2**64)

Tree = dict[str, Any]
Converted = TypeVar("Converted", bound=msgspec.Struct)

_json = msgspec.json.Encoder()


def build(message: msgspec.Struct) -> Tree:
    """The tree of a struct, defaults left out; times turned to UTC, what cannot travel refused."""
    tree: Tree = msgspec.to_builtins(message, builtin_types=(datetime, bytes))
    _check_extensions(tree.get("extensions"), "/extensions")
    normalised: Tree = _normalise(tree, "", 1)
    return normalised


def _check_extensions(value: Any, path: str) -> None:
    """Extensions hold what JSON holds; bytes or times there would come back as text."""
    if isinstance(value, dict):
        for name, item in value.items():
            if not isinstance(name, str):
                raise MalformedMessage(f"{path}: the name {name!r} is not text")
            _check_extensions(item, f"{path}/{name}")
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            _check_extensions(item, f"{path}/{index}")
    elif isinstance(value, bytes | datetime):
        raise MalformedMessage(f"{path}: {type(value).__name__} is not a JSON value")


def _normalise(value: Any, path: str, depth: int) -> Any:
    if isinstance(value, str | bool | bytes) or value is None:
        return value
    if depth > DEPTH_LIMIT:
        raise MalformedMessage(f"{path}: more than {DEPTH_LIMIT} levels deep")
    if isinstance(value, dict):
        return {name: _normalise(item, f"{path}/{name}", depth + 1) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_normalise(item, f"{path}/{i}", depth + 1) for i, item in enumerate(value)]
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise MalformedMessage(f"{path}: a time without an offset; messages are in UTC")
        return _in_utc(value, path)
    if isinstance(value, float):
        return finite(value, path)
    if isinstance(value, int) and value not in _INTEGERS:
        raise MalformedMessage(f"{path}: an integer of more than 64 bits")
    return value


def _in_utc(moment: datetime, path: str) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise MalformedMessage(f"{path}: {moment} is not in the years 1 to 9999 in UTC") from error


def finite(value: float, path: str = "/") -> float:
    """`value`, if it is a number that JSON can hold; otherwise `MalformedMessage`."""
    if not math.isfinite(value):
        raise MalformedMessage(f"{path}: {value} is not a number that can travel")
    return value


def convert(tree: Tree, target: type[Converted], *, from_text: bool = False) -> Converted:
    """The struct of a tree. Raises `MalformedMessage` with the path of the first fault.

    `from_text` reads times and bytes from text, as JSON holds them; a time that UTC cannot hold
    (the first and the last day of the calendar, with an offset) is refused.
    """
    native = () if from_text else (datetime, bytes)
    try:
        converted = msgspec.convert(tree, target, builtin_types=native)
    except msgspec.ValidationError as error:
        raise MalformedMessage(_where(str(error))) from error
    if from_text and near_edges(tree):
        build(converted)
    return converted


def near_edges(value: Any) -> bool:
    """Whether a tree of texts holds one that may be a time with an offset that UTC cannot hold:
    then only `build` can tell, and is asked; asking it for every message would cost too much."""
    if isinstance(value, dict):
        return any(map(near_edges, value.values()))
    if isinstance(value, list):
        return any(map(near_edges, value))
    return isinstance(value, str) and value.startswith(_EDGES)


def _where(sentence: str) -> str:
    """msgspec's sentence with its place first, as a JSON pointer."""
    sentence, _, place = sentence.partition(" - at `$")
    pointer = re.sub(r"\[(\.\.\.|\d+)\]", r".\1", place.rstrip("`")).replace(".", "/")
    pointer = pointer.replace("////", "/*")
    return f"{pointer or '/'}: {sentence}"


# --- JSON ---------------------------------------------------------------------------------------


def encode_json(tree: Tree) -> bytes:
    """A tree as UTF-8 JSON; bytes as base64, times in RFC 3339 with Z."""
    try:
        return _json.encode(tree)
    except UnicodeEncodeError as error:
        raise MalformedMessage("text with a lone surrogate is not Unicode text") from error


def decode_json(data: bytes | str, limit: int) -> Tree:
    """The tree of a JSON object, its bytes and times still as text (`convert` turns them)."""
    if len(data) > limit:
        raise MalformedMessage(f"/: a message of {len(data)} bytes is over the limit of {limit}")
    try:
        text = data.decode("utf-8") if isinstance(data, bytes) else data
        value = _JSON.decode(text)
    except (ValueError, RecursionError) as error:
        raise MalformedMessage(f"/: not JSON that a message may be: {error}") from error
    if not isinstance(value, dict):
        raise MalformedMessage("/: a message is a JSON object")
    _check_text(text, value)
    normalised: Tree = _normalise(value, "", 1)
    return normalised


def _check_text(text: str, value: Tree) -> None:
    """JSON can escape half a surrogate pair; no UTF-8 can, so it is refused here."""
    if "\\u" in text or not text.isascii():
        encode_json(value)


def _no_duplicates(pairs: list[tuple[str, Any]]) -> Tree:
    found: Tree = {}
    for name, value in pairs:
        if name in found:
            raise ValueError(f"the name {name!r} stands twice in one object")
        found[name] = value
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


_JSON = json.JSONDecoder(object_pairs_hook=_no_duplicates, parse_constant=_no_constant)


# --- paths --------------------------------------------------------------------------------------


def pointer(parts: tuple[str, ...]) -> str:
    """A JSON pointer of unescaped parts."""
    return "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in parts)


def parts_of(path: str) -> tuple[str, ...]:
    """The unescaped parts of a JSON pointer; `MalformedMessage` where it is none."""
    if not path.startswith("/"):
        raise MalformedMessage(f"{path!r} is not a path; paths begin with /")
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in path[1:].split("/"))


def expand(tree: Any, path: str) -> Iterator[str]:
    """The paths that exist in `tree` and match `path`, in which `*` stands for every item."""
    yield from _expand(tree, parts_of(path), ())


def _expand(node: Any, rest: tuple[str, ...], done: tuple[str, ...]) -> Iterator[str]:
    if not rest:
        yield pointer(done)
        return
    if isinstance(node, dict):
        names = list(node) if rest[0] == "*" else [rest[0]] if rest[0] in node else []
        for name in names:
            yield from _expand(node[name], rest[1:], (*done, name))
    elif isinstance(node, list):
        indices = range(len(node)) if rest[0] == "*" else _index(node, rest[0])
        for index in indices:
            yield from _expand(node[index], rest[1:], (*done, str(index)))


def _index(node: list[Any], part: str) -> range:
    if not part.isascii() or not part.isdigit() or len(part) > 9 or int(part) >= len(node):
        return range(0)
    return range(int(part), int(part) + 1)


def take(tree: Tree, path: str) -> Any:
    """Remove the value at `path` from `tree` and return it. Only named fields can be taken."""
    *above, name = parts_of(path)
    node = _walk(tree, above, path)
    if not isinstance(node, dict) or name not in node:
        raise MalformedMessage(f"{path}: there is no such field")
    return node.pop(name)


def put(tree: Tree, path: str, value: Any) -> None:
    """Put `value` where `take` has removed it."""
    *above, name = parts_of(path)
    node = _walk(tree, above, path)
    if not isinstance(node, dict) or name in node:
        raise MalformedMessage(f"{path}: the place of a withheld field is taken")
    node[name] = value


def _walk(tree: Tree, parts: list[str], path: str) -> Any:
    node: Any = tree
    for part in parts:
        if isinstance(node, dict) and part in node:
            node = node[part]
        elif isinstance(node, list) and _index(node, part):
            node = node[int(part)]
        else:
            raise MalformedMessage(f"{path}: there is no such place")
    return node
