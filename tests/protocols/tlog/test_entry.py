"""The entry's bytes: one layout, nothing ambiguous, nothing lost."""

from __future__ import annotations

import struct
from dataclasses import replace
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.tlog.entry import (
    NOTHING,
    SEQUENCED,
    Entry,
    Kind,
    body_hash,
    canonical,
    metadata_hash,
)

names = st.text(max_size=40)
hashes = st.binary(min_size=32, max_size=32)
entries = st.builds(
    Entry,
    index=st.integers(0, 2**63 - 1),
    channel=names,
    seq=st.integers(0, 2**63 - 1),
    kind=st.sampled_from(Kind),
    at=st.integers(0, 2**63 - 1),
    device=names,
    message_id=st.one_of(st.just(b""), st.binary(min_size=16, max_size=16)),
    act=st.integers(0, 255),
    lane=st.integers(0, 255),
    epoch=st.integers(0, 2**63 - 1),
    body_hash=hashes,
    meta_hash=hashes,
)

SAMPLE = Entry(
    index=7,
    channel="nogales",
    seq=3,
    kind=Kind.APPLICATION,
    at=1_700_000_000_000_000,
    device="unit-3@gn",
    message_id=bytes(range(16)),
    act=2,
    lane=1,
    epoch=4,
    body_hash=sha256(b"body").digest(),
)


def test_layout_is_the_one_in_the_docstring() -> None:
    data = SAMPLE.canonical()
    assert data[:4] == bytes([1, 1, 2, 1])
    assert struct.unpack_from(">QQQQ", data, 4) == (7, 3, 4, 1_700_000_000_000_000)
    assert data[36] == 16
    assert struct.unpack_from(">HH", data, 37) == (7, 9)
    assert data[41:73] == sha256(b"body").digest()
    assert data[73:105] == NOTHING
    assert data[105:] == bytes(range(16)) + b"nogales" + b"unit-3@gn"


def test_leaf_hash_is_rfc_9162() -> None:
    assert SAMPLE.leaf_hash() == sha256(b"\x00" + SAMPLE.canonical()).digest()


@settings(max_examples=80, deadline=None)
@given(entries)
def test_round_trip(entry: Entry) -> None:
    assert Entry.from_canonical(entry.canonical()) == entry


@settings(max_examples=80, deadline=None)
@given(entries, entries)
def test_different_entries_never_share_their_bytes(one: Entry, other: Entry) -> None:
    assert (one == other) == (one.canonical() == other.canonical())


def test_moving_a_letter_between_channel_and_device_changes_the_leaf() -> None:
    moved = replace(SAMPLE, channel="nogalesu", device="nit-3@gn")
    assert moved.leaf_hash() != SAMPLE.leaf_hash()


@pytest.mark.parametrize("cut", [0, 1, 50, 104, 106])
def test_other_lengths_are_refused(cut: int) -> None:
    data = SAMPLE.canonical()
    with pytest.raises(ValueError, match=r"short|lengths"):
        Entry.from_canonical(data[:cut])
    with pytest.raises(ValueError, match="lengths"):
        Entry.from_canonical(data + b"x")


def test_other_versions_and_kinds_are_refused() -> None:
    data = SAMPLE.canonical()
    with pytest.raises(ValueError, match="version"):
        Entry.from_canonical(b"\x02" + data[1:])
    with pytest.raises(ValueError, match="Kind"):
        Entry.from_canonical(data[:1] + b"\xee" + data[2:])


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        canonical(0, "", 0, 1, 0, "", b"short", 0, 0, 0, NOTHING, NOTHING)
    with pytest.raises(ValueError, match="hash"):
        canonical(0, "", 0, 1, 0, "", b"", 0, 0, 0, b"", NOTHING)
    with pytest.raises(struct.error):
        canonical(0, "", 0, 256, 0, "", b"", 0, 0, 0, NOTHING, NOTHING)


def test_body_and_metadata_enter_by_hash_only() -> None:
    assert body_hash(b"") == NOTHING
    assert body_hash(b"x") == sha256(b"x").digest()
    assert metadata_hash(b"s" * 16, b"") == NOTHING
    assert metadata_hash(b"s" * 16, b"{}") == sha256(b"s" * 16 + b"{}").digest()


def test_only_what_members_receive_is_sequenced() -> None:
    assert {Kind.APPLICATION, Kind.PROPOSAL, Kind.COMMIT} == SEQUENCED


def test_a_salt_has_one_length() -> None:
    """Otherwise metadata could be moved into it and the hash would still fit."""
    salt, metadata = bytes(16), b'{"from":"10.0.0.7"}'
    assert metadata_hash(salt, metadata) != metadata_hash(bytes(15) + b"\x01", metadata)
    for wrong in (b"", salt + metadata[:1], salt[:15]):
        with pytest.raises(ValueError, match="16 bytes"):
            metadata_hash(wrong, metadata)
    assert metadata_hash(b"", b"") == NOTHING
