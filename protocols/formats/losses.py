"""What a translation drops is said, and by counting it is proved that nothing vanished.

`Losses` collects while a codec writes. `unaccounted` is the proof: every leaf value of a foreign
document must be found again, as often as it stood there, in the message, its extensions or its
losses.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

import msgspec

from protocols.formats.times import parse_time
from protocols.messages.envelope import Loss

_WORD = re.compile(r"[^\W_]+")
_SEPARATORS = re.compile(r"[\s,]+")
_LISTS: Final = (list, tuple)
MAX_VALUE: Final = 200
"""A loss shows at most this many characters of the value: the original holds all of it."""


class Losses:
    """The losses of one translation, in the order in which they were noticed."""

    def __init__(self) -> None:
        self._losses: dict[tuple[str, str], Loss] = {}

    def add(self, field: str, value: object, reason: str) -> None:
        """Note that `field` with `value` is not carried, and why. The same field counts once."""
        text = value if isinstance(value, str) else _text(value)
        if len(text) > MAX_VALUE:
            text = text[: MAX_VALUE - 1] + "…"
        if (field, text) not in self._losses:
            self._losses[field, text] = Loss(field=field, value=text, reason=reason)

    def add_all(self, leaves: Iterable[tuple[str, Any]], reason: str) -> None:
        """Note that these fields with their values are not carried, all for the same reason."""
        for field, value in leaves:
            self.add(field, value, reason)

    def take(self) -> tuple[Loss, ...]:
        """All losses noted so far."""
        return tuple(self._losses.values())


def _text(value: object) -> str:
    """Any value of a message as one line."""
    plain = msgspec.to_builtins(value)
    return plain if isinstance(plain, str) else msgspec.json.encode(plain).decode()


def leaf_paths(value: Any, path: str = "") -> list[tuple[str, Any]]:
    """Every scalar inside plain JSON values with its path: `body.units.0`, `extensions.cot.how`."""
    found: list[tuple[str, Any]] = []
    _collect(value, path, found)
    return found


def _collect(value: Any, path: str, found: list[tuple[str, Any]]) -> None:
    """Add the leaves of `value` to those found: one list for all levels, as trees are deep."""
    kind = type(value)
    if kind is dict or kind is list or kind is tuple:
        for name, below in value.items() if kind is dict else enumerate(value):
            _collect(below, f"{path}.{name}" if path else str(name), found)
    elif value is not None:
        found.append((path, value))


def differing(value: Any, other: Any, path: str) -> list[tuple[str, Any]]:
    """The leaves of plain JSON values that `other` does not hold, at the same place."""
    found: list[tuple[str, Any]] = []
    _compare(value, other, path, found)
    return found


def _compare(value: Any, other: Any, path: str, found: list[tuple[str, Any]]) -> None:
    kind, there = type(value), type(other)
    if kind is there and value == other:
        return
    if kind is dict and there is dict:
        for name, below in value.items():
            _compare(below, other.get(name), f"{path}.{name}", found)
    elif kind in _LISTS and there in _LISTS:
        for index, below in enumerate(value):
            opposite = other[index] if index < len(other) else None
            _compare(below, opposite, f"{path}.{index}", found)
    else:
        _collect(value, path, found)


class _Stock:
    """What the message holds, each value as often as it stands there."""

    def __init__(self, holders: Iterable[Any]) -> None:
        self.texts: Counter[str] = Counter()
        self.numbers: Counter[float] = Counter()
        self.moments: Counter[datetime] = Counter()
        self.words: Counter[str] = Counter()
        for holder in holders:
            for _, value in leaf_paths(msgspec.to_builtins(holder, builtin_types=(datetime,))):
                self._add(value)

    def _add(self, value: object) -> None:
        if isinstance(value, datetime):
            self.moments[value] += 1
        elif isinstance(value, bool):
            self.texts[str(value).lower()] += 1
        elif isinstance(value, int | float):
            self.numbers[float(value)] += 1
        else:
            self.texts[str(value)] += 1

    def take_exactly(self, leaf: str) -> bool:
        """Whether the leaf is in stock as it is; if so it is used up."""
        return _use(self.texts, leaf)

    def loosen(self) -> None:
        """From now on words count without case and punctuation: `Actual` is `actual`."""
        for text, number in self.texts.items():
            self.words[_normal(text)] += number

    def take(self, leaf: str) -> bool:
        """Whether the leaf is in stock as words, number or moment, or all its parts are."""
        return self._take_whole(leaf) or self._take_parts(leaf)

    def _take_whole(self, leaf: str) -> bool:
        return (
            _use(self.words, _normal(leaf))
            or _use(self.numbers, _number(leaf))
            or _use(self.moments, _moment(leaf))
        )

    def _take_parts(self, leaf: str) -> bool:
        """A list in one text (coordinates, references): all its parts must be in stock."""
        parts = [part for part in _SEPARATORS.split(leaf) if part]
        return len(parts) > 1 and all(map(self._take_whole, parts))


def _use(stock: Counter[Any], key: Any) -> bool:
    if key is None or stock[key] <= 0:
        return False
    stock[key] -= 1
    return True


def _normal(text: str) -> str:
    """Words without case and punctuation between them, so that `Actual` is `actual`."""
    words = _WORD.findall(text)
    return " ".join(words).casefold() if words else text.strip()


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _moment(text: str) -> datetime | None:
    try:
        return parse_time(text)[0]
    except ValueError:
        return None


def unaccounted(leaves: Iterable[tuple[str, str]], *holders: Any) -> list[tuple[str, str]]:
    """The leaves (path, value) that are in none of the `holders`; an empty list is the proof.

    Numbers are compared as numbers, times as moments, words without case.
    """
    stock = _Stock(holders)
    open_still = [pair for pair in leaves if not stock.take_exactly(pair[1])]
    stock.loosen()
    return [pair for pair in open_still if not stock.take(pair[1])]
