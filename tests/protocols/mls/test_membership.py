"""What a member can be asked without a change."""

import pytest

from protocols.mls import errors, state


def test_views_agree_across_members(trio):
    alice, bob = trio["alice"], trio["bob"]
    assert alice.group_id == bob.group_id == b"tunnel-nogales"
    assert (alice.epoch, alice.suite, alice.own_leaf, bob.own_leaf) == (1, 2, 0, 1)
    assert [member.identity for member in bob.members()] == ["alice", "bob", "carol"]
    assert bob.members()[0].signature_key == alice.signer.public_key
    assert alice.exporter("archive", b"x", 48) == bob.exporter(b"archive", b"x", 48)
    assert alice.exporter("archive", b"y", 48) != bob.exporter("archive", b"x", 48)
    assert alice.tree == bob.tree == alice.public.tree


def test_asking_changes_nothing(trio):
    alice = trio["alice"]
    before = state.dump(alice)
    alice.exporter("x", b"", 16)
    alice.group_info()
    alice.members()
    alice.seal([1], b"x", b"ctx")
    assert state.dump(alice) == before


def test_sealed_parts_open_for_their_leaves_only(trio):
    alice, bob, carol = (trio[name] for name in ("alice", "bob", "carol"))
    ((leaf, kem_output, ciphertext), *rest) = alice.seal([1, 2], b"name withheld", b"part 3")
    assert leaf == bob.own_leaf
    assert bob.open_sealed(1, kem_output, ciphertext, b"part 3") == b"name withheld"
    assert carol.open_sealed(1, *rest[0][1:], b"part 3") == b"name withheld"
    with pytest.raises(errors.BadCiphertext):
        carol.open_sealed(1, kem_output, ciphertext, b"part 3")
    with pytest.raises(errors.BadCiphertext):
        bob.open_sealed(1, kem_output, ciphertext, b"part 4")
    with pytest.raises(errors.UnknownSender):
        alice.seal([3], b"x", b"")


def test_sealed_parts_open_for_a_bounded_number_of_epochs(trio):
    ((_, kem_output, ciphertext),) = trio["alice"].seal([1], b"x", b"c")
    bob = trio["bob"]
    for _ in range(3):
        trio.commit("bob")
    assert bob.open_sealed(1, kem_output, ciphertext, b"c") == b"x"
    trio.commit("bob")
    with pytest.raises(errors.EpochTooOld):
        bob.open_sealed(1, kem_output, ciphertext, b"c")
    with pytest.raises(errors.WrongEpoch):
        bob.open_sealed(99, kem_output, ciphertext, b"c")
