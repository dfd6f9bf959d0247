"""The routing head is read without the rest, and nothing of the rest is needed."""

import pytest

from protocols.mls import errors, wire
from protocols.mls.header import PrivateHeader, PublicHeader, peek


def test_private_head_carries_the_clear_header(trio):
    message = trio["alice"].encrypt(b"secret", aad=b"flash")
    head = peek(message)
    assert head == PrivateHeader(b"tunnel-nogales", 1, 1, b"flash")
    assert peek(message[: message.index(b"flash") + 5]) == head


def test_public_head_names_the_sender(trio, now):
    head = peek(trio["bob"].commit(now=now, aad=b"note").commit)
    assert head == PublicHeader(b"tunnel-nogales", 1, wire.MemberSender(1), 3, b"note")


def test_other_messages_have_no_head(trio):
    with pytest.raises(errors.UnknownWireFormat):
        peek(trio["alice"].group_info())
    with pytest.raises(errors.UnknownWireFormat):
        peek(b"\x00\x02\x00\x01")
    with pytest.raises(errors.Truncated):
        peek(b"\x00\x01\x00\x02\x05ab")
    with pytest.raises(errors.UnknownValue):
        peek(b"\x00\x01\x00\x02\x00" + bytes(8) + b"\x09\x00")
