"""What a reader of another format sees, as text in three languages and as JSON."""

from __future__ import annotations

import pytest

from hub.translate.seen import seen_lines, seen_value
from protocols.foresight.preview import as_seen_by
from protocols.foresight.samples import samples
from protocols.formats.registry import FORMATS

MESSAGES = {message.kind: message for message in samples()}


@pytest.mark.parametrize(
    ("language", "first", "misses"),
    [
        ("en", "A reader of cot sees:", "and does not see"),
        ("es", "Quien lee cot ve:", "y no ve"),
        ("fr", "Qui lit cot voit :", "et ne voit pas"),
    ],
)
def test_seen_and_not_seen_in_three_languages(language: str, first: str, misses: str) -> None:
    message = MESSAGES["incident.open"]
    lines = list(seen_lines(message, as_seen_by(message, FORMATS["cot"]), language))
    assert lines[0] == first
    assert any(line.startswith(misses) for line in lines)
    assert any("kind = incident.open" in line for line in lines)


def test_what_cannot_be_said_is_one_sentence() -> None:
    message = MESSAGES["position"]
    preview = as_seen_by(message, FORMATS["cap"])
    assert list(seen_lines(message, preview, "en")) == [
        "A reader of cap gets nothing:",
        "position: a position report is never made into a CAP alert.",
    ]
    assert seen_value(message, preview)["refused"]["error"] == "not_representable"


def test_our_own_format_misses_nothing() -> None:
    message = MESSAGES["text"]
    lines = list(seen_lines(message, as_seen_by(message, FORMATS["canonical"]), "en"))
    assert lines[-1] == "and misses nothing."


def test_for_a_program() -> None:
    message = MESSAGES["alarm"]
    value = seen_value(message, as_seen_by(message, FORMATS["cot"]))
    assert value["document"].startswith("<?xml")
    assert value["seen"]["body"]["kind"] == "alarm"
    assert value["refused"] is None
