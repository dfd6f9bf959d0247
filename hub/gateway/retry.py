"""Trying dead letters again, one after the other, as somebody asks for them.

A letter that passes is removed, and so is one whose document turns out to have crossed already: it
enters the channel once, however often it is tried and whatever crashes in between. One that stops
again stays, with the new reason and the number of attempts.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final

import structlog

from hub.gateway.counters import Count, Counters
from hub.gateway.dead_letters import DeadLetter, DeadLetters
from protocols.errors import AlreadyCrossed, CrossbandError, UnknownLetter

LOOK_SECONDS: Final = 0.5
"""How often it is looked whether somebody asks."""

Again = Callable[[DeadLetter, bytes], Awaitable[None]]
"""Takes a letter and its document the way that the document would take now."""

log = structlog.get_logger(__name__)


class Retries:
    """The letters that somebody asks for."""

    def __init__(self, letters: DeadLetters, again: Again, counters: Counters) -> None:
        self._letters = letters
        self._again = again
        self._counters = counters

    async def run(self) -> None:
        """Look for letters to try, until cancelled."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            await self.once()

    async def once(self) -> None:
        """Try every letter that is asked for now. A disk that fails is logged, nothing more."""
        for name in self._letters.asked():
            try:
                with suppress(UnknownLetter):  # dropped, before it was tried or meanwhile
                    await self._try(name)
                self._letters.answered(name)
            except OSError as fault:
                log.warning("letter not retried", letter=name, reason=str(fault))

    async def _try(self, name: str) -> None:
        letter, document = self._letters.read(name)
        try:
            await self._again(letter, document)
        except AlreadyCrossed:
            log.info("letter had crossed already", letter=name)
        except CrossbandError as error:
            self._letters.failed_again(name, error)
            log.info("letter stopped again", letter=name, error=error.code, detail=error.detail)
            return
        self._counters.add(Count.RETRIED)
        self._letters.remove(name)
        log.info("letter passed", letter=name)
