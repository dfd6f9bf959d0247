"""A body contradicts its entry in one field, and that field is named."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.audit.clearheader import disagreement
from protocols.header import Act, Header, Lane
from protocols.mls.credentials import BasicValidator, basic
from protocols.mls.group import Group
from protocols.mls.signer import SoftwareSigner
from protocols.tlog.entry import Kind

IDENTIFIER = bytes(range(16))


@pytest.fixture(scope="module")
def entry() -> dict[str, Any]:
    """A message as the engine really makes it, and the columns that a hub logs for it."""
    group = Group.create(
        b"nogales", 2, SoftwareSigner.generate(), basic("patrol-7@uscbp"),
        validator=BasicValidator(), now=1_800_000_000,
    )  # fmt: skip
    header = Header(id=IDENTIFIER, act=Act.ALARM, lane=Lane.FLASH)
    body = group.encrypt(b"officer down", aad=header.pack())
    return {
        "channel": "nogales", "kind": Kind.APPLICATION, "message_id": IDENTIFIER, "act": 6,
        "lane": 0, "epoch": 0, "body": body,
    }  # fmt: skip


def test_a_true_entry_agrees(entry) -> None:
    assert disagreement(**entry) == ""


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"channel": "detroit"}, "channel"),
        ({"epoch": 1}, "epoch"),
        ({"message_id": bytes(16)}, "id"),
        ({"message_id": b""}, "id"),
        ({"act": Act.NOTE}, "act"),
        ({"lane": Lane.POSITION}, "lane"),
        ({"kind": Kind.COMMIT}, "body"),
        ({"kind": Kind.PROPOSAL}, "body"),
        ({"body": b""}, "body"),
        ({"body": b"\0\1\0\2\xff"}, "body"),
    ],
)
def test_each_field_is_named(entry, change: dict[str, Any], named: str) -> None:
    assert disagreement(**(entry | change)) == named


def test_events_carry_no_message(entry) -> None:
    assert disagreement(**(entry | {"kind": Kind.LOGIN, "body": b"{}"})) == ""


def test_a_body_that_was_cut_off_is_none(entry) -> None:
    for length in range(40):
        assert disagreement(**(entry | {"body": entry["body"][:length]})) == "body"


def test_a_commit_says_its_channel_and_epoch() -> None:
    group = Group.create(
        b"nogales", 2, SoftwareSigner.generate(), basic("a"),
        validator=BasicValidator(), now=1_800_000_000,
    )  # fmt: skip
    body = group.commit(now=1_800_000_000).commit
    assert disagreement("nogales", Kind.COMMIT, b"", 0, 0, 0, body) == ""
    assert disagreement("detroit", Kind.COMMIT, b"", 0, 0, 0, body) == "channel"
    assert disagreement("nogales", Kind.COMMIT, b"", 0, 0, 1, body) == "epoch"


@given(st.binary(max_size=120))
@settings(max_examples=100, deadline=None)
def test_any_bytes_have_an_answer(data: bytes) -> None:
    for prefix in (b"", b"\0\1\0\1", b"\0\1\0\2"):
        for kind in (Kind.APPLICATION, Kind.COMMIT):
            assert disagreement("nogales", kind, IDENTIFIER, 1, 1, 1, prefix + data)
