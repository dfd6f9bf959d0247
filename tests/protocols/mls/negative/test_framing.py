"""PublicMessages: every field altered by an outsider or the hub, and framed wrongly by a member."""

from __future__ import annotations

from dataclasses import replace

from protocols.mls import errors, wire
from protocols.mls.public_framing import sign_framed


def proposal(lab):
    return lab.forge(wire.Remove(2))


def edited(**fields):
    return lambda lab: lab.edit(proposal(lab), fields)


def untagged(sender):
    return lambda lab: lab.edit(proposal(lab), {"sender": sender}, membership_tag=None)


def authed(**fields):
    return lambda lab: lab.edit(proposal(lab), None, fields)


def other_context(lab, **fields):
    """Signed as alice, but over a group context that is not this epoch's."""
    context = lab.alice.public.state.context
    framed = wire.FramedContent(
        context.group_id, context.epoch, wire.MemberSender(0), b"", wire.Remove(2)
    )
    signature = sign_framed(
        wire.PUBLIC_MESSAGE, framed, replace(context, **fields).encoded, lab.alice.signer
    )
    return lab.forge(wire.Remove(2), signature=signature)


def other_wire_format(lab):
    context = lab.alice.public.state.context
    framed = wire.FramedContent(
        context.group_id, context.epoch, wire.MemberSender(0), b"", wire.Remove(2)
    )
    signature = sign_framed(wire.PRIVATE_MESSAGE, framed, context.encoded, lab.alice.signer)
    return lab.forge(wire.Remove(2), signature=signature)


def from_removed(lab):
    message = lab.room.forge("carol", wire.Remove(0))
    lab.room.commit("alice", remove=[2])
    return lab.edit(message, {"epoch": lab.bob.epoch})


def as_blank_leaf(lab):
    lab.room.commit("alice", remove=[2])
    return lab.forge(wire.Remove(1), sender=wire.MemberSender(2))


def replayed(lab):
    message = lab.commit()
    lab.room.commit("carol")
    return message


def ahead(lab):
    message = lab.commit()
    return lab.edit(message, {"epoch": lab.bob.epoch + 7})


def retagged(tag):
    return lambda lab: lab.room.reframe("alice", lab.commit(), confirmation_tag=tag)


def bytes_of(alter):
    return lambda lab: alter(bytearray(proposal(lab)))


def put(place, value):
    def alter(data):
        data[place] = value
        return bytes(data)

    return bytes_of(alter)


BAD_TAG, BAD_SIGNATURE = errors.BadMembershipTag, errors.BadSignature
ROWS = [
    # an outsider or the hub alters a member's proposal
    ("group id", errors.WrongGroup, edited(group_id=b"elsewhere")),
    ("empty group id", errors.WrongGroup, edited(group_id=b"")),
    ("next epoch", errors.WrongEpoch, edited(epoch=2)),
    ("last epoch", errors.WrongEpoch, edited(epoch=0)),
    ("highest epoch", errors.WrongEpoch, edited(epoch=2**64 - 1)),
    ("sender bob", BAD_TAG, edited(sender=wire.MemberSender(1)), BAD_SIGNATURE),
    ("sender carol", BAD_TAG, edited(sender=wire.MemberSender(2)), BAD_SIGNATURE),
    ("sender nobody", BAD_TAG, edited(sender=wire.MemberSender(9)), errors.UnknownSender),
    ("sender beyond", BAD_TAG, edited(sender=wire.MemberSender(2**32 - 1)), errors.UnknownSender),
    ("sender the hub", BAD_SIGNATURE, untagged(wire.ExternalSenderIndex(0))),
    ("sender new", errors.UnauthorizedProposal, untagged(wire.NewMemberProposal())),
    ("sender joining", errors.UnexpectedContent, untagged(wire.NewMemberCommit())),
    ("tag of an outsider", errors.TrailingBytes, edited(sender=wire.ExternalSenderIndex(0))),
    ("authenticated data", BAD_TAG, edited(authenticated_data=b"x"), BAD_SIGNATURE),
    ("content", BAD_TAG, edited(content=wire.Remove(0)), BAD_SIGNATURE),
    ("content to commit", errors.UnknownValue, put(33, 3)),
    ("signature", BAD_TAG, authed(signature=b"0" * 70), BAD_SIGNATURE),
    ("signature emptied", BAD_TAG, authed(signature=b""), errors.EmptySignature),
    ("tag", BAD_TAG, lambda lab: lab.edit(proposal(lab), membership_tag=bytes(32)), None),
    ("tag emptied", BAD_TAG, lambda lab: lab.edit(proposal(lab), membership_tag=b""), None),
    ("tag cut", BAD_TAG, lambda lab: lab.edit(proposal(lab), membership_tag=bytes(31)), None),
    # a member frames what it must not
    (
        "empty signature",
        errors.EmptySignature,
        lambda lab: lab.forge(wire.Remove(2), signature=b""),
    ),
    (
        "signed by another member",
        BAD_SIGNATURE,
        lambda lab: lab.forge(wire.Remove(2), signer=lab.room["carol"].signer),
    ),
    (
        "in the name of another member",
        BAD_SIGNATURE,
        lambda lab: lab.forge(wire.Remove(0), sender=wire.MemberSender(2)),
    ),
    ("signed for an older tree", BAD_SIGNATURE, lambda lab: other_context(lab, tree_hash=b"")),
    ("signed for another epoch", BAD_SIGNATURE, lambda lab: other_context(lab, epoch=9)),
    ("signed for a private message", BAD_SIGNATURE, other_wire_format),
    ("a removed member's message", BAD_TAG, from_removed, errors.UnknownSender),
    ("in the name of a removed member", errors.UnknownSender, as_blank_leaf),
    ("replayed commit", errors.WrongEpoch, replayed),
    ("commit of a later epoch", errors.WrongEpoch, ahead),
    # the confirmation tag
    ("confirmation tag of zeros", errors.BadConfirmationTag, retagged(bytes(32)), None),
    ("confirmation tag empty", errors.BadConfirmationTag, retagged(b"")),
    ("confirmation tag short", errors.BadConfirmationTag, retagged(bytes(31))),
    ("confirmation tag long", errors.BadConfirmationTag, retagged(bytes(33))),
    # the bytes of an MLSMessage
    ("protocol version", errors.UnknownWireFormat, put(1, 2)),
    ("wire format", errors.UnknownWireFormat, put(3, 9)),
    ("no message", errors.UnknownWireFormat, lambda lab: b""),
    ("trailing byte", errors.TrailingBytes, lambda lab: proposal(lab) + b"\x00"),
    (
        "length not minimal",
        errors.NotMinimalVector,
        bytes_of(lambda d: bytes(d[:4] + b"\x40" + d[4:])),
    ),
    ("length reserved", errors.NotMinimalVector, put(4, 0xC0)),
    ("sender type", errors.UnknownValue, put(27, 9)),
    ("content type", errors.UnknownValue, put(33, 7)),
    ("proposal type", errors.UnknownProposal, put(35, 0x0B)),
    # other bodies where a handshake belongs
    (
        "a welcome",
        errors.UnexpectedContent,
        lambda lab: _pending(lab).welcome,
        errors.UnknownWireFormat,
    ),
    (
        "a group info",
        errors.UnexpectedContent,
        lambda lab: lab.alice.group_info(),
        errors.UnknownWireFormat,
    ),
    (
        "a key package",
        errors.UnexpectedContent,
        lambda lab: lab.package(),
        errors.UnknownWireFormat,
    ),
    (
        "application data for process",
        errors.UnexpectedContent,
        lambda lab: lab.alice.encrypt(b"x"),
        errors.UnknownWireFormat,
    ),
]


def _pending(lab):
    pending = lab.alice.commit(now=lab.now, add=[lab.dave.bundle.key_package])
    lab.alice.discard_pending()
    return pending


def test_refused(lab, row):
    lab.handshake(row)


def test_application_data_in_the_clear(lab):
    """The encoder refuses to make one, so it is put together by hand."""
    body = wire.expect(proposal(lab), wire.PublicMessage)
    framed = replace(body.content, content=wire.ApplicationData(b"in the clear"))
    context = lab.alice.public.state.context.encoded
    signature = sign_framed(wire.PUBLIC_MESSAGE, framed, context, lab.alice.signer)
    auth = wire.FramedContentAuthData(signature)
    message = wire.encode_message(wire.PublicMessage(framed, auth, bytes(32)))
    lab.refuse(errors.BadMembershipTag, lambda: lab.bob.process(message, lab.now))
    lab.refuse(errors.UnexpectedContent, lambda: lab.room.hub.check(message, now=lab.now))


def test_the_own_commit_is_not_processed(lab):
    message = lab.alice.commit(now=lab.now).commit
    lab.refuse(errors.OwnMessage, lambda: lab.alice.process(message, lab.now))


def test_a_stage_is_merged_once(lab):
    message = lab.commit("carol")
    staged = lab.bob.process(message, lab.now)
    lab.bob.merge(staged)
    lab.refuse(errors.StaleStage, lambda: lab.bob.merge(staged))
    lab.refuse(errors.WrongEpoch, lambda: lab.bob.process(message, lab.now))


def test_whoever_was_removed_does_nothing_more(lab):
    carol = lab.room["carol"]
    old = lab.alice.encrypt(b"before")
    lab.room.commit("alice", remove=[2])
    late = lab.alice.encrypt(b"after")
    handshake = lab.commit()
    for action in (
        lambda: carol.decrypt(old),
        lambda: carol.decrypt(late),
        lambda: carol.encrypt(b"x"),
        lambda: carol.process(handshake, lab.now),
        lambda: carol.commit(now=lab.now),
        lambda: carol.propose_remove(0, now=lab.now),
        lambda: carol.group_info(),
        lambda: carol.exporter("radio", b"", 32),
    ):
        lab.refuse(errors.RemovedFromGroup, action)
