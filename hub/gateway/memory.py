"""A mapping that forgets its oldest entries, so that what a gateway remembers is bounded."""

from __future__ import annotations

from collections import OrderedDict
from typing import Generic, TypeVar

Value = TypeVar("Value")

REMEMBERED = 20_000
"""Messages that a gateway remembers to resolve references and to stop loops."""


class Memory(Generic[Value]):
    """Values by text, the newest `size` of them."""

    def __init__(self, size: int = REMEMBERED) -> None:
        self._size = size
        self._values: OrderedDict[str, Value] = OrderedDict()

    def put(self, key: str, value: Value) -> None:
        """Remember a value; the oldest is forgotten when there are too many."""
        self._values[key] = value
        self._values.move_to_end(key)
        if len(self._values) > self._size:
            self._values.popitem(last=False)

    def get(self, key: str) -> Value | None:
        """The value, or None if it is unknown or forgotten."""
        return self._values.get(key)

    def __contains__(self, key: str) -> bool:
        return key in self._values

    def __len__(self) -> int:
        return len(self._values)
