"""What the operator sees of dead letters and rules, and can do about them."""

from __future__ import annotations

import asyncio
import json
import threading
from pathlib import Path
from typing import Any

import pytest

from hub.cli import main
from hub.gateway.counters import Counters
from hub.gateway.dead_letters import DeadLetter, DeadLetters
from hub.gateway.letters_commands import escaped, printable
from hub.gateway.retry import Retries
from protocols.errors import Expired, MalformedDocument

NOON = 1_793_000_000_000_000
POISON = b"<event>\x1b[2Jred\xe2\x80\xae</event>"

Out = pytest.CaptureFixture[str]


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "gateway.toml"
    path.write_text(
        'device_folder = "device"\nchannel = "nogales"\nadapter = "cap"\nlisten = "127.0.0.1:0"\n'
    )
    return path


@pytest.fixture
def letters(tmp_path: Path) -> DeadLetters:
    return DeadLetters(tmp_path / "dead-letters", lambda: NOON)


def run(config: Path, *words: str) -> int:
    return main(["gateway", *words, "--config", str(config)])


def told(capsys: Out) -> Any:
    return json.loads(capsys.readouterr().out.splitlines()[-1])


# --- letters ------------------------------------------------------------------------------------


def test_a_letter_is_listed_with_its_id_and_shown_safely(
    config: Path, letters: DeadLetters, capsys: Out
) -> None:
    kept = letters.keep("in", "10.0.0.7\x1b[31m", POISON, MalformedDocument("line 1"))
    assert run(config, "letters") == 0
    text = capsys.readouterr().out
    assert kept.id in text
    assert "\x1b" not in text
    assert run(config, "letters", "show", kept.id) == 0
    text = capsys.readouterr().out
    assert "<event>\\x1b[2Jred\\u202e</event>" in text
    assert "\x1b" not in text
    assert run(config, "letters", "show", kept.id, "--json") == 0
    assert told(capsys)["error"] == "malformed_document"


def test_the_config_may_stand_in_front_of_the_sub_command(
    config: Path, letters: DeadLetters, capsys: Out
) -> None:
    kept = letters.keep("in", "x", b"1", MalformedDocument("no"))
    assert main(["gateway", "letters", "--config", str(config), "show", kept.id]) == 0
    assert main(["gateway", "letters"]) == 2
    assert "--config" in capsys.readouterr().err


def test_a_long_document_is_shown_from_its_beginning(
    config: Path, letters: DeadLetters, capsys: Out
) -> None:
    kept = letters.keep("in", "x", b"a" * 9000, MalformedDocument("no"))
    assert run(config, "letters", "show", kept.id) == 0
    text = capsys.readouterr().out
    assert "4096 of 9000" in text
    assert run(config, "letters", "show", kept.id, "--all") == 0
    assert "a" * 9000 in capsys.readouterr().out


def test_what_is_no_text_is_shown_in_hex() -> None:
    assert printable(b"one\r\ntwo\t\x07") == "one\\r\ntwo\\t\\x07"
    shown = printable(bytes(range(250, 256)) + b"AB")
    assert shown.startswith("00000000  fa fb fc fd fe ff 41 42 ")
    assert shown.endswith("......AB")
    assert printable(b"a\0b").startswith("00000000")
    assert printable("día"[:2].encode()[:-1]) == "d"  # the cut went through a letter
    assert escaped("x\u202ey") == "x\\u202ey"


def test_a_letter_is_dropped_only_on_purpose(
    config: Path, letters: DeadLetters, capsys: Out
) -> None:
    kept = letters.keep("in", "x", b"1", MalformedDocument("no"))
    assert run(config, "letters", "drop", kept.id) == 2
    assert len(letters.list()) == 1
    assert run(config, "letters", "drop", kept.id, "--yes") == 0
    assert letters.list() == ()
    for name in (kept.id, "../../etc/passwd", "x"):
        assert run(config, "letters", "drop", name, "--yes") == 1
    assert "letters" in capsys.readouterr().err


# --- retry --------------------------------------------------------------------------------------


class Running:
    """A gateway's retries in a thread of their own, as another process would run them."""

    def __init__(self, letters: DeadLetters) -> None:
        self._stop = threading.Event()
        self._retries = Retries(letters, self._again, Counters())
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *error: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(0.01):
            asyncio.run(self._retries.once())

    async def _again(self, letter: DeadLetter, document: bytes) -> None:
        if document == b"late":
            raise Expired("yesterday")


def test_a_retry_says_what_came_of_it(config: Path, letters: DeadLetters, capsys: Out) -> None:
    good = letters.keep("in", "x", b"good", MalformedDocument("no"))
    late = letters.keep("in", "x", b"late", MalformedDocument("no"))
    with Running(DeadLetters(config.parent / "dead-letters", lambda: NOON)):
        assert run(config, "retry", good.id, "--json") == 0
        assert told(capsys) == [
            {"id": good.id, "outcome": "passed", "error": "", "detail": "", "attempts": 0}
        ]
        assert run(config, "retry", "--all", "--json") == 1
        (outcome,) = told(capsys)
        assert (outcome["id"], outcome["outcome"], outcome["error"]) == (
            late.id,
            "stopped",
            "expired",
        )
        assert run(config, "retry", "--all", "--language", "es") == 1
        assert "se detuvo otra vez (expired)" in capsys.readouterr().out
    (left,) = letters.list()
    assert left.attempts == 2


def test_without_a_running_gateway_it_waits_for_one(
    config: Path, letters: DeadLetters, capsys: Out
) -> None:
    kept = letters.keep("in", "x", b"good", MalformedDocument("no"))
    assert run(config, "retry", kept.id, "--seconds", "0") == 1
    assert "does not run" in capsys.readouterr().out
    assert letters.asked() == (kept.id,)


@pytest.mark.parametrize("words", [(), ("a-name", "--all")])
def test_it_must_be_clear_which(config: Path, words: tuple[str, ...]) -> None:
    assert run(config, "retry", *words) == 2


def test_half_a_document_is_not_tried(config: Path, letters: DeadLetters, capsys: Out) -> None:
    kept = letters.keep("in", "x", b"a" * 100, MalformedDocument("no"), size=3_000_000)
    assert run(config, "retry", kept.id, "--json") == 1
    assert json.loads(capsys.readouterr().err)["error"] == "letter_cut"
    assert run(config, "retry", "--all", "--json") == 0
    assert told(capsys) == []


# --- rules --------------------------------------------------------------------------------------

RULES = """
kinds_out = ["text", "alarm"]

[[rule]]
name = "no chat in"
let = "stop"
way = "in"
kinds = ["text"]
"""


def test_the_rules_are_explained(config: Path, capsys: Out) -> None:
    config.write_text(config.read_text() + RULES)
    assert run(config, "rules", "--json") == 0
    assert [line["rule"] for line in told(capsys)] == [
        "life-safety",
        "third-party",
        "no chat in",
        "kinds_out",
        "",
    ]
    for language, said in (("en", "pass"), ("es", "deja pasar"), ("fr", "laisse passer")):
        assert run(config, "rules", "--kind", "text", "--language", language) == 0
        text = capsys.readouterr().out
        assert said in text
        assert "no chat in" in text
        assert "kinds_out" not in text
    assert run(config, "rules", "--kind", "chat") == 2
    capsys.readouterr()
    assert run(config, "rules", "--language", "fr") == 0
    text = capsys.readouterr().out
    assert "sauf s’il nomme cette passerelle" in text
    assert "types autres que text, alarm" in text
