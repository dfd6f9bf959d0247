"""Replaying: everybody's view, one device's view, and what that device says it saw."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

import pytest

from hub.audit.logfile import LogFile
from hub.audit.membership import Membership
from hub.audit.replay import Difference, Filters, Record, Told, replay
from protocols.errors import RecordWrong
from protocols.tlog.entry import Kind

PATROL, UNIT, OBSERVER = "patrol-7@uscbp", "gn-3@gn", "observer@rcmp"
START = 1_800_000_000_000_000


def tell(story, filters: Filters | None = None, **options: object) -> list[Told]:
    with LogFile(story.path) as log:
        return list(replay(log, filters or Filters(), Membership(), **options))


def seqs(told: list[Told]) -> list[int]:
    return [one.seq for one in told if one.seq]


def record(story, tmp_path: Path, numbers: list[int], **changes: object) -> Record:
    lines = []
    for seq in numbers:
        line = {
            "channel": "nogales",
            "seq": seq,
            "sha256": sha256(story.sent.get(seq, b"?")).hexdigest(),
            "text": f"shown {seq}",
            "language": "fr",
        }
        lines.append(json.dumps(line | changes.get(f"_{seq}", {})))  # type: ignore[operator]
    path = tmp_path / "record.jsonl"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return Record.read(path)


def test_everything_in_order(story) -> None:
    told = tell(story)
    assert [one.index for one in told] == list(range(314))
    assert [one.kind for one in told[:6]] == [
        Kind.START,
        Kind.LOGIN,
        Kind.CHANNEL,
        Kind.POLICY,
        Kind.APPLICATION,
        Kind.COMMIT,
    ]
    assert told[1].metadata == '{"from":"::1"}'
    assert told[4].body_hash == sha256(story.sent[1]).hexdigest()


def test_who_could_read_each_message(story) -> None:
    readers = {one.seq: one.readers for one in tell(story) if one.seq}
    assert readers[1] == (PATROL,)
    assert readers[3] == (PATROL, UNIT)
    assert readers[5] == (PATROL, UNIT, OBSERVER)
    assert readers[7] == (PATROL, UNIT), "encrypted for the epoch before the observer came"
    assert readers[9] == (PATROL, OBSERVER)


def test_the_view_of_each_device(story) -> None:
    """From after the commit that adds it, through the one that removes it, and nothing else."""
    assert seqs(tell(story, viewer=PATROL)) == list(range(1, 310))
    assert seqs(tell(story, viewer=UNIT)) == [3, 4, 5, 6, 7, 8]
    assert seqs(tell(story, viewer=OBSERVER)) == [5, 6, 8, *range(9, 310)]
    assert tell(story, viewer="stranger@cbsa") == []
    assert all(one.seq for one in tell(story, viewer=OBSERVER))


def test_filters(story) -> None:
    assert len(tell(story, Filters(channel="nogales"))) == 312
    assert len(tell(story, Filters(device=UNIT))) == 2
    assert len(tell(story, Filters(kinds=frozenset({Kind.COMMIT, Kind.REFUSAL})))) == 4
    assert tell(story, Filters(channel="detroit")) == []


def test_a_span_of_time_knows_what_came_before(story) -> None:
    times = [one.at for one in tell(story)]
    part = tell(story, Filters(since=times[8], until=times[12]))
    assert [one.at for one in part] == times[8:13]
    assert part[0].readers is not None
    later = tell(story, Filters(since=times[50]), viewer=OBSERVER)
    assert len(later) == 314 - 50
    assert later[0].readers == (PATROL, OBSERVER)
    assert tell(story, Filters(since=times[-1] + 1)) == []
    assert len(tell(story, Filters(until=times[0]))) == 1


def test_a_record_that_agrees(story, tmp_path: Path) -> None:
    kept = record(story, tmp_path, [3, 5, 7])
    told = tell(story, viewer=UNIT, record=kept)
    assert kept.differences == []
    assert (kept.compared, kept.superseded) == (3, 1)
    shown = {one.seq: one.shown.text for one in told if one.shown}
    assert shown == {3: "shown 3", 5: "shown 5", 7: "shown 7"}


def test_a_record_that_differs(story, tmp_path: Path) -> None:
    kept = record(story, tmp_path, [1, 5, 6, 7, 400], _5={"sha256": "00" * 32})
    tell(story, Filters(channel="detroit"), viewer=UNIT, record=kept)
    assert kept.differences == [
        Difference("not_in_record", "nogales", 3),
        Difference("hash", "nogales", 5),
        Difference("not_in_log", "nogales", 1),
        Difference("not_in_log", "nogales", 400),
    ]


def test_an_erased_body_still_has_its_hash(story, tmp_path: Path) -> None:
    story.change("UPDATE entries SET body = NULL, salt = NULL, metadata = NULL WHERE seq = 5")
    kept = record(story, tmp_path, [3, 5, 7])
    told = tell(story, viewer=UNIT, record=kept)
    assert kept.differences == []
    assert [one.erased for one in told if one.seq == 5] == [True]


@pytest.mark.parametrize(
    "text",
    [
        "nonsense",
        "[]",
        '{"channel":"c","seq":1}',
        '{"channel":"c","seq":"x","sha256":"","text":""}',
    ],
)
def test_records_that_cannot_be_read(tmp_path: Path, text: str) -> None:
    path = tmp_path / "record.jsonl"
    path.write_text(text + "\n", encoding="utf-8")
    with pytest.raises(RecordWrong, match="Line 1"):
        Record.read(path)


def test_a_record_that_repeats_itself(story, tmp_path: Path) -> None:
    with pytest.raises(RecordWrong, match="Line 2 of the record repeats nogales #3"):
        record(story, tmp_path, [3, 3])
