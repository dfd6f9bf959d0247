"""A recorded run of scenario A, the tunnel at Nogales: real messages at fixed times.

It is data, not a stand-in for the engine: the model is fed with the same values that a client
would hand it. Ids, clock and zone are fixed, so that pictures are the same on every machine.
"""

from __future__ import annotations

import asyncio
import importlib.util
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from types import ModuleType

import pytest
from textual.app import App
from textual.pilot import Pilot

from protocols.client.client import Client
from protocols.client.device import Device
from protocols.client.events import (
    ChannelChanged,
    ChannelView,
    Event,
    FateChanged,
    Link,
    LinkChanged,
    LinkState,
    Received,
    RosterChanged,
)
from protocols.client.fates import Fate, FateState, RecipientFate
from protocols.clock import to_datetime, to_microseconds
from protocols.frames import Policy, Stage
from protocols.identity.names import Identity, Role
from protocols.messages import kinds
from protocols.messages.envelope import Caveat, Handling, Message, Stub, compose
from protocols.messages.values import (
    LanguageText,
    Location,
    Point,
    Side,
    Tlp,
    Window,
)
from tui_client.app import CrossbandApp
from tui_client.model import Model

CHANNEL = "nogales-line"
PATROL = "MP-07"
INCIDENT = "NOG-2026-0311"
ZONE = timezone(timedelta(hours=-7), "MST")
MINUTE = 60_000_000

ME = Identity("US", "uscbp", "Nogales Station", "patrol-7@uscbp", Role.PARTICIPANT)
DISPATCH = Identity("US", "uscbp", "Nogales Dispatch", "dispatch@uscbp", Role.COMMAND)
COT = Identity("US", "uscbp", "Nogales Dispatch", "gateway:cot@uscbp", Role.GATEWAY)
ARCHIVE = Identity("US", "uscbp", "Records", "archive:records@uscbp", Role.ARCHIVE)
C5 = Identity("MX", "c5sonora", "C5 Sonora", "c5@c5sonora", Role.COMMAND)
GN3 = Identity("MX", "c5sonora", "Guardia Nacional 3", "gn-3@c5sonora", Role.PARTICIPANT)
CAP = Identity("MX", "c5sonora", "C5 Sonora", "gateway:cap@c5sonora", Role.GATEWAY)
RCMP = Identity("CA", "rcmp", "Liaison Ottawa", "observer-1@rcmp", Role.OBSERVER)
MEMBERS = (ME, DISPATCH, COT, ARCHIVE, C5, GN3, CAP, RCMP)

TUNNEL = Point(lat=31.33275, lon=-110.9511)


def at(clock: str) -> int:
    """UTC microseconds of `HH:MM` or `HH:MM:SS` on the day of the story."""
    parts = [int(part) for part in clock.split(":")] + [0]
    return to_microseconds(datetime(2026, 3, 4, parts[0], parts[1], parts[2], tzinfo=UTC))


def identifier(number: int) -> str:
    """A fixed UUIDv7 in text form."""
    return f"019cb5a0-0000-7000-8000-{number:012x}"


def en(text: str) -> LanguageText:
    return LanguageText(text=text, language="en")


def es(text: str) -> LanguageText:
    return LanguageText(text=text, language="es")


@dataclass
class Story:
    """Events in the order in which a client would tell them; `message` adds one of the log."""

    events: list[Event] = field(default_factory=list)
    count: int = 0
    ids: dict[str, str] = field(default_factory=dict)

    def message(
        self,
        name: str,
        clock: str,
        sender: Identity,
        body: kinds.Kind,
        *,
        refused: str | None = None,
        **fields: object,
    ) -> Message:
        self.count += 1
        number = identifier(self.count)
        self.ids[name] = number
        made = compose(sender, body, clock=lambda: at(clock), id=number, **fields)
        self.events.append(
            Received(
                channel=CHANNEL,
                seq=self.count,
                time=at(clock),
                sender=sender,
                message=made,
                refused=refused,
                own=sender == ME,
            )
        )
        return made

    def fate(self, name: str, state: FateState, **values: object) -> None:
        self.events.append(
            FateChanged(
                Fate(
                    message_id=self.ids[name],
                    channel=CHANNEL,
                    number=self.count,
                    queued_at=values.pop("queued_at", 0),
                    state=state,
                    **values,
                )
            )
        )


def _house(story: Story) -> None:
    policy = Policy(
        title="Nogales line",
        owners=("uscbp", "c5sonora"),
        agencies=("uscbp", "c5sonora", "rcmp"),
        gatewayed=True,
        observers=("rcmp",),
    )
    story.events += [
        LinkChanged(LinkState(Link.UP, at("05:58"), 0, "", "nogales")),
        ChannelChanged(
            CHANNEL,
            ChannelView(
                channel=CHANNEL, state="member", live=True, cursor=0, epoch=7, policy=policy
            ),
        ),
        RosterChanged(CHANNEL, MEMBERS, (), 7),
    ]


def _morning(story: Story) -> None:
    legs = tuple(
        kinds.Leg(
            name=name,
            waypoint_north=Point(lat=31.334, lon=lon),
            waypoint_south=Point(lat=31.331, lon=lon),
            window=Window(
                start=to_datetime(at(start)),
                end=to_datetime(at(end)),
            ),
        )
        for name, lon, start, end in (
            ("Mariposa", -110.975, "18:30", "19:10"),
            ("Ephraim Canyon", -110.951, "19:10", "20:30"),
            ("Morley", -110.934, "20:30", "22:00"),
        )
    )
    plan = kinds.PatrolPlan(
        sector="Nogales West",
        pair=kinds.Pair(
            north=kinds.Team(unit="PATROL-7", country="US", agency="uscbp", heads=3),
            south=kinds.Team(unit="GN-3", country="MX", agency="c5sonora", heads=4),
        ),
        legs=legs,
        abort_word="granite",
    )
    story.message("plan", "06:00", DISPATCH, plan, patrol=PATROL, ack_wanted=True)
    story.message(
        "plan_ack",
        "06:12",
        C5,
        kinds.PatrolAck(units=("GN-3", "GN-5")),
        patrol=PATROL,
        in_reply_to=story.ids["plan"],
        language="es",
    )
    story.message(
        "checkin_us",
        "18:44",
        ME,
        kinds.CheckIn(unit="PATROL-7", leg="Mariposa", heads=3),
        patrol=PATROL,
    )
    story.message(
        "checkin_mx",
        "18:45",
        GN3,
        kinds.CheckIn(unit="GN-3", leg="Mariposa", heads=4),
        patrol=PATROL,
        language="es",
    )
    story.message(
        "checkin_us_2",
        "19:14",
        ME,
        kinds.CheckIn(unit="PATROL-7", leg="Ephraim Canyon", heads=3),
        patrol=PATROL,
    )


def _cue(story: Story) -> None:
    story.message(
        "late",
        "19:27",
        GN3,
        kinds.CheckIn(
            unit="GN-3", leg="Ephraim Canyon", heads=4, remarks=es("radio sin señal en la cañada")
        ),
        patrol=PATROL,
        language="es",
    )
    place = Location(
        point=TUNNEL, side=Side.US, side_asserted_by="PATROL-7", monument="122 + 300 m W"
    )
    story.message(
        "cue",
        "19:31",
        DISPATCH,
        kinds.Observation(
            size=2,
            activity=en("carrying bags out of a drain, smoke behind them"),
            unit_seen=en("civilians"),
            sensor="camera",
            hazards=("SMOKE",),
        ),
        incident=INCIDENT,
        location=place,
        handling=Handling(
            tlp=Tlp.AMBER, withheld=(Caveat(path="/body/camera", releasable_to=("uscbp",)),)
        ),
        stubs=(Stub(path="/body/camera", by="US", tlp=Tlp.RED),),
    )
    story.message(
        "open",
        "19:32",
        DISPATCH,
        kinds.IncidentOpen(
            incident_type="TUNNEL", priority=2, lead="US", persons=2,
            summary=en("Tunnel exit, west of Nogales"),
        ),
        incident=INCIDENT,
        location=place,
        handling=Handling(tlp=Tlp.AMBER),
    )  # fmt: skip
    story.message(
        "request",
        "19:33",
        DISPATCH,
        kinds.AssistRequest(
            capability="FIND_AND_SECURE",
            to="MX",
            quantity=2,
            task=en("Find and secure the southern entrance"),
        ),
        incident=INCIDENT,
        location=place,
        ack_wanted=True,
    )
    story.message(
        "reply",
        "19:36",
        C5,
        kinds.AssistReply(
            assist=story.ids["request"],
            answer=kinds.AssistAnswer.ACCEPTED,
            units=("GN-3", "GN-5"),
        ),
        incident=INCIDENT,
        in_reply_to=story.ids["request"],
        language="es",
    )


def _active(story: Story) -> None:
    story.message(
        "checkin_us_3",
        "19:43",
        ME,
        kinds.CheckIn(unit="PATROL-7", leg="Ephraim Canyon", heads=3),
        patrol=PATROL,
    )
    story.message(
        "exit",
        "19:45",
        ME,
        kinds.IncidentUpdate(
            state=kinds.IncidentState.ACTIVE,
            situation=en("Exit confirmed, 1 m north of the line"),
            needs=en("Lights, gas meter"),
        ),
        incident=INCIDENT,
        location=Location(
            point=TUNNEL, side=Side.US, side_asserted_by="PATROL-7", computed_side=Side.AT_LINE
        ),
        handling=Handling(tlp=Tlp.AMBER),
    )
    story.message(
        "entrance",
        "19:47",
        C5,
        kinds.IncidentUpdate(
            state=kinds.IncidentState.ACTIVE,
            situation=es("Entrada localizada en el patio de un taller, asegurada"),
            actions=es("GN-3 y GN-5 en el lugar"),
        ),
        incident=INCIDENT,
        language="es",
    )
    story.message(
        "deployed",
        "19:48",
        C5,
        kinds.AssistDeployed(
            assist=story.ids["request"],
            state=kinds.AssistProgress.RESOURCES_NAMED,
            units=("GN-3", "GN-5"),
        ),
        incident=INCIDENT,
        language="es",
    )
    story.message(
        "hostile",
        "19:50",
        RCMP,
        kinds.Text(
            text=LanguageText(
                text="Suivi depuis Ottawa [/] [@click=app.quit]ok[/] \u202eerutcip", language="fr"
            )
        ),
        language="fr",
    )


def _positions(story: Story) -> None:
    for unit, sender, clock, lat in (
        ("PATROL-7", ME, "19:49", 31.333),
        ("GN-3", GN3, "19:48", 31.3322),
    ):
        story.message(
            f"position_{unit}",
            clock,
            sender,
            kinds.Position(unit=unit, track=unit.lower()),
            location=Location(point=Point(lat=lat, lon=-110.9511, ce=12.0)),
        )
    story.message(
        "on_scene",
        "19:50:30",
        GN3,
        kinds.UnitStatus(unit="GN-3", status=kinds.UnitState.ON_SCENE, heads=4),
        incident=INCIDENT,
        language="es",
    )


def _emergency(story: Story) -> None:
    _positions(story)
    story.message(
        "emergency",
        "19:52",
        GN3,
        kinds.Alarm(
            alarm_class=kinds.EMERGENCY,
            unit="GN-3",
            reason=es("Derrumbe en el túnel, un oficial herido"),
            hazards=("COLLAPSE",),
            heads=4,
            injured=1,
        ),
        incident=INCIDENT,
        location=Location(point=TUNNEL, side=Side.MX, side_asserted_by="GN-3"),
        language="es",
    )


def _fates(story: Story) -> None:
    others = [member.device for member in MEMBERS if member != ME]
    shown = tuple(RecipientFate(device, Stage.SHOWN, "", at("19:46")) for device in others[:4])
    told = (
        RecipientFate(GN3.device, Stage.ACKNOWLEDGED, "", at("19:49")),
        RecipientFate(CAP.device, Stage.DECRYPTED, "", at("19:46")),
        RecipientFate(RCMP.device, Stage.FETCHED, "", at("19:46")),
    )
    story.fate(
        "checkin_us_2",
        FateState.ON_DISK,
        queued_at=at("19:14"),
        seq=5,
        time=at("19:14"),
        recipients=tuple(
            RecipientFate(device, Stage.DECRYPTED, "", at("19:14")) for device in others
        ),
    )
    story.fate(
        "exit",
        FateState.ON_DISK,
        queued_at=at("19:45"),
        seq=12,
        time=at("19:45:02"),
        recipients=shown + told,
    )


def tell(until: str) -> Story:
    """The run up to that chapter: house, morning, cue, active, emergency."""
    told = Story()
    for chapter in (_house, _morning, _cue, _active, _emergency):
        chapter(told)
        if chapter.__name__ == f"_{until}":
            break
    if "exit" in told.ids:
        _fates(told)
    return told


def seen(app: App[None]) -> str:
    """The characters on the screen, line by line, as they were painted."""
    strips = app.screen._compositor.render_strips()
    return "\n".join(strip.text for strip in strips)


async def until(pilot: Pilot[None], condition: Callable[[], bool]) -> None:
    """Let the app work until the condition holds; the test fails if it never does."""
    for _ in range(400):
        await pilot.pause()
        if condition():
            return
        await asyncio.sleep(0.01)
    raise AssertionError(f"it never came to that:\n{seen(pilot.app)}")


class Nogales:
    """Everything a test of rows or screens needs, made on request."""

    channel = CHANNEL
    patrol = PATROL
    incident = INCIDENT
    me = ME
    dispatch = DISPATCH
    c5 = C5
    gn3 = GN3
    rcmp = RCMP
    members = MEMBERS
    at = staticmethod(at)
    identifier = staticmethod(identifier)
    seen = staticmethod(seen)
    until = staticmethod(until)
    tell = staticmethod(tell)

    async def shows(self, pilot: Pilot[None], *parts: str) -> str:
        """Wait until all of this is on the screen; the screen's text."""
        await until(pilot, lambda: all(part in seen(pilot.app) for part in parts))
        return seen(pilot.app)

    @staticmethod
    def model(chapter: str = "active", clock: str = "19:51") -> Model:
        """A model that was told the story, at a moment that stands still."""
        model = Model(ME, clock=lambda: at(clock), zone=ZONE)
        for event in tell(chapter).events:
            model.apply(event)
        model.tick()
        return model

    def app(
        self,
        chapter: str = "active",
        clock: str = "19:51",
        language: str = "en",
        theme: str = "day",
    ) -> CrossbandApp:
        """The app on such a model, without an engine."""
        return CrossbandApp(None, self.model(chapter, clock), language=language, theme=theme)


@pytest.fixture
def nogales() -> Nogales:
    """The recorded run of scenario A and what is made of it."""
    return Nogales()


def _client_book() -> ModuleType:
    """The playbook of the engine's own tests: agencies, engines, a hub's pen without a socket."""
    path = Path(__file__).resolve().parents[1] / "protocols" / "client" / "conftest.py"
    spec = importlib.util.spec_from_file_location("client_playbook", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
async def offline(tmp_path: Path) -> AsyncIterator[Callable[[], Client]]:
    """Opens the real client of a device that is a member of a channel, and whose hub is away.

    Each call opens the same device folder again, as a restart does.
    """
    book_of = _client_book()
    agencies = book_of.Agencies(tmp_path / "agencies")
    book = book_of.Playbook(agencies, CHANNEL)
    desk, patrol = (
        book_of.Actor(agencies.device("dispatch@uscbp")),
        book_of.Actor(agencies.device("patrol-7@uscbp", Role.PARTICIPANT)),
    )
    book.open(desk)
    book.admit(desk, patrol)
    plan = kinds.PatrolPlan(sector="Nogales West")
    said = compose(desk.device.identity, plan, patrol=PATROL, ack_wanted=True)
    desk.engine.send(CHANNEL, said, desk.now)
    (frame,) = [one for one in desk.settle() if type(one).__name__ == "Send"]
    patrol.get(book.log_message(frame))
    for actor in (desk, patrol):
        actor.store.close()
    opened: list[Client] = []

    def start() -> Client:
        client = Client(Device.open(patrol.device.folder))
        opened.append(client)
        return client

    yield start
    for client in opened:
        await client.close()
