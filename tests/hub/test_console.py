"""Text for people, one JSON document for programs, and the language of whoever asks."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

import hub
from hub.cli import explain_error
from hub.console import (
    Console,
    Parser,
    Usage,
    command,
    group,
    preferred_language,
    table,
    texts,
    to_json,
)
from protocols.errors import EnrolmentRefused, EpochConflict
from protocols.identity import Identity, Role


def console(**settings: object) -> tuple[Console, io.StringIO, io.StringIO]:
    out, err = io.StringIO(), io.StringIO()
    return Console(out=out, err=err, **settings), out, err


def test_people_read_text() -> None:
    spoken, out, err = console()
    spoken.say("hello")
    spoken.result({"a": 1}, ("one", "two"))
    spoken.note("aside")
    assert out.getvalue() == "hello\none\ntwo\n"
    assert err.getvalue() == "aside\n"


def test_programs_read_one_document() -> None:
    spoken, out, _ = console(as_json=True)
    spoken.say("hello")
    spoken.result({"who": Identity("US", "uscbp", "Nogales ñ", "a@uscbp", Role.COMMAND)}, "text")
    assert json.loads(out.getvalue())["who"]["role"] == "command"
    assert "ñ" in out.getvalue()


def test_an_error_is_a_sentence_and_a_remedy() -> None:
    spoken, _, err = console()
    spoken.failed(EnrolmentRefused("the code has expired"))
    assert err.getvalue() == (
        "crossband: the code has expired\n"
        "Ask the agency for a new code with `crossband agency enroll`.\n"
    )


def test_an_error_for_a_program_carries_its_facts() -> None:
    spoken, _, err = console(as_json=True)
    spoken.failed(EpochConflict("another commit came first", epoch=7))
    said = json.loads(err.getvalue())
    assert (said["error"], said["facts"]) == ("epoch_conflict", {"epoch": 7})


@pytest.mark.parametrize("language", ["es", "fr"])
def test_an_error_speaks_the_users_language(language: str) -> None:
    english, _, first = console(explain=explain_error)
    other, _, second = console(language=language, explain=explain_error)
    error = EnrolmentRefused("the code has expired")
    english.failed(error)
    other.failed(error)
    assert second.getvalue() != first.getvalue()
    assert "the code has expired" in second.getvalue()


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, "en"),
        ({"LANG": "fr_CA.UTF-8"}, "fr"),
        ({"LANG": "fr_CA.UTF-8", "LC_ALL": "es_MX.UTF-8"}, "es"),
        ({"LANG": "fr_CA.UTF-8", "CROSSBAND_LANG": "en"}, "en"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LANG": ""}, "en"),
    ],
)
def test_the_language_comes_from_the_environment(
    environment: dict[str, str], language: str
) -> None:
    assert preferred_language(environment) == language


def test_commands_know_json_and_language() -> None:
    parser = Parser(prog="x")
    rooms = parser.add_subparsers()
    inner = group(rooms, "room", help="a room")
    command(inner, "go", lambda arguments, _: len(arguments.json * "x"), help="go")
    arguments = parser.parse_args(["room", "go", "--json", "--language", "es"])
    assert (arguments.json, arguments.language) == (True, "es")
    assert callable(arguments.run)
    with pytest.raises(Usage, match="invalid choice"):
        parser.parse_args(["room", "stay"])
    with pytest.raises(Usage, match="usage: x room"):
        parser.parse_args(["room"])


def test_a_table_has_columns() -> None:
    assert table([["A", "B"], ["long", "x"]]) == ["A     B", "long  x"]


HUB = Path(hub.__file__).parent
PACKAGES = [
    ".".join(("hub", *path.parent.relative_to(HUB).parts)) for path in HUB.rglob("texts.json")
]


@pytest.mark.parametrize("package", sorted(PACKAGES))
def test_every_sentence_exists_in_every_language(package: str) -> None:
    for key, sentence in texts(package).items():
        assert set(sentence) == {"en", "es", "fr"}, key
        places = {name: sorted(set(_places(text))) for name, text in sentence.items()}
        assert places["en"] == places["es"] == places["fr"], key


def _places(text: str) -> list[str]:
    import string

    return [name for _, name, _, _ in string.Formatter().parse(text) if name]


def test_json_is_one_line() -> None:
    assert to_json({"a": (1, 2), "b": b"x"}) == '{"a": [1, 2], "b": "eA=="}'


def test_json_never_steers_a_terminal() -> None:
    hostile = "ñ\x1b[2J\x9b31m\u202eevil\u200b\U000e0041"
    said = to_json({"name": hostile})
    assert said.isprintable()
    assert "ñ" in said
    assert json.loads(said)["name"] == hostile
