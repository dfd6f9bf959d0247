"""A network cable that can be pulled: a TCP relay on loopback between one party and the hub."""

from __future__ import annotations

import asyncio

READ_SIZE = 64 * 1024


class Cable:
    """Carries bytes from its own port to another; `pull` ends every connection, none can begin."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._server: asyncio.Server | None = None
        self._ends: set[asyncio.StreamWriter] = set()
        self._pulled = False
        self.port = 0

    async def start(self) -> None:
        """Listen on a free port."""
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    def pull(self) -> None:
        """Cut every connection and refuse new ones."""
        self._pulled = True
        for end in self._ends:
            end.transport.abort()

    def plug(self) -> None:
        """Carry again."""
        self._pulled = False

    def stop(self) -> None:
        """Cut everything and stop listening."""
        self.pull()
        if self._server is not None:
            self._server.close()

    async def _carry(self, near: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        if self._pulled:
            back.transport.abort()
            return
        try:
            far, forth = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            back.transport.abort()
            return
        ends = {back, forth}
        self._ends |= ends
        try:
            await asyncio.gather(_copy(near, forth), _copy(far, back))
        except OSError:
            pass  # one end has gone; the other is closed below
        finally:
            self._ends -= ends
            for end in ends:
                end.transport.abort()


async def _copy(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    while data := await source.read(READ_SIZE):
        sink.write(data)
        await sink.drain()
    sink.close()
