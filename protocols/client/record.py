"""What was on this device's screen, as JSON lines that an audit can hold against the log."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import msgspec

from protocols.client.events import Received


class Line(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One message as it was shown: `sha256` is that of the delivered body, in hex."""

    channel: str
    seq: int
    time: int
    sha256: str
    sender: str
    kind: str
    language: str
    text: str
    refused: str | None = None


def line_of(received: Received, language: str = "en") -> Line:
    """The line of one message, in the language in which it was shown."""
    from protocols.messages.render import one_line  # the labels of three languages, when wanted

    return Line(
        channel=received.channel,
        seq=received.seq,
        time=received.time,
        sha256=received.raw_hash.hex(),
        sender=received.sender.device,
        kind=received.message.kind,
        language=language,
        text=one_line(received.message, language),
        refused=received.refused,
    )


def write_record(path: Path, received: Iterable[Received], language: str = "en") -> int:
    """Writes one line a message, in the order given; returns how many."""
    count = 0
    with path.open("wb") as file:
        for one in received:
            file.write(msgspec.json.encode(line_of(one, language)) + b"\n")
            count += 1
    return count
