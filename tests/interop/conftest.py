"""Two MLS peers behind the same JSON lines: ours as a process, and ts-mls under node."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


class Refusal(Exception):
    """The peer's error reply."""


class Peer:
    """A process that answers JSON lines; each call is one request and its reply."""

    def __init__(self, command: list[str], folder: Path) -> None:
        self._process = subprocess.Popen(
            command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self._count = 0

    def call(self, member: str, op: str, **fields) -> dict:
        self._count += 1
        request = {"id": self._count, "op": op, "as": member, **fields}
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(request).encode() + b"\n")
        self._process.stdin.flush()
        reply = json.loads(self._process.stdout.readline())
        assert reply["id"] == self._count
        if not reply["ok"]:
            raise Refusal(reply["error"])
        return reply

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        assert self._process.wait(timeout=20) == 0
        self._process.stdout.close()


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


@pytest.fixture(scope="session")
def ts_mls_folder() -> Path:
    """The folder with ts-mls; where it cannot be installed the tests skip, but in CI they fail."""
    missing = _install()
    if missing:
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    return HERE


def _install() -> str:
    """Install the pinned packages if they are absent; returns what is missing, or nothing."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        return "interoperability with ts-mls needs node and npm"
    if (HERE / "node_modules" / "ts-mls").is_dir():
        return ""
    command = ["npm", "install", "--no-package-lock", "--no-audit", "--no-fund", "--silent"]
    done = subprocess.run(command, cwd=HERE, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else "interoperability with ts-mls: npm could not install it"


@pytest.fixture(scope="module")
def ours() -> Iterator[Peer]:
    """`crossband mls-peer`."""
    peer = Peer([sys.executable, "-m", "hub", "mls-peer"], ROOT)
    yield peer
    peer.close()


@pytest.fixture(scope="module")
def theirs(ts_mls_folder: Path) -> Iterator[Peer]:
    """ts-mls."""
    peer = Peer(["node", "ts_mls_peer.mjs"], ts_mls_folder)
    yield peer
    peer.close()
