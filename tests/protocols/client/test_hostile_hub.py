"""A hub that lies: what it forges, swaps, replays or makes up is refused and changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from protocols.client.engine import Engine
from protocols.client.events import Done, Noticed, Received, RosterChanged
from protocols.client.fates import FateState
from protocols.client.groups import MemberGroup
from protocols.client.store import Row, Table
from protocols.errors import StaleEpoch
from protocols.frames import (
    Accepted,
    Ack,
    Cannot,
    CaughtUp,
    Challenge,
    Channel,
    ChannelState,
    Claim,
    Create,
    Devices,
    Entry,
    EntryKind,
    Fetch,
    GroupInfo,
    Handshake,
    HubFrame,
    HubSender,
    Lane,
    Ledger,
    Notice,
    Package,
    Policy,
    Pruned,
    Refusal,
    Send,
    SlowDown,
    Stage,
    Subscribe,
    Superseded,
    Welcome,
)
from protocols.identity import DeviceKey, Role
from protocols.messages.envelope import compose
from protocols.messages.kinds import Alarm
from protocols.mls.group import Group
from protocols.mls.handshake import Remove
from protocols.mls.leaf import CREDENTIAL, ExternalSender, external_senders
from protocols.mls.public_group import basic, external_proposal

SECOND = 1_000_000


def group_of(actor: Any, channel: str = "nogales") -> Any:
    return actor.engine._desk.channels[channel].group


def notices(actor: Any) -> list[str]:
    return [event.code for event in actor.told(Noticed)]


# --- key packages ---------------------------------------------------------------------------------


def test_the_key_package_of_another_device_is_not_added(
    book: Any, both: Any, actor: Callable[..., Any]
) -> None:
    us, _ = both
    package = book.packages(actor("mole@c5")).packages[0]
    us.engine.add("nogales", ["gn-3@c5"], us.now)
    claim = book.only(us.settle(), Claim)
    before = group_of(us).dump()
    sent = us.get(Package(claim.ref, "gn-3@c5", package))
    assert not [frame for frame in sent if isinstance(frame, Handshake)]
    (done,) = us.told(Done)
    assert "mole@c5 for gn-3@c5" in done.error.detail
    assert group_of(us).dump() == before
    us.engine.add("nogales", ["mole@c5"], us.now)  # a wish afterwards is a wish of its own
    assert book.only(us.settle(), Claim).device == "mole@c5"


@pytest.mark.parametrize("body", [b"", b"junk", b"\x00\x01\x00\x05" + bytes(80)])
def test_a_key_package_that_is_none_ends_the_wish(book: Any, both: Any, body: bytes) -> None:
    us, _ = both
    us.engine.add("nogales", ["gn-3@c5"], us.now)
    claim = book.only(us.settle(), Claim)
    us.get(Package(claim.ref, "gn-3@c5", body))
    (done,) = us.told(Done)
    assert done.error is not None


def test_the_wrong_kind_of_answer_is_told_and_the_right_one_still_taken(
    book: Any, both: Any
) -> None:
    us, _ = both
    us.engine.add("nogales", ["gn-3@c5"], us.now)
    claim = book.only(us.settle(), Claim)
    us.get(GroupInfo(claim.ref, "nogales", 1, b""), Devices(claim.ref, ()))
    assert notices(us) == ["unexpected_frame"] * 2
    us.get(Refusal(claim.ref, "unknown_device", "none", ""))
    assert us.told(Done)[0].error.code == "unknown_device"


# --- channels, Welcomes, GroupInfos ---------------------------------------------------------------


def test_a_welcome_into_another_channels_group_is_refused(
    book: Any, us: Any, actor: Callable[..., Any], agencies: Any
) -> None:
    """Taken, it would have this device say in `other` what it means to say in `nogales`."""
    from tests.protocols.client.conftest import Playbook

    other = Playbook(agencies, "other")
    other.hub, other.hub_key = book.hub, book.hub_key
    mole = actor("mole@c5")
    other.open(mole)
    package = book.packages(us).packages[0]
    mole.engine.add("other", ["dispatch@uscbp"], mole.now)
    claim = book.only(mole.settle(), Claim)
    offer = book.only(mole.get(Package(claim.ref, "dispatch@uscbp", package)), Handshake)
    us.get(Welcome("nogales", 1, offer.welcome))
    assert "wrong_group" in notices(us)
    assert us.engine.channels() == []


def test_a_welcome_that_names_another_external_sender_is_refused(
    book: Any, us: Any, mx: Any
) -> None:
    stranger = HubSender(DeviceKey.generate().public_key, book.hub.credential)
    book.hub, own = stranger, book.hub
    book.open(us)
    book.hub = own
    package = book.packages(mx).packages[0]
    us.engine.add("nogales", ["desk@c5"], us.now)
    claim = book.only(us.settle(), Claim)
    offer = book.only(us.get(Package(claim.ref, "desk@c5", package)), Handshake)
    mx.get(Welcome("nogales", 1, offer.welcome))
    assert "policy_refused" in notices(mx)
    assert mx.engine.channels() == []


def test_a_welcome_while_the_channel_is_opened_here_is_refused(
    book: Any, us: Any, mx: Any, actor: Callable[..., Any]
) -> None:
    package = book.packages(us).packages[0]
    mole = actor("mole@c5")
    book.open(mole)
    mole.engine.add("nogales", ["dispatch@uscbp"], mole.now)
    claim = book.only(mole.settle(), Claim)
    offer = book.only(mole.get(Package(claim.ref, "dispatch@uscbp", package)), Handshake)
    us.engine.create("nogales", book.policy, us.now)
    create = book.only(us.settle(), Create)
    us.get(Welcome("nogales", 1, offer.welcome), book.ack(create))
    assert [one.device for one in us.engine.roster("nogales")] == ["dispatch@uscbp"]


def lose(book: Any, us: Any, mx: Any) -> Fetch:
    """The others go on; one device cannot follow, and asks for the group."""
    for _ in range(2):
        commit = group_of(us).commit((), (), us.now // SECOND).commit
        us.get(book.append(EntryKind.COMMIT, commit))
    sent = mx.get(Entry(len(book.log) - 1, 0, EntryKind.COMMIT, commit))
    assert book.only(sent, Cannot).channel == "nogales"
    found: Fetch = book.only(sent, Fetch)
    return found


def test_an_old_group_info_is_refused(book: Any, both: Any) -> None:
    """In an old epoch somebody removed since would read again."""
    us, mx = both
    commit = group_of(us).commit((), (), us.now // SECOND).commit
    old = group_of(us).group_info
    entry = book.append(EntryKind.COMMIT, commit)
    us.get(entry)
    mx.get(entry)
    fetch = lose(book, us, mx)
    sent = mx.get(GroupInfo(fetch.ref, "nogales", 1, old))
    assert not [frame for frame in sent if isinstance(frame, Handshake)]
    assert "wrong_epoch" in notices(mx)
    mx.now += 10 * SECOND
    mx.engine.tick(mx.now)
    again = book.only(mx.settle(), Fetch)
    offer = book.only(
        mx.get(GroupInfo(again.ref, "nogales", len(book.log), group_of(us).group_info)), Handshake
    )
    assert offer


def test_a_group_info_of_another_channel_or_forged_is_refused_and_asked_for_ever_more_rarely(
    book: Any, both: Any, actor: Callable[..., Any], agencies: Any
) -> None:
    from tests.protocols.client.conftest import Playbook

    us, mx = both
    other = Playbook(agencies, "other")
    other.hub = book.hub
    mole = actor("mole@uscbp")
    other.open(mole)
    fetch = lose(book, us, mx)
    forged = bytearray(group_of(us).group_info)
    forged[-1] ^= 1
    waits = []
    for body in (group_of(mole, "other").group_info, bytes(forged), b"junk"):
        sent = mx.get(GroupInfo(fetch.ref, "nogales", 9, body))
        assert not [frame for frame in sent if isinstance(frame, Handshake)]
        at = mx.engine._membership.wake_at()
        waits.append((at - mx.now) // SECOND)
        mx.now = at
        mx.engine.tick(mx.now)
        fetch = book.only(mx.settle(), Fetch)
    assert waits == [10, 20, 40]
    assert mx.engine.channel("nogales").state == "rejoining"


def test_who_came_while_a_device_was_out_is_told_when_it_is_back(
    book: Any, both: Any, actor: Callable[..., Any]
) -> None:
    us, mx = both
    guest = actor("gn-3@c5", Role.PARTICIPANT)
    fetch = lose(book, us, mx)
    book.admit(us, guest)
    info = GroupInfo(fetch.ref, "nogales", len(book.log), group_of(us).group_info)
    mx.kill()
    mx.get()
    sent = book.connect(mx)
    fetch = book.only(sent, Fetch)
    subscribe = book.only(sent, Subscribe)
    offer = book.only(mx.get(msgspec.structs.replace(info, ref=fetch.ref)), Handshake)
    book.append(EntryKind.COMMIT, offer.body)
    mx.events.clear()
    book.replay(mx, subscribe)
    (changed,) = mx.told(RosterChanged)
    assert [one.device for one in changed.joined] == ["gn-3@c5"]
    assert changed.left == ()


def test_a_group_info_that_comes_after_the_welcome_is_not_used(book: Any, both: Any) -> None:
    _, mx = both
    mx.engine._membership.fetch("nogales")
    fetch = book.only(mx.settle(), Fetch)
    before = group_of(mx).dump()
    assert mx.get(GroupInfo(fetch.ref, "nogales", 1, group_of(both[0]).group_info)) == []
    assert group_of(mx).dump() == before


# --- the log --------------------------------------------------------------------------------------


def test_a_handshake_that_fails_for_everybody_moves_nothing(book: Any, both: Any) -> None:
    us, mx = both
    commit = bytearray(group_of(us).commit((), (), us.now // SECOND).commit)
    commit[len(commit) // 2] ^= 1
    before = group_of(mx).dump()
    sent = mx.get(book.append(EntryKind.COMMIT, bytes(commit)))
    assert not [frame for frame in sent if isinstance(frame, Cannot | Fetch)]
    assert mx.engine.channel("nogales").state == "member"
    assert group_of(mx).dump() == before
    assert len(notices(mx)) == 1


def test_the_same_bytes_again_count_once(book: Any, both: Any) -> None:
    us, mx = both
    send = book.only(book.say(us, "once"), Send)
    entry = book.log_message(send)
    again = book.append(EntryKind.MESSAGE, send.body)
    us.get(book.ack(send, entry.seq), entry, again)
    mx.get(entry, again)
    mx.kill()
    book.replay(mx, book.only(book.connect(mx), Subscribe))
    for actor in (us, mx):
        assert len(actor.store.after(Table.HISTORY, "nogales", 0)) == 1


def test_two_encryptions_of_one_message_count_once(book: Any, both: Any) -> None:
    """The hub keeps a message, says `stale_epoch`, gets it a second time, and delivers both."""
    us, mx = both
    send = book.only(book.say(us, "once"), Send)
    first = book.log_message(send)
    again = book.only(us.get(book.refuse(send, StaleEpoch("a lie", epoch=1))), Send)
    second = book.log_message(again)
    mx.get(first, second)
    received = mx.told(Received)
    assert [one.refused for one in received] == [None, "id_reused"]
    mx.kill()
    third = book.append(EntryKind.MESSAGE, again.body)
    book.replay(mx, book.only(book.connect(mx), Subscribe))
    mx.get(third)
    rows = mx.store.after(Table.HISTORY, "nogales", 0)
    assert len(rows) == 2


def test_entries_of_another_channel_are_that_channels(book: Any, both: Any, agencies: Any) -> None:
    from tests.protocols.client.conftest import Playbook

    us, mx = both
    other = Playbook(agencies, "other")
    other.hub = book.hub
    other.open(us)
    us.engine.send("other", other.text(us, "for the other channel"), us.now)
    body = book.only(us.settle(), Send).body
    assert mx.get(Entry(2, 0, EntryKind.MESSAGE, body)) == []
    assert mx.engine.channel("nogales").cursor == 1
    assert not mx.told(Received)


def test_what_is_not_in_the_log_although_the_epoch_moved_leads_to_a_rejoin(
    book: Any, both: Any
) -> None:
    _, mx = both
    state = ChannelState("nogales", 5, 1, 1, book.policy)
    sent = mx.get(Channel("nogales", state), CaughtUp("nogales", 1))
    assert book.only(sent, Fetch)
    assert notices(mx) == ["cannot_apply"]


def test_a_removal_that_the_hub_asks_for_is_told(book: Any, both: Any) -> None:
    us, _ = both
    (leaf,) = group_of(us).leaves(["desk@c5"])
    body = external_proposal(b"nogales", 1, Remove(leaf), book.hub_key)
    us.get(book.append(EntryKind.PROPOSAL, body))
    (notice,) = us.told(Noticed)
    assert notice.code == "removal_proposed"
    assert "desk@c5" in notice.detail
    assert notice.channel == "nogales"


def test_nobody_changes_who_may_propose_from_outside(book: Any, both: Any) -> None:
    us, mx = both
    other = ExternalSender(DeviceKey.generate().public_key, basic(b"another"))
    group: Group = group_of(us)._group
    made = group.commit(extensions=(external_senders((other,)),), now=us.now // SECOND)
    before = group_of(mx)
    sent = mx.get(book.append(EntryKind.COMMIT, made.commit))
    assert book.only(sent, Cannot).seq == 2
    assert mx.engine.channel("nogales").state == "rejoining"
    group.merge_pending()
    fetch = book.only(sent, Fetch)
    sent = mx.get(GroupInfo(fetch.ref, "nogales", 2, group.group_info()))
    assert not [frame for frame in sent if isinstance(frame, Handshake)]
    assert "policy_refused" in notices(mx)
    assert isinstance(before, MemberGroup)


# --- what the hub says of a channel ---------------------------------------------------------------


def test_a_gateway_in_a_sealed_channel_is_shown_and_nothing_but_an_emergency_is_said(
    book: Any, both: Any, actor: Callable[..., Any]
) -> None:
    us, mx = both
    gateway = actor("gateway:cot@uscbp", Role.GATEWAY)
    book.admit(us, gateway)
    mx.get(Channel("nogales", book.state(1)))
    mx.events.clear()
    mx.get(book.log[-1])
    (notice,) = mx.told(Noticed)
    assert notice.code == "policy_refused"
    assert "gateway:cot@uscbp can read here" in notice.detail
    assert mx.engine.channel("nogales").policy.gatewayed is False
    assert mx.engine.channel("nogales").sealed is False
    assert "gateway:cot@uscbp" in [one.device for one in mx.engine.roster("nogales")]
    assert not [frame for frame in book.say(mx, "not for machines") if isinstance(frame, Send)]
    assert mx.engine.fates()[0].state is FateState.QUEUED
    alarm = compose(mx.device.identity, Alarm("EMERGENCY", unit="GN-3"))
    assert alarm.lane == Lane.FLASH
    mx.engine.send("nogales", alarm, mx.now)
    sent = [frame for frame in mx.settle() if isinstance(frame, Send)]
    assert len(sent) == 1
    policy = msgspec.structs.replace(book.policy, gatewayed=True)
    mx.get(Channel("nogales", ChannelState("nogales", 2, 2, 1, policy)))
    mx.engine.tick(mx.now)
    assert [frame for frame in mx.settle() if isinstance(frame, Send)]


def test_a_slow_down_for_ever_is_not_for_ever(book: Any, both: Any) -> None:
    us, _ = both
    send = book.only(book.say(us, "wait"), Send)
    us.get(SlowDown(send.ref, 2**40, "disk"))
    assert us.engine.wake_at(us.now) == us.now + 600 * SECOND


# --- anything at all ------------------------------------------------------------------------------


class Memory:
    """The rows of a store, read once: every engine made from it starts at the same point."""

    def __init__(self, actor: Any) -> None:
        self._rows = {table: list(actor.store.rows(table)) for table in Table}
        self._named = {
            (table, row.name, row.number): row.value
            for table, rows in self._rows.items()
            for row in rows
        }

    def rows(self, table: Table) -> Iterable[Row]:
        return self._rows[table]

    def get(self, table: Table, name: str, number: int = 0) -> bytes | None:
        return self._named.get((table, name, number))


KEPT = {Table.GROUPS, Table.BUNDLES, Table.HISTORY, Table.SEEN, Table.OUTBOX}
NUMBER = st.integers(0, 60) | st.integers(0, 2**64 - 1)
TIME = st.integers(0, 2**62)
NAME = st.sampled_from(["nogales", "elsewhere", ""]) | st.text(max_size=8)
POLICY = st.builds(Policy, title=NAME, gatewayed=st.booleans(), exercise=st.booleans())
STATE = st.builds(ChannelState, NAME, NUMBER, NUMBER, NUMBER, POLICY)
FACTS = st.dictionaries(st.sampled_from(["epoch", "seq", "self", "detail"]), NUMBER, max_size=3)


def frames(bodies: list[bytes]) -> st.SearchStrategy[HubFrame]:
    """Any frame that decodes; bodies are damaged copies of real ones, or noise."""

    @st.composite
    def damaged(draw: st.DrawFn) -> bytes:
        body = bytearray(draw(st.sampled_from(bodies)))
        at = draw(st.integers(0, len(body) - 1))
        if draw(st.booleans()):
            return bytes(body[:at])
        body[at] ^= draw(st.integers(1, 255))
        return bytes(body)

    body = damaged() | st.binary(max_size=64)
    seq = st.sampled_from([1, 2, 3]) | NUMBER
    return st.one_of(
        st.builds(Entry, seq, TIME, st.sampled_from(EntryKind), body),
        st.builds(Welcome, NAME, seq, body),
        st.builds(GroupInfo, NUMBER, NAME, seq, body),
        st.builds(Package, NUMBER, NAME, body),
        st.builds(Accepted, st.lists(st.builds(Ack, NUMBER, seq, TIME), max_size=3).map(tuple)),
        st.builds(Refusal, NUMBER, NAME, NAME, NAME, FACTS),
        st.builds(CaughtUp, NAME, seq),
        st.builds(Superseded, NAME, st.lists(seq, max_size=3).map(tuple)),
        st.builds(Pruned, NAME, seq),
        st.builds(Channel, NAME, STATE),
        st.builds(Ledger, NUMBER, NAME, seq, st.just(())),
        st.builds(SlowDown, NUMBER, NUMBER, NAME),
        st.builds(Notice, NAME, NAME, NAME),
        st.builds(Challenge, st.binary(max_size=40), NAME, TIME),
        st.builds(Devices, NUMBER, st.just(())),
    )


def test_no_frame_changes_what_is_kept_and_none_is_too_much(book: Any, both: Any) -> None:
    us, mx = both
    handshake = [frame for frame in us.frames if isinstance(frame, Handshake)]
    send = book.only(book.say(us, "real"), Send)
    commit = group_of(us).commit((), (), us.now // SECOND)
    (leaf,) = group_of(us).leaves(["desk@c5"])
    removal = external_proposal(b"nogales", 1, Remove(leaf), book.hub_key)
    bodies = [send.body, commit.commit, removal, commit.group_info]
    bodies += [frame.welcome for frame in handshake if frame.welcome]
    memory = Memory(mx)

    @settings(
        max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(frame=frames(bodies))
    def whatever_comes(frame: HubFrame) -> None:
        engine = Engine(mx.device, memory, lambda: mx.now, chance=lambda: 0.5)
        engine.connected(book.ready(mx), mx.now)
        engine.take_changes()
        subscribe = book.only(engine.take_frames(), Subscribe)
        engine.receive(book.ack(subscribe, 1), mx.now)
        engine.receive(CaughtUp("nogales", 1), mx.now)
        engine.take_events()
        engine.receive(frame, mx.now)
        changed = {change.table for change in engine.take_changes()}
        if engine.channel("nogales").state == "member":  # an epoch from the future: it rejoins
            assert not changed & KEPT
        assert not [event for event in engine.take_events() if isinstance(event, Received)]
        engine.take_frames()
        engine.tick(mx.now + 700 * SECOND)
        engine.disconnected()

    whatever_comes()


def test_marks_of_a_hostile_number_are_not_kept(book: Any, both: Any) -> None:
    _, mx = both
    mx.get(Pruned("nogales", 2**64 - 1), Entry(2**64 - 1, 0, EntryKind.MESSAGE, b"x"))
    assert notices(mx) == ["malformed_frame"] * 2
    assert mx.engine.channel("nogales").cursor == 1
    mx.engine.mark("nogales", [1], Stage.SHOWN)
    mx.settle()
    assert CREDENTIAL.decode(book.hub.credential) == basic(b"nogales-hub")
