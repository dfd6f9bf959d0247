"""A small true story in a log: a channel whose members come and go, checkpoints, a backup copy."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from hub.store import items
from hub.store.sqlite import SqliteStore
from protocols.mls.credentials import BasicValidator, basic
from protocols.mls.group import Group
from protocols.mls.keypackages import KeyPackageBundle, new_key_package
from protocols.mls.signer import SoftwareSigner
from protocols.tlog.checkpoint import CheckpointSigner
from protocols.tlog.entry import Kind

PATROL, UNIT, OBSERVER = "patrol-7@uscbp", "gn-3@gn", "observer@rcmp"
NOW = 1_800_000_000


@dataclass
class Story:
    """The log's file and all that the test needs to doubt it."""

    path: Path
    signer: CheckpointSigner
    held: str = ""
    sent: dict[int, bytes] = field(default_factory=dict)

    def change(self, *statements: str) -> None:
        """Tamper with the file."""
        connection = sqlite3.connect(self.path)
        with connection:
            for statement in statements:
                connection.execute(statement)
        connection.close()


def private(channel: str, epoch: int, identifier: bytes, act: int, lane: int, text: str) -> bytes:
    """A PrivateMessage as far as the hub can read it (RFC 9420 section 6.3), then `text`."""
    group = channel.encode()
    header = bytes([1]) + identifier + bytes([act, lane]) + bytes(36)
    return (
        b"\0\1\0\2" + bytes([len(group)]) + group + epoch.to_bytes(8, "big") + b"\1"
        + bytes([len(header)]) + header + text.encode()
    )  # fmt: skip


@pytest.fixture
def sealed() -> Callable[..., bytes]:
    """`private` for tests that write a log of their own."""
    return private


class Teller:
    """Writes the story, one entry a call; times go up by a second."""

    def __init__(self, store: SqliteStore, story: Story) -> None:
        self.store = store
        self.story = story
        self.at = NOW * 1_000_000
        self.number = 0

    async def tell(self, make: Callable[[int], items.Item]) -> items.Result:
        self.at += 1_000_000
        (result,) = await self.store.commit([make(self.at)])
        assert result.ok, result
        return result

    async def say(self, device: str, epoch: int, text: str, **fields: int) -> None:
        self.number += 1
        act, lane = fields.get("act", 1), fields.get("lane", 2)
        identifier = self.number.to_bytes(16, "big")
        body = private("nogales", epoch, identifier, act, lane, f"{text} {self.number}")
        message = items.AppendMessage(
            "nogales", device, self.number.to_bytes(16, "big"), epoch, body, act, lane, 0,
            b'{"from":"10.0.0.7"}',
        )  # fmt: skip
        self.at += 1_000_000
        (result,) = await self.store.commit([items.msgspec.structs.replace(message, at=self.at)])
        assert isinstance(result, items.Committed)
        self.story.sent[result.seq] = body

    async def commit(self, device: str, group: Group, message: bytes, info: bytes) -> None:
        await self.tell(
            lambda at: items.AppendHandshake(
                "nogales", device, Kind.COMMIT, group.epoch, message, b"state", at, info
            )
        )


def bundle(name: str) -> tuple[KeyPackageBundle, SoftwareSigner]:
    signer = SoftwareSigner.generate()
    made = new_key_package(2, signer, basic(name), not_before=NOW - 10, not_after=NOW + 86_400)
    return made, signer


async def write(store: SqliteStore, story: Story) -> None:
    """Who says what while whom is a member; seq in the comments."""
    teller = Teller(store, story)
    await teller.tell(lambda at: items.AppendEvent(Kind.START, "hub", at))
    await teller.tell(lambda at: items.AppendEvent(Kind.LOGIN, PATROL, at, meta=b'{"from":"::1"}'))
    patrol = Group.create(
        b"nogales", 2, SoftwareSigner.generate(), basic(PATROL),
        validator=BasicValidator(), now=NOW,
    )  # fmt: skip
    info = patrol.group_info()
    await teller.tell(
        lambda at: items.CreateChannel("nogales", PATROL, b"{}", 0, b"state", info, at)
    )
    await teller.say(PATROL, 0, "alone")  # 1
    for name in (UNIT, OBSERVER):  # 2, 4
        pending = patrol.commit(now=NOW, add=[bundle(name)[0].key_package])
        await teller.commit(PATROL, patrol, pending.commit, pending.group_info)
        patrol.merge_pending()
        await teller.say(PATROL, patrol.epoch, f"welcome {name}")  # 3, 5
    await store.checkpoint(story.signer)
    story.held = store.last_checkpoint
    await teller.say(UNIT, 2, "position", lane=4)  # 6
    await teller.say(UNIT, 1, "late, of the epoch before")  # 7
    leaf = next(member.leaf for member in patrol.members() if member.identity == UNIT)
    pending = patrol.commit(now=NOW, remove=[leaf])
    await teller.commit(PATROL, patrol, pending.commit, pending.group_info)  # 8
    patrol.merge_pending()
    await teller.say(PATROL, 3, "without gn", act=6)  # 9
    await teller.tell(
        lambda at: items.AppendEvent(
            Kind.REFUSAL, OBSERVER, at, channel="nogales", meta=b'{"code":"role_refused"}'
        )
    )
    for _ in range(300):
        await teller.say(PATROL, 3, "routine", lane=3)  # 10..309
    await store.checkpoint(story.signer)


@pytest.fixture(scope="session")
async def told(tmp_path_factory: pytest.TempPathFactory) -> Story:
    """The story, written once."""
    folder = tmp_path_factory.mktemp("story")
    signer = CheckpointSigner(
        "crossband/hub-nogales", Ed25519PrivateKey.generate(), MLDSA44PrivateKey.generate()
    )
    story = Story(folder / "copy.db", signer)
    store = SqliteStore.open(folder / "log.db")
    await write(store, story)
    await store.backup(story.path)
    store.close()
    return story


@pytest.fixture
def story(told: Story, tmp_path: Path) -> Story:
    """A copy of the story that a test may tamper with."""
    path = tmp_path / "log.db"
    path.write_bytes(told.path.read_bytes())
    return Story(path, told.signer, told.held, told.sent)
