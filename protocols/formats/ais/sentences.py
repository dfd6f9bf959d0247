"""A message's bits as the sentences that carry them, none longer than a line may be."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from typing import Final

from protocols.formats.ais.document import PARTS_MOST
from protocols.formats.ais.payload import Payload, write
from protocols.formats.ais.sentence import write_sentence
from protocols.formats.ais.sixbit import armour

PAYLOAD_MOST: Final = 60
"""Characters of a payload, so that no sentence has more than 82 (IEC 61162-1, section 7.3)."""
LINE_END: Final = "\r\n"


def sentences_of(
    payload: Payload,
    address: str,
    channel: str,
    sequence: str,
    cuts: Sequence[int] = (),
    pad: int = 0,
) -> list[str]:
    """The message in as many sentences as it needs; several are held together by `sequence`.

    `cuts`: how many characters each had, for a message that was cut otherwise before; they hold if
    they still fit. `pad`: what its last bits are filled up with. Raises `ValueError` for fields
    that no message can have, and for more than nine sentences.
    """
    text, fill = armour(*write(payload), pad)
    if sum(cuts) != len(text):
        cuts = natural_cuts(len(text))
    ends = list(itertools.accumulate(cuts, initial=0))
    parts = [text[begin:end] for begin, end in itertools.pairwise(ends)]
    if len(parts) > PARTS_MOST:
        raise ValueError(f"{len(parts)} sentences; {PARTS_MOST} are allowed")
    last = len(parts)
    common = sequence if last == 1 or sequence else "0"  # without one nobody finds the parts
    return [
        write_sentence(
            "!",
            address,
            (str(last), str(n), common, channel, part, str(fill if n == last else 0)),
        )
        for n, part in enumerate(parts, 1)
    ]


def natural_cuts(length: int) -> list[int]:
    """How many characters of a payload each sentence has: as many as it may."""
    whole, rest = divmod(length, PAYLOAD_MOST)
    return [PAYLOAD_MOST] * whole + ([rest] if rest else [])


def document_of(lines: Iterable[str]) -> bytes:
    """Lines as a document. Raises `ValueError` for what cannot stand in a line."""
    lines = tuple(lines)
    if not all(line.isprintable() for line in lines):
        raise ValueError("a line holds something that cannot be printed")
    return "".join(line + LINE_END for line in lines).encode("ascii")
