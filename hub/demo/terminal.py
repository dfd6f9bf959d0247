"""A patrol agent at the terminal client: the real program in its line mode, typed at and read."""

from __future__ import annotations

import asyncio
from pathlib import Path

from hub.demo.processes import Process


class Terminal:
    """What the agent types goes in, what the agent reads is in `lines`."""

    def __init__(self, process: Process) -> None:
        self.lines: list[str] = []
        self._process = process
        self._input: asyncio.StreamWriter | None = None
        self._reading: asyncio.Task[None] | None = None

    async def start(self, device_folder: Path, channel: str, language: str) -> None:
        """Start `crossband-patrol --plain`."""
        running = await self._process.start(
            [
                *("-m", "tui_client", "--plain", "--device-folder", str(device_folder)),
                *("--channel", channel, "--lang", language),
            ],
            typed_at=True,
        )
        assert running.stdin is not None
        assert running.stdout is not None
        self._input = running.stdin
        self._reading = asyncio.create_task(self._read(running.stdout))

    async def type(self, line: str) -> None:
        """Type a line."""
        assert self._input is not None
        self._input.write(line.encode() + b"\n")
        await self._input.drain()

    def read(self, *words: str, since: int = 0) -> str | None:
        """The newest line from number `since` on that has all these words."""
        for line in reversed(self.lines[since:]):
            if all(word in line for word in words):
                return line
        return None

    async def close(self) -> None:
        """Quit."""
        if self._input is not None and not self._input.is_closing():
            await self.type("/q")
            self._input.close()
        if self._reading is not None:
            await asyncio.wait({self._reading}, timeout=5)
            self._reading.cancel()

    async def _read(self, output: asyncio.StreamReader) -> None:
        while line := await output.readline():
            self.lines.append(line.decode(errors="replace").rstrip())
