"""The real processes of the demonstration: started with the commands a person would type."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from hub.cli import main
from protocols.errors import ExpectationFailed

READY_SECONDS: Final = 20.0
STOP_SECONDS: Final = 10.0


def type_command(*words: str) -> Any:
    """Run one `crossband` command in this process; its JSON answer. Raises `ExpectationFailed`.

    Only for commands that do not talk to the hub: those run a loop of their own.
    """
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = main([*words, "--json"])
    if status != 0:
        raise ExpectationFailed(f"crossband {' '.join(words)}: {err.getvalue().strip()}")
    return json.loads(out.getvalue() or "null")


async def run_command(*words: str) -> Any:
    """Run one `crossband` command as a process of its own; its JSON answer."""
    lines = await run_for_lines(*words)
    return lines[0] if lines else None


async def run_for_lines(*words: str) -> list[Any]:
    """The same for a command that answers with one JSON document a line."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "hub",
        *words,
        "--json",
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    if process.returncode != 0:
        raise ExpectationFailed(f"crossband {' '.join(words)}: {err.decode().strip()}")
    return [json.loads(line) for line in out.splitlines()]


class Process:
    """One process that serves: its first line of output says that it is ready."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self._log = folder / f"{name}.log"
        self._process: asyncio.subprocess.Process | None = None

    async def start(
        self, words: Sequence[str], *, typed_at: bool = False
    ) -> asyncio.subprocess.Process:
        """Start `python` with these words; what it complains about goes to a file of its name.

        `typed_at`: its standard input is a pipe, for somebody who types.
        """
        with self._log.open("ab") as errors:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                *words,
                stdin=asyncio.subprocess.PIPE if typed_at else asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=errors,
                env={**os.environ, "PYTHONUNBUFFERED": "1"},
            )
        return self._process

    async def ready(self) -> Any:
        """The JSON of its first line; raises `ExpectationFailed` if it does not come."""
        assert self._process is not None
        assert self._process.stdout is not None
        with contextlib.suppress(TimeoutError):
            line = await asyncio.wait_for(self._process.stdout.readline(), READY_SECONDS)
            if line:
                return json.loads(line)
        raise ExpectationFailed(f"{self.name} did not start: {self.complaints()}")

    def complaints(self) -> str:
        """The end of what it wrote to standard error."""
        return self._log.read_text(errors="replace")[-600:].strip()

    async def stop(self) -> None:
        """Ask it to stop, and insist after a while."""
        process = self._process
        if process is None or process.returncode is not None:
            return
        process.terminate()
        try:
            await asyncio.wait_for(process.wait(), STOP_SECONDS)
        except TimeoutError:
            process.kill()
            await process.wait()
