"""The formats that this house speaks: one line each. A new format is one file and one line here."""

from __future__ import annotations

from typing import Final

from protocols.errors import UnknownFormat
from protocols.formats import canonical, cap, cot
from protocols.formats.codec import Format

FORMATS: Final[dict[str, Format]] = {
    entry.name: entry
    for entry in (
        canonical.FORMAT,
        cot.FORMAT,
        cap.FORMAT,
    )
}


def format_named(name: str) -> Format:
    """The format of that name. Raises `UnknownFormat`."""
    found = FORMATS.get(name)
    if found is None:
        raise UnknownFormat(f"There is no format {name!r}; there are {', '.join(FORMATS)}.")
    return found
