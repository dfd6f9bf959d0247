"""Getting in, and back in: Welcomes used once, rejoining by itself, and refusals that end it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from protocols.client.events import ChannelChanged, Done, Noticed, RosterChanged
from protocols.client.membership import RETRY, WELCOME_PATIENCE
from protocols.client.store import Table
from protocols.errors import EpochConflict, NotAMember, PolicyRefused, RemovalOutstanding
from protocols.frames import (
    Claim,
    EntryKind,
    Fetch,
    GroupInfo,
    Handshake,
    Joined,
    Package,
    Subscribe,
    Welcome,
)

SECOND = 1_000_000


def group_of(actor: Any) -> Any:
    return actor.engine._desk.channels["nogales"].group


def test_a_welcome_is_used_once_and_its_bundle_forgotten(book: Any, us: Any, mx: Any) -> None:
    book.open(us)
    before = book.admit(us, mx)
    assert len(list(mx.store.rows(Table.BUNDLES))) == 50
    assert mx.told(RosterChanged)[0].joined == (us.device.identity, mx.device.identity)
    sent = mx.get(Welcome("nogales", 1, before.welcome))
    assert sent == [Joined("nogales", 1)]


def test_a_welcome_for_nobody_here_leads_to_a_rejoin(book: Any, both: Any, actor: Any) -> None:
    us, _ = both
    gn = actor("gn-3@c5")
    handshake = book.admit(us, gn)
    other = actor("gn-4@c5")
    book.connect(other, listed=False)
    sent = other.get(Welcome("nogales", len(book.log), handshake.welcome))
    assert book.only(sent, Joined).channel == "nogales"
    fetch = book.only(sent, Fetch)
    other.get(GroupInfo(fetch.ref, "nogales", 2, group_of(us).group_info))
    assert "external_commit_refused" in [event.code for event in other.told(Noticed)]


def test_a_removed_device_comes_in_again_by_a_later_welcome(book: Any, both: Any) -> None:
    """Away while it was removed and added again: first the old membership is read to its end."""
    us, mx = both
    mx.engine.disconnected()
    us.engine.remove("nogales", ["desk@c5"], us.now)
    offer = book.only(us.settle(), Handshake)
    entry = book.append(EntryKind.COMMIT, offer.body)
    us.get(entry, book.ack(offer, entry.seq))
    package = book.packages(mx).packages[0]
    mx.engine.disconnected()
    us.engine.add("nogales", ["desk@c5"], us.now)
    claim = book.only(us.settle(), Claim)
    offer = book.only(us.get(Package(claim.ref, "desk@c5", package)), Handshake)
    again = book.append(EntryKind.COMMIT, offer.body)
    us.get(again, book.ack(offer, again.seq))
    subscribe = book.only(book.connect(mx), Subscribe)
    assert mx.get(Welcome("nogales", again.seq, offer.welcome)) == []
    sent = mx.get(book.ack(subscribe), entry)
    assert book.only(sent, Joined).seq == again.seq
    assert book.only(sent, Subscribe).after == again.seq
    assert mx.engine.channel("nogales").state == "member"
    assert group_of(mx).epoch == group_of(us).epoch


def test_a_device_whose_store_is_lost_comes_back_by_itself(
    book: Any, both: Any, tmp_path: Any
) -> None:
    us, mx = both
    mx.store.close()
    mx.device.store_path.unlink()
    mx.open()
    book.connect(mx)
    mx.now += WELCOME_PATIENCE
    mx.engine.tick(mx.now)
    fetch = book.only(mx.settle(), Fetch)
    sent = mx.get(GroupInfo(fetch.ref, "nogales", len(book.log), group_of(us).group_info))
    offer, subscribe = book.only(sent, Handshake), book.only(sent, Subscribe)
    assert subscribe.after == len(book.log)
    back = book.append(EntryKind.COMMIT, offer.body)
    mx.get(book.ack(subscribe), back, book.ack(offer, back.seq), book.caught_up())
    us.get(back)
    assert mx.engine.channel("nogales").state == "member"
    entry = book.log_message(book.say(us, "welcome back")[0])
    mx.get(entry)
    assert mx.store.get(Table.HISTORY, "nogales", entry.seq) is not None


def test_a_rejoin_that_came_second_is_tried_again(book: Any, both: Any) -> None:
    us, mx = both
    channel = mx.engine._desk.channels["nogales"]
    channel.lose()
    mx.engine._membership.fetch("nogales")
    fetch = book.only(mx.settle(), Fetch)
    offer = book.only(
        mx.get(GroupInfo(fetch.ref, "nogales", 1, group_of(us).group_info)), Handshake
    )
    mx.get(book.refuse(offer, EpochConflict("late", epoch=2, from_seq=2)))
    mx.now += SECOND
    mx.engine.tick(mx.now)
    assert book.only(mx.settle(), Fetch)


def test_a_rejoin_that_was_refused_waits_longer_and_says_so(book: Any, both: Any) -> None:
    us, mx = both
    mx.engine._desk.channels["nogales"].lose()
    mx.engine._membership.fetch("nogales")
    fetch = book.only(mx.settle(), Fetch)
    offer = book.only(
        mx.get(GroupInfo(fetch.ref, "nogales", 1, group_of(us).group_info)), Handshake
    )
    mx.get(book.refuse(offer, PolicyRefused("not under this policy")))
    assert mx.told(Noticed)[-1].code == "policy_refused"
    assert mx.engine.wake_at(mx.now) == mx.now + RETRY


def test_a_kill_while_rejoining_starts_over(book: Any, both: Any) -> None:
    _, mx = both
    mx.engine._desk.channels["nogales"].lose()
    mx.settle()
    mx.kill()
    sent = book.connect(mx)
    assert book.only(sent, Fetch).channel == "nogales"
    assert book.only(sent, Subscribe).after == 1


def test_a_channel_the_hub_shuts_is_left(book: Any, both: Any) -> None:
    _, mx = both
    mx.engine.disconnected()
    subscribe = book.only(book.connect(mx, listed=False), Subscribe)
    mx.get(book.refuse(subscribe, NotAMember("removed long ago")))
    assert mx.engine.channel("nogales").state == "left"
    assert [event.state.state for event in mx.told(ChannelChanged)] == ["left"]


def test_a_commit_without_the_hubs_removal_is_built_again(book: Any, both: Any) -> None:
    us, _ = both
    us.engine.remove("nogales", ["desk@c5"], us.now)
    offer = book.only(us.settle(), Handshake)
    assert us.get(book.refuse(offer, RemovalOutstanding("one is left out"))) == []
    us.now += SECOND
    us.engine.tick(us.now)
    assert book.only(us.settle(), Handshake).body != offer.body


def test_a_commit_refused_for_good_ends_its_wish(book: Any, both: Any) -> None:
    us, _ = both
    us.engine.remove("nogales", ["desk@c5"], us.now)
    offer = book.only(us.settle(), Handshake)
    us.get(book.refuse(offer, PolicyRefused("no")))
    (done,) = us.told(Done)
    assert isinstance(done.error, PolicyRefused)
    assert group_of(us).pending is None


def test_wishes_for_channels_one_is_not_in_end_at_once(us: Any) -> None:
    us.engine.add("nowhere", ["desk@c5"], us.now)
    us.settle()
    (done,) = us.told(Done)
    assert isinstance(done.error, NotAMember)


def test_a_renewed_certificate_goes_into_the_tree(
    book: Any, both: Any, agencies: Any, renewed: Callable[[Any], Any]
) -> None:
    us, mx = both
    mx.device = renewed(mx.device)
    mx.kill()
    offer = book.only(book.replay(mx, book.only(book.connect(mx), Subscribe)), Handshake)
    entry = book.append(EntryKind.COMMIT, offer.body)
    mx.get(entry, book.ack(offer, entry.seq))
    us.get(entry)
    assert group_of(mx).credential == mx.engine._desk.credential
    assert us.engine.roster("nogales") == mx.engine.roster("nogales")
    mx.kill()
    assert not [
        frame
        for frame in book.replay(mx, book.only(book.connect(mx), Subscribe))
        if isinstance(frame, Handshake)
    ]
