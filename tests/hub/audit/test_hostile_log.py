"""An attacker who owns the hub's disk, and in the worst case its key, against an auditor.

Each test is one attack. Where the file alone cannot show it, the report has to say so.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hub.audit.commands import register
from hub.audit.logfile import LogFile
from hub.audit.membership import Membership
from hub.audit.replay import Filters, replay
from hub.audit.show import report_lines, told_lines, told_value
from hub.audit.verify import Report, verify
from hub.cli import main
from hub.console import LANGUAGES, Console, texts, to_json
from hub.store.appender import Appender
from hub.store.opening import open_writer
from protocols.errors import LogDamaged, LogVersion
from protocols.tlog.checkpoint import CheckpointSigner, parse_note
from protocols.tlog.entry import Kind
from protocols.tlog.merkle import Frontier

TEXTS = texts("hub.audit")
Change = Callable[[list[dict[str, Any]]], None]


def check(story, **options: object) -> Report:
    return verify(story.path, story.signer.verifier_keys, **options)


def codes(report: Report) -> set[tuple[int, str]]:
    return {(one.check, one.code) for one in report.findings}


def last_lines(report: Report, language: str = "en") -> list[str]:
    return list(report_lines(report, Console(language=language), TEXTS))[-2:]


def cut(story, size: int) -> None:
    """Truncate to `size` entries as somebody would who knows every table."""
    connection = sqlite3.connect(story.path)
    with connection:
        connection.execute("DELETE FROM entries WHERE idx >= ?", (size,))
        connection.execute("DELETE FROM checkpoints WHERE size > ?", (size,))
        connection.execute("DELETE FROM tiles WHERE idx >= ?", (size // 256,))
        frontier = Frontier()
        frontier.extend(
            row[0] for row in connection.execute("SELECT leaf FROM entries ORDER BY idx")
        )
        connection.execute("UPDATE frontier SET size = ?, nodes = ?", (size, frontier.to_bytes()))
        connection.execute(
            "UPDATE channels SET epoch = (SELECT count(*) FROM entries WHERE kind = 3)"
        )
    connection.close()


def forge(path: Path, entries: list[dict[str, Any]], sign: CheckpointSigner | None) -> None:
    """A whole log by the hub's own code, with what no honest hub would put into it."""
    connection = open_writer(path)
    log = Appender(connection, Frontier(), 0)
    for fields in entries:
        log.append(fields.pop("kind"), "d@x", fields.pop("at", 10), **fields)
    log.finish()
    epochs = {one["channel"]: 0 for one in entries if one.get("channel")}
    for name in epochs:
        connection.execute("INSERT INTO channels VALUES (?, 1, 0, 0, 0, x'')", (name,))
    if sign is not None:
        note = sign(log.frontier.size, log.frontier.root())
        connection.execute("INSERT INTO checkpoints VALUES (?, ?)", (log.frontier.size, note))
    connection.close()


# --- cutting, forking, signing anew -------------------------------------------------------------


def test_a_log_cut_at_an_older_checkpoint_is_found_by_one_that_was_kept(story) -> None:
    newest = sqlite3.connect(story.path).execute("SELECT max(size), note FROM checkpoints")
    _, kept = newest.fetchone()
    cut(story, parse_note(story.held)[0].size)
    found = check(story, held=[("kept", kept)])
    assert codes(found) == {(5, "shorter")}
    # Without it nobody can know, and that is what is said.
    alone = check(story)
    assert alone.proven
    assert "whether its end was cut off" in last_lines(alone)[0]
    older = check(story, held=[("older", story.held)])
    assert older.held_size == older.size
    assert "about a cut after those it says nothing" in last_lines(older)[0]


def test_subtrees_that_a_cut_left_behind(story) -> None:
    tile = sqlite3.connect(story.path).execute("SELECT hash FROM tiles").fetchone()[0]
    cut(story, parse_note(story.held)[0].size)
    connection = sqlite3.connect(story.path)
    with connection:
        connection.execute("INSERT INTO tiles VALUES (0, ?)", (tile,))
    connection.close()
    assert codes(check(story)) == {(10, "subtree_beyond")}


def test_a_tail_that_nobody_signed_is_not_proven_with_the_rest(story) -> None:
    """Take the newer checkpoints out, and everything after the older one may be written anew."""
    story.change("DELETE FROM checkpoints WHERE size = 314")
    report = check(story)
    (finding,) = report.findings
    assert (finding.check, finding.code, finding.index) == (4, "tail", report.signed_size)
    assert finding.facts["count"] == 314 - report.signed_size
    assert not report.proven


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_short_tail_is_said_to_be_unproven(story, language: str) -> None:
    cut(story, 20)
    report = check(story)
    assert report.proven
    assert report.unsigned == 20 - parse_note(story.held)[0].size
    words = {"en": "NOT PROVEN", "es": "NO ESTÁN PROBADOS", "fr": "NON PROUVÉES"}
    assert words[language] in last_lines(report, language)[1]
    assert str(report.unsigned) in last_lines(report, language)[1]


def test_a_fork_signed_by_the_hub_itself(story) -> None:
    size = parse_note(story.held)[0].size
    fork = story.signer(size, bytes(32))
    assert codes(check(story, held=[("theirs", fork)])) == {(5, "root")}


def test_the_log_signed_anew_with_another_key(story) -> None:
    thief = CheckpointSigner(story.signer.origin, Ed25519PrivateKey.generate())
    connection = sqlite3.connect(story.path)
    notes = connection.execute("SELECT size, note FROM checkpoints").fetchall()
    with connection:
        for size, note in notes:
            signed = thief(size, parse_note(note)[0].root)
            connection.execute("UPDATE checkpoints SET note = ? WHERE size = ?", (signed, size))
    connection.close()
    assert codes(check(story)) == {(4, "note")}


def test_a_checkpoint_of_another_log(story) -> None:
    """The right key under a text that names another origin, at the right size and root."""
    other = CheckpointSigner("crossband/hub-detroit", Ed25519PrivateKey.generate())
    connection = sqlite3.connect(story.path)
    ((size, note),) = connection.execute("SELECT max(size), note FROM checkpoints")
    swapped = other(size, parse_note(note)[0].root)
    with connection:
        connection.execute("UPDATE checkpoints SET note = ? WHERE size = ?", (swapped, size))
    connection.close()
    assert (4, "note") in codes(check(story))
    assert (4, "note") in codes(verify(story.path, other.verifier_keys))
    # Both keys given, as for two hubs: a key of another name does not count for this log.
    keys = (*story.signer.verifier_keys, *other.verifier_keys)
    assert {"origin", "unsigned"} & {one.code for one in verify(story.path, keys).findings}


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_a_key_the_verdict_begins_with_what_is_missing(story, language: str) -> None:
    words = {"en": "NOT PROVEN.", "es": "NO PROBADA.", "fr": "NON PROUVÉ."}
    assert last_lines(verify(story.path), language)[1].startswith(words[language])


@pytest.mark.parametrize("signed", [False, True])
def test_an_empty_log_proves_nothing(tmp_path: Path, signed: bool) -> None:
    signer = CheckpointSigner("crossband/hub", Ed25519PrivateKey.generate())
    forge(tmp_path / "log.db", [], signer if signed else None)
    report = verify(tmp_path / "log.db", signer.verifier_keys)
    assert not report.proven
    assert codes(report) == (set() if signed else {(4, "no_checkpoint")})
    line = last_lines(report)[1]
    assert line.startswith("NOT PROVEN" if signed else "NOT IN ORDER")


# --- what a hub with its key could write --------------------------------------------------------


def story_of(sealed: Callable[..., bytes], **changes: Any) -> list[dict[str, Any]]:
    identifier = bytes(range(16))
    message = {
        "kind": Kind.APPLICATION, "channel": "c", "seq": 1, "message_id": identifier, "act": 6,
        "lane": 0, "epoch": 0, "body": sealed("c", 0, identifier, 6, 0, "alarm"),
    }  # fmt: skip
    return [{"kind": Kind.CHANNEL, "channel": "c", "body": b"info"}, message | changes]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, None),
        ({"act": 1}, "header_act"),
        ({"lane": 3}, "header_lane"),
        ({"message_id": bytes(16)}, "header_id"),
        ({"body": b"something else"}, "header_body"),
    ],
)
def test_an_alarm_logged_as_a_note(
    tmp_path: Path, sealed, changes: dict[str, Any], code: str | None
) -> None:
    signer = CheckpointSigner("crossband/hub", Ed25519PrivateKey.generate())
    forge(tmp_path / "log.db", story_of(sealed, **changes), signer)
    report = verify(tmp_path / "log.db", signer.verifier_keys)
    assert codes(report) == ({(11, code)} if code else set())
    assert report.proven is (code is None)


def test_one_channels_message_under_another(tmp_path: Path, sealed) -> None:
    signer = CheckpointSigner("crossband/hub", Ed25519PrivateKey.generate())
    entries = story_of(sealed, channel="d")
    entries.insert(1, {"kind": Kind.CHANNEL, "channel": "d", "body": b"info"})
    forge(tmp_path / "log.db", entries, signer)
    assert codes(verify(tmp_path / "log.db", signer.verifier_keys)) == {(11, "header_channel")}


def test_two_channels_that_change_names(story) -> None:
    """Replay follows the group inside the handshakes, not the name in the column."""
    with LogFile(story.path) as log:
        rows = list(log.handshakes(10**9))
    membership = Membership()
    for _, _, seq, kind, at, epoch, body in rows:
        membership.feed("detroit", seq, kind, at, epoch, body)
    (fault,) = membership.faults
    assert "another channel" in fault
    assert membership.readers("detroit", 1) is None


def test_a_channel_that_is_opened_again_keeps_no_roster(story) -> None:
    membership = Membership()
    with LogFile(story.path) as log:
        rows = list(log.handshakes(10**9))
    for _, channel, seq, kind, at, epoch, body in (*rows, rows[0]):
        membership.feed(channel, seq, kind, at, epoch, body)
    (fault,) = membership.faults
    assert "second time" in fault
    assert membership.readers("nogales", 1) is not None, "what was proven before stays"
    assert not membership.is_member("nogales", "patrol-7@uscbp")


# --- bodies, metadata, erasure ------------------------------------------------------------------


def test_bodies_that_change_places(story) -> None:
    story.change(
        "CREATE TEMP TABLE kept AS SELECT idx, body FROM entries WHERE idx IN (80, 81)",
        "UPDATE entries SET body = (SELECT body FROM kept WHERE idx = 81) WHERE idx = 80",
        "UPDATE entries SET body = (SELECT body FROM kept WHERE idx = 80) WHERE idx = 81",
    )
    report = check(story)
    assert [(one.check, one.code, one.index) for one in report.findings if one.check == 3] == [
        (3, "body", 80),
        (3, "body", 81),
    ]


def test_metadata_moved_into_its_salt(story) -> None:
    """The hash is over both, so without a fixed length the beginning could be hidden."""
    story.change(
        "UPDATE entries SET salt = CAST(salt || substr(metadata, 1, 4) AS BLOB), "
        "metadata = CAST(substr(metadata, 5) AS BLOB) WHERE idx = 77"
    )
    assert codes(check(story)) == {(3, "metadata")}


@pytest.mark.parametrize(
    "order",
    [
        {"channel": "c", "first": 1, "last": 1_000_000},
        {"channel": "c", "first": "1", "last": "9"},
        {"channel": "c", "first": True, "last": True},
        {"channel": "c", "first": -1, "last": 0},
        {"channel": ["c"], "first": 1, "last": 1},
        {"channel": "d", "first": 1, "last": 1},
        ["c", 1, 1],
        "[" * 100_000,
    ],
)
def test_orders_to_erase_that_order_nothing(tmp_path: Path, sealed, order: object) -> None:
    """An order covers what its channel had when it was given; none is kept in stock."""
    signer = CheckpointSigner("crossband/hub", Ed25519PrivateKey.generate())
    entries = story_of(sealed)
    body = order if isinstance(order, str) else json.dumps(order)
    entries.insert(1, {"kind": Kind.ERASURE, "channel": "c", "body": body.encode()})
    forge(tmp_path / "log.db", entries, signer)
    connection = sqlite3.connect(tmp_path / "log.db")
    with connection:
        connection.execute("UPDATE entries SET body = NULL WHERE kind = 1")
    connection.close()
    report = verify(tmp_path / "log.db", signer.verifier_keys)
    assert codes(report) == {(9, "order"), (3, "body_missing")}


# --- the file as a weapon -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "statements",
    [
        # answers for ever
        ["ALTER TABLE entries RENAME TO hidden",
         "CREATE VIEW entries AS WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n) "
         "SELECT i AS idx, '' AS channel, 0 AS seq, 1 AS kind, 0 AS at, '' AS device, NULL AS "
         "message_id, 0 AS act, 0 AS lane, 0 AS epoch, x'' AS body_hash, x'' AS meta_hash, x'' AS "
         "leaf, NULL AS salt, NULL AS metadata, NULL AS body FROM n"],
        # other columns, other types
        ["DROP TABLE checkpoints", "CREATE TABLE checkpoints (size, note)",
         "INSERT INTO checkpoints VALUES ('a', x'00'), (NULL, NULL)"],
        ["DROP TABLE frontier"],
        ["DROP INDEX entries_of_groups",
         "CREATE INDEX entries_of_groups ON entries (idx) WHERE kind = 4"],
    ],
)  # fmt: skip
def test_a_layout_that_is_not_the_hubs(story, statements: list[str]) -> None:
    story.change(*statements)
    assert codes(check(story)) == {(1, "not_a_log")}
    with pytest.raises(LogVersion):
        LogFile(story.path)


def test_triggers_views_and_tables_that_do_not_belong(story) -> None:
    story.change(
        "CREATE TRIGGER gone AFTER INSERT ON entries BEGIN DELETE FROM entries; END",
        'CREATE VIEW "note \x1b[2J" AS SELECT 1',
        "CREATE TABLE extra (x)",
    )
    report = check(story)
    assert {(one.code, one.facts["what"]) for one in report.findings} == {
        ("strange", "trigger gone"), ("strange", "view note \x1b[2J"), ("strange", "table extra"),
    }  # fmt: skip
    assert "\x1b" not in "\n".join(report_lines(report, Console(), TEXTS))


def test_a_value_larger_than_any_entry_is_not_loaded(story, monkeypatch) -> None:
    monkeypatch.setattr("hub.audit.logfile.LARGEST_VALUE", 100_000)
    story.change("UPDATE entries SET body = zeroblob(200000) WHERE idx = 100")
    finding = check(story).findings[-1]
    assert finding.code == "unreadable"
    assert finding.index in (99, 100), "SQLite reads one ahead"


def test_text_that_is_no_text(story) -> None:
    story.change("UPDATE entries SET device = CAST(x'ff1b5b324a' AS TEXT) WHERE idx = 100")
    report = check(story)
    assert not report.fine
    assert (report.findings[-1].code, report.findings[-1].index) == ("unreadable", 100)
    with pytest.raises(LogDamaged), LogFile(story.path) as log:
        list(replay(log, Filters(), Membership()))


def test_a_type_that_the_table_forbids(story) -> None:
    """STRICT holds who writes through SQLite, not who writes the file."""
    connection = sqlite3.connect(story.path)
    connection.execute("PRAGMA writable_schema = ON")
    strict = connection.execute("SELECT sql FROM sqlite_schema WHERE name = 'entries'").fetchone()
    loose = strict[0].replace(") STRICT", ")").replace("INTEGER NOT NULL", "BLOB NOT NULL")
    connection.execute("UPDATE sqlite_schema SET sql = ? WHERE name = 'entries'", (loose,))
    connection.commit()
    connection.close()
    story.change("UPDATE entries SET act = 'x', at = 1.5, device = x'00' WHERE idx = 100")
    connection = sqlite3.connect(story.path)
    connection.execute("PRAGMA writable_schema = ON")
    connection.execute("UPDATE sqlite_schema SET sql = ? WHERE name = 'entries'", strict)
    connection.commit()
    connection.close()
    report = check(story)
    assert {"pages", "malformed"} <= {one.code for one in report.findings}


def test_a_side_index_that_hides_a_membership_change(story) -> None:
    """A replay of a span trusts it; so the checklist does not."""
    connection = sqlite3.connect(story.path)
    connection.execute("PRAGMA writable_schema = ON")
    statement = "SELECT sql FROM sqlite_schema WHERE name = 'entries_of_groups'"
    true = connection.execute(statement).fetchone()
    connection.execute("DROP INDEX entries_of_groups")
    connection.execute("CREATE INDEX entries_of_groups ON entries (idx) WHERE kind = 2")
    connection.execute("UPDATE sqlite_schema SET sql = ? WHERE name = 'entries_of_groups'", true)
    connection.commit()
    connection.close()
    assert (10, "index") in codes(check(story))


def test_a_channel_that_no_entry_opened(story) -> None:
    story.change("INSERT INTO channels VALUES ('ghost', 1, 0, 0, 0, x'')")
    assert codes(check(story)) == {(10, "channel_beyond")}


@pytest.mark.parametrize("at", range(0, 100, 4))
def test_torn_bytes_in_the_head_of_the_file(story, at: int) -> None:
    data = bytearray(story.path.read_bytes())
    data[at : at + 4] = b"\xff\x1b\x9b\xff"
    story.path.write_bytes(data)
    report = check(story)
    assert "\x1b" not in "\n".join(report_lines(report, Console(), TEXTS))


@pytest.mark.parametrize("seed", range(12))
def test_torn_pages_end_in_findings(story, seed: int) -> None:
    data = bytearray(story.path.read_bytes())
    for step in range(40):
        place = (seed * 7919 + step * 104_729) % len(data)
        data[place : place + 3] = bytes([seed, step, 255 - seed])
    story.path.write_bytes(data)
    assert not check(story).fine


def test_folders_and_links(story, tmp_path: Path) -> None:
    assert codes(verify(tmp_path)) == {(1, "not_a_log")}
    link = tmp_path / "link.db"
    link.symlink_to(story.path)
    assert check(type(story)(link, story.signer)).proven
    with LogFile(link) as log:
        assert log.path == story.path.resolve(), "what is read is what is named"
    loop = tmp_path / "loop.db"
    loop.symlink_to(loop)
    assert main(["audit", "verify", str(loop)]) == 2
    pipe = tmp_path / "pipe.db"
    os.mkfifo(pipe)
    assert main(["audit", "verify", str(pipe)]) == 2


def test_reading_leaves_no_trace_beside_the_evidence(story) -> None:
    connection = sqlite3.connect(story.path)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.close()
    before = sorted(os.listdir(story.path.parent))
    assert check(story).fine
    assert sorted(os.listdir(story.path.parent)) == before


# --- the commands -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content", [b"", b"# nothing but a comment\n", b"\xff\xfe\x00", "ñ+1+ñ\n".encode(), b"a+b+c"]
)
def test_key_files_that_hold_no_key(story, tmp_path: Path, capsys, content: bytes) -> None:
    """A key that was asked for and is not there must not end as `no key`."""
    key = tmp_path / "hub.keys"
    key.write_bytes(content)
    assert main(["audit", "verify", str(story.path), "--key", str(key)]) != 0
    out, err = capsys.readouterr()
    assert out == ""
    assert "internal error" not in err


def test_both_keys_on_the_command_line(story, capsys) -> None:
    words = [word for key in story.signer.verifier_keys for word in ("--key", str(key))]
    assert main(["audit", "verify", str(story.path), *words, "--language", "en"]) == 0
    assert "IN ORDER, and signed" in capsys.readouterr().out


def test_a_kept_checkpoint_that_is_no_text(story, tmp_path: Path, capsys) -> None:
    kept = tmp_path / "kept\x1b[2J.note"
    kept.write_bytes(b"\xff\xfe\x1b[2J")
    assert main(["audit", "verify", str(story.path), "--checkpoint", str(kept)]) == 1
    assert "\x1b" not in capsys.readouterr().out


def test_with_json_the_missing_proof_is_said_to_people_too(story, capsys) -> None:
    assert callable(register)
    assert main(["audit", "verify", str(story.path), "--json", "--language", "fr"]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["proven"] is False
    assert err.startswith("NON PROUVÉ.")


METADATA = [
    b'{"from":"\\u001b[2J\\u009b31m\\u202e"}',
    b'{"a":"\\ud800"}',
    b"[" * 50_000,
    b'{"a":NaN,"b":1e999}',
    b"\xff\xfe",
    b'"\x1b]0;owned\x07"',
]


@pytest.mark.parametrize("metadata", METADATA)
def test_hostile_metadata_in_a_replay(tmp_path: Path, metadata: bytes) -> None:
    entry = {"kind": Kind.LOGIN, "meta": metadata, "channel": "\x1b[1m", "at": 2**62}
    forge(tmp_path / "log.db", [entry], None)
    with LogFile(tmp_path / "log.db") as log:
        (told,) = replay(log, Filters(), Membership())
    lines = "\n".join(told_lines(told, Console(), TEXTS))
    assert not {"\x1b", "\x9b", "\x07", "\u202e"} & set(lines)
    lines.encode()
    line = to_json(told_value(told))
    line.encode()
    json.loads(line, parse_constant=pytest.fail)
    assert "\x1b" not in line


def test_a_record_that_would_steer_the_terminal(story, tmp_path: Path, capsys) -> None:
    record = tmp_path / "record.jsonl"
    one = {"channel": "\u009b2J\u001b[2J", "seq": 1, "sha256": "", "text": ""}
    record.write_text((json.dumps(one) + "\n") * 2, encoding="utf-8")
    words = ["audit", "replay", str(story.path), "--as", "x", "--record", str(record)]
    assert main(words) == 1
    err = capsys.readouterr().err
    assert "<U+009B>2J<U+001B>[2J" in err
    assert "\x1b" not in err
    for content in (b"\xff\n", b"[" * 50_000, b'{"channel":"\\ud800"}'):
        record.write_bytes(content)
        assert main(words) == 1
        assert "internal error" not in capsys.readouterr().err
