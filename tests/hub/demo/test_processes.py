"""Commands are the real ones, and what goes wrong is said."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from hub.demo.processes import Process, run_command, run_for_lines, type_command
from protocols.errors import ExpectationFailed


def test_a_typed_command_answers_in_json(tmp_path: Path) -> None:
    folder = str(tmp_path / "ca")
    type_command("agency", "init", folder, "--agency", "uscbp", "--country", "US")
    assert (tmp_path / "ca" / "root.pem").exists()
    with pytest.raises(ExpectationFailed, match="agency init"):
        type_command("agency", "init", folder, "--agency", "uscbp", "--country", "US")


async def test_a_command_runs_as_a_process_of_its_own() -> None:
    formats = await run_command("formats")
    assert formats
    with pytest.raises(ExpectationFailed, match=r"no-such\.sqlite"):
        await run_for_lines("audit", "verify", "no-such.sqlite")


async def test_a_process_says_when_it_is_ready_and_stops_when_asked(tmp_path: Path) -> None:
    process = Process("sleeper", tmp_path)
    words = ["-c", "import time; print('{\"port\": 7}', flush=True); time.sleep(60)"]
    await process.start(words)
    assert await process.ready() == {"port": 7}
    await asyncio.wait_for(process.stop(), 5)


async def test_a_process_that_does_not_start_is_quoted(tmp_path: Path) -> None:
    process = Process("broken", tmp_path)
    await process.start(["-c", "import sys; sys.exit('no such luck')"])
    with pytest.raises(ExpectationFailed, match="no such luck"):
        await process.ready()
    await process.stop()
