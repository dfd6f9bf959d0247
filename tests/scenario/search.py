"""Looks for a text wherever a process could have left it: files, memory, captured traffic.

A needle is searched as UTF-8, UTF-16, hexadecimal, reversed, and base64 at each of its three
alignments, so that an encoding is no hiding place. Compression and encryption are; that the search
finds what is there is shown by planting.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Iterable, Iterator
from pathlib import Path

CHUNK = 16 * 1024 * 1024


def needles(text: str) -> dict[str, bytes]:
    """The text in every form that is searched for."""
    plain = text.encode()
    forms = {
        "utf-8": plain,
        "utf-16": text.encode("utf-16-le"),
        "hex": plain.hex().encode(),
        "reversed": plain[::-1],
    }
    for shift in range(3):
        encoded = base64.b64encode(bytes(shift) + plain)
        # The first and last group mix with whatever stands beside the text.
        forms[f"base64+{shift}"] = encoded[4 if shift else 0 : -4]
    return forms


def find(text: str, places: Iterable[tuple[str, bytes]]) -> list[str]:
    """Where the text stands: `place (form)` for each hit."""
    forms = needles(text)
    return [
        f"{place} ({form})"
        for place, data in places
        for form, needle in forms.items()
        if needle in data
    ]


def files(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Every file below a folder."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield str(path), path.read_bytes()


def memory(pid: int) -> Iterator[tuple[str, bytes]]:
    """What a process has in memory: every readable mapping, chunks overlapping a little."""
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as mem:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            span, rights, *rest = line.split(maxsplit=5)
            if not rights.startswith("r") or rest[-1:] in (["[vvar]"], ["[vsyscall]"]):
                continue
            start, end = (int(one, 16) for one in span.split("-"))
            for place in range(start, end, CHUNK):
                try:
                    mem.seek(place)
                    data = mem.read(min(CHUNK + 4096, end - place))
                except (OSError, ValueError, OverflowError):
                    break
                yield f"memory {line}", data


class Wiretap:
    """A TCP proxy that writes down every byte that passes, both ways."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.captured = bytearray()

    async def __aenter__(self) -> Wiretap:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()

    @property
    def port(self) -> int:
        """Where it listens."""
        assert self._server is not None
        return int(self._server.sockets[0].getsockname()[1])

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", self._target)
        for one, other in ((reader, inner_writer), (inner_reader, writer)):
            task = asyncio.create_task(self._pass_on(one, other))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65536):
                self.captured += data
                writer.write(data)
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()
