"""Pre-shared keys are found by what they are, or not at all."""

import pytest

from protocols.mls.errors import MissingPsk
from protocols.mls.psks import external_psk, find_psk, psk_proposal
from protocols.mls.suites import suite
from protocols.mls.wire import ExternalPsk, PreSharedKeyID, ResumptionPsk


def test_lookup(trio):
    bob = trio["bob"]
    first = bob._epoch.secrets.resumption_psk
    trio.commit("alice")

    def find(psk):
        identifier = PreSharedKeyID(psk, b"")
        return find_psk(identifier, {b"id": b"secret"}, bob._epoch, bob._past)

    assert find(ExternalPsk(b"id")) == b"secret"
    assert find(ResumptionPsk(1, bob.group_id, 2)) == bob._epoch.secrets.resumption_psk
    assert find(ResumptionPsk(1, bob.group_id, 1)) == first
    for psk in (
        ExternalPsk(b"other"),
        ResumptionPsk(1, bob.group_id, 9),
        ResumptionPsk(1, b"elsewhere", 2),
        ResumptionPsk(2, bob.group_id, 2),
    ):
        with pytest.raises(MissingPsk):
            find(psk)
    with pytest.raises(MissingPsk):
        external_psk(PreSharedKeyID(ResumptionPsk(1, b"", 1), b""), {})


def test_each_use_has_a_fresh_nonce():
    one, two = (psk_proposal(b"id", b"g", suite(2)).psk for _ in range(2))
    assert one.psk == two.psk
    assert one.psk_nonce != two.psk_nonce
    assert len(one.psk_nonce) == 32
    assert psk_proposal(4, b"g", suite(2)).psk.psk == ResumptionPsk(1, b"g", 4)
