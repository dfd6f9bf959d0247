"""Every reader takes a few hundred bent documents, and everything that fuzzing ever found."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from protocols.formats.registry import FORMATS
from protocols.messages.envelope import Message
from tests.fuzz.mutation import (
    Mutator,
    read_fields,
    read_varint,
    varint,
    with_checksums,
)
from tests.fuzz.seeds import corpus_seeds, own_messages, own_seeds
from tests.fuzz.tokens import tokens_of
from tests.fuzz.verdicts import Judge, Tally

READABLE = [name for name, entry in FORMATS.items() if entry.reads]
FOUND = sorted((Path(__file__).parent / "found").glob("*.bin"))
INPUTS = 300
PATIENCE = 5.0
"""Seconds for one document, on whatever machine; `python -m tests.fuzz` measures 250 ms."""


@cache
def messages() -> list[Message]:
    return own_messages(1)


def said(tally: Tally) -> list[str]:
    return [f"{finding.what} at {finding.where}\n{finding.trace}" for finding in tally.findings]


@pytest.mark.parametrize("name", READABLE)
def test_a_reader_gives_a_message_or_a_refusal_by_name(name: str, shared: Path) -> None:
    entry = FORMATS[name]
    seeds = corpus_seeds(entry, shared) + own_seeds(entry, messages())
    judge = Judge(entry, rewrite_every=20, time_limit=PATIENCE)
    mutator = Mutator(seeds, 7, sentences=name == "ais")
    for _ in range(INPUTS):
        judge.judge(mutator.next())
    assert said(judge.tally) == []
    assert judge.tally.refused.total() > 0
    assert judge.tally.accepted > 0


@pytest.mark.parametrize("path", FOUND, ids=lambda path: path.stem)
def test_what_was_found_once_stays_found(path: Path) -> None:
    name = path.stem.rpartition("-")[0]
    judge = Judge(FORMATS[name], rewrite_every=1, time_limit=PATIENCE)
    judge.judge(path.read_bytes())
    assert said(judge.tally) == []


def test_the_same_seed_gives_the_same_inputs() -> None:
    seeds = [b'{"a": [1, 2, {"b": "c"}]}', b"<a x='1'><b>2026-01-01T00:00:00Z</b></a>"]
    one, other, third = Mutator(seeds, 3), Mutator(seeds, 3), Mutator(seeds, 4)
    first = [one.next() for _ in range(200)]
    assert [other.next() for _ in range(200)] == first
    assert [third.next() for _ in range(200)] != first
    assert len(set(first)) > 150


def test_tokens_joined_are_the_document() -> None:
    for data in (b"<a><b/>text 1.5</a>", b'{"a": [1, {"b": "<c>"}]}', b"\xff\x00<", b"</a>{]"):
        assert b"".join(tokens_of(data).parts) == data
    assert b"".join(tokens_of(b"<a><b>1</b></a>").parts[1:4]) == b"<b>1</b>"
    assert (1, 4) in tokens_of(b"<a><b>1</b></a>").spans


def test_a_sentence_gets_its_checksum_again() -> None:
    sentence = b"!AIVDM,1,1,,A,H3KLehQ=DtdddT00000000000000,0*00\r\nnoise"
    wrong = b"!AIVDM,1,1,,A,H3KLehQ=DtddT00000000000000,0*00\r\n$X*"
    assert with_checksums(wrong) == b"!AIVDM,1,1,,A,H3KLehQ=DtddT00000000000000,0*5F\r\n$X*58"
    assert with_checksums(sentence).endswith(b"\r\nnoise")


def test_protobuf_fields_are_read_as_they_are_written() -> None:
    data = varint(1 << 3 | 2) + varint(3) + b"abc" + varint(2 << 3) + varint(300)
    assert read_fields(data) == [(10, b"abc"), (16, varint(300))]
    assert read_fields(data[:-1]) == []
    assert read_varint(varint(2**64 - 1), 0) == (2**64 - 1, 10)
    assert read_varint(b"\xff", 0)[0] == -1


def test_a_tak_frame_keeps_its_framing() -> None:
    payload = varint(2 << 3 | 2) + varint(4) + varint(1 << 3 | 2) + varint(2) + b"hi"
    mesh, stream = b"\xbf\x01\xbf" + payload, b"\xbf" + varint(len(payload)) + payload
    for seed, frame in ((1, mesh), (2, stream)):
        made = [Mutator([frame], seed)._fields(frame) for _ in range(5)]
        assert all(data.startswith(b"\xbf") for data in made)
    length, start = read_varint(made[0], 1)
    assert length == len(made[0]) - start
