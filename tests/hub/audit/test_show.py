"""Lines for people: in three languages, and harmless whatever the log contains."""

from __future__ import annotations

import re
import string
from pathlib import Path

import pytest

from hub.audit.replay import Difference, Shown, Told
from hub.audit.show import (
    difference_line,
    finding_line,
    moment,
    report_lines,
    report_value,
    safe,
    told_lines,
    told_value,
)
from hub.audit.verify import CHECKS, Finding, Report, verify
from hub.console import LANGUAGES, Console, texts
from protocols.header import Act, Lane
from protocols.tlog.entry import Kind

TEXTS = texts("hub.audit")
TOLD = Told(
    index=7,
    at=1_800_000_000_123_456,
    channel="nogales",
    seq=3,
    kind=Kind.APPLICATION,
    device="gn-3@gn",
    act=Act.ALARM,
    lane=Lane.FLASH,
    epoch=2,
    size=5,
    body_hash="ab" * 32,
    erased=False,
    metadata='{"from":"::1"}',
    readers=("patrol-7@uscbp", "gn-3@gn"),
    shown=Shown("ab" * 32, "Derrumbe \x1b[31m\u202eun oficial herido", "es", "late"),
)


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_text_stands_in_three_languages_with_the_same_places() -> None:
    for key, sentences in TEXTS.items():
        assert set(sentences) == set(LANGUAGES), key
        assert len({frozenset(placeholders(text)) for text in sentences.values()}) == 1, key
        assert all(text.strip() for text in sentences.values())


def test_every_kind_act_lane_and_check_has_its_text() -> None:
    for kind in Kind:
        assert f"kind_{kind.value}" in TEXTS
    for act in Act:
        assert f"act_{act.value}" in TEXTS
    for lane in Lane:
        assert f"lane_{lane.value}" in TEXTS
    for name in CHECKS:
        assert f"check_{name}" in TEXTS


def test_every_finding_has_its_text() -> None:
    import hub.audit.verify

    source = Path(hub.audit.verify.__file__).read_text(encoding="utf-8")
    codes = set(re.findall(r"_found\(\s*(?:\d+|check|_HELD|_STORED), \"(\w+)\"", source))
    codes |= set(re.findall(r"Finding\(1, \"(\w+)\"", source))
    assert len(codes) > 20
    assert {f"found_{code}" for code in codes} <= set(TEXTS)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["alarm", "flash", "epoch 2", "could read: patrol-7@uscbp, gn-3@gn", "as shown"]),
        ("es", ["alarma", "relámpago", "época 2", "podían leerlo", "tal como se mostró"]),
        ("fr", ["alarme", "éclair", "époque 2", "pouvaient le lire", "tel qu’affiché"]),
    ],
)
def test_an_entry_in_each_language(language: str, words: list[str]) -> None:
    text = "\n".join(told_lines(TOLD, Console(language=language), TEXTS))
    assert text.startswith("2027-01-15T08:00:00.123456Z  nogales #3  ")
    for word in words:
        assert word in text


def test_nothing_from_the_log_reaches_the_terminal_as_it_is() -> None:
    text = "\n".join(told_lines(TOLD, Console(), TEXTS))
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "<U+001B>[31m<U+202E>un oficial herido" in text
    assert safe("Québec\n") == "Québec<U+000A>"


def test_an_entry_for_programs() -> None:
    value = told_value(TOLD)
    assert value["at"] == "2027-01-15T08:00:00.123456Z"
    assert value["kind"] == "application"
    assert value["metadata"] == {"from": "::1"}
    assert value["readers"] == ["patrol-7@uscbp", "gn-3@gn"]
    assert moment(0) == "1970-01-01T00:00:00.000000Z"


@pytest.mark.parametrize("language", LANGUAGES)
def test_findings_and_differences_are_sentences(language: str) -> None:
    console = Console(language=language)
    finding = Finding(6, "gap", 9, {"channel": "c\x1b", "seq": 4, "expected": 3})
    assert "c<U+001B> #4" in finding_line(finding, console, TEXTS)
    for code in ("hash", "not_in_record", "not_in_log"):
        assert "nogales #3" in difference_line(Difference(code, "nogales", 3), console, TEXTS)


def test_the_checklist_of_a_bad_log_names_the_first_bad_entry(story) -> None:
    story.change("UPDATE entries SET at = at + 1 WHERE idx = 57")
    report = verify(story.path, story.signer.verifier_keys)
    lines = list(report_lines(report, Console(), TEXTS))
    assert lines[1].endswith("FOUND")
    assert lines[-1].startswith("NOT IN ORDER. First: check 2, entry 57: its fields were changed")
    value = report_value(report)
    assert value["first_bad"] == {
        "check": "leaves",
        "number": 2,
        "code": "changed",
        "index": 57,
        "facts": {},
    }


def test_verdicts() -> None:
    def last(report: Report) -> str:
        return list(report_lines(report, Console(), TEXTS))[-1]

    assert "NOT PROVEN" in last(Report(done=10))
    assert last(Report(done=10, keys=1, signed_size=5)).startswith("IN ORDER")
