"""The terminal client with 50,000 messages: opening, appending, a key while messages pour in.

    python -m benchmarks.terminal [--messages N]

The messages stand in a real encrypted local store, which another process fills first. *Open* is
from reading the store to the first painted screen; the whole history is then folded piece by piece
while the screen is alive. *Key to paint* is from a key to the painting of the log's lines.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
from textual import events

from benchmarks.results import write_section
from protocols.client.events import Received
from protocols.client.reading import _Line, received_of
from protocols.client.store import Put, Store, Table
from protocols.identity.names import Identity, Role
from protocols.ids import id_text, uuid7
from protocols.messages.envelope import Message, compose, to_json
from protocols.messages.kinds import (
    CheckIn,
    IncidentOpen,
    IncidentUpdate,
    LogNote,
    Observation,
    Text,
)
from protocols.messages.values import LanguageText
from tui_client.app import CrossbandApp
from tui_client.model import Model
from tui_client.opening import PIECE, TAIL
from tui_client.room import Room
from tui_client.widgets.message_log import MessageLog

CHANNEL = "nogales-line"
BASE = 1_772_600_000_000_000
SECOND = 1_000_000
PER_INCIDENT = 200
"""Messages of one incident: an incident of a day is a few hundred."""
ME = Identity("US", "uscbp", "Nogales Station", "patrol-7@uscbp", Role.PARTICIPANT)
GN3 = Identity("MX", "c5sonora", "Guardia Nacional 3", "gn-3@c5sonora", Role.COMMAND)


def message(number: int) -> Message:
    """Message `number` of a run: texts, notes, check-ins, observations, incidents."""
    text = LanguageText(text=f"message {number}: two persons, smoke, walking north", language="en")
    incident = f"NOG-{number // PER_INCIDENT}"
    body: object = IncidentOpen(incident_type="TUNNEL", summary=text)
    if number % PER_INCIDENT:
        body = (
            Text(text=text),
            LogNote(text=text),
            CheckIn(unit="GN-3", heads=4),
            Observation(size=2, activity=text),
            IncidentUpdate(situation=text),
        )[number % 5]
    at = BASE + number * SECOND
    return compose(GN3, body, clock=lambda: at, id=id_text(uuid7(at)), incident=incident)  # type: ignore[arg-type]  # one of the kinds


def fill(path: Path, count: int) -> None:
    """A store with `count` messages of history."""
    store = Store.open(path)
    for start in range(0, count, 5000):
        store.apply([_put(number) for number in range(start, min(start + 5000, count))])
    store.close()


def _put(number: int) -> Put:
    line = _Line(
        time=BASE + number * SECOND,
        sender=GN3,
        message=to_json(message(number)),
        raw_hash=bytes(32),
        epoch=1,
    )
    return Put(Table.HISTORY, CHANNEL, number + 1, msgspec.msgpack.encode(line))


async def measure(path: Path, count: int) -> list[tuple[str, str, str]]:
    """All figures of one run."""
    started = time.perf_counter()
    store = Store.open(path)
    model = Model(ME)
    room = model.rooms[CHANNEL] = Room(CHANNEL, ME)
    room.show_tail(map(received_of, store.latest(Table.HISTORY, CHANNEL, TAIL)))
    model.enter(CHANNEL)
    app = CrossbandApp(None, model)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        opened = time.perf_counter() - started
        folded, longest = await _fold(store, model, room)
        app.changed({"log", "alarms"})
        await pilot.pause()
        log = app.screen.query_one(MessageLog)
        assert log.count() == count
        appended = _append(model, log, count)
        keys = await _keys(app, log, count + 1000)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    store.close()
    p99 = sorted(keys)[int(len(keys) * 0.99) - 1]
    return [
        (f"open {count:,} messages to the first screen", f"{opened:.2f} s", "≤ 0.5 s"),
        ("read and fold the whole history, screen alive", f"{folded:.2f} s", ""),
        (f"longest piece of {PIECE} in that", f"{longest * 1000:.0f} ms", ""),
        ("append one message, its row made", f"{appended * 1000:.3f} ms", "≤ 1 ms"),
        (
            "key to paint while 200 messages/s arrive, p50 / p99",
            f"{statistics.median(keys) * 1000:.1f} / {p99 * 1000:.1f} ms",
            "p99 ≤ 50 ms",
        ),
        ("memory, peak", f"{peak:.0f} MiB", "≤ 150 MiB"),
    ]


async def _fold(store: Store, model: Model, room: Room) -> tuple[float, float]:
    """Seconds for the whole history and for the longest piece."""
    started = time.perf_counter()
    last, longest = 0, 0.0
    while rows := store.after(Table.HISTORY, CHANNEL, last, PIECE):
        begun = time.perf_counter()
        for row in rows:
            room.receive(received_of(row))
        last = rows[-1].number
        gc.freeze()  # as `opening.read_history` does
        longest = max(longest, time.perf_counter() - begun)
        await asyncio.sleep(0)
    room.tail = None
    model.tick()
    return time.perf_counter() - started, longest


def _received(number: int) -> Received:
    made = message(number)
    at = BASE + number * SECOND
    return Received(channel=CHANNEL, seq=number + 1, time=at, sender=GN3, message=made)


def _append(model: Model, log: MessageLog, count: int) -> float:
    """Median seconds of one message: folded, the list told, the new row made and painted."""
    news = [_received(count + number) for number in range(1000)]
    taken = []
    for event in news:
        begun = time.perf_counter()
        model.apply(event)
        log.refresh_rows()
        log.render_line(log.size.height - 1)
        taken.append(time.perf_counter() - begun)
    return statistics.median(taken)


async def _keys(app: CrossbandApp, log: MessageLog, count: int) -> list[float]:
    """Seconds from a key to the painting of the log, 300 times, while 200 messages/s arrive."""
    painted = asyncio.Event()
    paint: Callable[[int], object] = log.render_line

    def noticed(y: int) -> object:
        painted.set()
        return paint(y)

    log.render_line = noticed  # type: ignore[method-assign, assignment]  # to see the moment
    feeding = asyncio.create_task(_feed(app, count))
    taken = []
    log.focus()
    for number in range(300):
        await asyncio.sleep(0.02)
        painted.clear()
        begun = time.perf_counter()
        app.post_message(events.Key("up" if number % 2 else "pageup", None))
        await painted.wait()
        taken.append(time.perf_counter() - begun)
    feeding.cancel()
    return taken


async def _feed(app: CrossbandApp, count: int) -> None:
    news = (_received(number) for number in range(count, count + 100_000))
    due = time.perf_counter()
    for event in news:
        app.changed(app.model.apply(event))
        due += 1 / 200
        await asyncio.sleep(max(0.0, due - time.perf_counter()))


def main() -> None:
    """Fill, measure, write the section."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=50_000)
    parser.add_argument("--fill", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.fill:
        fill(given.fill, given.messages)
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "store.sqlite"
        command = [sys.executable, "-m", "benchmarks.terminal", "--fill", str(path)]
        subprocess.run([*command, "--messages", str(given.messages)], check=True)
        figures = asyncio.run(measure(path, given.messages))
    for name, value, goal in figures:
        print(f"{name:55} {value:>20} {goal:>14}")
    write_section("Terminal client", [("what", "measured", "goal"), *figures])


if __name__ == "__main__":
    main()
