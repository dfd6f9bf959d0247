"""What the audience reads, and the expectations that the story must meet.

Every step prints what each party sends and sees, in that party's own words. An expectation that is
not met in time ends the story with its sentence; nothing is claimed that was not seen.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Final, TypeVar

from hub.console import Console
from protocols.errors import ExpectationFailed

T = TypeVar("T")

WITHIN: Final = 20.0
"""Seconds in which an expectation must come true."""
WIDTH: Final = 96
LINES: Final = 3
"""Lines of a document that are printed; the rest is there for whoever looks."""


class Programme:
    """Prints to `console`, counts what was checked."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._began = time.monotonic()
        self.checked = 0

    def step(self, number: int, hour: str, title: str) -> None:
        """A new step of the story; `hour` is the story's own clock."""
        head = f"── {number} · {hour} · {title} "
        self._console.say(f"\n{head}{'─' * max(WIDTH - len(head), 3)}")

    def note(self, text: str) -> None:
        """A remark of the narrator."""
        self._console.say(f"   {text}")

    def sends(self, who: str, how: str, what: str) -> None:
        """What a party says, in its own words."""
        self._say(who, how, "→", what)

    def sees(self, who: str, how: str, what: str) -> None:
        """What a party has on its screen."""
        self._say(who, how, "←", what)

    def check(self, met: bool, sentence: str) -> None:
        """An expectation about what is there now; raises `ExpectationFailed`."""
        if not met:
            raise ExpectationFailed(f"expected: {sentence}")
        self.checked += 1
        self._console.say(f"   ✓ {sentence}")

    async def expect(
        self, sentence: str, find: Callable[[], T | None], within: float = WITHIN
    ) -> T:
        """Wait until `find` finds something and return it; raises `ExpectationFailed`."""
        deadline = time.monotonic() + within
        while (found := find()) is None or found is False:
            if time.monotonic() > deadline:
                raise ExpectationFailed(f"expected within {within:.0f} s: {sentence}")
            await asyncio.sleep(0.05)
        self.checked += 1
        self._console.say(f"   ✓ {sentence}")
        return found

    def end(self) -> None:
        """How much was checked, and how long it took."""
        seconds = time.monotonic() - self._began
        self._console.say(f"\n{self.checked} expectations met in {seconds:.0f} s.")

    def _say(self, who: str, how: str, arrow: str, what: str) -> None:
        lines = [line.strip() for line in what.splitlines() if line.strip()][:LINES]
        for index, line in enumerate(lines or [""]):
            head = f"{who:<15} {how:<9} {arrow}" if index == 0 else " " * 27
            room = WIDTH - len(head) - 4
            shown = line if len(line) <= room else line[: room - 1] + "…"
            self._console.say(f"   {head} {shown}")
