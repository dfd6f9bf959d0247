"""The only JSON set-up for foreign documents: strict text, hard limits, and what is left over.

A codec *takes* the values that it understands out of the parsed document. What it leaves is the
format's extension, and `together` lays what is written over it again: list items keep their places,
because an object that was taken whole leaves `{}` behind and a scalar in a list leaves None.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

import msgspec

from protocols.errors import MalformedDocument, UnsafeDocument
from protocols.formats.losses import leaf_paths
from protocols.messages.tree import DEPTH_LIMIT

MAX_BYTES: Final = 256 * 1024
MAX_DEPTH: Final = DEPTH_LIMIT - 3
"""Containers inside each other: with the message and its extensions around it, it still fits."""
_INTEGERS: Final = range(-(2**63), 2**64)

Object = dict[str, Any]


def parse(data: bytes) -> Object:
    """The object that a whole document is.

    Raises `UnsafeDocument` for more than 256 KiB or 29 levels, and `MalformedDocument` for what is
    not JSON (RFC 8259) in UTF-8, not an object, has a name twice in one object, half a surrogate
    pair, or a number that is not finite or an integer of more than 64 bits.
    """
    if len(data) > MAX_BYTES:
        raise UnsafeDocument(f"The document has {len(data)} bytes; {MAX_BYTES} are allowed.")
    try:
        text = data.decode("utf-8-sig")
        value = _DECODER.decode(text)
    except RecursionError:
        raise UnsafeDocument(f"The document is nested more than {MAX_DEPTH} levels deep.") from None
    except ValueError as fault:
        raise MalformedDocument(f"/: not JSON in UTF-8: {fault}.", where="/") from fault
    if not isinstance(value, dict):
        raise MalformedDocument("/: the document is not a JSON object.", where="/")
    deep = _too_deep(value, MAX_DEPTH)
    if deep is not None:
        raise UnsafeDocument(
            f"{deep}: the document is nested more than {MAX_DEPTH} levels deep.", where=deep
        )
    if "\\u" in text:
        serialise(value)
    return value


def _too_deep(container: Any, left: int) -> str | None:
    """Where a container stands below the deepest level that is allowed; None where none does."""
    if left == 0:
        return ""
    items = container.items() if type(container) is dict else enumerate(container)
    for name, item in items:
        if type(item) is dict or type(item) is list:
            below = _too_deep(item, left - 1)
            if below is not None:
                return f"/{name}{below}"
    return None


def _no_duplicates(pairs: list[tuple[str, Any]]) -> Object:
    found = dict(pairs)
    if len(found) != len(pairs):
        (twice, _), *_ = Counter(name for name, _ in pairs).most_common(1)
        raise ValueError(f"the name {twice[:60]!r} stands twice in one object")
    return found


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text[:40]} is not a number that can travel")
    return number


def _integer(text: str) -> int:
    number = int(text)
    if number not in _INTEGERS:
        raise ValueError(f"{text[:40]} is an integer of more than 64 bits")
    return number


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


# Created once: a decoder keeps no state between documents.
_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_no_duplicates,
    parse_float=_finite,
    parse_int=_integer,
    parse_constant=_no_constant,
)


def serialise(document: Object) -> bytes:
    """A document as UTF-8 JSON. Raises `MalformedDocument` for text that is not Unicode."""
    try:
        return msgspec.json.encode(document)
    except UnicodeEncodeError as fault:
        raise MalformedDocument("The text has a lone surrogate and is not Unicode.") from fault


def leaves(document: Any) -> Iterator[tuple[str, str]]:
    """Every scalar that is not empty, with its path; null states nothing."""
    for path, value in leaf_paths(document):
        text = str(value).lower() if isinstance(value, bool) else str(value)
        if text.strip():
            yield path, text


# --- members, as liberal as real systems are ------------------------------------------------------


def objects(document: Object, name: str) -> list[Object]:
    """The objects of a list in their places, or the one that stands instead; `{}` for others."""
    value = document.get(name)
    if isinstance(value, dict):
        return [value]
    if isinstance(value, list):
        return [item if isinstance(item, dict) else {} for item in value]
    return []


def text(component: Object, name: str) -> str | None:
    """A text that is not blank, as it stands."""
    value = component.get(name)
    return value if isinstance(value, str) and value.strip() else None


def texts(component: Object, name: str) -> list[str]:
    """The texts of a list that are not blank, or the one text that stands instead."""
    value = component.get(name)
    items = value if isinstance(value, list) else [value]
    return [item for item in items if isinstance(item, str) and item.strip()]


def together(left: Any, written: Any) -> Any:
    """What reading left, with what is written now in its places; where both speak, `written`."""
    if isinstance(left, dict) and isinstance(written, dict):
        merged = {name: together(value, written.get(name)) for name, value in left.items()}
        return merged | {name: value for name, value in written.items() if name not in left}
    if isinstance(left, list) and isinstance(written, list):
        longest = max(len(left), len(written))
        return [
            together(
                left[index] if index < len(left) else None,
                written[index] if index < len(written) else None,
            )
            for index in range(longest)
        ]
    return left if written is None else written
