"""Playbooks: what the hub sends, what goes out, and what is told; cuts and kills in between."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from protocols.client.events import ChannelChanged, Done, Noticed, Received, RosterChanged
from protocols.client.fates import FateState
from protocols.client.reading import received_of
from protocols.client.store import Table
from protocols.errors import (
    ChannelExists,
    EpochConflict,
    IdReused,
    NotAMember,
    StaleEpoch,
    UnknownChannel,
    UnknownDevice,
)
from protocols.frames import (
    Cannot,
    CaughtUp,
    Channel,
    Claim,
    Create,
    Devices,
    Directory,
    Entry,
    EntryKind,
    Fetch,
    GroupInfo,
    Handshake,
    Joined,
    Ledger,
    LedgerRow,
    Notice,
    Package,
    Pruned,
    Publish,
    Receipt,
    Send,
    SlowDown,
    Stage,
    Subscribe,
    Superseded,
    Welcome,
)
from protocols.identity import Role
from protocols.mls.handshake import Remove
from protocols.mls.public_group import external_proposal

SECOND = 1_000_000


def words(actor: Any) -> list[str]:
    """The texts in an actor's history, in order."""
    rows = actor.store.after(Table.HISTORY, "nogales", 0)
    return [received_of(row).message.body.text.text for row in rows]


# --- coming and going ---------------------------------------------------------------------------


def test_a_message_reaches_the_other_and_comes_back(book: Any, both: Any) -> None:
    us, mx = both
    send = book.only(book.say(us, "two persons, smoke"), Send)
    entry = book.log_message(send)
    us.get(book.ack(send, entry.seq), entry)
    sent = mx.get(entry)
    (received,) = mx.told(Received)
    assert received.message.body.text.text == "two persons, smoke"
    assert received.sender == us.device.identity
    assert (received.refused, received.own) == (None, False)
    assert book.only(sent, Receipt) == Receipt("nogales", Stage.DECRYPTED, (entry.seq,))
    (own,) = us.told(Received)
    assert own.own
    assert own.raw_hash == received.raw_hash
    assert us.engine.fates()[0].state is FateState.ON_DISK
    assert words(us) == words(mx) == ["two persons, smoke"]


def test_a_new_device_publishes_fifty_packages_and_a_last_resort(book: Any, us: Any) -> None:
    publish = book.only(book.connect(us, listed=False, packages=0), Publish)
    assert len(publish.packages) == 50
    assert publish.last_resort
    us.get(book.ack(publish))
    us.engine.disconnected()
    assert not [f for f in book.connect(us, listed=False) if isinstance(f, Publish)]
    us.engine.disconnected()
    again = book.only(book.connect(us, listed=False, packages=10), Publish)
    assert (len(again.packages), again.last_resort) == (40, None)


def test_key_packages_are_on_disk_before_they_leave(book: Any, us: Any) -> None:
    us.engine.connected(book.ready(us, listed=False, packages=0), us.now)
    assert len(list(us.store.rows(Table.BUNDLES))) == 0
    us.store.apply(us.engine.take_changes())
    assert len(list(us.store.rows(Table.BUNDLES))) == 51


def test_the_welcome_survives_a_kill_before_joined_was_heard(book: Any, us: Any, mx: Any) -> None:
    book.open(us)
    handshake = book.admit(us, mx)
    mx.kill()
    sent = book.connect(mx)
    assert book.only(sent, Subscribe).after == 1
    sent = mx.get(Welcome("nogales", 1, handshake.welcome))
    assert book.only(sent, Joined) == Joined("nogales", 1)
    assert mx.engine.channel("nogales").state == "member"


# --- order and gaps -----------------------------------------------------------------------------


def test_a_gap_is_asked_for_and_nothing_comes_twice(book: Any, both: Any) -> None:
    us, mx = both
    entries = []
    for n in range(4):
        send = book.only(book.say(us, f"m{n}"), Send)
        entry = book.log_message(send)
        us.get(book.ack(send, entry.seq), entry)
        entries.append(entry)
    mx.get(entries[0])
    subscribe = book.only(mx.get(entries[2]), Subscribe)
    assert subscribe.after == entries[0].seq
    mx.get(entries[3])  # still on its way when the gap was seen
    assert words(mx) == ["m0"]
    book.replay(mx, subscribe)
    mx.get(entries[3], entries[1])
    assert words(mx) == ["m0", "m1", "m2", "m3"]


def test_caught_up_beyond_the_cursor_is_a_gap_too(book: Any, both: Any) -> None:
    _, mx = both
    assert isinstance(mx.get(CaughtUp("nogales", 99))[0], Subscribe)
    assert not mx.engine.channel("nogales").live


def test_superseded_positions_count_as_received(book: Any, both: Any) -> None:
    _, mx = both
    assert mx.get(Superseded("nogales", (2, 3))) == []
    assert mx.engine.channel("nogales").cursor == 3
    assert isinstance(mx.get(Superseded("nogales", (9,)))[0], Subscribe)


def test_pruned_entries_are_named(book: Any, both: Any) -> None:
    _, mx = both
    mx.get(Pruned("nogales", 7))
    (notice,) = mx.told(Noticed)
    assert (notice.code, "2 to 6" in notice.detail) == ("pruned", True)
    assert mx.engine.channel("nogales").cursor == 6


def test_kill_after_each_step_loses_and_doubles_nothing(book: Any, both: Any) -> None:
    us, mx = both
    for n in range(6):
        send = book.only(book.say(us, f"m{n}"), Send)
        entry = book.log_message(send)
        us.get(book.ack(send, entry.seq), entry)
        if n % 2:
            mx.engine.receive(entry, mx.now)  # read, and killed before it was kept
        mx.kill()
        book.replay(mx, book.only(book.connect(mx), Subscribe))
    assert words(mx) == [f"m{n}" for n in range(6)]
    assert words(us) == words(mx)


# --- the outbox ---------------------------------------------------------------------------------


def test_offline_messages_wait_and_go_out_in_order_once(book: Any, both: Any) -> None:
    us, mx = both
    us.engine.disconnected()
    for n in range(3):
        assert book.say(us, f"m{n}") == []
    us.kill()
    assert [f.state for f in us.engine.fates()] == [FateState.QUEUED] * 3
    sent = book.replay(us, book.only(book.connect(us), Subscribe))
    sends = [frame for frame in sent if isinstance(frame, Send)]
    assert len(sends) == 3
    for send in sends:
        entry = book.log_message(send)
        us.get(book.ack(send, entry.seq), entry)
        mx.get(entry)
    assert words(mx) == words(us) == ["m0", "m1", "m2"]
    assert [f.state for f in us.engine.fates()] == [FateState.ON_DISK] * 3


def test_an_uncertain_send_that_was_taken_is_settled_by_replay(book: Any, both: Any) -> None:
    us, _ = both
    send = book.only(book.say(us, "once"), Send)
    entry = book.log_message(send)  # the hub took it, and the answer was lost
    us.kill()
    sent = book.replay(us, book.only(book.connect(us), Subscribe))
    assert not [frame for frame in sent if isinstance(frame, Send)]
    (fate,) = us.engine.fates()
    assert (fate.state, fate.seq) == (FateState.ON_DISK, entry.seq)
    assert words(us) == ["once"]


def test_an_uncertain_send_that_was_not_taken_goes_out_as_the_same_bytes(
    book: Any, both: Any
) -> None:
    us, _ = both
    first = book.only(book.say(us, "once"), Send)
    us.kill()
    again = book.only(book.replay(us, book.only(book.connect(us), Subscribe)), Send)
    assert again.body == first.body


def test_a_stale_epoch_is_encrypted_anew_under_the_same_id(book: Any, both: Any) -> None:
    us, mx = both
    first = book.only(book.say(us, "late"), Send)
    commits = []
    for _ in range(2):  # two epochs pass before the hub sees the message
        wish = mx.engine._desk
        pending = wish.channels["nogales"].group.commit([], [], mx.now // SECOND)
        entry = book.append(EntryKind.COMMIT, pending.commit)
        mx.get(entry)
        commits.append(entry)
    assert us.get(book.refuse(first, StaleEpoch("old", epoch=3))) == []
    again = book.only(us.get(*commits), Send)
    assert again.body != first.body
    entry = book.log_message(again)
    us.get(book.ack(again, entry.seq), entry)
    mx.get(entry)
    assert words(mx) == words(us) == ["late"]


def test_nothing_overtakes_a_message_of_another_epoch(book: Any, both: Any) -> None:
    us, mx = both
    first = book.only(book.say(us, "first"), Send)
    pending = mx.engine._desk.channels["nogales"].group.commit([], [], mx.now // SECOND)
    commit = book.append(EntryKind.COMMIT, pending.commit)
    us.get(commit)
    assert book.say(us, "second") == []
    entry = book.log_message(first)
    second = book.only(us.get(book.ack(first, entry.seq), entry), Send)
    assert second.body != first.body


def test_a_known_id_with_an_earlier_encryption_counts_as_sent(book: Any, both: Any) -> None:
    us, _ = both
    first = book.only(book.say(us, "twice?"), Send)
    entry = book.log_message(first)
    us.get(book.refuse(first, StaleEpoch("the hub was wrong", epoch=1)))
    second = [f for f in us.frames if isinstance(f, Send)][-1]
    us.get(book.refuse(second, IdReused("that id", seq=entry.seq)))
    assert us.engine.fates()[0].state is FateState.ON_DISK
    us.get(entry)
    assert words(us) == ["twice?"]


def test_a_refusal_for_good_says_why(book: Any, both: Any) -> None:
    us, _ = both
    send = book.only(book.say(us, "no"), Send)
    us.get(book.refuse(send, NotAMember("you were removed")))
    (fate,) = us.engine.fates()
    assert (fate.state, fate.code) == (FateState.REFUSED, "not_a_member")
    assert fate.remedy


def test_slow_down_is_honoured(book: Any, both: Any) -> None:
    us, _ = both
    send = book.only(book.say(us, "wait"), Send)
    assert us.get(SlowDown(send.ref, 1500, "disk")) == []
    assert book.say(us, "behind") == []
    assert us.engine.wake_at(us.now) == us.now + 1_500_000
    us.now += 1_500_000
    us.engine.tick(us.now)
    sends = [frame for frame in us.settle() if isinstance(frame, Send)]
    assert sends[0].body == send.body
    assert len(sends) == 2


def test_the_ledger_shows_how_far_it_came(book: Any, both: Any) -> None:
    us, _ = both
    send = book.only(book.say(us, "m"), Send)
    entry = book.log_message(send)
    us.get(book.ack(send, entry.seq), entry)
    (fate,) = us.engine.fates()
    assert [r.device for r in fate.recipients] == ["desk@c5"]
    rows = (
        LedgerRow("desk@c5", Stage.DECRYPTED, "", 5),
        LedgerRow("dispatch@uscbp", Stage.DECRYPTED, "", 5),
    )
    us.get(Ledger(0, "nogales", entry.seq, rows))
    (fate,) = us.engine.fates()
    assert [(r.device, r.stage) for r in fate.recipients] == [("desk@c5", Stage.DECRYPTED)]
    assert fate.reached(Stage.DECRYPTED)
    assert not fate.reached(Stage.ACKNOWLEDGED)


def test_marks_become_receipts_and_are_sent_again_after_a_cut(book: Any, both: Any) -> None:
    us, mx = both
    send = book.only(book.say(us, "m"), Send)
    entry = book.log_message(send)
    mx.get(entry)
    mx.engine.mark("nogales", [entry.seq], Stage.ACKNOWLEDGED)
    assert book.only(mx.settle(), Receipt).stage is Stage.ACKNOWLEDGED
    mx.kill()
    sent = book.connect(mx)
    assert {f.stage for f in sent if isinstance(f, Receipt)} == {
        Stage.DECRYPTED,
        Stage.ACKNOWLEDGED,
    }
    book.replay(mx, book.only(sent, Subscribe))
    mx.kill()
    assert {f.stage for f in book.connect(mx) if isinstance(f, Receipt)} == {
        Stage.DECRYPTED,
        Stage.ACKNOWLEDGED,
    }  # the receipts went out after the last question, so its answer proves nothing of them
    with pytest.raises(UnknownChannel):
        mx.engine.mark("elsewhere", [1], Stage.SHOWN)


# --- commits ------------------------------------------------------------------------------------


def test_two_committers_the_second_builds_again_from_its_wish(
    book: Any, both: Any, actor: Callable[..., Any]
) -> None:
    us, mx = both
    eyes, gn = actor("eyes@rcmp", Role.OBSERVER), actor("gn-3@c5", Role.PARTICIPANT)
    eyes_package, gn_package = book.packages(eyes).packages[0], book.packages(gn).packages[0]
    offers = []
    for host, guest, package in ((us, eyes, eyes_package), (mx, gn, gn_package)):
        host.engine.add("nogales", [guest.device.name], host.now)
        claim = book.only(host.settle(), Claim)
        answer = host.get(Package(claim.ref, guest.device.name, package))
        offers.append(book.only(answer, Handshake))
    first = book.append(EntryKind.COMMIT, offers[0].body)
    us.get(first, book.ack(offers[0], first.seq))
    assert us.told(Done)[0].error is None
    mx.get(book.refuse(offers[1], EpochConflict("late", epoch=2, from_seq=first.seq)))
    assert not [f for f in mx.get(first) if isinstance(f, Handshake)]  # first the random wait
    mx.now += SECOND
    mx.engine.tick(mx.now)
    again = book.only(mx.settle(), Handshake)
    second = book.append(EntryKind.COMMIT, again.body)
    mx.get(second, book.ack(again, second.seq))
    us.get(second)
    assert mx.told(Done)[0].error is None
    rosters = [{one.device for one in who.engine.roster("nogales")} for who in (us, mx)]
    assert rosters[0] == rosters[1]
    assert rosters[0] == {"dispatch@uscbp", "desk@c5", "eyes@rcmp", "gn-3@c5"}


def test_a_commit_counts_on_its_echo_only_and_survives_a_kill(
    book: Any, both: Any, actor: Callable[..., Any]
) -> None:
    us, _ = both
    eyes = actor("eyes@rcmp", Role.OBSERVER)
    package = book.packages(eyes).packages[0]
    us.engine.add("nogales", ["eyes@rcmp"], us.now)
    claim = book.only(us.settle(), Claim)
    offer = book.only(us.get(Package(claim.ref, "eyes@rcmp", package)), Handshake)
    us.get(book.ack(offer, 2))
    assert len(us.engine.roster("nogales")) == 2
    us.kill()
    entry = book.append(EntryKind.COMMIT, offer.body)
    book.replay(us, book.only(book.connect(us), Subscribe))
    assert len(us.engine.roster("nogales")) == 3
    assert us.engine.channel("nogales").cursor == entry.seq


def test_a_removed_device_forgets_its_secrets_and_refuses_to_send(book: Any, both: Any) -> None:
    us, mx = both
    us.engine.remove("nogales", ["desk@c5"], us.now)
    offer = book.only(us.settle(), Handshake)
    entry = book.append(EntryKind.COMMIT, offer.body)
    us.get(entry, book.ack(offer, entry.seq))
    mx.engine.disconnected()
    book.say(mx, "too late")
    book.replay(mx, book.only(book.connect(mx), Subscribe))
    assert mx.engine.channel("nogales").state == "left"
    assert mx.store.get(Table.GROUPS, "nogales") is None
    assert [f.code for f in mx.engine.fates()] == ["not_a_member"]
    assert mx.told(RosterChanged)[0].left == (mx.device.identity,)
    with pytest.raises(NotAMember):
        book.say(mx, "again")
    assert [one.device for one in us.engine.roster("nogales")] == ["dispatch@uscbp"]


def test_a_hub_removal_is_committed_before_anything_is_said(book: Any, both: Any) -> None:
    us, mx = both
    group = us.engine._desk.channels["nogales"].group
    (leaf,) = group.leaves(["desk@c5"])
    body = external_proposal(b"nogales", 1, Remove(leaf), book.hub_key)
    entry = book.append(EntryKind.PROPOSAL, body)
    us.get(entry)
    assert book.say(us, "held") == []
    us.now += 5 * SECOND
    us.engine.tick(us.now)
    offer = book.only(us.settle(), Handshake)
    commit = book.append(EntryKind.COMMIT, offer.body)
    send = book.only(us.get(commit, book.ack(offer, commit.seq)), Send)
    assert send
    mx.get(entry, commit)
    assert mx.engine.channel("nogales").state == "left"


def test_what_cannot_be_applied_is_reported_and_the_device_comes_back(book: Any, both: Any) -> None:
    us, mx = both
    group = us.engine._desk.channels["nogales"].group
    pending = group.commit([], [], us.now // SECOND)
    broken = bytearray(pending.commit)
    broken[-1] ^= 1  # the membership tag
    entry = book.append(EntryKind.COMMIT, bytes(broken))
    sent = mx.get(entry)
    cannot = book.only(sent, Cannot)
    assert (cannot.seq, bool(cannot.error)) == (entry.seq, True)
    fetch = book.only(sent, Fetch)
    assert mx.engine.channel("nogales").state == "rejoining"
    group.discard()
    us.get(Entry(entry.seq, 0, EntryKind.MESSAGE, book.say(us, "unread")[0].body))
    offer = book.only(mx.get(GroupInfo(fetch.ref, "nogales", 1, group.group_info)), Handshake)
    back = book.append(EntryKind.COMMIT, offer.body)
    mx.get(back, book.ack(offer, back.seq))
    us.get(back)
    assert mx.engine.channel("nogales").state == "member"
    send = book.only(book.say(mx, "back again"), Send)
    entry = book.log_message(send)
    us.get(entry)
    assert words(us)[-1] == "back again"


def test_an_unknown_device_cannot_be_added(book: Any, both: Any) -> None:
    us, _ = both
    us.engine.add("nogales", ["nobody@c5"], us.now)
    claim = book.only(us.settle(), Claim)
    us.get(book.refuse(claim, UnknownDevice("no packages")))
    (done,) = us.told(Done)
    assert isinstance(done.error, UnknownDevice)


def test_a_channel_that_exists_is_refused_and_forgotten(book: Any, us: Any) -> None:
    book.connect(us, listed=False)
    us.engine.create("nogales", book.policy, us.now)
    create = book.only(us.settle(), Create)
    us.get(book.refuse(create, ChannelExists("taken")))
    (done,) = us.told(Done)
    assert isinstance(done.error, ChannelExists)
    assert us.store.get(Table.GROUPS, "nogales") is None


def test_a_lost_answer_to_create_is_found_out_at_the_next_login(book: Any, us: Any) -> None:
    book.connect(us, listed=False)
    us.engine.create("nogales", book.policy, us.now)
    us.settle()
    us.kill()
    assert book.only(book.connect(us, listed=True), Subscribe).after == 0
    assert us.engine.channel("nogales").state == "member"


def test_a_certificate_renewed_while_connected(book: Any, both: Any, renewed: Any) -> None:
    us, mx = both
    mx.engine.renewed(renewed(mx.device), mx.now)
    sent = mx.settle()
    publish = book.only(sent, Publish)
    assert len(publish.packages) == 50
    assert publish.last_resort
    offer = book.only(sent, Handshake)
    entry = book.append(EntryKind.COMMIT, offer.body)
    us.get(entry)
    mx.get(book.ack(offer, entry.seq), book.ack(publish), entry)
    assert us.engine.roster("nogales") == mx.engine.roster("nogales")


# --- small things -------------------------------------------------------------------------------


def test_questions_survive_a_cut(book: Any, us: Any) -> None:
    operation = us.engine.directory()
    assert us.settle() == []
    question = book.only(book.connect(us, listed=False), Directory)
    us.engine.disconnected()
    again = book.only(book.connect(us, listed=False), Directory)
    assert again.ref != question.ref
    us.get(Devices(again.ref, ()))
    (done,) = us.told(Done)
    assert (done.operation, done.answer) == (operation, Devices(again.ref, ()))


def test_policy_changes_and_notices_are_told(book: Any, both: Any) -> None:
    us, _ = both
    wish = msgspec.structs.replace(book.policy, gatewayed=True)
    state = msgspec.structs.replace(book.state(1), asked=wish, agreed=("uscbp",))
    us.get(Channel("nogales", state), Notice("disk_low", "The disk is nearly full.", "Wait."))
    assert us.engine.channel("nogales").asked == wish
    assert [event.state.agreed for event in us.events if isinstance(event, ChannelChanged)] == [
        ("uscbp",)
    ]
    assert us.told(Noticed)[0].code == "disk_low"


def test_entries_of_nowhere_are_said_to_be(book: Any, both: Any) -> None:
    us, _ = both
    us.get(Entry(2, 0, EntryKind.MESSAGE, b"no mls message"))
    assert us.told(Noticed)[0].code == "malformed_frame"
    assert us.engine.channel("nogales").cursor == 1


def test_an_expired_certificate_is_told_once_and_work_goes_on_offline(book: Any, both: Any) -> None:
    us, _ = both
    us.engine.disconnected()
    end = (us.device.not_after + 1) * SECOND
    assert us.engine.wake_at(us.now) == end
    for us.now in (end, end + SECOND):
        us.engine.tick(us.now)
    us.settle()
    (notice,) = us.told(Noticed)
    assert notice.code == "certificate_expired"
    assert "renew" in notice.remedy
    assert us.engine.wake_at(us.now) is None
    book.say(us, "kept for later")
    us.kill()
    assert [fate.state for fate in us.engine.fates()] == [FateState.QUEUED]
