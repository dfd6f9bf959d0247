"""Private messages: nothing of head, sender data or content can be changed."""

from dataclasses import replace

import pytest

from protocols.mls import errors, wire
from protocols.mls.private_framing import open_sender_data, protect


def test_every_part_is_authenticated(trio):
    bob = trio["bob"]
    body = wire.expect(trio["alice"].encrypt(b"text", aad=b"header"), wire.PrivateMessage)
    changes = {
        "authenticated_data": b"Header",
        "encrypted_sender_data": bytes(len(body.encrypted_sender_data)),
        "ciphertext": body.ciphertext[:-1] + bytes([body.ciphertext[-1] ^ 1]),
    }
    for name, value in changes.items():
        broken = wire.encode_message(replace(body, **{name: value}))
        with pytest.raises(errors.BadCiphertext):
            bob.decrypt(broken)
    assert bob.decrypt(wire.encode_message(body)).aad == b"header"


def test_handshakes_and_data_use_ratchets_of_their_own(trio, now):
    alice = trio["alice"]
    alice.encrypt(b"x")
    alice.encrypt(b"y")
    body = wire.expect(alice.propose_remove(2, now=now, public=False), wire.PrivateMessage)
    secret = trio["bob"]._epoch.secrets.sender_data_secret
    sender = open_sender_data(trio["bob"].public.state.suite, body, secret)
    assert (sender.leaf_index, sender.generation, len(sender.reuse_guard)) == (0, 0, 4)


def test_only_members_send_private_messages(trio):
    epoch = trio["alice"]._epoch
    content = wire.FramedContent(b"g", 1, wire.NewMemberProposal(), b"", wire.ApplicationData(b"x"))
    message = wire.AuthenticatedContent(2, content, wire.FramedContentAuthData(b"s"))
    with pytest.raises(errors.UnexpectedContent):
        protect(epoch.public.state.suite, message, epoch.secret_tree, b"")


def test_padding_hides_the_length_within_a_class(trio):
    """Contents of one class differ in length by no more than their signatures do."""
    alice = trio["alice"]
    sizes = {
        length: len(alice.encrypt(bytes(length), padding_class=128)) for length in (1, 60, 125)
    }
    assert max(sizes.values()) - min(sizes.values()) <= 4
    assert len(alice.encrypt(bytes(127), padding_class=128)) > max(sizes.values()) + 100
