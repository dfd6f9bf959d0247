"""The running hub at its sockets: logins, bad frames, resume, slow readers, a full disk."""

from __future__ import annotations

import asyncio
import json
import resource
import time
import urllib.error
from pathlib import Path

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from hub.agency.authority import Authority
from hub.relay.server import LARGEST_MESSAGE
from protocols import frames
from protocols.clock import system_clock
from protocols.frames import (
    FRAME_LIMIT,
    GROUP_FRAME_LIMIT,
    JSON,
    MSGPACK,
    SUBPROTOCOL_JSON,
    SUBPROTOCOL_MSGPACK,
    CaughtUp,
    Challenge,
    Create,
    Entry,
    EntryKind,
    Notice,
    Policy,
    Refusal,
    Send,
    SlowDown,
    Subscribe,
)
from protocols.header import Act
from protocols.identity import Role, Roots
from protocols.tlog.checkpoint import VerifierKey, open_note
from tests.scenario.caller import Caller, Refused
from tests.scenario.house import House
from tests.scenario.member import Member, issue

JOINT = Policy(title="joint", owners=("uscbp", "mxgn"), observers=("cbsa",))
_counter = iter(range(10_000))


class Room:
    """A channel of its own with a desk and a unit that has joined and follows."""

    def __init__(self, house: House) -> None:
        self.house = house
        number = next(_counter)
        self.channel = f"channel-{number}"
        self.desk_folder = house.enrol(f"desk-{number}", "uscbp", Role.COMMAND)
        self.unit_folder = house.enrol(f"unit-{number}", "mxgn")
        self.desk: Caller
        self.unit: Caller

    async def __aenter__(self) -> Room:
        self.desk = await Caller.login(self.house, self.desk_folder)
        self.unit = await Caller.login(self.house, self.unit_folder)
        await self.unit.publish()
        await self.desk.create(self.channel, JOINT)
        seq = await self.desk.add(self.channel, self.unit.name)
        await self.unit.join()
        await self.unit.subscribe(self.channel, seq)
        await self.unit.next(CaughtUp)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.desk.close()
        await self.unit.close()


# --- the door -----------------------------------------------------------------------------------


async def test_two_devices_talk(house: House) -> None:
    async with Room(house) as room:
        await room.desk.say(room.channel, b"tunnel at the line")
        assert await room.unit.messages(room.channel, 1) == [b"tunnel at the line"]


async def test_the_same_over_json(house: House) -> None:
    async with Room(house) as room:
        await room.unit.close()
        room.unit.subprotocol, room.unit.codec = SUBPROTOCOL_JSON, JSON
        await room.unit.connect()
        await room.unit.subscribe(room.channel, 1)
        await room.desk.say(room.channel, b"hola")
        assert await room.unit.messages(room.channel, 1) == [b"hola"]
        assert await room.unit.say(room.channel, b"enterado")


async def test_a_certificate_of_an_agency_that_is_not_pinned(house: House, tmp_path: Path) -> None:
    stranger = Authority.create(
        tmp_path / "rcmp", agency="rcmp", country="CA", now=system_clock() // 1_000_000
    )
    member = Member(*issue(stranger, "boat"), roots=Roots([stranger.root]))
    with pytest.raises(Refused) as refused:
        await Caller(house, member).connect()
    assert refused.value.code == "bad_certificate"


async def test_a_signature_by_another_key(house: House) -> None:
    caller = await Caller.login(house, house.enrol("forger", "uscbp"))
    await caller.close()
    caller.key = issue(house.authorities["uscbp"], "other")[1]
    with pytest.raises(Refused) as refused:
        await caller.connect()
    assert refused.value.code == "bad_login_signature"


async def _at_the_door(house: House, data: bytes) -> tuple[str, int]:
    """Send one message instead of a login: the refusal's code, and how the connection closed."""
    async with connect(
        house.url, ssl=house.context, subprotocols=[Subprotocol(SUBPROTOCOL_MSGPACK)]
    ) as socket:
        challenge = MSGPACK.decode_hub(await socket.recv())
        assert isinstance(challenge, Challenge)
        assert challenge.hub == house.hub_name
        await socket.send(data)
        refusal = MSGPACK.decode_hub(await socket.recv())
        assert isinstance(refusal, Refusal)
        with pytest.raises(ConnectionClosed) as closed:
            await socket.recv()
        assert closed.value.rcvd is not None
        return refusal.code, closed.value.rcvd.code


async def test_before_login_anything_else_ends_the_connection(house: House) -> None:
    assert await _at_the_door(house, b"junk") == ("malformed_frame", 1008)
    early = MSGPACK.encode(Subscribe(1, "ch", 0))
    assert await _at_the_door(house, early) == ("unexpected_frame", 1008)
    assert await _at_the_door(house, bytes(17_000)) == ("frame_too_large", 1008)


async def test_refused_logins_are_in_the_log(house: House) -> None:
    before = house.metric("log_entries")
    await _at_the_door(house, b"junk")
    while house.metric("log_entries") == before:
        await asyncio.sleep(0.01)


async def test_ten_connections_a_device(house: House) -> None:
    folder = house.enrol("busy", "uscbp")
    callers = [await Caller.login(house, folder) for _ in range(10)]
    with pytest.raises(Refused) as refused:
        await Caller.login(house, folder)
    assert refused.value.code == "too_many_connections"
    for caller in callers:
        await caller.close()
    while house.metric("connections"):
        await asyncio.sleep(0.01)
    again = await Caller.login(house, folder)
    await again.close()


# --- frames -------------------------------------------------------------------------------------


async def test_a_bad_frame_is_refused_and_the_connection_lives(house: House) -> None:
    async with Room(house) as room:
        for data in (b"", b"junk", b"\x93\xa4send\x01", JSON.encode(Subscribe(1, "x", 0))):
            await room.desk.send_raw(data)
            refusal = await room.desk.next(Refusal)
            assert (refusal.ref, refusal.code) == (0, "malformed_frame")
        assert await room.desk.say(room.channel, b"still here")


async def test_what_is_too_large_is_refused_and_what_is_huge_ends_it(house: House) -> None:
    async with Room(house) as room:
        await room.desk.tell(Send(5, bytes(FRAME_LIMIT)))
        assert (await room.desk.next(Refusal)).code == "frame_too_large"
        await room.desk.tell(Create(6, "x", JOINT, bytes(GROUP_FRAME_LIMIT)))
        assert (await room.desk.next(Refusal)).code == "frame_too_large"
        assert await room.desk.say(room.channel, b"still here")
        await room.desk.send_raw(bytes(LARGEST_MESSAGE + 1))
        with pytest.raises(ConnectionClosed) as closed:
            await room.desk.next(Challenge)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1009
        await room.unit.say(room.channel, b"others are not hurt")


async def test_a_fragmented_frame_is_a_frame(house: House) -> None:
    async with Room(house) as room:
        data = MSGPACK.encode(Send(77, room.desk.encrypt(room.channel, b"in parts")))
        await room.desk.socket.send([data[:10], data[10:300], data[300:]])
        assert (await room.desk.answer(77)).seq == 2


async def test_refusals_name_what_is_wrong(house: House) -> None:
    async with Room(house) as room:
        body = room.unit.encrypt(room.channel, b"late", expires=1)
        with pytest.raises(Refused, match="expired"):
            await room.unit.ask(lambda ref: Send(ref, body))
        with pytest.raises(Refused, match="unknown_channel"):
            await room.unit.subscribe("nowhere")
        with pytest.raises(Refused, match="unknown_device"):
            await room.desk.claim(room.channel, "ghost@mxgn")
        with pytest.raises(Refused, match="role_refused"):
            await room.unit.claim(room.channel, room.desk.name)


async def test_the_same_message_twice_is_one_entry(house: House) -> None:
    async with Room(house) as room:
        body = room.desk.encrypt(room.channel, b"once")
        first = await room.desk.ask(lambda ref: Send(ref, body))
        await room.desk.close()
        await room.desk.connect()
        again = await room.desk.ask(lambda ref: Send(ref, body))
        assert (again.seq, again.time) == (first.seq, first.time)
        await room.desk.say(room.channel, b"twice")
        assert await room.unit.messages(room.channel, 2) == [b"once", b"twice"]


# --- resume and slow readers --------------------------------------------------------------------


async def test_resume_from_the_last_contiguous_entry(house: House) -> None:
    async with Room(house) as room:
        await room.desk.say(room.channel, b"one")
        (seen,) = await room.unit.entries(1)
        room.unit.abort()
        for text in (b"two", b"three"):
            await room.desk.say(room.channel, text)
        await room.unit.connect()
        await room.unit.subscribe(room.channel, seen.seq)
        await room.desk.say(room.channel, b"four")
        assert [entry.seq for entry in await room.unit.entries(3)] == [3, 4, 5]


async def test_a_reader_that_stops_is_fed_from_the_log_and_misses_nothing(house: House) -> None:
    count, size = 700, 30_000
    async with Room(house) as room:
        await room.desk.subscribe(room.channel, 1)
        before = house.metric("handed_over_total")
        room.unit.socket.transport.pause_reading()
        for number in range(count):
            await room.desk.say(room.channel, number.to_bytes(2, "big") * (size // 2))
        own = await room.desk.entries(count)
        assert [entry.seq for entry in own] == list(range(2, count + 2))
        while house.metric("handed_over_total") == before:
            await asyncio.sleep(0.05)
        room.unit.socket.transport.resume_reading()
        entries = await room.unit.entries(count)
        assert [entry.seq for entry in entries] == list(range(2, count + 2))
        assert [entry.body for entry in entries] == [entry.body for entry in own]


# --- membership ---------------------------------------------------------------------------------


async def test_an_observer_reads_and_cannot_acknowledge(house: House) -> None:
    async with Room(house) as room:
        folder = house.enrol(f"rcmp-{room.channel}", "cbsa", Role.OBSERVER)
        observer = await Caller.login(house, folder)
        await observer.publish()
        seq = await room.desk.add(room.channel, observer.name)
        await observer.join()
        await observer.subscribe(room.channel, seq)
        await room.desk.say(room.channel, b"collapse")
        assert await observer.messages(room.channel, 1) == [b"collapse"]
        with pytest.raises(Refused, match="role_refused"):
            await observer.say(room.channel, b"ack", act=Act.ACK)
        await observer.close()


async def test_a_gateway_comes_in_once_both_owners_agree(house: House) -> None:
    async with Room(house) as room:
        gateway = await Caller.login(house, house.enrol("gateway:cot", "uscbp", Role.GATEWAY))
        await gateway.publish()
        with pytest.raises(Refused, match="policy_refused"):
            await room.desk.add(room.channel, gateway.name)
        wish = Policy(title="joint", owners=("uscbp", "mxgn"), observers=("cbsa",), gatewayed=True)
        await room.desk.ask(lambda ref: frames.SetPolicy(ref, room.channel, wish))
        state = (
            await room.desk.next(frames.Channel, lambda one: one.state.asked is not None)
        ).state
        assert state.agreed == ("uscbp",)
        with pytest.raises(Refused, match="role_refused"):
            await room.unit.ask(lambda ref: frames.SetPolicy(ref, room.channel, wish))
        liaison = await Caller.login(
            house, house.enrol(f"liaison-{room.channel}", "mxgn", Role.COMMAND)
        )
        await liaison.ask(lambda ref: frames.SetPolicy(ref, room.channel, wish))
        await room.desk.next(frames.Channel, lambda one: one.state.policy.gatewayed)
        await room.desk.add(room.channel, gateway.name)
        assert await gateway.join() == room.channel
        await gateway.close()
        await liaison.close()


async def test_a_revoked_device_is_out_at_once_and_for_good(house: House) -> None:
    async with Room(house) as room:
        await room.desk.subscribe(room.channel, 1)
        await room.desk.tell(frames.Statement(house.revocation(room.unit.name)))
        assert (await room.desk.next(Notice)).code == "statement_taken"
        assert (await room.unit.next(Notice)).code == "revoked"
        with pytest.raises(ConnectionClosed):
            await room.unit.receive_raw()
        proposal = await room.desk.next(Entry)
        assert proposal.kind is EntryKind.PROPOSAL
        with pytest.raises(Refused, match="removal_outstanding"):
            await room.desk.commit(room.channel, cached=False)
        room.desk.process(room.channel, proposal)
        await room.desk.commit(room.channel)
        assert [one.identity for one in room.desk.groups[room.channel].members()] == [
            room.desk.name
        ]
        with pytest.raises(Refused, match="device_revoked"):
            await room.unit.connect()


async def test_a_statement_needs_no_login(house: House) -> None:
    house.enrol("lost", "uscbp")
    async with connect(
        house.url, ssl=house.context, subprotocols=[Subprotocol(SUBPROTOCOL_MSGPACK)]
    ) as socket:
        await socket.recv()
        await socket.send(MSGPACK.encode(frames.Statement(house.revocation("lost@uscbp"))))
        notice = MSGPACK.decode_hub(await socket.recv())
        assert isinstance(notice, Notice)
        assert notice.code == "statement_taken"


async def test_the_sender_sees_how_far_its_message_came(house: House) -> None:
    async with Room(house) as room:
        ack = await room.desk.say(room.channel, b"did you get this")
        await room.unit.messages(room.channel, 1)
        shown = frames.Receipt(room.channel, frames.Stage.SHOWN, (ack.seq,))
        await room.unit.tell(shown)
        pushed = await room.desk.next(
            frames.Ledger, lambda one: any(row.stage is frames.Stage.SHOWN for row in one.rows)
        )
        assert (pushed.seq, pushed.rows[0].device) == (ack.seq, room.unit.name)
        room.unit.abort()
        while house.metric("devices_online") > 1:
            await asyncio.sleep(0.01)
        ack = await room.desk.say(room.channel, b"and this")
        ledger = await room.desk.ask(lambda ref: frames.Trace(ref, room.channel, ack.seq))
        assert [(row.device, row.reason) for row in ledger.rows] == [(room.unit.name, "offline")]


# --- HTTP and the disk --------------------------------------------------------------------------


def test_health_metrics_and_checkpoint(house: House) -> None:
    assert json.loads(house.get("/health"))["status"] == "ok"
    assert "crossband_log_commits_total" in house.get("/metrics")
    keys = [
        VerifierKey.parse(line) for line in (house.hub_folder / "log.vkey").read_text().splitlines()
    ]
    assert open_note(house.get("/checkpoint"), keys)
    with pytest.raises(urllib.error.HTTPError, match="404"):
        house.get("/etc/passwd")


def test_checkpoints_follow_the_log(tmp_path: Path) -> None:
    with House(tmp_path) as house:
        asyncio.run(_log_in_once(house))
        deadline = time.monotonic() + 20
        # the size is asked for anew: the end of the connection may be an entry of its own
        while (signed := _checkpoint_size(house)) != (size := int(house.metric("log_entries"))):
            assert time.monotonic() < deadline, f"{signed} of {size} entries are signed"
            time.sleep(0.02)
        assert signed == size > 0


def _checkpoint_size(house: House) -> int:
    lines = house.get("/checkpoint").splitlines()
    return int(lines[1]) if lines else 0


async def _log_in_once(house: House) -> None:
    caller = await Caller.login(house, house.enrol("unit", "uscbp"))
    await caller.close()


async def _say_again_and_again(room: Room, body: bytes) -> None:
    await room.desk.ask(lambda ref: Send(ref, body))
    while True:
        await room.desk.say(room.channel, bytes(30_000))


async def test_a_full_disk_is_said_and_nothing_acknowledged_is_lost(tmp_path: Path) -> None:
    with House(tmp_path) as house:
        async with Room(house) as room:
            acked = [(await room.desk.say(room.channel, b"before")).seq]
            no_limit = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
            wal = house.log.with_name(house.log.name + "-wal")
            full = (max(wal.stat().st_size, 1), resource.RLIM_INFINITY)
            resource.prlimit(house.pid, resource.RLIMIT_FSIZE, full)
            body = room.desk.encrypt(room.channel, bytes(30_000))
            with pytest.raises(Refused) as slow:
                await _say_again_and_again(room, body)
            assert isinstance(slow.value.frame, SlowDown)
            assert slow.value.frame.reason == "storage"
            resource.prlimit(house.pid, resource.RLIMIT_FSIZE, no_limit)
            while True:
                try:
                    acked.append((await room.desk.ask(lambda ref: Send(ref, body))).seq)
                    break
                except Refused as refused:
                    await asyncio.sleep(refused.frame.retry_after / 1000)
            house.kill()
            house.start()
            await room.unit.connect()
            await room.unit.subscribe(room.channel, 0)
            caught_up = await room.unit.next(CaughtUp)
            assert caught_up.seq == max(acked)
