"""The peer's loop: each line in gives exactly one line out, whatever it holds.

    line -> head (op, id, as) -> request of that op -> operation on that member -> reply

A refusal is a reply, and the member is what it was before. Only the end of input ends the loop.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

import msgspec

from hub.mls_peer.members import Member
from hub.mls_peer.operations import OPERATIONS
from hub.mls_peer.requests import REQUESTS, Head
from protocols.errors import CrossbandError, MalformedRequest, UnknownOperation


class _OnlyId(msgspec.Struct):
    id: msgspec.Raw


_HEAD = msgspec.json.Decoder(Head)
_ID = msgspec.json.Decoder(_OnlyId)


class Output(Protocol):
    """Where replies go."""

    def write(self, data: bytes, /) -> object:
        """Write all of `data`."""
        ...

    def flush(self) -> object:
        """Hand everything over."""
        ...


class Peer:
    """All members of this process, by the name that `as` gives them."""

    def __init__(self) -> None:
        self._members: dict[str, Member] = {}

    def answer(self, line: bytes) -> bytes:
        """The reply to one line, without its line feed; raises nothing that a line can cause."""
        head: Head | None = None
        try:
            head = _head(line)
            reply = {"id": head.id, "ok": True, **self._run(head, line)}
        except CrossbandError as error:
            said = f"{type(error).__name__}: {error.detail}"
            reply = {"id": _id(line, head), "ok": False, "error": said}
        return msgspec.json.encode(reply)

    def _run(self, head: Head, line: bytes) -> dict[str, object]:
        kind, operation = REQUESTS.get(head.op), OPERATIONS.get(head.op)
        if kind is None or operation is None:
            raise UnknownOperation(f"There is no operation {head.op!r}.")
        try:
            request = msgspec.json.decode(line, type=kind)
        except (msgspec.MsgspecError, ValueError) as error:
            raise MalformedRequest(f"{head.op}: {error}.") from error
        known = self._members.get(head.member)
        member = Member() if known is None else known
        reply = operation(member, request)
        self._members[head.member] = member
        return reply


def _head(line: bytes) -> Head:
    try:
        return _HEAD.decode(line)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise MalformedRequest(f"The line cannot be read: {error}.") from error


def _id(line: bytes, head: Head | None) -> msgspec.Raw:
    """The id to echo in a refusal: the line's own, or null where none can be read."""
    if head is not None:
        return head.id
    try:
        found: msgspec.Raw = _ID.decode(line).id
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return msgspec.Raw(b"null")
    return found


def serve(lines: Iterable[bytes], output: Output) -> None:
    """Answer every line until the input ends."""
    peer = Peer()
    for line in lines:
        output.write(peer.answer(line) + b"\n")
        output.flush()
