"""A member's content is signed for one wire format and framed in it."""

from protocols.mls import wire
from protocols.mls.member_framing import frame, sign_content


def test_each_format_is_framed_as_signed(trio, now):
    alice, bob = trio["alice"], trio["bob"]
    for wire_format, kind in ((1, wire.PublicMessage), (2, wire.PrivateMessage)):
        message = sign_content(alice._epoch, alice.signer, wire_format, wire.Remove(2))
        framed = frame(alice._epoch, message)
        assert isinstance(wire.decode_message(framed).body, kind)
        assert bob.process(framed, now).proposal == wire.Remove(2)


def test_padding_hides_the_length(trio):
    alice = trio["alice"]
    sizes = set()
    for length in (1, 50, 150):
        content = wire.ApplicationData(bytes(length))
        message = sign_content(alice._epoch, alice.signer, 2, content)
        framed = frame(alice._epoch, message, 256)
        sizes.add(len(wire.decode_message(framed).body.ciphertext))
    assert sizes <= {256 + signed + 16 for signed in range(70, 75)}, "one class and a signature"
