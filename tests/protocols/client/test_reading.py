"""What is read goes into history, receipts and events together; what is not read says why."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from protocols.client.events import Noticed, Received
from protocols.client.reading import received_of
from protocols.client.sealing import seal
from protocols.client.store import Table
from protocols.frames import EntryKind, Receipt, Stage
from protocols.header import Act, unpack
from protocols.identity import Role
from protocols.messages.envelope import Sender, compose
from protocols.messages.kinds import AlarmAck


def history(actor: Any) -> list[Received]:
    return [received_of(row) for row in actor.store.after(Table.HISTORY, "nogales", 0)]


def test_the_history_says_what_the_event_said(book: Any, both: Any) -> None:
    us, mx = both
    mx.get(book.log_message(book.say(us, "smoke", incident="TUN-1")[0]))
    assert history(mx) == mx.told(Received)


def test_an_act_that_does_not_match_is_shown_as_refused(book: Any, both: Any) -> None:
    us, mx = both
    group = us.engine._desk.channels["nogales"].group
    payload, head = seal(book.text(us, "not a command"), group.roster, group)
    lying = msgspec.structs.replace(unpack(head), act=Act.COMMAND).pack()
    entry = book.append(EntryKind.MESSAGE, group.encrypt(payload, lying))
    sent = mx.get(entry)
    assert book.only(sent, Receipt) == Receipt(
        "nogales", Stage.FAILED, (entry.seq,), "act_mismatch"
    )
    (shown,) = history(mx)
    assert shown.refused == "act_mismatch"
    assert shown.message.body.text.text == "not a command"
    (notice,) = mx.told(Noticed)
    assert "dispatch@uscbp" in notice.detail


def test_what_a_role_may_not_do_is_shown_as_refused(
    book: Any, both: Any, actor: Callable[..., Any]
) -> None:
    """A device that broke its own rules on the way out meets them again on the way in."""
    us, mx = both
    eyes = actor("eyes@rcmp", Role.OBSERVER)
    book.admit(us, eyes)
    mx.get(book.log[-1])
    message = compose(eyes.device.identity, AlarmAck(alarm=book.text(us, "").id))
    group = eyes.engine._desk.channels["nogales"].group
    body = group.encrypt(*seal(message, group.roster, group))
    mx.get(book.append(EntryKind.MESSAGE, body))
    (shown,) = history(mx)
    assert shown.refused == "role_refused"
    assert shown.sender == eyes.device.identity


def test_a_claim_about_the_sender_is_replaced(book: Any, both: Any) -> None:
    us, mx = both
    group = us.engine._desk.channels["nogales"].group
    message = book.text(us, "from command")
    forged = msgspec.structs.replace(message, sender=Sender.of(mx.device.identity))
    mx.get(book.append(EntryKind.MESSAGE, group.encrypt(*seal(forged, group.roster, group))))
    (shown,) = history(mx)
    assert shown.sender == shown.message.sender.identity == us.device.identity


def test_what_cannot_be_read_is_receipted_and_noticed(book: Any, both: Any) -> None:
    us, mx = both
    body = bytearray(book.say(us, "garbled")[0].body)
    body[-3] ^= 255
    entry = book.append(EntryKind.MESSAGE, bytes(body))
    receipt = book.only(mx.get(entry), Receipt)
    assert (receipt.stage, receipt.seqs) == (Stage.FAILED, (entry.seq,))
    assert receipt.reason
    (notice,) = mx.told(Noticed)
    assert f"entry {entry.seq}" in notice.detail
    assert history(mx) == []
    mx.get(book.log_message(book.say(us, "clear")[0]))
    assert [one.message.body.text.text for one in history(mx)] == ["clear"]


def test_somebody_else_may_have_used_the_same_id(book: Any, both: Any) -> None:
    """Ids are the sender's own: the hub's dedupe is by device and id, and so is ours."""
    us, mx = both
    message = book.text(us, "mine")
    us.engine.send("nogales", message, us.now)
    us.settle()
    theirs = msgspec.structs.replace(message, sender=Sender.of(mx.device.identity))
    mx.engine.send("nogales", theirs, mx.now)
    entry = book.log_message(book.only(mx.settle(), type(mx.frames[-1])))
    us.get(entry)
    (shown,) = history(us)
    assert (shown.own, shown.sender) == (False, mx.device.identity)
    assert len(us.engine.fates()) == 1
