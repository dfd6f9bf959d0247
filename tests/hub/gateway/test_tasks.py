"""The first that ends, ends all; what it raised is raised."""

from __future__ import annotations

import asyncio

import pytest

from hub.gateway.tasks import together


async def test_a_failure_is_raised_and_the_others_end() -> None:
    ended = asyncio.Event()

    async def stays() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    async def fails() -> None:
        raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        await together(stays(), fails())
    assert ended.is_set()


async def test_the_others_end_when_one_does() -> None:
    async def stays() -> None:
        await asyncio.Event().wait()

    async def ends() -> None:
        return

    await together(stays(), ends())


async def test_cancelling_it_cancels_all() -> None:
    started, ended = asyncio.Event(), asyncio.Event()

    async def stays() -> None:
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    running = asyncio.create_task(together(stays()))
    await started.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert ended.is_set()
