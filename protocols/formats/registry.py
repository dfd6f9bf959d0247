"""The formats that this house speaks: one line each. A new format is one file and one line here.

EDXL-DE carries documents of the others, so it is given them; no format imports another.
"""

from __future__ import annotations

from typing import Final

from protocols.errors import UnknownFormat
from protocols.formats import canonical, edxl_have, ics_214, niem
from protocols.formats.ais import message as ais
from protocols.formats.cap import alert as cap
from protocols.formats.codec import Format
from protocols.formats.cot import event as cot
from protocols.formats.cot import tak_message as tak
from protocols.formats.edxl_de import distribution as edxl_de
from protocols.formats.edxl_rm import message as edxl_rm
from protocols.formats.eido import document as eido
from protocols.formats.emsi import document as emsi
from protocols.formats.geojson import feature as geojson
from protocols.formats.ics_213 import form as ics_213

_CARRIED: Final = (
    canonical.FORMAT,
    cot.FORMAT,
    tak.FORMAT,
    cap.FORMAT,
    edxl_rm.FORMAT,
    edxl_have.FORMAT,
    eido.FORMAT,
    emsi.FORMAT,
    niem.FORMAT,
    ais.FORMAT,
    geojson.FORMAT,
    ics_213.FORMAT,
    ics_214.FORMAT,
)

FORMATS: Final[dict[str, Format]] = {
    entry.name: entry for entry in (*_CARRIED, edxl_de.over(_CARRIED))
}


def format_named(name: str) -> Format:
    """The format of that name. Raises `UnknownFormat`."""
    found = FORMATS.get(name)
    if found is None:
        raise UnknownFormat(f"There is no format {name!r}; there are {', '.join(FORMATS)}.")
    return found
