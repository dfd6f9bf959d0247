"""Each line in gives one line out, whatever the line is."""

from __future__ import annotations

import json

import pytest


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"x",
        b"[]",
        b"{",
        b"7",
        b"null",
        b'{"op": 3}',
        b'{"id": 1}',
        b"\xff\xfe",
        b'{"op": "\xff"}',
        b"[" * 5000,
        b'{"id": ' + b"[" * 5000 + b"]" * 5000 + b', "op": 1}',
        b'{"op": "hello", "as": 7}',
    ],
    ids=range(13),
)
def test_a_broken_line_is_an_error_reply_and_no_exit(process, line):
    reply = process.line(line)
    assert reply["ok"] is False
    assert reply["error"].startswith("MalformedRequest: ")
    assert process.line(b'{"op": "hello"}')["ok"] is True


@pytest.mark.parametrize("given", ["7", '"seven"', "null", "[1, {}]", "1.50", '{"a": true}'])
def test_the_id_is_echoed_as_it_came(process, given):
    for line in (f'{{"id": {given}, "op": "hello"}}', f'{{"id": {given}, "op": "zz"}}'):
        assert process.line(line.encode())["id"] == json.loads(given)
    assert process.line(f'{{"id": {given}, "op": 7}}'.encode())["id"] == json.loads(given)


def test_an_unknown_operation_is_an_error_reply(process):
    reply = process.ask("alice", "explode")
    assert reply["error"].startswith("UnknownOperation: ")


def test_wrong_fields_are_named(process):
    for fields in (
        {"op": "create"},
        {"op": "create", "groupId": "not base64!"},
        {"op": "export", "label": "x", "length": -1},
        {"op": "commit", "remove": [-1]},
        {"op": "commit", "remove": [1 << 32]},
        {"op": "keypackage", "identity": "a", "suite": 70000},
        {"op": "keypackage"},
        {"op": "keypackage", "identity": "a", "x5c": []},
        {"op": "keypackage", "identity": "a", "notBefore": 1.5},
    ):
        reply = process.ask("alice", **fields)
        assert reply["ok"] is False
        assert reply["error"].startswith("MalformedRequest: "), fields


def test_members_are_apart(process):
    process.call("alice", "keypackage", identity="alice")
    process.call("alice", "create", groupId="Z3JvdXA=")
    assert process.ask("bob", "info")["error"].startswith("NotReady: ")
    assert process.ask("me", "info")["error"].startswith("NotReady: ")
    assert process.line(b'{"op": "info"}')["error"].startswith("NotReady: ")
