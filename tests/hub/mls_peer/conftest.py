"""The real process `crossband mls-peer`, driven over its pipes."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


class Process:
    """The peer as a process: lines in, lines out."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "hub", "mls-peer"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self._count = 0

    def line(self, line: bytes) -> dict:
        """One line in, the one line out."""
        self._process.stdin.write(line + b"\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def ask(self, member: str, op: str, **fields) -> dict:
        """The reply to one request, refused or not."""
        self._count += 1
        request = {"id": self._count, "op": op, "as": member, **fields}
        reply = self.line(json.dumps(request).encode())
        assert reply["id"] == self._count
        return reply

    def call(self, member: str, op: str, **fields) -> dict:
        """The reply to one request that must be taken."""
        reply = self.ask(member, op, **fields)
        assert reply["ok"], reply
        return reply

    def refused(self, member: str, op: str, error: str, **fields) -> None:
        """The request is refused with this error class, and the member's state is what it was."""
        before = self.ask(member, "info")
        reply = self.ask(member, op, **fields)
        assert not reply["ok"]
        assert reply["error"].startswith(f"{error}: "), reply
        after = self.ask(member, "info")
        assert {**after, "id": 0} == {**before, "id": 0}

    def end(self) -> tuple[int, bytes, bytes]:
        """Close the input; exit status and what was left on both outputs."""
        out, err = self._process.communicate(timeout=20)
        return self._process.returncode, out, err


@pytest.fixture
def process() -> Iterator[Process]:
    """A peer process; at its end it has said nothing that was not asked for."""
    peer = Process()
    yield peer
    assert peer.end() == (0, b"", b"")


@pytest.fixture(scope="session")
def b64():
    """Bytes as the peer's JSON holds them."""
    return lambda data: base64.b64encode(data).decode()


@pytest.fixture
def trio(process, b64) -> Process:
    """alice, bob and carol in one group, made through the peer."""
    for name in ("alice", "bob", "carol"):
        process.call(name, "keypackage", identity=name)
    packages = [
        process.call(name, "keypackage", identity=name)["keyPackage"] for name in ("bob", "carol")
    ]
    process.call("alice", "create", groupId=b64(b"tunnel-nogales"))
    made = process.call("alice", "add", keyPackages=packages)
    for name in ("bob", "carol"):
        process.call(name, "join", welcome=made["welcome"])
    return process
