"""Letters are tried again as somebody asks, pass once, and stay with the new reason otherwise."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from hub.gateway import retry as module
from hub.gateway.counters import Count, Counters
from hub.gateway.dead_letters import DeadLetter, DeadLetters
from hub.gateway.retry import Retries
from protocols.errors import AlreadyCrossed, CrossbandError, Expired, MalformedDocument

NOON = 1_793_000_000_000_000


class Desk:
    """Takes letters the way that it is told to."""

    def __init__(self, folder: Path) -> None:
        self.letters = DeadLetters(folder, lambda: NOON)
        self.counters = Counters()
        self.retries = Retries(self.letters, self.again, self.counters)
        self.error: CrossbandError | None = None
        self.tried: list[bytes] = []

    async def again(self, letter: DeadLetter, document: bytes) -> None:
        self.tried.append(document)
        if self.error is not None:
            raise self.error

    def kept(self, document: bytes) -> str:
        return self.letters.keep("in", "tak", document, MalformedDocument("no")).id


async def test_only_what_is_asked_for_is_tried_and_what_passes_is_gone(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    one, two = desk.kept(b"one"), desk.kept(b"two")
    desk.letters.ask(one)
    await desk.retries.once()
    assert desk.tried == [b"one"]
    assert [letter.id for letter in desk.letters.list()] == [two]
    assert desk.letters.asked() == ()
    await desk.retries.once()
    assert len(desk.tried) == 1
    assert desk.counters[Count.RETRIED] == 1


async def test_what_stops_again_stays_with_the_new_reason(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    name = desk.kept(b"one")
    desk.error = Expired("yesterday")
    for attempt in (1, 2):
        desk.letters.ask(name)
        await desk.retries.once()
        letter, document = desk.letters.read(name)
        assert (letter.error, letter.detail, letter.attempts) == ("expired", "yesterday", attempt)
        assert document == b"one"
    assert desk.letters.asked() == ()
    assert desk.counters[Count.RETRIED] == 0


async def test_what_had_crossed_already_is_done(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.letters.ask(desk.kept(b"one"))
    desk.error = AlreadyCrossed("before the crash")
    await desk.retries.once()
    assert desk.letters.list() == ()


async def test_a_letter_that_was_dropped_meanwhile_stops_nothing(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    one, two = desk.kept(b"one"), desk.kept(b"two")
    desk.letters.ask(one)
    desk.letters.ask(two)
    (tmp_path / f"{one}.json").unlink()
    await desk.retries.once()
    assert desk.tried == [b"two"]
    assert desk.letters.asked() == ()


@pytest.mark.parametrize("error", [None, Expired("yesterday")])
async def test_a_letter_that_is_dropped_while_it_is_tried_stops_nothing_either(
    tmp_path: Path, error: CrossbandError | None
) -> None:
    desk = Desk(tmp_path)
    one = desk.kept(b"one")

    async def dropping(letter: DeadLetter, document: bytes) -> None:
        DeadLetters(tmp_path, lambda: NOON).remove(one)
        if error is not None:
            raise error

    desk.letters.ask(one)
    await Retries(desk.letters, dropping, desk.counters).once()
    assert desk.letters.asked() == ()
    assert desk.letters.list() == ()


async def test_it_looks_again_and_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOOK_SECONDS", 0.001)
    desk = Desk(tmp_path)
    running = asyncio.create_task(desk.retries.run())
    try:
        for number in range(3):
            desk.letters.ask(desk.kept(b"%d" % number))
            async with asyncio.timeout(10):
                while desk.letters.list():
                    await asyncio.sleep(0.001)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert desk.tried == [b"0", b"1", b"2"]
