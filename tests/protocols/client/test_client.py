"""Real clients on a real hub: two agencies, cuts, kills, removals, races."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from protocols.client.client import Client
from protocols.client.device import Device
from protocols.client.events import LinkChanged, Noticed, Received
from protocols.client.fates import FateState
from protocols.client.store import Table
from protocols.errors import (
    DeviceRevoked,
    LocalStoreError,
    RoleRefused,
    Trouble,
    UnknownChannel,
    UnknownDevice,
)
from protocols.frames import Policy, Stage, Statement
from protocols.identity import Role
from protocols.messages.envelope import Message, compose
from protocols.messages.kinds import AlarmAck, Text
from protocols.messages.values import LanguageText
from tests.scenario.house import House

T = TypeVar("T")
PATIENCE = 30
MESSAGES = 200
POLICY = Policy(owners=("uscbp", "mxgn"), observers=("cbsa",))
LISTEN = Path(__file__).resolve().parents[3] / "docs" / "examples" / "listen.py"
SENDER = Path(__file__).with_name("sender.py")


async def soon(work: Awaitable[T]) -> T:
    """A bound for a test that hangs; nothing is measured."""
    return await asyncio.wait_for(work, PATIENCE)


def text(client: Client, words: str) -> Message:
    return compose(client.device.identity, Text(text=LanguageText(text=words)))


def words(client: Client) -> list[str]:
    return [one.message.body.text.text for one in client.history("nogales")]  # type: ignore[union-attr] # texts only


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with House(tmp_path) as house:
        yield house


@pytest.fixture
async def us(house: House) -> AsyncIterator[Client]:
    async with Client(Device.open(house.enrol("dispatch", "uscbp", Role.COMMAND))) as client:
        yield client


@pytest.fixture
async def mx(house: House) -> AsyncIterator[Client]:
    async with Client(Device.open(house.enrol("desk", "mxgn", Role.COMMAND))) as client:
        yield client


async def open_channel(us: Client, *others: Client) -> None:
    await soon(us.create("nogales", POLICY))
    await soon(us.joined("nogales"))
    for other in others:
        await soon(other.connect_once())
        await soon(us.add("nogales", [other.device.name]))
        await soon(other.joined("nogales"))


async def test_two_agencies_talk_both_ways(us: Client, mx: Client) -> None:
    await open_channel(us, mx)
    listener = mx.messages("nogales")
    coming = asyncio.ensure_future(anext(listener))
    await asyncio.sleep(0)
    sent = await us.send("nogales", text(us, "smoke at the fence"))
    fate = await soon(sent.settled(Stage.DECRYPTED))
    assert [(r.device, r.stage) for r in fate.recipients] == [("desk@mxgn", Stage.DECRYPTED)]
    received = await soon(coming)
    assert received.sender == us.device.identity
    await mx.mark("nogales", received.seq, Stage.ACKNOWLEDGED)
    fate = await soon(sent.settled(Stage.ACKNOWLEDGED))
    rows = await soon(us.trace("nogales", fate.seq))
    assert ("desk@mxgn", Stage.ACKNOWLEDGED) in [(row.device, row.stage) for row in rows]
    await soon((await mx.send("nogales", text(mx, "enterado"))).settled(Stage.DECRYPTED))
    assert words(us) == words(mx) == ["smoke at the fence", "enterado"]
    assert {one.device for one in us.roster("nogales")} == {"dispatch@uscbp", "desk@mxgn"}


async def test_a_cut_hub_loses_nothing_and_doubles_nothing(
    house: House, us: Client, mx: Client
) -> None:
    await open_channel(us, mx)
    early = [await us.send("nogales", text(us, f"early {n}")) for n in range(20)]
    house.kill()
    await soon(us.until(lambda: not us.link.up))
    late = [await us.send("nogales", text(us, f"late {n}")) for n in range(3)]
    assert {sent.state for sent in late} == {FateState.QUEUED}
    house.start()
    us.try_again()
    mx.try_again()
    for sent in (*early, *late):
        assert (await soon(sent.settled(Stage.DECRYPTED))).state is FateState.ON_DISK
    expected = [*(f"early {n}" for n in range(20)), *(f"late {n}" for n in range(3))]
    assert words(us) == words(mx) == expected


async def test_a_killed_client_resumes_where_it_was(house: House, us: Client) -> None:
    """`listen.py` is killed between messages and started again: each line once, none missing."""
    folder = house.enrol("desk", "mxgn", Role.COMMAND)
    async with Client(Device.open(folder)) as first:
        await open_channel(us, first)
    seen: list[str] = []
    for round_ in range(3):
        process = _program(LISTEN, folder, "nogales")
        assert await _line(process) == "readable by dispatch@uscbp, desk@mxgn\n"
        for n in range(2):
            await us.send("nogales", text(us, f"round {round_} message {n}"))
        seen = [(await _line(process)).strip() for _ in range(2 * round_ + 2)]
        _kill(process)
    assert len(seen) == 6
    for n, line in enumerate(seen):
        assert line.startswith("#")
        assert "dispatch@uscbp: " in line
        assert f"round {n // 2} message {n % 2}" in line


async def test_a_sender_killed_again_and_again_loses_doubles_and_reorders_nothing(
    house: House, us: Client
) -> None:
    folder = house.enrol("desk", "mxgn", Role.COMMAND)
    async with Client(Device.open(folder)) as first:
        await open_channel(us, first)
    for printed, hub_too in ((1, False), (7, True), (30, False), (3, True), (17, False)):
        process = _program(SENDER, folder, str(MESSAGES))
        for _ in range(printed):
            await _line(process)
        if hub_too:
            house.kill()
            house.start()
        _kill(process)
    process = _program(SENDER, folder, str(MESSAGES))
    while (line := await _line(process)) != "all\n":
        assert line
    _kill(process)
    us.try_again()
    await soon(us.until(lambda: len(words(us)) >= MESSAGES))
    assert words(us) == [f"n{number}" for number in range(MESSAGES)]


def _program(path: Path, *words: object) -> subprocess.Popen[str]:
    command = [sys.executable, str(path), *map(str, words)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=LISTEN.parents[2])


async def _line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return await soon(asyncio.to_thread(process.stdout.readline))


def _kill(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.wait()
    assert process.stdout is not None
    process.stdout.close()


async def test_a_new_process_finds_fates_and_history(house: House, us: Client) -> None:
    folder = house.enrol("desk", "mxgn", Role.COMMAND)
    async with Client(Device.open(folder)) as mx:
        await open_channel(us, mx)
        with pytest.raises(LocalStoreError, match="in use"):
            async with Client(Device.open(folder)):
                pass
        await soon((await us.send("nogales", text(us, "one"))).settled(Stage.DECRYPTED))
        house.kill()
        await soon(mx.until(lambda: not mx.link.up))
        await mx.send("nogales", text(mx, "two"))
    async with Client(Device.open(folder)) as mx:  # without a link
        assert words(mx) == ["one"]
        assert [fate.state for fate in mx.fates()] == [FateState.QUEUED]
        house.start()
        us.try_again()
        await soon(mx.until(lambda: words(mx) == ["one", "two"]))
        await soon(us.until(lambda: words(us) == ["one", "two"]))


async def test_removed_and_revoked_devices_are_out(house: House, us: Client, mx: Client) -> None:
    eyes_folder = house.enrol("eyes", "cbsa", Role.OBSERVER)
    async with Client(Device.open(eyes_folder)) as eyes:
        await open_channel(us, mx, eyes)
        with pytest.raises(RoleRefused):
            await eyes.send(
                "nogales", compose(eyes.device.identity, AlarmAck(alarm=text(us, "").id))
            )
        await soon(us.remove("nogales", ["desk@mxgn"]))
        await soon(mx.until(lambda: mx.channel("nogales").state == "left"))
        assert us.engine is not None
        noticed = eyes.events()
        assert us._wire is not None
        us._wire.send([Statement(house.revocation("eyes@cbsa"))])
        await soon(us.until(lambda: len(us.roster("nogales")) == 1))
        await soon(eyes.until(lambda: not eyes.link.up))
        codes = []
        async for event in noticed:
            if isinstance(event, Noticed):
                codes.append(event.code)
            if isinstance(event, LinkChanged) and not event.state.up:
                break
        assert "revoked" in codes
    async with Client(Device.open(eyes_folder)) as eyes:
        with pytest.raises(DeviceRevoked):
            await soon(eyes.connect_once())
    sent = await us.send("nogales", text(us, "alone"))
    assert (await soon(sent.settled(Stage.DECRYPTED))).state is FateState.ON_DISK


async def test_two_committers_race_and_both_get_what_they_wanted(
    house: House, us: Client, mx: Client
) -> None:
    await open_channel(us, mx)
    folders = [house.enrol(f"gn-{n}", "mxgn") for n in range(4)]
    guests = [Client(Device.open(folder)) for folder in folders]
    for guest in guests:
        await guest.__aenter__()
        await soon(guest.connect_once())
    names = [guest.device.name for guest in guests]
    await soon(
        asyncio.gather(
            us.add("nogales", names[:1]),
            mx.add("nogales", names[1:2]),
            us.add("nogales", names[2:3]),
            mx.add("nogales", names[3:]),
        )
    )
    for guest in guests:
        await soon(guest.joined("nogales"))
    expected = {"dispatch@uscbp", "desk@mxgn", *names}
    everybody = (us, mx, *guests)
    await soon(us.until(lambda: {one.device for one in us.roster("nogales")} == expected))
    sent = await us.send("nogales", text(us, "all here?"))
    fate = await soon(sent.settled(Stage.DECRYPTED))
    assert {r.stage for r in fate.recipients} == {Stage.DECRYPTED}
    assert len({client.channel("nogales").epoch for client in everybody}) == 1
    for guest in guests:
        await guest.close()


async def test_what_cannot_be_is_refused_by_name(us: Client) -> None:
    await open_channel(us)
    with pytest.raises(UnknownDevice):
        await soon(us.add("nogales", ["nobody@mxgn"]))
    with pytest.raises(UnknownChannel):
        await us.send("elsewhere", text(us, "hello"))
    with pytest.raises(UnknownChannel):
        us.roster("elsewhere")
    with pytest.raises(UnknownChannel):
        us.fate("01890000-0000-7000-8000-000000000000")


async def test_history_then_live_without_doubles(us: Client, mx: Client) -> None:
    await open_channel(us, mx)
    for n in range(3):
        await soon((await us.send("nogales", text(us, f"m{n}"))).settled(Stage.DECRYPTED))
    stream = mx.messages("nogales", after=0)
    got = [await soon(anext(stream)) for _ in range(3)]
    coming = asyncio.ensure_future(anext(stream))
    await asyncio.sleep(0)
    await us.send("nogales", text(us, "m3"))
    got.append(await soon(coming))
    assert [one.message.body.text.text for one in got] == ["m0", "m1", "m2", "m3"]  # type: ignore[union-attr] # texts only
    assert all(isinstance(one, Received) for one in got)


async def test_the_record_of_what_was_shown(us: Client, mx: Client, tmp_path: Path) -> None:
    await open_channel(us, mx)
    await soon((await us.send("nogales", text(us, "for the record"))).settled(Stage.DECRYPTED))
    records = []
    for client in (us, mx):
        assert client.export_record(tmp_path / "record.jsonl") == 1
        records.append(json.loads((tmp_path / "record.jsonl").read_text()))
    assert records[0] == records[1]
    assert records[0]["sha256"] == mx.history("nogales")[0].raw_hash.hex()
    assert "for the record" in records[0]["text"]


async def test_what_cannot_be_kept_is_not_sent(us: Client, mx: Client) -> None:
    await open_channel(us, mx)
    connection = us.store._connection
    connection.execute(f"PRAGMA max_page_count = {connection.pragma('page_count')}")
    with pytest.raises(LocalStoreError, match="full"):
        await _send_many(us)
    with pytest.raises(LocalStoreError, match="full"):
        await soon(us.until(lambda: False))
    kept = len(us.store.after(Table.HISTORY, "nogales", 0)) + sum(
        1 for _ in us.store.rows(Table.OUTBOX)
    )
    await soon(mx.until(lambda: True))
    assert len(words(mx)) <= kept
    with pytest.raises(LocalStoreError):
        await us.send("nogales", text(us, "afterwards"))


async def _send_many(client: Client) -> None:
    for n in range(200):
        await client.send("nogales", text(client, f"{n} " * 1000))


async def test_an_error_nobody_expected_stops_the_client_by_name(
    us: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    await soon(us.connect_once())
    monkeypatch.setattr(us.engine, "tick", _break)
    monkeypatch.setattr(us.engine, "wake_at", lambda now: 0)
    us._turn.set()
    with pytest.raises(Trouble, match="ZeroDivisionError"):
        await soon(us.until(lambda: False))


def _break(now: int) -> None:
    raise ZeroDivisionError(now)


async def test_without_a_hub_it_waits_and_says_so(tmp_path: Path) -> None:
    house = House(tmp_path)
    async with Client(Device.open(house.enrol("dispatch", "uscbp"))) as client:
        await soon(client.until(lambda: client.link.retry_at > 0))
        assert "cannot be reached" in client.link.reason
        with pytest.raises(UnknownChannel):
            await client.send("nogales", text(client, "hello"))
    assert client.closed


def test_the_example_is_a_short_program() -> None:
    assert len(LISTEN.read_text().splitlines()) <= 25
    checked = subprocess.run([sys.executable, "-m", "py_compile", str(LISTEN)], check=False)
    assert checked.returncode == 0
