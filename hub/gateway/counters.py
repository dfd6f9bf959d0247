"""What a gateway's operator may count, as Prometheus text (exposition format 0.0.4).

Counters only grow; gauges are read at the moment of asking. Names of channels, devices and kinds
stay out: whoever may read the metrics need not know who talks about what.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

PREFIX: Final = "crossband_gateway"


class Count(StrEnum):
    """Everything that is counted, but for refusals, which are counted by their code."""

    IN = "messages_in"
    """Documents of the system that were passed on, or kept at the edge (receipts, pings)."""
    OUT = "messages_out"
    """Parcels that the system was given."""
    DUPLICATES = "duplicates"
    LOSSES = "losses"
    """Fields that a translation dropped."""
    NOT_WRITTEN = "not_written"
    """Messages that the system's format could not say."""
    DEAD_LETTERS = "dead_letters"
    DEAD_LETTERS_LOST = "dead_letters_lost"
    """Letters that the disk did not take."""
    ADAPTER_FAILURES = "adapter_failures"
    HANDSHAKES_FAILED = "handshakes_failed"
    TURNED_AWAY = "connections_turned_away"
    CUT_OFF = "clients_cut_off"
    """Clients of the system that read too slowly."""


class Counters:
    """The counters of one gateway process."""

    def __init__(self) -> None:
        self._counts: Counter[Count] = Counter()
        self._refusals: Counter[str] = Counter()

    def add(self, what: Count, number: int = 1) -> None:
        """Count something."""
        self._counts[what] += number

    def refused(self, code: str) -> None:
        """Count a refused document by its error code."""
        self._refusals[code] += 1

    def __getitem__(self, what: Count) -> int:
        return self._counts[what]

    @property
    def refusals(self) -> Mapping[str, int]:
        """Refused documents by error code."""
        return self._refusals

    def render(self, gauges: Mapping[str, float]) -> str:
        """The text of `/metrics`, with `gauges` (name to value) read just now."""
        lines: list[str] = []
        for name, value in gauges.items():
            lines += [f"# TYPE {PREFIX}_{name} gauge", f"{PREFIX}_{name} {value}"]
        for what in Count:
            name = f"{PREFIX}_{what}_total"
            lines += [f"# TYPE {name} counter", f"{name} {self._counts[what]}"]
        lines.append(f"# TYPE {PREFIX}_refusals_total counter")
        lines += [
            f'{PREFIX}_refusals_total{{code="{code}"}} {count}'
            for code, count in sorted(self._refusals.items())
        ]
        return "\n".join(lines) + "\n"
