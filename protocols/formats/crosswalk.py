"""The crosswalk of an ordered pair: what of one format has a home in the other, and what is lost.

It is made from the rows that the codecs give of themselves, so it cannot say anything else than the
code does. The way always leads through the canonical message.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from protocols.formats.codec import Format, Row

KIND: Final = "kind "
"""How the field of a row begins that is about a whole kind of message."""


class Crossing(msgspec.Struct, frozen=True):
    """One line of a pair's table.

    `field` is the canonical field or kind in the middle; `home` is empty where the target has
    none, which means lost; `catch` says what is bent or why it is refused.
    """

    source: str
    field: str
    home: str
    catch: str

    @property
    def lost(self) -> bool:
        """Whether the target has no place for it."""
        return not self.home


def crossings(source: Format, target: Format) -> tuple[Crossing, ...]:
    """Every line from `source` to `target`: fields first, then the kinds that `source` gives."""
    homes = {row.field: row for row in target.crosswalk()}
    own = source.crosswalk()
    fields = [row for row in own if row.home and not row.field.startswith(KIND)]
    kinds = {row.field: row for row in own if row.field.startswith(KIND)}
    given = [
        kinds.get(KIND + name, Row(field=KIND + name, home="as itself")) for name in source.gives
    ]
    return tuple(
        Crossing(row.home or "as itself", row.field, home, catch)
        for row in (*fields, *given)
        for home, catch in [_home(row.field, homes)]
    )


def _home(field: str, homes: dict[str, Row]) -> tuple[str, str]:
    """Where a field goes: its own row, else the one of the field that it is a part of.

    A field of which the target has only parts goes where they go.
    """
    steps = field.split(".")
    for length in range(len(steps), 0, -1):
        row = homes.get(".".join(steps[:length]))
        if row is not None:
            return row.home, row.catch
    parts = [row for name, row in homes.items() if name.startswith(field + ".") and row.home]
    if not parts:
        return "", "no place for it"
    only = ", ".join(row.field.removeprefix(field + ".") for row in parts)
    return ", ".join(dict.fromkeys(row.home for row in parts)), f"only {only}"


def pairs(formats: Iterable[Format]) -> Iterator[tuple[Format, Format]]:
    """Every ordered pair of different formats of which the first is read and the second written."""
    known = tuple(formats)
    return (
        (source, target)
        for source in known
        for target in known
        if source is not target and source.reads and target.writes
    )
