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
    """Everything that is counted, but for refusals (by their code) and stops (by their rule)."""

    IN = "messages_in"
    """Documents of the system that were passed on, or kept at the edge (receipts, pings)."""
    OUT = "messages_out"
    """Parcels that the system was given."""
    DUPLICATES = "duplicates"
    LOSSES = "losses"
    """Fields that a translation dropped."""
    NOT_WRITTEN = "not_written"
    """Messages that the system's format could not say."""
    RETRIED = "letters_retried"
    """Dead letters that passed after all."""
    DEAD_LETTERS = "dead_letters"
    DEAD_LETTERS_LOST = "dead_letters_lost"
    """Letters that the disk did not take."""
    ADAPTER_FAILURES = "adapter_failures"
    HANDSHAKES_FAILED = "handshakes_failed"
    NOT_CARRIED = "not_carried"
    """Parcels wrapped in another format that the transport cannot carry."""
    NOT_SENT = "not_sent"
    """Parcels that had to give way while the system could not be reached."""
    UNDELIVERED = "undelivered"
    """Parcels that a receiver of the system refused for good."""
    SUPERSEDED = "positions_superseded"
    """Positions in whose place a newer one of the same track waits for the system."""
    STALE = "stale"
    """Parcels whose own time limit passed while the system could not be reached."""
    RECONNECTS = "reconnects"
    """Connections to the system that had to be made again."""
    TURNED_AWAY = "connections_turned_away"
    PASSED_OVER = "documents_passed_over"
    """Documents of a feed that are no traffic: instruments, repeats of what is known."""
    CROWDED_OUT = "documents_crowded_out"
    """Documents of a feed that came faster than they could be passed on."""
    CUT_OFF = "clients_cut_off"
    """Clients of the system that read too slowly."""


class Counters:
    """The counters of one gateway process."""

    def __init__(self) -> None:
        self._counts: Counter[Count] = Counter()
        self._refusals: Counter[str] = Counter()
        self._stopped: Counter[tuple[str, str]] = Counter()

    def add(self, what: Count, number: int = 1) -> None:
        """Count something."""
        self._counts[what] += number

    def refused(self, code: str) -> None:
        """Count a refused document by its error code."""
        self._refusals[code] += 1

    def stopped(self, way: str, rule: str) -> None:
        """Count a message that a rule of this gateway did not let across."""
        self._stopped[way, rule] += 1

    def __getitem__(self, what: Count) -> int:
        return self._counts[what]

    @property
    def refusals(self) -> Mapping[str, int]:
        """Refused documents by error code."""
        return self._refusals

    @property
    def stops(self) -> Mapping[tuple[str, str], int]:
        """Messages that were not let across, by way and rule."""
        return self._stopped

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
        lines.append(f"# TYPE {PREFIX}_stopped_total counter")
        lines += [
            f'{PREFIX}_stopped_total{{way="{way}",rule="{rule}"}} {count}'
            for (way, rule), count in sorted(self._stopped.items())
        ]
        return "\n".join(lines) + "\n"
