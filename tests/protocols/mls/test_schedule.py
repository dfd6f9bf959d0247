"""The key schedule: every input changes every output (values are in the vectors)."""

import dataclasses

import pytest

from protocols.mls import schedule
from protocols.mls.errors import BadCiphertext
from protocols.mls.suites import suite
from protocols.mls.wire import ExternalPsk, GroupInfo, PreSharedKeyID, expect


def test_every_input_matters():
    chosen = suite(2)
    base = {"joiner": b"j" * 32, "psk_secret": b"p" * 32, "context": b"c"}
    first = dataclasses.asdict(schedule.derive(chosen, **base).secrets)
    assert len(set(first.values())) == len(first)
    for name in base:
        other = dataclasses.asdict(schedule.derive(chosen, **{**base, name: b"x" * 32}).secrets)
        assert set(first.values()).isdisjoint(other.values())


def test_order_of_pre_shared_keys_matters():
    one = (PreSharedKeyID(ExternalPsk(b"1"), b"n"), b"a")
    two = (PreSharedKeyID(ExternalPsk(b"2"), b"n"), b"b")
    chosen = suite(2)
    assert schedule.psk_secret(chosen, []) == bytes(32)
    assert schedule.psk_secret(chosen, [one, two]) != schedule.psk_secret(chosen, [two, one])


def test_group_info_opens_with_its_welcome_secret(trio):
    info = expect(trio["alice"].group_info(), GroupInfo)
    sealed = schedule.seal_group_info(suite(2), b"w" * 32, info)
    assert schedule.open_group_info(suite(2), b"w" * 32, sealed) == info
    with pytest.raises(BadCiphertext):
        schedule.open_group_info(suite(2), b"v" * 32, sealed)
    opener = schedule.welcome_secret(suite(2), b"j" * 32, b"p" * 32)
    assert opener == schedule.derive(suite(2), b"j" * 32, b"p" * 32, b"").welcome_secret
