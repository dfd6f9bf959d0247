"""What a verification found: findings by check and entry, and the verdict they add up to.

Three words that are not the same: `fine` means that nothing contradicts itself, `proven` that the
hub's key vouches for it besides, and neither says that the end was not cut off; only a checkpoint
that somebody else kept does (`held_size`). Standard library alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field

CHECKS = (
    "file",
    "leaves",
    "bodies",
    "checkpoints",
    "held",
    "sequence",
    "repeats",
    "times",
    "order",
    "beside",
    "headers",
)
MAX_FINDINGS = 200
"""Findings that are kept; the rest is only counted."""

STORED = 4
HELD = 5
"""The numbers of the two checks that compare checkpoints."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that should not be. `index` is the entry concerned, None where it is no one's."""

    check: int
    code: str
    index: int | None = None
    facts: dict[str, str | int] = field(default_factory=dict)


@dataclass(slots=True)
class Report:
    """What the checklist found; `fine` is the verdict, `proven` whether signatures support it."""

    size: int = 0
    root: bytes = b""
    channels: int = 0
    checkpoints: int = 0
    held: int = 0
    signed_size: int = 0
    held_size: int = 0
    erased: int = 0
    in_use: bool = False
    done: int = 0
    keys: int = 0
    findings: list[Finding] = field(default_factory=list)
    more_findings: int = 0

    @property
    def fine(self) -> bool:
        """Nothing was found."""
        return not self.findings

    @property
    def proven(self) -> bool:
        """Nothing was found and a given key has signed a checkpoint of this log.

        That holds for the first `signed_size` entries; `unsigned` ones may follow.
        """
        return self.fine and self.keys > 0 and self.signed_size > 0

    @property
    def unsigned(self) -> int:
        """Entries after the last checkpoint that a given key has signed."""
        return self.size - self.signed_size

    @property
    def first_bad(self) -> Finding | None:
        """The finding with the lowest entry; one that names no entry only if none does."""
        named = [finding for finding in self.findings if finding.index is not None]
        if named:
            return min(named, key=lambda finding: (finding.index or 0, finding.check))
        return self.findings[0] if self.findings else None

    def state(self, check: int) -> str:
        """`ok`, `found` or `not_done` for a check by its number."""
        if any(finding.check == check for finding in self.findings):
            return "found"
        undone = check > self.done or (check == STORED and not self.keys)
        if undone or (check == HELD and not self.held):
            return "not_done"
        return "ok"
