"""Running several things that belong together, so that none ends unseen."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine


async def together(*coroutines: Coroutine[object, object, None]) -> None:
    """Run all until one ends or fails, then cancel the others; raises what the first one raised."""
    tasks = [asyncio.create_task(one) for one in coroutines]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        task.result()
