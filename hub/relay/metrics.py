"""What the operator may count, as Prometheus text (exposition format 0.0.4); no message content.

Counters only grow; gauges are read at the moment of asking. Channel and device names stay out:
whoever may read the metrics need not know who talks to whom.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

NAMESPACE = "crossband"


class Metrics:
    """Counters of one hub process."""

    def __init__(self) -> None:
        self.received = 0
        self.logins = 0
        self.committers_flagged = 0
        self.unlogged_refusals = 0
        self.ledger_rows_unpushed = 0
        self.refusals: Counter[str] = Counter()

    def refused(self, code: str) -> None:
        """Count a refusal by its code."""
        self.refusals[code] += 1

    def render(self, readings: Mapping[str, float]) -> str:
        """The text of `/metrics`; `readings` are gauges and counters that live elsewhere.

        A name that ends in `_total` is a counter, any other a gauge.
        """
        values = {
            "frames_received_total": self.received,
            "logins_total": self.logins,
            "committers_flagged_total": self.committers_flagged,
            "refusals_unlogged_total": self.unlogged_refusals,
            "ledger_rows_unpushed_total": self.ledger_rows_unpushed,
            **readings,
        }
        lines: list[str] = []
        for name, value in values.items():
            kind = "counter" if name.endswith("_total") else "gauge"
            lines.append(f"# TYPE {NAMESPACE}_{name} {kind}")
            lines.append(f"{NAMESPACE}_{name} {value}")
        lines.append(f"# TYPE {NAMESPACE}_refusals_total counter")
        lines += [
            f'{NAMESPACE}_refusals_total{{code="{code}"}} {count}'
            for code, count in sorted(self.refusals.items())
        ]
        return "\n".join(lines) + "\n"
