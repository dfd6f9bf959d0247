"""What waits for one connection that cannot take more now, and never more than its bounds.

A connection that keeps up has no outbox: what concerns it is written straight away. Only while its
transport is full do entries wait here. The newest position of a track replaces the one that waits
(the client is told which numbers were left out); nothing else is dropped. When the bounds are
reached the waiting entries are let go, because the log has them: `spill` says from where each
channel is to be fed again.
"""

from __future__ import annotations

from collections.abc import Sequence

from hub.relay.effects import Outgoing
from protocols.frames import (
    OUTBOX_BYTES,
    OUTBOX_MESSAGES,
    OUTBOX_SECONDS,
    Codec,
    Entry,
    Superseded,
)


def websocket_frame(payload: bytes, *, text: bool) -> bytes:
    """One whole, unmasked data frame (RFC 6455 section 5.2), as a server sends it."""
    first = 0x81 if text else 0x82
    size = len(payload)
    if size < 126:
        return bytes((first, size)) + payload
    if size < 1 << 16:
        return bytes((first, 126, size >> 8, size & 0xFF)) + payload
    return bytes((first, 127)) + size.to_bytes(8, "big") + payload


class Burst:
    """The entries of one channel that one commit brought, framed once for everybody."""

    __slots__ = ("_frames", "_joined", "channel", "entries", "first", "last", "tracked")

    def __init__(self, channel: str, entries: Sequence[Outgoing]) -> None:
        self.channel = channel
        self.entries = entries
        self.first = entries[0].seq
        self.last = entries[-1].seq
        self.tracked = any(entry.track for entry in entries)
        self._frames: dict[Codec, list[bytes]] = {}
        self._joined: dict[Codec, bytes] = {}

    def frames(self, codec: Codec) -> list[bytes]:
        """One WebSocket frame per entry."""
        frames = self._frames.get(codec)
        if frames is None:
            encode, text = codec.encode, codec.encoding == "json"
            frames = self._frames[codec] = [
                websocket_frame(encode(Entry(seq, time, kind, body)), text=text)
                for seq, time, kind, body, _ in self.entries
            ]
        return frames

    def joined(self, codec: Codec) -> bytes:
        """All frames in a row: the same object for every connection of this encoding."""
        joined = self._joined.get(codec)
        if joined is None:
            joined = self._joined[codec] = b"".join(self.frames(codec))
        return joined


class Outbox:
    """Entries and answers that wait for one connection. `now` is in monotonic seconds."""

    def __init__(self, codec: Codec) -> None:
        self._codec = codec
        self._text = codec.encoding == "json"
        self._control: list[bytes] = []
        self._control_bytes = 0
        self._clear_entries()

    def _clear_entries(self) -> None:
        self._waiting: list[bytes | None] = []
        self._tracks: dict[tuple[str, str], tuple[int, int]] = {}
        self._superseded: dict[str, list[int]] = {}
        self._firsts: dict[str, int] = {}
        self._messages = 0
        self._bytes = 0
        self._since = 0.0

    def __bool__(self) -> bool:
        return bool(self._waiting or self._control)

    @property
    def messages(self) -> int:
        """Entries that wait."""
        return self._messages

    @property
    def stuffed(self) -> bool:
        """Whether even the answers, which no log can give again, are too many to hold."""
        return self._control_bytes > OUTBOX_BYTES

    def answer(self, frame: bytes) -> None:
        """Keep a frame (WebSocket framing done) that is meant for this connection alone."""
        self._control.append(frame)
        self._control_bytes += len(frame)

    def add(self, burst: Burst, now: float) -> None:
        """Keep a burst; positions replace those of their track that wait."""
        if not self._messages:
            self._since = now
        self._firsts.setdefault(burst.channel, burst.first)
        if not burst.tracked:
            joined = burst.joined(self._codec)
            self._waiting.append(joined)
            self._messages += len(burst.entries)
            self._bytes += len(joined)
            return
        for entry, frame in zip(burst.entries, burst.frames(self._codec), strict=True):
            if entry.track:
                self._supersede(burst.channel, entry)
            self._waiting.append(frame)
            self._messages += 1
            self._bytes += len(frame)

    def _supersede(self, channel: str, entry: Outgoing) -> None:
        key = (channel, entry.track)
        older = self._tracks.get(key)
        if older is not None:
            place, seq = older
            frame = self._waiting[place]
            assert frame is not None
            self._waiting[place] = None
            self._superseded.setdefault(channel, []).append(seq)
            self._messages -= 1
            self._bytes -= len(frame)
        self._tracks[key] = (len(self._waiting), entry.seq)

    def overdue(self, now: float) -> bool:
        """Whether the connection is behind by more than any of the three bounds."""
        return (
            self._messages > OUTBOX_MESSAGES
            or self._bytes > OUTBOX_BYTES
            or (self._messages > 0 and now - self._since > OUTBOX_SECONDS)
        )

    def take(self) -> bytes:
        """Everything that waits as one write; the outbox is empty afterwards."""
        skipped = [
            websocket_frame(
                self._codec.encode(Superseded(channel, tuple(sorted(seqs)))), text=self._text
            )
            for channel, seqs in self._superseded.items()
        ]
        waiting = [frame for frame in self._waiting if frame is not None]
        data = b"".join((*self._control, *skipped, *waiting))
        self._control = []
        self._control_bytes = 0
        self._clear_entries()
        return data

    def forget(self, channel: str) -> None:
        """The channel is not followed any longer, or from elsewhere: no tracks, no first seq.

        Frames that wait still go out; they were sent in order before this.
        """
        self._firsts.pop(channel, None)
        self._tracks = {key: value for key, value in self._tracks.items() if key[0] != channel}

    def spill(self) -> dict[str, int]:
        """Let the entries go and say for each channel which is the first of them; answers stay."""
        firsts = self._firsts
        self._clear_entries()
        return firsts
