"""Frames that want an answer: each ref is given out once and answered once.

A question that the hub puts off (`slow_down`) is asked again when it says; one that must be asked
again after a cut waits here for the next link, with a new ref. What a question means is in its
`answer` function, so the engine has no list of half-finished business beside this one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec

from protocols.errors import UnexpectedFrame
from protocols.frames import (
    Accepted,
    Claim,
    ClientFrame,
    Devices,
    Directory,
    Fetch,
    GroupInfo,
    HubFrame,
    Ledger,
    Package,
    Refusal,
    Trace,
)

Answer = Callable[[HubFrame, int], None]
"""Takes the hub's answer (of the kind that answers the frame, or a refusal) and the time (µs)."""
_ANSWERS: Final[dict[type[ClientFrame], type[HubFrame]]] = {
    Claim: Package,
    Fetch: GroupInfo,
    Directory: Devices,
    Trace: Ledger,
}
"""What answers a frame, where it is not `accepted`."""


class _Question(msgspec.Struct, frozen=True):
    frame: ClientFrame
    answer: Answer
    repeat: bool


class Questions:
    """Refs and what waits for their answers, and the frames that are to go out."""

    def __init__(self) -> None:
        self._last = 0
        self._open: dict[int, _Question] = {}
        self._slowed: list[tuple[int, _Question]] = []
        self._waiting: list[_Question] = []
        self._frames: list[ClientFrame] = []
        self.connected = False

    @property
    def last_ref(self) -> int:
        """The last ref given out."""
        return self._last

    def next_ref(self) -> int:
        """A ref that no other frame has."""
        self._last += 1
        return self._last

    def put(self, frame: ClientFrame) -> None:
        """A frame without an answer, or whose answer somebody else awaits. Lost while cut."""
        if self.connected:
            self._frames.append(frame)

    def ask(self, frame: ClientFrame, answer: Answer, *, repeat: bool = False) -> None:
        """Asks; the frame's ref is replaced by a fresh one. `repeat` survives a cut link."""
        self._ask(_Question(frame, answer, repeat))

    def answered(self, ref: int, frame: HubFrame, now: int) -> bool:
        """Hands the answer to whoever asked; False for a ref that is not a question's.

        Raises `UnexpectedFrame` for one that answers another kind of question; it stays open.
        """
        question = self._open.get(ref)
        if question is None:
            return False
        expected = _ANSWERS.get(type(question.frame), Accepted)
        if not isinstance(frame, Refusal | expected):
            asked, got = type(question.frame).__name__, type(frame).__name__
            raise UnexpectedFrame(f"the hub answered {asked} with {got}")
        del self._open[ref]
        question.answer(frame, now)
        return True

    def slowed(self, ref: int, until: int) -> bool:
        """The hub put it off until `until`; False for a ref that is not a question's."""
        question = self._open.pop(ref, None)
        if question is None:
            return False
        self._slowed.append((until, question))
        return True

    def link_up(self) -> None:
        """Everything that waited is asked now."""
        self.connected = True
        waiting, self._waiting = self._waiting, []
        for question in waiting:
            self._ask(question)

    def link_down(self) -> None:
        """Unanswered questions wait for the next link if they are to be repeated."""
        self.connected = False
        self._frames.clear()
        unanswered = [*self._open.values(), *(question for _, question in self._slowed)]
        self._waiting += [question for question in unanswered if question.repeat]
        self._open.clear()
        self._slowed.clear()

    def tick(self, now: int) -> None:
        """Asks again what was put off until now."""
        due = [question for until, question in self._slowed if until <= now]
        self._slowed = [(until, question) for until, question in self._slowed if until > now]
        for question in due:
            self._ask(question)

    def wake_at(self) -> int | None:
        """When something put off is due."""
        return min((until for until, _ in self._slowed), default=None)

    def take_frames(self) -> list[ClientFrame]:
        """What is to be sent, in order."""
        frames, self._frames = self._frames, []
        return frames

    def _ask(self, question: _Question) -> None:
        if not self.connected:
            if question.repeat:
                self._waiting.append(question)
            return
        ref = self.next_ref()
        self._open[ref] = question
        self._frames.append(msgspec.structs.replace(question.frame, ref=ref))
