"""EDXL Distribution Element 1.0 and 2.0: an envelope around a document of any of our formats.

The message of a distribution is that of the first content object that one of our formats reads;
the envelope adds what it says better, and stands in `extensions["edxl-de"]` with everything else
that it holds. If the envelope or the content says that it is not real, it is not. A distribution
without a content that we read is a `text` with the sender's description.

Writing puts an envelope around what another format writes, and, where that loses something, the
complete message beside it; reading prefers it if nothing around it was changed. EDXL-DE knows
neither simulations nor drafts: they are written `Exercise` and `Test`, which is a loss.
"""

from __future__ import annotations

from protocols.formats.codec import Format, Row
from protocols.formats.edxl_de.read import Reader
from protocols.formats.edxl_de.words import (
    ENVELOPE_HOMES,
    MEDIA_TYPE,
    NAME,
    NAMESPACE_OF,
    ROOTS,
    STATUS_OF,
)
from protocols.formats.edxl_de.write import Writer
from protocols.messages.envelope import Message
from protocols.messages.kinds import KINDS


def over(formats: tuple[Format, ...]) -> Format:
    """The format EDXL-DE around documents of `formats`; distributions may stand in each other."""
    reader = Reader(formats)
    gives = {"text", *(kind for entry in formats for kind in entry.gives)}
    return Format(
        name=NAME,
        title="EDXL Distribution Element",
        reads=tuple(NAMESPACE_OF),
        writes=tuple(NAMESPACE_OF),
        media_type=MEDIA_TYPE,
        exercises=frozenset(STATUS_OF),
        gives=tuple(kind for kind in KINDS if kind in gives),
        roots=ROOTS,
        decode=reader.decode,
        encode=Writer(reader).encode,
        leaves=reader.leaves,
        crosswalk=crosswalk,
    )


def crosswalk() -> tuple[Row, ...]:
    """What of the message the envelope says; everything else is said by the document inside."""
    rows = [Row(field, home, _CATCHES.get(field, "")) for field, home in ENVELOPE_HOMES.items()]
    said = {field.partition(".")[0] for field in ENVELOPE_HOMES} | {"body"}
    rows += [
        Row(field, "contentObject", "as the format inside says it")
        for field in Message.__struct_fields__
        if field not in said
    ]
    rows.append(Row("handling", "contentObject", "other markings only in words"))
    rows += [Row(f"kind {name}", "contentObject", "as the format inside says it") for name in KINDS]
    return tuple(rows)


_CATCHES = {
    "exercise": "simulation is written Exercise, draft Test; never Actual",
    "expires": "1.0 has no place for it; without one 2.0 says the year 9999",
    "target_area": "no height; words only in 2.0",
    "handling.tlp": "one marking exactly; several only in words",
    "handling.national_marking": "one marking exactly; several only in words",
}
