"""One gateway in this process, on a real hub: what it passes on, keeps, tells, and survives."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hub.gateway import service
from hub.gateway.bridge import Bridge, Parcel
from hub.gateway.counters import Count, Counters
from hub.gateway.crossing import Crossing, Rule
from hub.gateway.dead_letters import DeadLetters
from hub.gateway.replies import resolve
from hub.gateway.service import Gateway
from hub.gateway.shelf import Shelf
from protocols.client.client import Client
from protocols.client.device import Device
from protocols.clock import system_clock
from protocols.errors import (
    AlreadyCrossed,
    LinkDown,
    LocalStoreError,
    MalformedDocument,
    PolicyRefused,
    WaitingFull,
)
from protocols.formats.codec import Format, Settings
from protocols.formats.cot.event import decode
from protocols.formats.registry import FORMATS
from protocols.frames import Stage
from protocols.identity import Role
from protocols.messages import Message, compose, to_json
from protocols.messages.kinds import Body, Pair, PatrolPlan, Position, Team, Text
from protocols.messages.values import LanguageText
from tests.scenario.border import CHANNEL, Border, eventually, soon


class Recorder:
    """A transport that keeps what it is given; `broken` makes it fail."""

    def __init__(self) -> None:
        self.port = 0
        self.parcels: list[Parcel] = []
        self.news = asyncio.Event()
        self.broken = False
        self.stopped = False

    async def start(self) -> None:
        self.port = 1

    def deliver(self, parcel: Parcel) -> None:
        self.parcels.append(parcel)
        self.news.set()
        if self.broken:
            raise KeyError("a defect of this transport")

    async def stop(self) -> None:
        self.stopped = True

    async def parcel(self, kind: str, holding: str = "") -> Parcel:
        """The first parcel of a kind that holds a text."""
        async with asyncio.timeout(30):
            while True:
                for parcel in self.parcels:
                    if parcel.message.kind == kind and holding.encode() in parcel.data:
                        return parcel
                self.news.clear()
                await self.news.wait()


class Edge:
    """A gateway that runs, its client and its transport."""

    def __init__(self, gateway: Gateway, client: Client, recorder: Recorder) -> None:
        self.gateway = gateway
        self.client = client
        self.recorder = recorder
        self.running: asyncio.Task[None]

    def message(self, words: str) -> Message:
        return compose(self.client.device.identity, Text(text=LanguageText(text=words)))


@asynccontextmanager
async def running(
    folder: Path,
    letters: Path,
    format_: str = "canonical",
    shelf: int = 100,
    rules: tuple[Rule, ...] = (),
) -> AsyncIterator[Edge]:
    device = Device.open(folder)
    async with Client(device) as client:
        counters = Counters()
        bridge = Bridge(
            device.identity,
            FORMATS[format_],
            Settings(language="en"),
            Crossing(rules=rules),
            resolve=resolve,
            clock=system_clock,
            stopped=counters.stopped,
        )
        gateway = Gateway(
            client,
            CHANNEL,
            bridge,
            language="en",
            shelf=Shelf(shelf),
            dead_letters=DeadLetters(letters, system_clock),
            clock=system_clock,
            counters=counters,
        )
        edge = Edge(gateway, client, Recorder())
        ready = asyncio.Event()
        edge.running = asyncio.create_task(gateway.run(edge.recorder, ready))
        try:
            await soon(ready.wait())
            yield edge
        finally:
            edge.running.cancel()
            await asyncio.gather(edge.running, return_exceptions=True)
            assert edge.recorder.stopped


@pytest.fixture
async def border(tmp_path: Path) -> AsyncIterator[Border]:
    async with Border(tmp_path) as border:
        yield border


@pytest.fixture
async def folder(border: Border) -> Path:
    """The device folder of a gateway that is a member."""
    folder = border.house.enrol("gateway:own", "uscbp", Role.GATEWAY)
    async with Client(Device.open(folder)) as client:
        await soon(client.connect_once())
        await border.admit("gateway:own@uscbp")
        await soon(client.joined(CHANNEL))
    return folder


async def say(border: Border, body: Body | str, **fields: object) -> Message:
    """The desk across the line says something."""
    if isinstance(body, str):
        body = Text(text=LanguageText(text=body))
    message = compose(border.mx.device.identity, body, **fields)
    await border.mx.send(CHANNEL, message)
    return message


async def test_both_ways_with_fates_and_without_echo(border: Border, folder: Path) -> None:
    async with running(folder, border.folder / "letters") as edge:
        asked = await say(border, "¿listos?")
        parcel = await edge.recorder.parcel("text")
        assert parcel.message.id == asked.id
        answer = edge.message("ready")
        taken = await edge.gateway.take(to_json(answer), "here")
        assert taken.fate is not None
        assert taken.fate.state in ("queued", "sent")
        await border.seen(border.mx, lambda one: one.message.id == answer.id)
        told = await edge.recorder.parcel("receipt")
        assert told.message.in_reply_to == answer.id
        assert told.message.originator is not None
        assert told.message.originator.unit == "desk@mxgn"
        with pytest.raises(AlreadyCrossed):
            await edge.gateway.take(to_json(answer), "here")
        assert [one.message.kind for one in edge.recorder.parcels] == ["text", "receipt"]
        counters = edge.gateway.counters
        assert (counters[Count.IN], counters[Count.OUT]) == (1, 1)
        assert counters[Count.DUPLICATES] == 1
        fate = edge.gateway.fate(answer.id)
        assert fate is not None
        assert fate.state == "on_disk"
        assert edge.gateway.fate("none") is None
        assert edge.gateway.gauges() == {"serving": 1, "link_up": 1, "waiting": 0, "shelf": 1}


async def test_a_read_receipt_of_the_system_is_told_to_the_sender(
    border: Border, folder: Path
) -> None:
    async with running(folder, border.folder / "letters", "cot") as edge:
        asked = await say(border, "¿listos?")
        await edge.recorder.parcel("text")
        now = datetime.now(UTC)
        times = " ".join(f'{name}="{now.isoformat()}"' for name in ("time", "start", "stale"))
        document = (
            f'<event version="2.0" uid="r" type="b-t-f-r" how="h-e" {times}><point lat="0" lon="0" '
            f'hae="0" ce="0" le="0"/><detail><__chatreceipt messageId="{asked.id}"/></detail>'
            "</event>"
        )
        taken = await edge.gateway.take(document.encode(), "tak")
        assert taken.fate is None

        def shown() -> bool:
            stages = {one.device: one.stage for one in border.mx.fate(asked.id).recipients}
            return stages.get("gateway:own@uscbp") == Stage.SHOWN

        await soon(border.mx.until(shown))


async def test_a_failing_transport_stops_no_channel(border: Border, folder: Path) -> None:
    async with running(folder, border.folder / "letters") as edge:
        edge.recorder.broken = True
        await say(border, "one")
        await edge.recorder.parcel("text", "one")
        edge.recorder.broken = False
        await say(border, "two")
        await edge.recorder.parcel("text", "two")
        assert edge.gateway.counters[Count.ADAPTER_FAILURES] == 1
        assert len(edge.gateway.shelf) == 2


async def test_what_cap_cannot_say_is_a_dead_letter_once_and_positions_none(
    border: Border, folder: Path
) -> None:
    letters = border.folder / "letters"
    for _ in range(2):  # the second start sees the same history
        async with running(folder, letters, "cap") as edge:
            if not letters.exists():
                await say(border, Position(track="GN-3"))
                await say(border, "una línea")
            await eventually(lambda: edge.gateway.counters[Count.NOT_WRITTEN] == 2)
            assert edge.recorder.parcels == []
            (unsaid,) = edge.gateway.unsaid
            assert unsaid.message.kind == "text"
            assert "una l" not in unsaid.sentence
    (letter,) = DeadLetters(letters, system_clock).list()
    assert (letter.way, letter.error) == ("out", "not_representable")
    assert b"una l" not in next(letters.glob("*.bin")).read_bytes()


async def test_a_defect_in_a_codec_costs_one_message(
    border: Border, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(folder, border.folder / "letters") as edge:
        outgoing, incoming = Bridge.outgoing, Bridge.incoming

        def trips(self: Bridge, received: object) -> Parcel | None:
            if "poison" in str(received):
                raise ZeroDivisionError
            return outgoing(self, received)  # type: ignore[arg-type]  # passed through

        def trips_in(self: Bridge, document: bytes, spoken: Format | None = None) -> Message:
            if b"poison" in document:
                raise RecursionError
            return incoming(self, document, spoken)

        monkeypatch.setattr(Bridge, "outgoing", trips)
        monkeypatch.setattr(Bridge, "incoming", trips_in)
        await say(border, "poison")
        await say(border, "wholesome")
        await edge.recorder.parcel("text", "wholesome")
        with pytest.raises(service.CrossbandError, match="RecursionError"):
            await edge.gateway.take(b"poison", "here")
        await edge.gateway.take(to_json(edge.message("fine")), "here")
        errors = [one.error for one in DeadLetters(border.folder / "letters", system_clock).list()]
        assert errors == ["trouble", "trouble"]


async def test_a_disk_that_takes_no_letters_stops_nothing(border: Border, folder: Path) -> None:
    (border.folder / "letters").write_text("no folder can be here")
    async with running(folder, border.folder / "letters") as edge:
        with pytest.raises(MalformedDocument):
            await edge.gateway.take(b"{", "here")
        assert edge.gateway.counters[Count.DEAD_LETTERS_LOST] == 1
        assert edge.gateway.counters.refusals == {"malformed_document": 1}
        await edge.gateway.take(to_json(edge.message("fine")), "here")


async def test_what_a_rule_stops_is_counted_and_what_it_stops_at_the_door_is_kept(
    border: Border, folder: Path
) -> None:
    letters = border.folder / "letters"
    stop = Rule(name="no chat", let="stop", kinds=("text",))
    async with running(folder, letters, rules=(stop,)) as edge:
        await say(border, "kept away")
        await say(border, Position(track="GN-3"))
        await edge.recorder.parcel("position")
        with pytest.raises(PolicyRefused):
            await edge.gateway.take(to_json(edge.message("not in")), "here")
        assert [one.message.kind for one in edge.recorder.parcels] == ["position"]
        stops = edge.gateway.counters.stops
        assert stops == {("out", "no chat"): 1, ("in", "no chat"): 1}
    (letter,) = DeadLetters(letters, system_clock).list()
    assert (letter.way, letter.error) == ("in", "policy_refused")


async def passed(letters: Path) -> None:
    """Until nothing is left to be tried and nothing is kept."""
    folder = DeadLetters(letters, system_clock)
    await eventually(lambda: folder.asked() == () and folder.list() == ())


async def test_a_letter_passes_after_the_rule_is_gone_and_enters_the_channel_once(
    border: Border, folder: Path
) -> None:
    letters = border.folder / "letters"
    stop = Rule(name="no chat", let="stop", way="in", kinds=("text",))
    async with running(folder, letters, rules=(stop,)) as edge:
        message = edge.message("after all")
        with pytest.raises(PolicyRefused):
            await edge.gateway.take(to_json(message), "here")
    kept = DeadLetters(letters, system_clock)
    (letter,) = kept.list()
    document = kept.read(letter.id)[1]
    kept.ask(letter.id)
    async with running(folder, letters) as edge:
        await passed(letters)
        assert edge.gateway.counters[Count.RETRIED] == 1
        await border.seen(border.mx, lambda one: one.message.id == message.id)
        # A crash between sending and removing leaves the letter there: tried again, it is done.
        again = kept.keep("in", "here", document, MalformedDocument("a crash"))
        kept.ask(again.id)
        await passed(letters)
    own = [one for one in border.mx.history(CHANNEL) if one.message.id == message.id]
    assert len(own) == 1


async def test_what_could_not_be_said_is_said_after_a_change_of_the_configuration(
    border: Border, folder: Path
) -> None:
    letters = border.folder / "letters"
    kept = DeadLetters(letters, system_clock)
    async with running(folder, letters, "cap") as edge:
        for text in ("one", "two"):
            await say(border, text)
        await eventually(lambda: edge.gateway.counters[Count.NOT_WRITTEN] == 2)
        kept.ask(kept.list()[0].id)
        await eventually(lambda: kept.asked() == ())
        assert [letter.attempts for letter in kept.list()] == [1, 0]
    async with running(folder, letters, shelf=1) as edge:  # it speaks JSON now
        assert [one.message.kind for one in edge.gateway.shelf] == ["text"]
        (older,) = kept.list()  # the newest stands on the shelf, which settles its letter
        kept.ask(older.id)
        parcel = await edge.recorder.parcel("text", "one")
        assert parcel.seq
        await passed(letters)


async def test_a_letter_about_an_entry_that_is_not_there_stays(
    border: Border, folder: Path
) -> None:
    letters = border.folder / "letters"
    kept = DeadLetters(letters, system_clock)
    for reference in (b'{"seq": 999}', b"{}", b"[", b'{"seq": "x"}'):
        kept.ask(kept.keep("out", "x", reference, MalformedDocument("no")).id)
    async with running(folder, letters):
        await eventually(lambda: kept.asked() == ())
    errors = sorted(letter.error for letter in kept.list())
    assert errors == ["malformed_document"] * 3 + ["unknown_letter"]


async def test_what_a_transport_refuses_or_cannot_deliver_is_kept(
    border: Border, folder: Path
) -> None:
    letters = border.folder / "letters"
    async with running(folder, letters) as edge:
        edge.gateway.refuse(b"<ev", "tak", MalformedDocument("cut"), FORMATS["cot"], size=900)
        await say(border, "one")
        parcel = await edge.recorder.parcel("text")
        edge.gateway.undelivered(parcel, "c5.example", LinkDown("gone"))
        notice = edge.gateway.notice("a word of its own")
        assert notice is not None
        edge.gateway.undelivered(notice, "c5.example", LinkDown("gone"))
        first, second = sorted(DeadLetters(letters, system_clock).list(), key=lambda one: one.way)
        assert (first.format, first.size, first.cut) == ("cot", 900, True)
        assert (second.way, second.source, second.error) == ("out", "c5.example", "link_down")
        assert edge.gateway.counters.refusals == {"malformed_document": 1}
        DeadLetters(letters, system_clock).ask(second.id)
        await eventually(lambda: len(edge.recorder.parcels) == 2)
        assert edge.recorder.parcels[1].message.id == parcel.message.id


async def test_a_transport_may_be_read_off(border: Border, folder: Path) -> None:
    class Gauging(Recorder):
        def gauges(self) -> dict[str, float]:
            return {"system_up": 1.0}

    async with running(folder, border.folder / "letters") as edge:
        assert "system_up" not in edge.gateway.gauges()
        edge.gateway._adapter = Gauging()
        assert edge.gateway.gauges()["system_up"] == 1.0


async def test_without_a_hub_it_serves_and_what_waits_is_bounded(
    border: Border, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "WAITING_MOST", 3)
    border.house.kill()
    sent = []
    async with running(folder, border.folder / "letters") as edge:
        for number in range(3):
            sent.append(edge.message(f"line {number}"))
            await edge.gateway.take(to_json(sent[-1]), "here")
        with pytest.raises(WaitingFull):
            await edge.gateway.take(to_json(edge.message("one more")), "here")
        assert edge.gateway.gauges()["link_up"] == 0
    async with running(folder, border.folder / "letters") as edge:
        assert edge.gateway.gauges()["waiting"] == 3
        monkeypatch.setattr(service, "WAITING_MOST", 10)
        with pytest.raises(AlreadyCrossed):  # it waits on disk since before the restart
            await edge.gateway.take(to_json(sent[0]), "here")
        border.house.start()
        edge.client.try_again()
        await eventually(lambda: edge.gateway.gauges()["waiting"] == 0)
    border.mx.try_again()
    await border.seen(border.mx, lambda one: one.message.id == sent[-1].id)


async def test_after_a_restart_the_shelf_is_as_it_was_and_delivery_is_not_told_twice(
    border: Border, folder: Path
) -> None:
    async with running(folder, border.folder / "letters") as edge:
        await edge.gateway.take(to_json(edge.message("ours")), "here")
        await edge.recorder.parcel("receipt")
        for number in range(3):
            await say(border, f"line {number}")
        await edge.recorder.parcel("text", "line 2")
        before = [parcel.message.id for parcel in edge.gateway.shelf]
    async with running(folder, border.folder / "letters", shelf=3) as edge:
        assert [parcel.message.id for parcel in edge.gateway.shelf] == before
        await say(border, "after")
        await edge.recorder.parcel("text", "after")
        assert [one.message.kind for one in edge.recorder.parcels] == ["text"]


async def test_the_patrols_timers_reach_the_system_once(border: Border, folder: Path) -> None:
    plan = PatrolPlan(sector="Nogales", pair=Pair(north=Team(unit="N-1"), south=Team(unit="S-1")))
    async with running(folder, border.folder / "letters", "cot") as edge:
        long_ago = datetime.now(UTC) - timedelta(hours=1)
        await say(border, plan, patrol="MP-07", effective=long_ago)
        parcel = await edge.recorder.parcel("alarm", "PARTNER_MISSED")
        assert decode(parcel.data).patrol == "MP-07"
        ids = {one.message.id for one in edge.gateway.shelf if one.message.kind == "alarm"}
    async with running(folder, border.folder / "letters", "cot") as edge:
        again = {one.message.id for one in edge.gateway.shelf if one.message.kind == "alarm"}
        assert ids <= again
    sent = [one.message.kind for one in border.mx.history(CHANNEL)]
    assert sent == ["patrol.plan"]


async def test_a_store_that_fails_ends_the_gateway_with_its_reason(
    border: Border, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(folder, border.folder / "letters") as edge:

        def full(changes: object) -> None:
            raise LocalStoreError("no space left on device")

        monkeypatch.setattr(edge.client.store, "apply", full)
        with pytest.raises(LocalStoreError):
            await edge.gateway.take(to_json(edge.message("lost?")), "here")
        with pytest.raises(LocalStoreError, match="no space"):
            await soon(edge.running)
