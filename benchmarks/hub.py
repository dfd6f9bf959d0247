"""The hub against a bare group-commit server on the same socket library, in one run.

    python -m benchmarks.hub [--rounds N] [--seconds S] [--tls] [--only room,many,...]

room       one channel, 100 members, 10 senders, 40 messages in flight: deliveries a second
steady     the same room at 50 messages a second: p50 and p99 from send to arrival
many       200 channels of 5 members, one message in flight in each
catch-up   10,000 messages after having been away
logins     400 devices at once (the bare server only opens a WebSocket)

Servers run in processes of their own; the load is this process. Rounds alternate between the two
servers and the medians are compared. The hub does everything it always does: login, frame checks,
membership, dedupe, Merkle tree, checkpoints, receipts, durable acknowledgement. Both servers speak
without TLS unless `--tls` is given, because TLS in the load generator would be what is measured.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path

import uvloop

from benchmarks.load import Bodies, Peer, connect, quantiles
from benchmarks.results import write_section
from protocols.frames import MSGPACK, Policy
from protocols.identity import Role, Roots
from protocols.session import ClientSession
from tests.scenario.caller import Caller
from tests.scenario.house import House, free_port
from tests.scenario.member import Member, issue

ROOT = Path(__file__).resolve().parents[1]
ROOM, SENDERS, IN_FLIGHT = 100, 10, 40
CHANNELS, SMALL = 200, 5
BACKLOG = 10_000
LOGINS = 400
STEADY_RATE = 50
RECEIPT_SECONDS = 0.5


class Bench:
    """One server that peers can be connected to."""

    name = ""

    def __init__(self, tls: bool) -> None:
        self.tls = tls
        self.port = 0
        self.pid = 0
        self.context: ssl.SSLContext | None = None

    def cpu(self) -> float:
        """Processor seconds that the server has used so far, all its threads."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def commits(self) -> float:
        """Transactions so far, where the server tells."""
        return 0.0

    async def room(self, channel: str, size: int) -> list[Member | None]:
        """Prepare a channel with so many members; who they are, where that matters."""
        return [None] * size

    def session(self, member: Member | None) -> ClientSession | None:
        """What logs a member in, where the server wants it."""
        return None

    def epoch(self, channel: str) -> int:
        """The epoch that messages must be of."""
        return 0

    async def peer(self, channel: str, member: Member | None, *, parse: bool = False) -> Peer:
        """A connected member."""
        return await connect(
            self.port, channel, session=self.session(member), parse=parse, context=self.context
        )


class BareBench(Bench):
    """`benchmarks.bare_server`."""

    name = "bare"


class HubBench(Bench):
    """The hub, with real certificates and MLS groups."""

    name = "hub"

    def __init__(self, tls: bool, house: House) -> None:
        super().__init__(tls)
        self.house = house
        self.port = house.port
        self.pid = house.pid
        self.authority = house.authorities["uscbp"]
        self.roots = Roots([self.authority.root])
        self.epochs: dict[str, int] = {}
        self.names = 0
        pem = house.certificate.read_text()
        self.certificate = ssl.PEM_cert_to_DER_cert(pem)
        self.context = house.context if tls else None
        self.creator: Caller | None = None

    def commits(self) -> float:
        """Out of /metrics."""
        return self.house.metric("log_commits_total")

    async def room(self, channel: str, size: int) -> list[Member | None]:
        """A channel with that many members in one group."""
        members: list[Member | None] = []
        for _ in range(size):
            self.names += 1
            role = Role.COMMAND if not members else Role.PARTICIPANT
            members.append(
                Member(*issue(self.authority, f"unit-{self.names}", role), roots=self.roots)
            )
        first = members[0]
        assert first is not None
        caller = await self._caller(first)
        policy = Policy(title="benchmark", owners=("uscbp",))
        await caller.create(channel, policy)
        packages = [one.package() for one in members[1:] if one is not None]
        await caller.commit(channel, add=packages)
        self.epochs[channel] = caller.groups[channel].epoch
        await caller.close()
        return members

    async def _caller(self, member: Member) -> Caller:
        caller = Caller(self.house, member)
        await caller.connect()
        return caller

    def session(self, member: Member | None) -> ClientSession | None:
        """A real login."""
        assert member is not None
        return ClientSession(
            MSGPACK,
            device=member.name,
            chain=member.chain,
            sign=member.key.sign,
            certificate=self.certificate,
        )

    def epoch(self, channel: str) -> int:
        """The group's epoch."""
        return self.epochs[channel]


@contextlib.contextmanager
def bare_server(tls: bool) -> Iterator[BareBench]:
    """The bare server in a process of its own, on an empty log."""
    with tempfile.TemporaryDirectory() as folder:
        bench = BareBench(tls)
        bench.port = free_port()
        words = [sys.executable, "-m", "benchmarks.bare_server", folder, str(bench.port)]
        if tls:
            house = House(Path(folder) / "house", port=free_port())
            words += [str(house.certificate), str(house.hub_folder / "tls.key.pem")]
            bench.context = house.context
        process = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE)
        try:
            assert process.stdout is not None
            process.stdout.readline()
            bench.pid = process.pid
            yield bench
        finally:
            process.kill()
            process.wait()


@contextlib.contextmanager
def hub_server(tls: bool) -> Iterator[HubBench]:
    """The hub in a process of its own, on an empty log."""
    with tempfile.TemporaryDirectory() as folder:
        house = House(Path(folder), tls=tls)
        with house:
            yield HubBench(tls, house)


SERVERS = {"bare": bare_server, "hub": hub_server}


# --- scenarios ----------------------------------------------------------------------------------


@contextlib.asynccontextmanager
async def gathered(
    bench: Bench, channel: str, size: int, parsing: int
) -> AsyncIterator[list[Peer]]:
    """A room with everybody connected and caught up; the first `parsing` read every frame."""
    members = await bench.room(channel, size)
    peers = [
        await bench.peer(channel, member, parse=number < parsing)
        for number, member in enumerate(members)
    ]
    for peer in peers:
        peer.subscribe(1 if bench.name == "hub" else 0)
        await peer.caught_up
    receipts = asyncio.create_task(_receipts(peers)) if bench.name == "hub" else None
    try:
        yield peers
    finally:
        if receipts is not None:
            receipts.cancel()
        for peer in peers:
            peer.transport.abort()


async def _receipts(peers: Sequence[Peer]) -> None:
    while True:
        for peer in peers:
            peer.receipt()
            await asyncio.sleep(RECEIPT_SECONDS / len(peers))


async def room(bench: Bench, seconds: float) -> dict[str, float]:
    """Deliveries a second at saturation, and how long they take."""
    async with gathered(bench, "room", ROOM, SENDERS) as peers:
        senders = peers[:SENDERS]
        for peer in senders:
            peer.bodies = Bodies("room", bench.epoch("room"))
            peer.keep_in_flight(IN_FLIGHT // SENDERS)
        await asyncio.sleep(1.0)
        before = sum(peer.entries for peer in peers)
        for peer in senders:
            peer.latencies.clear()
        commits = bench.commits()
        start, cpu = time.perf_counter(), bench.cpu()
        await asyncio.sleep(seconds)
        elapsed = time.perf_counter() - start
        delivered = sum(peer.entries for peer in peers) - before
        cpu = (bench.cpu() - cpu) / delivered * 1e6
        commits = bench.commits() - commits
        for peer in senders:
            peer.stop()
        _check(peers)
        middle, tail = quantiles([value for peer in senders for value in peer.latencies])
        return {
            "syncs a message": commits / (delivered / ROOM),
            "deliveries/s": delivered / elapsed,
            "p50 ms": middle,
            "p99 ms": tail,
            "server CPU µs a delivery": cpu,
        }


async def steady(bench: Bench, seconds: float) -> dict[str, float]:
    """Latency at 50 messages a second."""
    async with gathered(bench, "room", ROOM, SENDERS) as peers:
        senders = peers[:SENDERS]
        for peer in senders:
            peer.bodies = Bodies("room", bench.epoch("room"))
        start, count = time.perf_counter(), 0
        while (now := time.perf_counter()) - start < seconds + 1:
            if now - start > 1 and count < STEADY_RATE + 1:
                for peer in senders:
                    peer.latencies.clear()
            senders[count % SENDERS].send(1)
            count += 1
            await asyncio.sleep(max(0.0, start + count / STEADY_RATE - time.perf_counter()))
        await asyncio.sleep(0.2)
        _check(peers)
        middle, tail = quantiles([value for peer in senders for value in peer.latencies])
        return {"p50 ms": middle, "p99 ms": tail}


async def many(bench: Bench, seconds: float) -> dict[str, float]:
    """Deliveries a second over many small channels."""
    peers: list[Peer] = []
    senders: list[Peer] = []
    for number in range(CHANNELS):
        channel = f"small-{number}"
        for place, member in enumerate(await bench.room(channel, SMALL)):
            peer = await bench.peer(channel, member)
            if place == 0:
                peer.bodies = Bodies(channel, bench.epoch(channel))
                senders.append(peer)
            peer.subscribe(1 if bench.name == "hub" else 0)
            await peer.caught_up
            peers.append(peer)
    for peer in senders:
        peer.keep_in_flight(1)
    await asyncio.sleep(1.0)
    before = sum(peer.entries for peer in peers)
    start, cpu = time.perf_counter(), bench.cpu()
    await asyncio.sleep(seconds)
    delivered = sum(peer.entries for peer in peers) - before
    elapsed = time.perf_counter() - start
    cpu = (bench.cpu() - cpu) / delivered * 1e6
    for peer in senders:
        peer.stop()
    _check(peers)
    for peer in peers:
        peer.transport.abort()
    return {"deliveries/s": delivered / elapsed, "server CPU µs a delivery": cpu}


async def catch_up(bench: Bench, seconds: float) -> dict[str, float]:
    """Messages a second when a member comes back after 10,000."""
    members = await bench.room("room", 2)
    start_seq = 1 if bench.name == "hub" else 0
    sender = await bench.peer("room", members[0])
    sender.bodies = Bodies("room", bench.epoch("room"))
    for _ in range(BACKLOG // 100):
        wanted = sender.acked + 100
        sender.send(100)
        while sender.acked < wanted:
            await asyncio.sleep(0.001)
    rates = []
    for _ in range(3):
        peer = await bench.peer("room", members[1])
        peer.bodies = None
        start = time.perf_counter()
        peer.subscribe(start_seq)
        await peer.caught_up
        rates.append(BACKLOG / (time.perf_counter() - start))
        if peer.entries != BACKLOG:
            raise RuntimeError(f"{peer.entries} entries instead of {BACKLOG}")
        peer.transport.abort()
    sender.transport.abort()
    return {"messages/s": statistics.median(rates)}


async def logins(bench: Bench, seconds: float) -> dict[str, float]:
    """Connections a second from TCP to ready; the hub verifies chain and signature of each."""
    rooms = [await bench.room(f"room-{number}", ROOM) for number in range(LOGINS // ROOM)]
    members = [member for members in rooms for member in members]
    start = time.perf_counter()
    peers = await asyncio.gather(*(bench.peer("room", member) for member in members))
    elapsed = time.perf_counter() - start
    for peer in peers:
        peer.transport.abort()
    return {"a second": LOGINS / elapsed}


def _check(peers: Sequence[Peer]) -> None:
    for peer in peers:
        if peer.refused:
            raise RuntimeError(f"the server refused: {peer.refused[0]}")


SCENARIOS = {
    "room": room,
    "steady": steady,
    "many": many,
    "catch-up": catch_up,
    "logins": logins,
}
GOALS = {
    ("room", "deliveries/s"): "≥ 0.6",
    ("room", "syncs a message"): "hub ≤ 0.1",
    ("steady", "p50 ms"): "≤ 1.5",
    ("steady", "p99 ms"): "≤ 2",
    ("many", "deliveries/s"): "≥ 0.7",
    ("catch-up", "messages/s"): "≥ 0.5",
    ("logins", "a second"): "hub ≥ 1,000",
}


def main(words: Sequence[str] | None = None) -> int:
    """Run, print, and write the section `hub` of RESULTS.md."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--tls", action="store_true")
    parser.add_argument("--only", default=",".join(SCENARIOS))
    parser.add_argument("--no-write", action="store_true")
    arguments = parser.parse_args(words)
    rows = [["what", "hub", "bare", "hub / bare", "goal"]]
    for name in arguments.only.split(","):
        found: dict[str, dict[str, list[float]]] = {server: {} for server in SERVERS}
        for _ in range(arguments.rounds):
            for server, start in SERVERS.items():
                with start(arguments.tls) as bench:
                    result = uvloop.run(SCENARIOS[name](bench, arguments.seconds))
                for key, value in result.items():
                    found[server].setdefault(key, []).append(value)
        for key, values in found["hub"].items():
            hub, bare = statistics.median(values), statistics.median(found["bare"][key])
            against = [_figure(bare), f"{hub / bare:.2f}"] if bare else ["", ""]
            row = [f"{name}, {key}", _figure(hub), *against]
            rows.append([*row, GOALS.get((name, key), "")])
            print("  ".join(rows[-1]), flush=True)
    if not arguments.no_write:
        tls = "with TLS 1.3 on both" if arguments.tls else "without TLS on both"
        note = (
            f"Medians of {arguments.rounds} alternating rounds of {arguments.seconds:g} s, {tls}."
        )
        write_section("hub", rows, note)
    return 0


def _figure(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 else f"{value:.2f}"


if __name__ == "__main__":
    raise SystemExit(main())
