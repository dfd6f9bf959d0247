"""PrivateMessages: every field altered, replays, and what a member can do with others' ratchets."""

from __future__ import annotations

from protocols.mls import errors, wire
from protocols.mls.private_framing import open_sender_data


def flip(data, place=-1):
    broken = bytearray(data)
    broken[place] ^= 1
    return bytes(broken)


def message(lab):
    return lab.alice.encrypt(b"observation", aad=b"header")


def body(lab):
    return wire.expect(message(lab), wire.PrivateMessage)


def altered(**fields):
    """Fields of a message replaced: by a value, or by a function of the old one."""

    def make(lab):
        found = body(lab)
        new = {
            name: value(getattr(found, name)) if callable(value) else value
            for name, value in fields.items()
        }
        return lab.private(wire.encode_message(found), **new)

    return make


def spliced(name):
    def make(lab):
        return lab.private(message(lab), **{name: getattr(body(lab), name)})

    return make


def said(content=None, **options):
    return lambda lab: lab.seal(
        wire.ApplicationData(b"lie") if content is None else content, **options
    )


def from_late(generations):
    def make(lab):
        return [message(lab) for _ in range(generations + 1)][-1]

    return make


def out_of_window(lab):
    messages = [message(lab) for _ in range(8)]
    lab.bob.decrypt(messages[7])
    return messages[1]


def read_before(lab):
    sent = message(lab)
    lab.bob.decrypt(sent)
    return sent


def read_late_before(lab):
    first, second = message(lab), message(lab)
    lab.bob.decrypt(second)
    lab.bob.decrypt(first)
    return first


def of_old_epoch(lab):
    sent = message(lab)
    lab.room.commit("carol")
    lab.room.commit("carol")
    return sent


def read_in_past_epoch(lab):
    sent = message(lab)
    lab.room.commit("carol")
    lab.bob.decrypt(sent)
    return sent


def by_blank_leaf(lab):
    lab.room.add("alice", "dave")
    lab.room.commit("alice", remove=[2])
    return lab.seal(wire.ApplicationData(b"ghost"), sender=2)


def by_leaf_of_another_epoch(lab):
    """dave joins; then a message in his name is made with the keys of the epoch before him."""
    made = lab.seal(wire.ApplicationData(b"early"), sender=3)
    lab.room.commit("carol")
    return made


BAD = errors.BadCiphertext
ROWS = [
    ("group id", errors.WrongGroup, altered(group_id=b"elsewhere")),
    ("next epoch", errors.WrongEpoch, altered(epoch=2)),
    ("highest epoch", errors.WrongEpoch, altered(epoch=2**64 - 1)),
    ("epoch before joining", errors.EpochTooOld, altered(epoch=0)),
    ("type of a proposal", errors.UnexpectedContent, altered(content_type=2)),
    ("type of a commit", errors.UnexpectedContent, altered(content_type=3)),
    ("authenticated data", BAD, altered(authenticated_data=b"headed")),
    ("authenticated data emptied", BAD, altered(authenticated_data=b"")),
    ("sender data", BAD, altered(encrypted_sender_data=flip)),
    ("sender data cut", BAD, altered(encrypted_sender_data=lambda data: data[:-1])),
    ("sender data emptied", BAD, altered(encrypted_sender_data=b"")),
    ("sender data of another message", BAD, spliced("encrypted_sender_data")),
    ("ciphertext of another message", BAD, spliced("ciphertext")),
    ("ciphertext start", BAD, altered(ciphertext=lambda data: flip(data, 0))),
    ("ciphertext end", BAD, altered(ciphertext=flip)),
    ("ciphertext beyond the sample", BAD, altered(ciphertext=lambda data: flip(data, 40))),
    ("ciphertext cut", BAD, altered(ciphertext=lambda data: data[:-1])),
    ("ciphertext longer", BAD, altered(ciphertext=lambda data: data + b"\x00")),
    ("ciphertext emptied", BAD, altered(ciphertext=b"")),
    ("trailing byte", errors.TrailingBytes, lambda lab: message(lab) + b"\x00"),
    ("a public message", errors.UnknownWireFormat, lambda lab: lab.forge(wire.Remove(2))),
    # order
    ("own message", errors.OwnMessage, lambda lab: lab.room["bob"].encrypt(b"echo")),
    ("replayed", errors.ReplayedGeneration, read_before),
    ("replayed from the window", errors.ReplayedGeneration, read_late_before),
    ("replayed in a past epoch", errors.ReplayedGeneration, read_in_past_epoch),
    ("too far ahead", errors.GenerationTooFar, from_late(9)),
    ("fallen out of the window", errors.ReplayedGeneration, out_of_window),
    ("epoch that was dropped", errors.EpochTooOld, of_old_epoch),
    # a member uses what it holds
    ("another member's ratchet", errors.BadSignature, said(sender=2)),
    ("bob's own ratchet", errors.OwnMessage, said(sender=1)),
    ("a blank leaf's ratchet", errors.UnknownSender, by_blank_leaf),
    ("a leaf that joined later", errors.UnknownSender, by_leaf_of_another_epoch),
    ("no signature", errors.EmptySignature, said(signature=b"")),
    ("a made-up signature", errors.BadSignature, said(signature=b"0" * 71)),
    ("signed over other data", errors.BadSignature, said(signed={"authenticated_data": b"other"})),
    ("signed over another epoch", errors.BadSignature, said(signed={"epoch": 0})),
    ("signed over another group", errors.BadSignature, said(signed={"group_id": b"elsewhere"})),
    (
        "signed for another sender",
        errors.BadSignature,
        said(signed={"sender": wire.MemberSender(2)}),
    ),
]


def test_refused(lab, row):
    sent = row.make(lab)
    lab.refuse(row.error, lambda: lab.bob.decrypt(sent))


def test_a_message_still_opens_after_all_its_forgeries(lab):
    sent = message(lab)
    for fields in (
        {"authenticated_data": b""},
        {"ciphertext": b""},
        {"encrypted_sender_data": b""},
    ):
        forged = lab.private(sent, **fields)
        lab.refuse(errors.BadCiphertext, lambda forged=forged: lab.bob.decrypt(forged))
    assert lab.bob.decrypt(sent).data == b"observation"


def test_encrypted_handshakes(lab):
    """Proposals and commits inside PrivateMessages pass the same rules as those in the clear."""
    bob, now = lab.bob, lab.now
    for error, made in (
        (errors.EmptySignature, lab.seal(wire.Remove(2), signature=b"")),
        (errors.BadSignature, lab.seal(wire.Remove(0), sender=2)),
        (errors.InvalidProposalList, lab.seal(wire.Remove(77))),
        (errors.UnsupportedOperation, lab.seal(wire.ReInit(b"g", 1, 2, ()))),
        (errors.UnauthorizedProposal, lab.seal(wire.ExternalInit(b""))),
        (errors.PathRequired, lab.seal(wire.Commit((), None))),
        (errors.InvalidProposalList, lab.seal(wire.Commit((wire.Remove(0),), lab.path()))),
        (errors.UnknownReference, lab.seal(wire.Commit((wire.ProposalRef(b"?"),), lab.path()))),
        (errors.BadConfirmationTag, lab.seal(wire.Commit((_psk(),), None))),
    ):
        bob.register_psk(b"case 17", b"s" * 32)
        lab.refuse(error, lambda made=made: bob.process(made, now))
        lab.refuse(errors.UnexpectedContent, lambda made=made: bob.decrypt(made))


def _psk():
    return wire.PreSharedKey(wire.PreSharedKeyID(wire.ExternalPsk(b"case 17"), bytes(32)))


def test_an_encrypted_proposal_is_taken_once(lab):
    sent = lab.alice.propose_remove(2, now=lab.now, public=False)
    lab.bob.process(sent, lab.now)
    lab.refuse(errors.ReplayedGeneration, lambda: lab.bob.process(sent, lab.now))


def test_sender_data_names_the_key_that_must_open(lab):
    """A later generation in the sender data of an earlier message opens nothing."""
    found = body(lab)
    secret = lab.alice._epoch.secrets.sender_data_secret
    suite = lab.alice.public.state.suite
    data = open_sender_data(suite, found, secret)
    assert (data.leaf_index, data.generation) == (0, 0)
    from protocols.mls.private_framing import _head, sender_data_key

    key, nonce = sender_data_key(suite, secret, found.ciphertext)
    head = _head(found.group_id, found.epoch, found.content_type)
    for leaf, generation, error in (
        (0, 1, errors.BadCiphertext),
        (2, 0, errors.BadCiphertext),
        (0, 2**32 - 1, errors.GenerationTooFar),
        (2**32 - 1, 0, errors.UnknownSender),
    ):
        plain = leaf.to_bytes(4, "big") + generation.to_bytes(4, "big") + data.reuse_guard
        sealed = suite.aead_seal(key, nonce, head, plain)
        forged = lab.private(wire.encode_message(found), encrypted_sender_data=sealed)
        lab.refuse(error, lambda forged=forged: lab.bob.decrypt(forged))
    for plain in (b"", bytes(11), bytes(13)):
        sealed = suite.aead_seal(key, nonce, head, plain)
        forged = lab.private(wire.encode_message(found), encrypted_sender_data=sealed)
        error = errors.TrailingBytes if len(plain) > 12 else errors.Truncated
        lab.refuse(error, lambda forged=forged: lab.bob.decrypt(forged))
