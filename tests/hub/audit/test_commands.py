"""The auditor's commands as typed: exit status, text, JSON."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

import pytest

from hub.audit.commands import register
from hub.cli import build_parser
from hub.console import Console, Usage

UNIT = "gn-3@gn"


class Run:
    """One call of the command line in this process."""

    def __init__(self, capsys: pytest.CaptureFixture[str], *words: object) -> None:
        arguments = build_parser(("hub.audit.commands",)).parse_args([str(word) for word in words])
        console = Console(as_json=arguments.json, language=arguments.language)
        self.status: int = arguments.run(arguments, console)
        self.out, self.err = capsys.readouterr()


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]):
    return lambda *words: Run(capsys, "audit", *words)


@pytest.fixture
def key(story, tmp_path: Path) -> Path:
    path = tmp_path / "hub.keys"
    lines = ["# the hub's keys", *map(str, story.signer.verifier_keys)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def held(story, tmp_path: Path) -> Path:
    path = tmp_path / "kept.note"
    path.write_text(story.held, encoding="utf-8")
    return path


def test_register_is_the_one_that_the_command_line_calls() -> None:
    assert callable(register)


def test_a_good_log(run, story, key: Path, held: Path) -> None:
    done = run("verify", story.path, "--key", key, "--checkpoint", held, "--language", "es")
    assert done.status == 0
    assert done.out.splitlines()[-1] == "EN ORDEN, y firmada con la clave de la central."
    assert done.err == ""


def test_a_good_log_for_programs(run, story, key: Path) -> None:
    done = run("verify", story.path, "--key", key, "--json")
    value = json.loads(done.out)
    assert (done.status, value["fine"], value["proven"], value["entries"]) == (0, True, True, 314)


def test_the_key_itself_on_the_command_line(run, story) -> None:
    done = run("verify", story.path, "--key", story.signer.verifier_keys[0])
    assert done.status == 0
    assert "IN ORDER, and signed" in done.out


def test_a_bad_log(run, story, key: Path) -> None:
    story.change("DELETE FROM entries WHERE idx = 100")
    done = run("verify", story.path, "--key", key, "--language", "fr")
    assert done.status == 1
    assert "NON CONFORME. D’abord : point 2, inscription 100" in done.out


@pytest.mark.parametrize(
    "words",
    [
        ("verify", "missing.db"),
        ("replay", "missing.db"),
        ("verify", "LOG", "--key", "nonsense"),
        ("replay", "LOG", "--record", "record.jsonl"),
        ("replay", "LOG", "--from", "yesterday"),
        ("replay", "LOG", "--kind", "gossip"),
        ("verify",),
    ],
)
def test_wrong_calls(run, story, words: tuple[str, ...]) -> None:
    with pytest.raises(Usage):
        run(*(str(story.path) if word == "LOG" else word for word in words))


def test_replay_for_people(run, story) -> None:
    done = run("replay", story.path, "--as", UNIT, "--language", "fr")
    assert done.status == 0
    assert "doit être consignée" in done.err
    lines = done.out.splitlines()
    assert sum("nogales #" in line for line in lines) == 6
    assert lines[-1] == "6 inscriptions présentées."


def test_replay_for_programs(run, story) -> None:
    done = run("replay", story.path, "--json", "--kind", "commit", "--kind", "refusal")
    told = [json.loads(line) for line in done.out.splitlines()]
    assert [one["kind"] for one in told] == ["commit", "commit", "commit", "refusal"]
    assert told[-1]["metadata"] == {"code": "role_refused"}


def test_replay_of_a_span(run, story) -> None:
    done = run(
        "replay", story.path, "--json", "--from", "2027-01-15T08:00:05", "--to",
        "2027-01-15T02:00:07-06:00",
    )  # fmt: skip
    told = [json.loads(line) for line in done.out.splitlines()]
    assert [one["at"][17:19] for one in told] == ["05", "06", "07"]


def record(story, tmp_path: Path, seqs: list[int]) -> Path:
    path = tmp_path / "record.jsonl"
    lines = [
        json.dumps(
            {
                "channel": "nogales",
                "seq": seq,
                "sha256": sha256(story.sent[seq]).hexdigest(),
                "text": f"mostrado {seq}",
            }
        )
        for seq in seqs
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_a_record_beside_the_log(run, story, tmp_path: Path) -> None:
    kept = record(story, tmp_path, [3, 5, 6, 7])
    done = run("replay", story.path, "--as", UNIT, "--record", kept)
    assert done.status == 0
    assert "as shown: mostrado 5" in done.out
    assert "4 bodies compared, all equal" in done.out


def test_a_record_that_misses_something(run, story, tmp_path: Path) -> None:
    kept = record(story, tmp_path, [3, 7])
    done = run("replay", story.path, "--as", UNIT, "--record", kept, "--json")
    assert done.status == 1
    assert "nogales #5: in the log, but missing from the record" in done.err
    assert json.loads(done.out.splitlines()[-1]) == {
        "compared": 2,
        "superseded": 1,
        "differences": [{"difference": "not_in_record", "channel": "nogales", "seq": 5}],
    }


def test_a_broken_handshake_is_a_finding(run, story) -> None:
    story.change("UPDATE entries SET body = x'00' WHERE seq = 2")
    done = run("replay", story.path)
    assert done.status == 1
    assert "Membership cannot be followed further: nogales #2" in done.err
    assert "could read: not known" in done.out
