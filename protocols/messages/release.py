"""Taking apart and putting together: what everybody may read, and the parts for some only.

`split` moves withheld values out of a message into parts, one for each set of readers, and leaves
a stub where each stood. `merge` puts back what a reader has, exactly. `view` is what one reader
ends up with, so that a sender can look before sending and an auditor afterwards:

    merge(split(m, roster).open, parts that r may read) == view(m, r)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from protocols.errors import MalformedMessage
from protocols.identity import Identity
from protocols.messages import tree
from protocols.messages.envelope import Message, Stub
from protocols.messages.rules import (
    Claim,
    check_sender,
    claims,
    hidden_from,
    may_pass_on,
    owns,
    within,
)
from protocols.messages.values import Tlp

__all__ = ["Part", "Split", "check_sender", "may_pass_on", "merge", "split", "stub_text", "view"]

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder().decode


class Part(msgspec.Struct, frozen=True):
    """Values that only `readers` (device ids) may have. The caller seals `values` for them."""

    values: bytes
    readers: tuple[str, ...]


class Split(msgspec.Struct, frozen=True):
    """A message for everybody, and the parts that are not."""

    open: Message
    parts: tuple[Part, ...]


def split(message: Message, roster: Sequence[Identity]) -> Split:
    """Take out of `message` what not everybody in `roster` may read.

    Raises `MalformedMessage` where a caveat names a field without which there is no message.
    """
    plain = tree.build(message)
    standing = claims(message, plain)
    hidden = {reader.device: hidden_from(message, standing, reader) for reader in roster}
    paths = {path for paths in hidden.values() for path in paths if any(tree.expand(plain, path))}
    if not paths:
        return Split(message, ())
    stubs = _stubs(message, standing, paths)
    groups: dict[tuple[str, ...], dict[str, Any]] = {}
    for path in sorted(paths, key=lambda path: (-path.count("/"), path)):
        readers = tuple(device for device, gone in hidden.items() if not _covers(gone, path))
        groups.setdefault(readers, {})[path] = tree.take(plain, path)
    parts = (
        Part(values=_encode(values), readers=readers)
        for readers, values in groups.items()
        if readers
    )
    return Split(_with_stubs(plain, (*message.stubs, *stubs)), tuple(parts))


def merge(opened: Message, *values: bytes) -> Message:
    """Put the values of parts back where their stubs stand; a stub inside another one goes.

    Raises `MalformedMessage` for values that no stub asks for: a part can restore, never add.
    """
    if not opened.stubs and not values:
        return opened
    stubs = {stub.path: stub for stub in opened.stubs}
    restored: dict[str, Any] = {}
    for part in values:
        try:
            found = _decode(part)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise MalformedMessage(f"/sealed: a part that cannot be read: {error}") from error
        if not isinstance(found, dict) or not all(path in stubs for path in found):
            raise MalformedMessage("/sealed: a part with values that no stub stands for")
        restored |= found
    left = {path for path in stubs if path not in restored}
    plain = tree.build(opened)
    for path in sorted(restored, key=lambda path: path.count("/")):
        if not _covers(left, path):
            tree.put(plain, path, restored[path])
    outer = tuple(stubs[p] for p in stubs if p in left and not _covers(left - {p}, p))
    return _with_stubs(plain, outer)


def view(message: Message, reader: Identity) -> Message:
    """The message as `reader` may see it, a stub where something is withheld."""
    if owns(message, reader):
        return message
    plain = tree.build(message)
    standing = claims(message, plain)
    hidden = hidden_from(message, standing, reader)
    paths = {path for path in hidden if any(tree.expand(plain, path))}
    if not paths:
        return message
    for path in paths:
        tree.take(plain, path)
    return _with_stubs(plain, (*message.stubs, *_stubs(message, standing, paths)))


def stub_text(stub: Stub) -> str:
    """The stub as English words; `render` says it in the reader's language."""
    return f"withheld by {stub.by}" + (f", {stub.tlp}" if stub.tlp else "")


def _stubs(message: Message, standing: tuple[Claim, ...], paths: set[str]) -> list[Stub]:
    """A stub a path. Its marking is that of the first claim on it, the same for every reader."""
    markings: dict[str, Tlp | None] = {}
    for claim in standing:
        markings.setdefault(claim.path, claim.tlp)
    carried = next(iter(markings.values()))
    by = message.sender.country
    return [Stub(path=path, by=by, tlp=markings.get(path, carried)) for path in sorted(paths)]


def _covers(hidden: set[str], path: str) -> bool:
    """Whether a withheld path is `path` or lies around it."""
    return any(within(path, other) for other in hidden)


def _with_stubs(plain: tree.Tree, stubs: Sequence[Stub]) -> Message:
    plain["stubs"] = [msgspec.to_builtins(stub) for stub in stubs]
    return tree.convert(plain, Message)
