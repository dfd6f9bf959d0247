"""What MLS costs at the ends and at the hub, suite 2, and what a message weighs on the wire.

    python -m benchmarks.mls [--rounds N]

Groups are made as they come about: each new member is added by the one before, so everybody has
committed once and the tree is full. Caches of keys and verified leaves are emptied before every
measured step of a receiver, because here the sender has filled them in the same process. Every
figure is the median of the rounds; the best round stands beside it.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmarks.results import write_section
from protocols.client.groups import PADDING_CLASS
from protocols.client.sealing import seal
from protocols.frames import Codec, Entry, EntryKind, Send
from protocols.identity import Identity, Role
from protocols.messages import Message, compose
from protocols.messages.kinds import Alarm, Position, Text
from protocols.messages.values import LanguageText, Location, Point
from protocols.mls.credentials import BasicValidator, basic
from protocols.mls.group import Group, KeyPackageBundle, StagedCommit, new_key_package
from protocols.mls.public_group import CheckedCommit, PublicGroup
from protocols.mls.signer import SoftwareSigner
from protocols.mls.suites import ciphersuite, kem, signatures

SUITE = 2
NOW = 1_800_000_000
DAY = 86_400
VALIDATOR = BasicValidator()
GOALS = {  # members: (add commit, processing, hub check, join), milliseconds
    10: (2.0, 3.0, 1.5, 6.0),
    50: (5.0, 5.0, 2.5, 25.0),
    200: (10.0, 9.0, 4.0, 100.0),
}
Row = tuple[str, str, str, str, str]


@dataclass
class Device:
    """A signature key and the key packages made with it."""

    name: str

    def __post_init__(self) -> None:
        self.signer = SoftwareSigner.generate(SUITE)

    def package(self) -> KeyPackageBundle:
        """A fresh key package."""
        return new_key_package(
            SUITE, self.signer, basic(self.name), not_before=NOW - 60, not_after=NOW + DAY
        )


@dataclass
class Channel:
    """A group of many, seen by three: a member who processes, one who commits, and the hub."""

    early: Group
    late: Group
    hub: PublicGroup

    def commit(self, packages: Sequence[bytes] = ()) -> bytes | None:
        """`late` commits and all three follow; returns the Welcome."""
        pending = self.late.commit(now=NOW, add=packages)
        checked = self.hub.check(pending.commit, now=NOW)
        assert isinstance(checked, CheckedCommit)
        self.hub = self.hub.finish(checked, pending.group_info)
        if self.early is not self.late:
            staged = self.early.process(pending.commit, NOW)
            assert isinstance(staged, StagedCommit)
            self.early.merge(staged)
        self.late.merge_pending()
        return pending.welcome

    def adding(self, device: Device) -> tuple[float, float, float, float]:
        """Milliseconds of adding this device: committing, processing, checking, joining."""
        bundle = device.package()
        adding = timed(lambda: self.late.commit(now=NOW, add=[bundle.key_package]))
        pending = self.late.pending
        assert pending is not None
        welcome = pending.welcome
        assert welcome is not None
        times = [adding]
        for action in (
            lambda: self.early.process(pending.commit, NOW),
            lambda: self.hub.check(pending.commit, now=NOW),
            lambda: _join(welcome, bundle, device),
        ):
            forget()
            times.append(timed(action))
        self.late.discard_pending()
        return times[0], times[1], times[2], times[3]


def build(members: int, full: bool = True) -> Channel:
    """A channel of so many; `full`: each added by the one before, else all by the first at once."""
    first = Device("unit-0")
    founder = Group.create(
        b"tunnel-nogales", SUITE, first.signer, basic(first.name), validator=VALIDATOR, now=NOW
    )
    channel = Channel(founder, founder, PublicGroup.from_group_info(
        founder.group_info(), validator=VALIDATOR
    ))  # fmt: skip
    newcomers = [Device(f"unit-{number}") for number in range(1, members)]
    for batch in [[one] for one in newcomers] if full else [newcomers]:
        bundles = [device.package() for device in batch]
        welcome = channel.commit([bundle.key_package for bundle in bundles])
        assert welcome is not None
        joined = _join(welcome, bundles[0], batch[0])
        if full:
            channel.late = joined
        else:
            channel.early = joined
    channel.commit()
    return channel


def _join(welcome: bytes, bundle: KeyPackageBundle, device: Device) -> Group:
    return Group.join(welcome, bundle, device.signer, validator=VALIDATOR, now=NOW)


def forget() -> None:
    """Empty the caches of public keys and of leaves that were verified."""
    ciphersuite._verified.cache_clear()
    kem.kem_public.cache_clear()
    signatures.signature_key.cache_clear()


def timed(action: Callable[[], object]) -> float:
    """Milliseconds of one call."""
    start = time.perf_counter()
    action()
    return (time.perf_counter() - start) * 1000


def messages(rounds: int) -> list[Row]:
    """A message of 1 KB in a group of ten, 20 a round."""
    channel, data, count = build(10), bytes(1024), 20
    sent: list[bytes] = []
    encrypt, decrypt = [], []
    for _ in range(rounds):
        encrypt.append(
            timed(lambda: sent.extend(channel.late.encrypt(data) for _ in range(count))) / count
        )
        decrypt.append(timed(lambda: [channel.early.decrypt(one) for one in sent]) / count)
        sent.clear()
    return [
        row("1 KB message, encrypt and sign", encrypt, 0.3),
        row("1 KB message, decrypt and verify", decrypt, 0.45),
    ]


def commits(members: int, rounds: int, full: bool = True) -> list[Row]:
    """Adding one more to a group of so many: committing, processing, the hub's check, joining."""
    channel = build(members, full)
    taken = [channel.adding(Device(f"new-{number}")) for number in range(rounds)]
    goals = GOALS[members] if full else (None,) * 4
    where = f"{members} members" + ("" if full else ", all just added, tree empty")
    names = ("add commit", "processing it", "hub check", "join by its Welcome")
    return [
        row(f"{where}: {name}", values, goal)
        for name, values, goal in zip(names, zip(*taken, strict=True), goals, strict=True)
    ]


def row(name: str, values: Sequence[float], goal: float | None) -> Row:
    """One line of the table, in microseconds below a millisecond."""
    middle, best = statistics.median(values), min(values)
    ratio = "" if goal is None else f"{middle / goal:.2f}"
    return (name, _time(middle), _time(best), "" if goal is None else f"≤ {_time(goal)}", ratio)


def _time(milliseconds: float) -> str:
    return f"{milliseconds * 1000:.0f} µs" if milliseconds < 1 else f"{milliseconds:.2f} ms"


class _Keys:
    """What sealing needs of a group, without parts sealed to single members."""

    def __init__(self, group: Group) -> None:
        self.epoch, self.own_leaf = group.epoch, group.own_leaf

    def seal(self, devices: object, value: bytes, context: bytes) -> list[tuple[int, bytes, bytes]]:
        """No message here withholds anything."""
        raise AssertionError(devices)

    def open_sealed(self, epoch: int, output: bytes, sealed: bytes, context: bytes) -> bytes:
        """Nothing is read here."""
        raise AssertionError(epoch)

    def franking_key(self, epoch: int, message_id: bytes) -> bytes:
        """Any key: only its length matters."""
        return bytes(32)


def weights() -> list[tuple[str, str, str, str, str]]:
    """Frames of three messages: what a client sends, and what the hub delivers of it."""
    patrol = Identity("US", "uscbp", "NGL", "patrol-7@uscbp", Role.PARTICIPANT)
    place = Location(point=Point(lat=31.33275, lon=-110.95111, hae=1176.2, ce=4.9))
    text = "Fresh footprints at the culvert east of the port, six or seven persons, northwest."
    listed = {
        "position": (compose(patrol, Position(track="ANDROID-4711", unit="NOG-7",
            symbol="a-f-G-U-C", how="m-g", course=327.7, speed=1.4), location=place), 350),
        "alarm": (compose(patrol, Alarm("EMERGENCY", unit="NOG-7",
            reason=LanguageText("shots heard")), location=place), 450),
        "80-character text": (compose(patrol, Text(text=LanguageText(text[:80]))), 450),
    }  # fmt: skip
    group = build(2).late
    return [_weight(name, message, goal, group, patrol) for name, (message, goal) in listed.items()]


def _weight(
    name: str, message: Message, goal: int, group: Group, patrol: Identity
) -> tuple[str, str, str, str, str]:
    payload, header = seal(message, (patrol,), _Keys(group))
    body = group.encrypt(payload, aad=header, padding_class=PADDING_CLASS)
    codec = Codec("msgpack")
    sent = len(codec.encode(Send(7, body)))
    delivered = len(codec.encode(Entry(1234567, 1_800_000_000_000_000, EntryKind.MESSAGE, body)))
    return (
        name,
        str(len(payload)),
        str(sent),
        f"{delivered} / ≤ {goal}",
        f"{delivered / goal:.2f}",
    )


def main() -> None:
    """Run all and write the section."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=21)
    rounds = parser.parse_args().rounds
    rows: list[Row] = messages(rounds)
    for members in GOALS:
        rows += commits(members, rounds)
    rows += commits(200, max(3, rounds // 4), full=False)
    heading = ("suite 2", "median", "best", "goal", "median / goal")
    note = (
        f"{rounds} rounds, on two cores shared with other work. Receivers start with empty caches "
        "of keys and verified leaves, as if nothing of the group had been met before."
    )
    write_section("MLS", [heading, *rows], note)
    weighed = weights()
    write_section(
        "MLS bytes on the wire",
        [("message", "payload", "frame sent", "frame delivered / goal", "ratio"), *weighed],
        "Suite 2, MessagePack, padding class 128; bytes, WebSocket headers not counted.",
    )
    for line in (*rows, *weighed):
        print("  ".join(line))


if __name__ == "__main__":
    main()
