"""The checklist: a good log passes, and every tampering is named where it begins."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hub.audit.verify import CHECKS, Report, verify
from hub.store import items
from hub.store.sqlite import SqliteStore
from protocols.tlog.checkpoint import CheckpointSigner, parse_note

COPY = (
    "channel, seq, kind, at, device, message_id, act, lane, epoch, body_hash, meta_hash, leaf, "
    "salt, metadata, body"
)


def check(story, **options: object) -> Report:
    return verify(story.path, story.signer.verifier_keys, **options)


def test_the_story_is_in_order_and_proven(story) -> None:
    report = check(story, held=[("kept", story.held)])
    assert report.findings == []
    assert report.fine
    assert report.proven
    assert [report.state(number) for number in range(1, 12)] == ["ok"] * 11
    assert (report.size, report.channels, report.checkpoints) == (314, 1, 2)
    assert report.signed_size == 314


def test_without_a_key_nothing_is_proven(story) -> None:
    report = verify(story.path)
    assert report.fine
    assert not report.proven
    assert report.state(4) == "not_done"
    assert report.state(5) == "not_done"


CASES = {
    # statement(s): (check, code, entry named as the first bad one)
    "a time is moved": (["UPDATE entries SET at = at + 1 WHERE idx = 57"], 2, "changed", 57),
    "a device is renamed": (["UPDATE entries SET device = 'x' WHERE idx = 9"], 2, "changed", 9),
    "a channel is renamed": (["UPDATE entries SET channel = 'x' WHERE idx = 9"], 2, "changed", 9),
    "an act is changed": (["UPDATE entries SET act = 6 WHERE idx = 60"], 2, "changed", 60),
    "an epoch is changed": (["UPDATE entries SET epoch = 2 WHERE idx = 60"], 2, "changed", 60),
    "a number is changed": (["UPDATE entries SET seq = 4000 WHERE idx = 60"], 2, "changed", 60),
    "a kind is changed": (["UPDATE entries SET kind = 12 WHERE idx = 1"], 2, "changed", 1),
    "a leaf is changed": (
        ["UPDATE entries SET leaf = zeroblob(32) WHERE idx = 60"], 2, "changed", 60,
    ),
    "a message id is changed": (
        ["UPDATE entries SET message_id = randomblob(16) WHERE idx = 60"], 2, "changed", 60,
    ),
    "a body hash of another length": (
        ["UPDATE entries SET body_hash = x'00' WHERE idx = 60"], 2, "malformed", 60,
    ),
    "a body is changed": (["UPDATE entries SET body = x'00' WHERE idx = 77"], 3, "body", 77),
    "body and hash are changed": (
        [
            "UPDATE entries SET body = x'', body_hash = x'e3b0c44298fc1c149afbf4c8996fb92427ae41e4"
            "649b934ca495991b7852b855' WHERE idx = 77"
        ],
        2, "changed", 77,
    ),
    "a body is dropped without an order": (
        ["UPDATE entries SET body = NULL WHERE idx = 77"], 3, "body_missing", 77,
    ),
    "a commit's body is dropped": (
        ["UPDATE entries SET body = NULL WHERE idx = 5"], 3, "body_missing", 5,
    ),
    "metadata are changed": (
        ["UPDATE entries SET metadata = x'7b7d' WHERE idx = 77"], 3, "metadata", 77,
    ),
    "a salt is changed": (
        ["UPDATE entries SET salt = randomblob(16) WHERE idx = 77"], 3, "metadata", 77,
    ),
    "an entry is deleted": (["DELETE FROM entries WHERE idx = 100"], 2, "missing", 100),
    "the first entry is deleted": (["DELETE FROM entries WHERE idx = 0"], 2, "missing", 0),
    "the end is cut off": (["DELETE FROM entries WHERE idx >= 300"], 4, "shorter", 300),
    "two entries change places": (
        [
            "UPDATE entries SET idx = -1 WHERE idx = 40",
            "UPDATE entries SET idx = 40 WHERE idx = 90",
            "UPDATE entries SET idx = 90 WHERE idx = -1",
        ],
        2, "changed", 40,
    ),
    "an entry is put in at the end": (
        [f"INSERT INTO entries SELECT 314, {COPY.replace('seq', '310', 1)} "
         "FROM entries WHERE idx = 313"],
        2, "changed", 314,
    ),
    "an entry is put in far away": (
        [f"INSERT INTO entries SELECT 99999999, {COPY.replace('seq', '310', 1)} "
         "FROM entries WHERE idx = 313"],
        2, "missing", 314,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_the_first_bad_entry_is_named(story, name: str) -> None:
    statements, number, code, index = CASES[name]
    story.change(*statements)
    report = check(story)
    assert not report.fine
    first = report.first_bad
    assert first is not None
    assert (first.check, first.code, first.index) == (number, code, index)


def rewrite(story, index: int) -> None:
    """Change a device and make its leaf fit, as somebody would who knows the layout."""
    from protocols.tlog.entry import Entry, Kind

    connection = sqlite3.connect(story.path)
    row = connection.execute(
        "SELECT idx, channel, seq, kind, at, device, message_id, act, lane, epoch, body_hash, "
        "meta_hash FROM entries WHERE idx = ?",
        (index,),
    ).fetchone()
    entry = Entry(*row[:3], Kind(row[3]), row[4], "somebody@else", *row[6:])
    with connection:
        connection.execute(
            "UPDATE entries SET device = 'somebody@else', leaf = ? WHERE idx = ?",
            (entry.leaf_hash(), index),
        )
    connection.close()


def test_a_rewritten_leaf_is_caught_by_its_subtree_and_the_checkpoint(story) -> None:
    rewrite(story, 60)
    report = check(story)
    found = {(finding.check, finding.code): finding.facts for finding in report.findings}
    assert found[10, "subtree"] == {"first": 0, "last": 255}
    held_size = parse_note(story.held)[0].size
    assert found[4, "root"] == {"name": "314", "size": 314, "first": held_size, "last": 313}
    assert (10, "edge") in found


def test_a_log_rewritten_whole_is_caught_by_a_checkpoint_held_elsewhere(story) -> None:
    """Whoever has the hub's machine but not its key drops the checkpoints and rebuilds the rest."""
    rewrite(story, 4)
    story.change("DELETE FROM checkpoints")
    alone = check(story)
    assert (4, "no_checkpoint") in {(one.check, one.code) for one in alone.findings}
    report = check(story, held=[("kept", story.held)])
    (root,) = [one for one in report.findings if one.check == 5]
    assert (root.code, root.facts["name"], root.facts["first"]) == ("root", "kept", 0)


def test_a_changed_checkpoint(story) -> None:
    story.change("UPDATE checkpoints SET note = replace(note, char(10)||'314'||char(10), "
                 "char(10)||'313'||char(10)) WHERE size = 314")  # fmt: skip
    (finding,) = [one for one in check(story).findings if one.check == 4]
    assert finding.code == "note"
    assert "signature" in str(finding.facts["said"])


def test_a_moved_checkpoint(story) -> None:
    story.change("UPDATE checkpoints SET size = 200 WHERE size = 314")
    assert "misplaced" in {one.code for one in check(story).findings}


@pytest.mark.parametrize("line", [0, 1])
def test_a_changed_signature(story, line: int) -> None:
    connection = sqlite3.connect(story.path)
    ((note,),) = connection.execute("SELECT note FROM checkpoints WHERE size = 314")
    lines = note.split("\n")
    at = 4 + line
    flipped = "A" if lines[at][-50] != "A" else "B"
    lines[at] = lines[at][:-50] + flipped + lines[at][-49:]
    with connection:
        connection.execute("UPDATE checkpoints SET note = ? WHERE size = 314", ("\n".join(lines),))
    connection.close()
    (finding,) = [one for one in check(story).findings if one.check == 4]
    assert finding.code == "note"


def test_a_signature_that_is_missing(story) -> None:
    connection = sqlite3.connect(story.path)
    ((note,),) = connection.execute("SELECT note FROM checkpoints WHERE size = 314")
    with connection:
        shortened = "\n".join(note.split("\n")[:5]) + "\n"
        connection.execute("UPDATE checkpoints SET note = ? WHERE size = 314", (shortened,))
    connection.close()
    (finding,) = [one for one in check(story).findings if one.check == 4]
    assert finding.code == "unsigned"
    assert verify(story.path, story.signer.verifier_keys[:1]).fine


def test_another_hubs_key(story) -> None:
    other = CheckpointSigner("crossband/hub-nogales", Ed25519PrivateKey.generate())
    report = verify(story.path, other.verifier_keys)
    assert {one.code for one in report.findings} == {"note"}
    assert not report.proven


def test_held_checkpoints_that_do_not_fit(story) -> None:
    longer = story.signer(9_000, bytes(32))
    another = story.signer(100, bytes(32))
    report = check(story, held=[("longer", longer), ("another", another), ("torn", "x")])
    codes = {(one.code, one.facts["name"]) for one in report.findings if one.check == 5}
    assert codes == {("shorter", "longer"), ("root", "another"), ("note", "torn")}


def test_what_stands_beside_the_entries(story) -> None:
    story.change(
        "UPDATE frontier SET nodes = zeroblob(length(nodes))",
        "UPDATE channels SET epoch = 9",
    )
    assert [one.code for one in check(story).findings] == ["edge", "channel"]


async def test_erasure_under_an_order_is_no_finding(tmp_path: Path, sealed) -> None:
    signer = CheckpointSigner("crossband/hub", Ed25519PrivateKey.generate())
    store = SqliteStore.open(tmp_path / "log.db")
    await store.commit([items.CreateChannel("c", "d", b"{}", 0, b"s", b"i", 1)])
    messages = [
        items.AppendMessage(
            "c",
            "d",
            n.to_bytes(16, "big"),
            0,
            sealed("c", 0, n.to_bytes(16, "big"), 1, 2, "body"),
            1,
            2,
            3,
            b'{"a":1}',
        )
        for n in range(5)
    ]
    await store.commit(messages)
    before = await store.checkpoint(signer)
    await store.commit([items.EraseBodies("c", 2, 3, "clerk", "court order 26-118", 4)])
    await store.checkpoint(signer)
    await store.backup(tmp_path / "copy.db")
    store.close()
    report = verify(tmp_path / "copy.db", signer.verifier_keys, [("before", before)])
    assert report.findings == []
    assert report.erased == 2


async def test_repeats_gaps_times_and_order(tmp_path: Path) -> None:
    """A log whose writer itself was wrong: every leaf fits, the rules do not."""
    from hub.store.appender import Appender
    from hub.store.opening import open_writer
    from protocols.tlog.entry import Kind
    from protocols.tlog.merkle import Frontier

    connection = open_writer(tmp_path / "log.db")
    log = Appender(connection, Frontier(), 0)
    log.append(Kind.CHANNEL, "d", 10, channel="c", body=b"info")
    log.append(Kind.APPLICATION, "d", 10, channel="c", seq=1, message_id=bytes(16), body=b"1")
    log.append(Kind.APPLICATION, "d", 10, channel="c", seq=2, message_id=bytes(16), body=b"2")
    log.append(Kind.APPLICATION, "d", 10, channel="c", seq=4, body=b"3")
    log.last_at = 0
    log.append(Kind.APPLICATION, "d", 5, channel="c", seq=5, body=b"4")
    log.append(Kind.APPLICATION, "d", 12, channel="c", seq=6, epoch=7, body=b"5")
    log.append(Kind.APPLICATION, "d", 12, channel="unknown", seq=1, body=b"6")
    log.append(Kind.CHANNEL, "d", 12, channel="c", body=b"info")
    log.append(Kind.ERASURE, "d", 12, channel="c", body=b"nonsense")
    log.append(Kind.LOGIN, "d", 12, seq=3)
    log.append(99, "d", 12)
    log.finish()
    connection.execute("INSERT INTO channels VALUES ('c', 1, 0, 0, 0, x'')")
    connection.execute("INSERT INTO channels VALUES ('unknown', 1, 0, 0, 0, x'')")
    connection.close()
    report = verify(tmp_path / "log.db")
    found = [(one.check, one.code, one.index) for one in report.findings if one.check != 11]
    assert found == [
        (6, "gap", 3),
        (8, "backwards", 4),
        (9, "epoch", 5),
        (9, "unopened", 6),
        (9, "opened_twice", 7),
        (9, "order", 8),
        (6, "numbered", 9),
        (9, "kind", 10),
        (7, "repeat", 2),
    ]
    assert {one.code for one in report.findings if one.check == 11} == {"header_body"}


def test_files_that_are_no_log(tmp_path: Path) -> None:
    letter = tmp_path / "letter.db"
    letter.write_bytes(b"not a database at all" * 100)
    assert [one.code for one in verify(letter).findings] == ["not_a_log"]
    other = tmp_path / "other.db"
    connection = sqlite3.connect(other)
    connection.execute("CREATE TABLE recipes (name)")
    connection.close()
    report = verify(other)
    assert [one.code for one in report.findings] == ["not_a_log"]
    assert report.state(2) == "not_done"
    with pytest.raises(FileNotFoundError):
        verify(tmp_path / "missing.db")


def test_a_file_with_torn_pages(story) -> None:
    data = bytearray(story.path.read_bytes())
    for page in range(4, len(data) // 4096):
        data[page * 4096 : page * 4096 + 2000] = b"\xff" * 2000
    story.path.write_bytes(data)
    report = check(story)
    assert not report.fine
    assert {one.code for one in report.findings} & {"pages", "unreadable"}


def test_findings_are_counted_beyond_what_is_kept(story) -> None:
    story.change("UPDATE entries SET at = at + 1")
    report = check(story)
    assert len(report.findings) == 200
    assert report.more_findings > 100


def test_progress_is_told(tmp_path: Path, story, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.audit.verify._PROGRESS_EVERY", 100)
    told: list[tuple[int, int]] = []
    check(story, progress=lambda done, total: told.append((done, total)))
    assert told == [(100, 314), (200, 314), (300, 314)]


def test_the_verifier_needs_the_standard_library_and_cryptography_alone() -> None:
    script = (
        "import sys, json\n"
        "before = set(sys.modules)\n"
        "import hub.audit.verify\n"
        "new = {name.partition('.')[0] for name in set(sys.modules) - before}\n"
        "print(json.dumps(sorted(new - set(sys.stdlib_module_names))))"
    )
    run = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        check=True,
        cwd=Path(__file__).parents[3],
    )
    loaded = {name for name in json.loads(run.stdout) if not name.startswith("_")}
    assert loaded == {"cryptography", "hub", "protocols"}


def test_the_docstring_is_the_checklist() -> None:
    import hub.audit.verify

    for number, name in enumerate(CHECKS, 1):
        assert f"    {number:<2} {name} " in (hub.audit.verify.__doc__ or "")
