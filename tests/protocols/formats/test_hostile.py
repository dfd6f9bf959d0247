"""Hostile documents: real ones, bent at random, are read or refused by name, and never crash."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from protocols.errors import FormatRefused
from protocols.formats.registry import FORMATS
from protocols.messages.envelope import to_json

SPICE = (
    b"<", b">", b"&", b"\"", b"'", b"\x00", b"\xff", b"9" * 400, b"-1e999", b"NaN", b"&#x0;",
    b"]]>", b"<![CDATA[", b"<!--", b"crossband:kind", b"<__crossband>{", b"&lt;", b"\xbf",
    b"2026-99-99T00:00:00Z",
)  # fmt: skip


def samples(shared: Path, name: str) -> list[bytes]:
    folder = shared / "corpus" / name / "samples"
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    return [path.read_bytes() for path in found]


def bend(data: bytes, seed: int) -> bytes:
    """A few cuts, copies, flips and insertions, always the same for the same seed."""
    chance = random.Random(seed)
    bent = bytearray(data)
    for _ in range(chance.randint(1, 6)):
        if not bent:
            break
        at, end = sorted(chance.randrange(len(bent)) for _ in range(2))
        move = chance.randrange(5)
        if move == 0:
            del bent[at : min(end, at + 40)]
        elif move == 1:
            bent[at:at] = bent[at : min(end, at + 200)]
        elif move == 2:
            bent[at] = chance.randrange(256)
        elif move == 3:
            bent[at:at] = chance.choice(SPICE)
        else:
            other = chance.randrange(len(bent))
            bent[at : at + 8] = bent[other : other + 8]
    return bytes(bent)


@pytest.mark.parametrize("name", ["cot", "cap"])
@settings(
    max_examples=400, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
)
@given(seed=st.integers(0, 2**32))
def test_a_bent_document_is_read_or_refused(name: str, seed: int, shared: Path) -> None:
    entry = FORMATS[name]
    originals = samples(shared, name)
    data = bend(originals[seed % len(originals)], seed)
    try:
        message = entry.decode(data)
    except FormatRefused as refusal:
        assert refusal.detail  # noqa: PT017 - both outcomes are right
        return
    to_json(message)
    for other in FORMATS.values():
        try:
            encoded = other.encode(message)
        except FormatRefused:
            continue
        other.decode(encoded.data)


@pytest.mark.parametrize("name", ["cot", "cap"])
def test_every_cut_of_a_document_is_refused(name: str, shared: Path) -> None:
    data = samples(shared, name)[0]
    for length in range(0, len(data.rstrip()) - 1, 37):
        with pytest.raises(FormatRefused):
            FORMATS[name].decode(data[:length])


def test_a_document_of_one_format_is_no_document_of_another(shared: Path) -> None:
    for data in samples(shared, "cot"):
        with pytest.raises(FormatRefused):
            FORMATS["cap"].decode(data)
    for data in samples(shared, "cap"):
        with pytest.raises(FormatRefused):
            FORMATS["cot"].decode(data)
