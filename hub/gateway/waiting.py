"""What waits for one client of the system: bounded in number and in bytes, never blocking."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Final

WAITING_BYTES: Final = 16 * 1024 * 1024
"""Bytes that may wait for one client, whatever their number."""


class Waiting:
    """Documents for one client, in order. One task takes, anybody puts."""

    def __init__(self, most: int, most_bytes: int = WAITING_BYTES) -> None:
        self._most = most
        self._most_bytes = most_bytes
        self._documents: deque[bytes] = deque()
        self._bytes = 0
        self._news = asyncio.Event()

    def put(self, document: bytes) -> bool:
        """Add a document; False, and nothing is added, when too much is waiting already."""
        if len(self._documents) >= self._most or self._bytes + len(document) > self._most_bytes:
            return False
        self._documents.append(document)
        self._bytes += len(document)
        self._news.set()
        return True

    async def take(self) -> list[bytes]:
        """Everything that waits, once there is something."""
        while not self._documents:
            self._news.clear()
            await self._news.wait()
        documents = list(self._documents)
        self._documents.clear()
        self._bytes = 0
        return documents

    def __len__(self) -> int:
        return len(self._documents)
