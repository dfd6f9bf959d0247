"""Two agencies with real certificates, device folders, and a hub's pen for playbooks.

`Playbook` lets engines meet without a socket: a playbook takes the frames of one, decides as a hub
would (or as a bad one would), and hands entries to the others. It decides nothing by itself.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization

from hub.agency.authority import Authority
from hub.agency.certificates import issue_device
from protocols.client.device import Device
from protocols.client.engine import Engine
from protocols.client.events import Event
from protocols.client.store import Store
from protocols.errors import Refused
from protocols.frames import (
    Accepted,
    Ack,
    CaughtUp,
    ChannelState,
    Claim,
    ClientFrame,
    Create,
    Entry,
    EntryKind,
    Handshake,
    HubFrame,
    HubSender,
    Package,
    Policy,
    Publish,
    Ready,
    Subscribe,
    Welcome,
    refusal,
)
from protocols.identity import DeviceKey, Identity, Role
from protocols.identity.keys import Algorithm
from protocols.identity.roots import certificates_to_pem
from protocols.messages.envelope import Message, compose
from protocols.messages.kinds import Text
from protocols.messages.values import LanguageText
from protocols.mls.leaf import CREDENTIAL
from protocols.mls.public_group import basic

SECOND = 1_000_000
NOW = int(time.time()) * SECOND


class Agencies:
    """Authorities by name, and the folders of their devices."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._known = {
            name: Authority.create(folder / name, agency=name, country=country, now=NOW // SECOND)
            for name, country in (("uscbp", "US"), ("c5", "MX"), ("rcmp", "CA"))
        }

    def renew(self, device: Device) -> Device:
        """The same device with a new certificate for the same key."""
        agency = self._known[device.identity.agency]
        leaf = self._issue(agency, device.identity, device.key)
        (device.folder / "chain.pem").write_bytes(certificates_to_pem([leaf, agency.issuing]))
        return Device.open(device.folder)

    @staticmethod
    def _issue(agency: Authority, identity: Identity, key: DeviceKey) -> bytes:
        spki = key.private.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        return issue_device(agency, identity, spki, NOW // SECOND)

    def device(self, name: str, role: Role = Role.COMMAND, algorithm: Algorithm = "p256") -> Device:
        """A fresh device folder for `<name>@<agency>`, opened."""
        agency = self._known[name.partition("@")[2]]
        identity = Identity(agency.country, agency.agency, "Nogales", name, role)
        key = DeviceKey.generate(algorithm)
        leaf = self._issue(agency, identity, key)
        folder = self.folder / name.replace(":", "_")
        (folder / "roots").mkdir(parents=True)
        (folder / "key.pem").write_bytes(key.to_pem())
        (folder / "key.pem").chmod(0o600)
        (folder / "chain.pem").write_bytes(certificates_to_pem([leaf, agency.issuing]))
        for one in self._known.values():
            path = folder / "roots" / f"{one.agency}.pem"
            path.write_bytes(certificates_to_pem([one.root]))
        (folder / "device.toml").write_text(
            f'device = "{name}"\nagency = "{agency.agency}"\nhub = "wss://localhost:1"\n'
        )
        return Device.open(folder)


class Actor:
    """One engine with its real store; effects are done in the order that the shell does them."""

    def __init__(self, device: Device, chance: Callable[[], float] = lambda: 0.5) -> None:
        self.device = device
        self._chance = chance
        self.now = NOW
        self.events: list[Event] = []
        self.frames: list[ClientFrame] = []
        self.open()

    def open(self) -> None:
        """(Re)starts from what is on disk."""
        self.store = Store.open(self.device.store_path)
        self.engine = Engine(self.device, self.store, lambda: self.now, chance=self._chance)

    def kill(self) -> None:
        """The process is gone: what was not applied is lost, and so are frames not yet written."""
        self.store.close()
        self.frames.clear()
        self.open()

    def settle(self) -> list[ClientFrame]:
        """Keep, then send, then tell; the frames sent now."""
        self.store.apply(self.engine.take_changes())
        sent = self.engine.take_frames()
        self.events += self.engine.take_events()
        self.frames += sent
        return sent

    def get(self, *frames: HubFrame) -> list[ClientFrame]:
        """The hub sends these, one batch."""
        for frame in frames:
            self.engine.receive(frame, self.now)
        return self.settle()

    def told(self, kind: type[Event]) -> list[Event]:
        """Events of one kind so far, and forgets all events."""
        found = [event for event in self.events if isinstance(event, kind)]
        self.events.clear()
        return found


class Playbook:
    """A channel's log as the playbook writes it."""

    def __init__(
        self, agencies: Agencies, channel: str = "nogales", algorithm: Algorithm = "p256"
    ) -> None:
        self.agencies = agencies
        self.channel = channel
        self.log: list[Entry] = []
        self.policy = Policy(owners=("uscbp", "c5"))
        hub_key = DeviceKey.generate(algorithm)
        self.hub_key = hub_key
        self.hub = HubSender(hub_key.public_key, CREDENTIAL.write(basic(b"nogales-hub")))
        self._times = itertools.count(NOW, 1000)

    def state(self, epoch: int = 0, *, member: bool = True) -> ChannelState:
        return ChannelState(self.channel, epoch, len(self.log), 1, self.policy, member=member)

    def ready(self, actor: Actor, *, listed: bool = True, packages: int = 50) -> Ready:
        channels = (self.state(),) if listed else ()
        return Ready(actor.device.name, NOW, channels, packages, self.hub)

    def connect(
        self, actor: Actor, *, listed: bool = True, packages: int = 50
    ) -> list[ClientFrame]:
        actor.engine.connected(self.ready(actor, listed=listed, packages=packages), actor.now)
        return actor.settle()

    def append(self, kind: EntryKind, body: bytes) -> Entry:
        entry = Entry(len(self.log) + 1, next(self._times), kind, body)
        self.log.append(entry)
        return entry

    def ack(self, frame: ClientFrame, seq: int = 0) -> Accepted:
        return Accepted((Ack(frame.ref, seq, NOW),))

    def refuse(self, frame: ClientFrame, error: Refused) -> HubFrame:
        return refusal(frame.ref, error)

    def caught_up(self) -> CaughtUp:
        return CaughtUp(self.channel, len(self.log))

    def open(self, actor: Actor) -> None:
        """The actor connects and opens the channel; the hub agrees."""
        self.connect(actor, listed=False)
        actor.engine.create(self.channel, self.policy, actor.now)
        create = self.only(actor.settle(), Create)
        (subscribe,) = actor.get(self.ack(create))
        self.replay(actor, subscribe)

    def packages(self, actor: Actor, count: int = 0) -> Publish:
        """What a device publishes when the hub has `count` packages of it."""
        publish = self.only(self.connect(actor, listed=False, packages=count), Publish)
        actor.get(self.ack(publish))
        return publish

    def admit(self, host: Actor, guest: Actor) -> Handshake:
        """The host adds the guest, who connects, joins and catches up."""
        package = self.packages(guest).packages[0]
        host.engine.add(self.channel, [guest.device.name], host.now)
        claim = self.only(host.settle(), Claim)
        handshake = self.only(host.get(Package(claim.ref, guest.device.name, package)), Handshake)
        entry = self.append(EntryKind.COMMIT, handshake.body)
        host.get(entry, self.ack(handshake, entry.seq))
        assert handshake.welcome is not None
        subscribe = self.only(
            guest.get(Welcome(self.channel, entry.seq, handshake.welcome)), Subscribe
        )
        self.replay(guest, subscribe)
        return handshake

    def say(self, actor: Actor, words: str, **fields: object) -> list[ClientFrame]:
        """The actor queues a text; the frames that go out at once."""
        message = self.text(actor, words, **fields)
        actor.engine.send(self.channel, message, actor.now)
        return actor.settle()

    def log_message(self, frame: ClientFrame) -> Entry:
        """The hub puts a `send` into the log."""
        return self.append(EntryKind.MESSAGE, frame.body)

    @staticmethod
    def only(frames: Sequence[ClientFrame], kind: type) -> ClientFrame:
        """The one frame of this kind among these."""
        (found,) = [frame for frame in frames if isinstance(frame, kind)]
        return found

    @staticmethod
    def text(actor: Actor, words: str, **fields: object) -> Message:
        """A text message of this actor."""
        body = Text(text=LanguageText(text=words))
        return compose(actor.device.identity, body, **fields)

    def replay(self, actor: Actor, frame: ClientFrame) -> list[ClientFrame]:
        """Answers a subscribe with everything after its cursor."""
        entries = self.log[frame.after :]
        return actor.get(self.ack(frame, len(self.log)), *entries, self.caught_up())


@pytest.fixture
def agencies(tmp_path: Path) -> Agencies:
    return Agencies(tmp_path / "agencies")


@pytest.fixture
def book(agencies: Agencies) -> Playbook:
    return Playbook(agencies)


@pytest.fixture
def us(agencies: Agencies) -> Actor:
    return Actor(agencies.device("dispatch@uscbp"))


@pytest.fixture
def mx(agencies: Agencies) -> Actor:
    return Actor(agencies.device("desk@c5"))


@pytest.fixture
def both(book: Playbook, us: Actor, mx: Actor) -> tuple[Actor, Actor]:
    """Both in the channel, live, nothing under way."""
    book.open(us)
    book.admit(us, mx)
    for actor in (us, mx):
        actor.events.clear()
        actor.frames.clear()
    return us, mx


@pytest.fixture
def actor(agencies: Agencies) -> Callable[..., Actor]:
    def make(name: str, role: Role = Role.COMMAND, algorithm: Algorithm = "p256") -> Actor:
        return Actor(agencies.device(name, role, algorithm))

    return make


@pytest.fixture
def renewed(agencies: Agencies) -> Callable[[Device], Device]:
    return agencies.renew


@pytest.fixture
def now() -> int:
    return NOW
