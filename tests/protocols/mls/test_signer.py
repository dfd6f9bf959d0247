"""Anything with a key and a sign method signs for a member."""

import pytest

from protocols.mls.errors import BadSignature, InvalidKey
from protocols.mls.signer import Signer, SoftwareSigner
from protocols.mls.suites import SCHEMES, SUPPORTED, suite


@pytest.mark.parametrize("suite_id", SUPPORTED)
def test_software_keys_sign_for_every_suite(suite_id):
    signer = SoftwareSigner.generate(suite_id)
    assert isinstance(signer, Signer)
    again = SoftwareSigner.for_suite(suite_id, signer.private_key)
    assert again.public_key == signer.public_key
    scheme = suite(suite_id).signature
    scheme.verify(signer.public_key, b"data", again.sign(b"data"))
    with pytest.raises(BadSignature):
        scheme.verify(signer.public_key, b"other", signer.sign(b"data"))


def test_keys_that_are_none_are_refused():
    with pytest.raises(InvalidKey):
        SoftwareSigner("ed25519", b"short")
    with pytest.raises(InvalidKey):
        SoftwareSigner("p256", bytes(32))


def test_a_smartcard_can_sign_for_a_member(channel):
    class Card:
        """A key that never leaves its chip."""

        def __init__(self):
            self._inner = SoftwareSigner.generate()
            self.calls = 0

        @property
        def public_key(self):
            return self._inner.public_key

        def sign(self, data):
            self.calls += 1
            assert b"MLS 1.0 " in data[:12]
            return self._inner.sign(data)

    room = channel("alice", "bob")
    card = Card()
    room.commit("alice", signer=card)
    room.say("alice")
    assert card.calls >= 3
    assert SCHEMES["p256"].name == "p256"
