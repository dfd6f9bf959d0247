"""The bar for the hub: a group-commit SQLite server on `websockets` that does nothing else.

    python -m benchmarks.bare_server FOLDER PORT [CERTIFICATE KEY]

No login, no checks, no tree, no receipts: a message is appended to SQLite (WAL, synchronous FULL,
what gathered while the last commit ran is the next one), then acknowledged and sent to everybody in
its channel, all frames of a commit in one write per connection. Frames are those of the hub where
it has them: `send` in, `entry` and `accepted` out, `subscribe` to join and to catch up. The channel
stands where an MLS group id would, so both read a routing head.
"""

from __future__ import annotations

import asyncio
import queue
import ssl
import sys
import threading
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import apsw
import uvloop
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from protocols.frames import (
    MSGPACK,
    REPLAY_ROWS,
    Accepted,
    Ack,
    CaughtUp,
    Entry,
    EntryKind,
    Send,
    Subscribe,
)


def framed(payload: bytes) -> bytes:
    """A server's WebSocket frame around a payload."""
    size = len(payload)
    if size < 126:
        return bytes((0x82, size)) + payload
    if size < 1 << 16:
        return b"\x82\x7e" + size.to_bytes(2, "big") + payload
    return b"\x82\x7f" + size.to_bytes(8, "big") + payload


class Bare:
    """Sockets, one table, one writer thread."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.database = self.connect()
        self.database.execute(
            "CREATE TABLE IF NOT EXISTS log "
            "(channel BLOB, seq INTEGER, at INTEGER, body BLOB, PRIMARY KEY (channel, seq))"
        )
        self.reader = self.connect()
        self.last: dict[bytes, int] = defaultdict(int)
        self.members: dict[bytes, dict[ServerConnection, None]] = defaultdict(dict)
        self.work: queue.SimpleQueue[tuple[ServerConnection, int, bytes, bytes]] = (
            queue.SimpleQueue()
        )

    def connect(self) -> apsw.Connection:
        connection = apsw.Connection(str(self.path))
        connection.pragma("journal_mode", "wal")
        connection.pragma("synchronous", "FULL")
        return connection

    def write(self, loop: asyncio.AbstractEventLoop) -> None:
        while True:
            batch = [self.work.get()]
            while not self.work.empty():
                batch.append(self.work.get())
            now = time.time_ns() // 1000
            rows = []
            for _, _, channel, body in batch:
                self.last[channel] += 1
                rows.append((channel, self.last[channel], now, body))
            with self.database:
                self.database.executemany("INSERT INTO log VALUES (?, ?, ?, ?)", rows)
            loop.call_soon_threadsafe(self.deliver, batch, rows)

    def deliver(self, batch: list[Any], rows: list[Any]) -> None:
        entries: dict[bytes, list[bytes]] = defaultdict(list)
        acks: dict[ServerConnection, list[Ack]] = defaultdict(list)
        encode = MSGPACK.encode
        for (connection, ref, channel, body), (_, seq, at, _) in zip(batch, rows, strict=True):
            entries[channel].append(framed(encode(Entry(seq, at, EntryKind.MESSAGE, body))))
            acks[connection].append(Ack(ref, seq, at))
        out: dict[ServerConnection, list[bytes]] = defaultdict(list)
        for channel, frames in entries.items():
            joined = b"".join(frames)
            for member in self.members[channel]:
                out[member].append(joined)
        for connection, list_ in acks.items():
            out[connection].append(framed(encode(Accepted(tuple(list_)))))
        for connection, chunks in out.items():
            connection.transport.write(chunks[0] if len(chunks) == 1 else b"".join(chunks))

    async def serve(self, connection: ServerConnection) -> None:
        joined = None
        try:
            async for message in connection:
                assert isinstance(message, bytes)
                frame = MSGPACK.decode_client(message)
                if isinstance(frame, Send):
                    size = frame.body[4]
                    channel = frame.body[5 : 5 + size]
                    self.work.put((connection, frame.ref, channel, frame.body))
                elif isinstance(frame, Subscribe):
                    joined = frame.channel.encode()
                    await self.subscribe(connection, frame, joined)
        except ConnectionClosed:
            pass
        finally:
            if joined is not None:
                self.members[joined].pop(connection, None)

    async def subscribe(
        self, connection: ServerConnection, frame: Subscribe, channel: bytes
    ) -> None:
        write, encode = connection.transport.write, MSGPACK.encode
        write(framed(encode(Accepted((Ack(frame.ref, self.last[channel], 0),)))))
        after = frame.after
        while True:
            rows = list(
                self.reader.execute(
                    "SELECT seq, at, body FROM log WHERE channel = ? AND seq > ? "
                    "ORDER BY seq LIMIT ?",
                    (channel, after, REPLAY_ROWS),
                )
            )
            if rows:
                after = rows[-1][0]
                write(
                    b"".join(
                        framed(encode(Entry(seq, at, EntryKind.MESSAGE, body)))
                        for seq, at, body in rows
                    )
                )
                await connection.drain()
            if len(rows) < REPLAY_ROWS:
                break
        self.members[channel][connection] = None
        write(framed(encode(CaughtUp(frame.channel, after))))


async def main(folder: str, port: str, *tls: str) -> None:
    """Serve until killed."""
    bare = Bare(Path(folder) / "bare.sqlite")
    loop = asyncio.get_running_loop()
    threading.Thread(target=bare.write, args=(loop,), daemon=True).start()
    context = None
    if tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.load_cert_chain(*tls)
    async with serve(
        bare.serve,
        "127.0.0.1",
        int(port),
        ssl=context,
        compression=None,
        max_size=None,
        ping_interval=None,
        write_limit=1 << 26,
        backlog=1024,
    ):
        print("listening", flush=True)
        await loop.create_future()


if __name__ == "__main__":
    uvloop.run(main(*sys.argv[1:]))
