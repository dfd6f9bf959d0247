"""What waits for a client is bounded in number and in bytes, and comes out in order."""

from __future__ import annotations

import asyncio

from hub.gateway.waiting import Waiting


async def test_everything_that_waits_comes_at_once_in_order() -> None:
    waiting = Waiting(10)
    taking = asyncio.create_task(waiting.take())
    await asyncio.sleep(0)
    assert not taking.done()
    assert waiting.put(b"1")
    assert waiting.put(b"2")
    assert await taking == [b"1", b"2"]
    assert len(waiting) == 0


async def test_too_many_are_not_taken() -> None:
    waiting = Waiting(2)
    assert waiting.put(b"1")
    assert waiting.put(b"2")
    assert not waiting.put(b"3")
    assert await waiting.take() == [b"1", b"2"]
    assert waiting.put(b"4")


async def test_too_many_bytes_are_not_taken() -> None:
    waiting = Waiting(100, most_bytes=5)
    assert waiting.put(b"123")
    assert not waiting.put(b"456")
    assert waiting.put(b"45")
    assert await waiting.take() == [b"123", b"45"]
