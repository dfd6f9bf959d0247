"""The tables of EDXL-RM agree with its schemas and with our kinds."""

from __future__ import annotations

from pathlib import Path

from lxml import etree

from protocols.formats.edxl_rm.words import (
    ANSWER_OF,
    ANSWERS,
    ORDER,
    PROGRESS_WORDS,
    ROOTS,
    TYPES,
    WORDS_ONLY,
    WRITTEN_AS,
)
from protocols.messages.kinds import AssistAnswer


def names(shared: Path, schema: str) -> list[str]:
    root = etree.parse(shared / "corpus/edxl-rm/schema-1.0" / f"EDXL-RM{schema}.xsd").getroot()
    return [str(e.get("name")) for e in root.iter("{*}element") if e.get("name")]


def test_every_message_type_of_the_standard_is_known(shared: Path) -> None:
    folder = shared / "corpus/edxl-rm/schema-1.0"
    found = {path.stem.removeprefix("EDXL-RM") for path in folder.glob("EDXL-RM*.xsd")}
    assert found - {"CommonTypes", "Reference"} == set(TYPES)
    assert len(ROOTS) == len(TYPES) == 16


def test_the_order_is_that_of_the_schemas(shared: Path) -> None:
    found = names(shared, "Reference")
    top = [name for name in found if name in ORDER["CommitResource"]]
    assert tuple(dict.fromkeys(top)) == ORDER["CommitResource"]
    resource = [name for name in found if name in ORDER["Resource"]]
    assert tuple(dict.fromkeys(resource)) == ORDER["Resource"]


def test_every_answer_has_a_word_and_every_word_an_answer() -> None:
    assert set(ANSWER_OF) == set(AssistAnswer)
    assert {ANSWERS[word] for word in ANSWER_OF.values()} == set(AssistAnswer)


def test_what_is_read_as_words_is_not_written() -> None:
    assert not set(WRITTEN_AS.values()) & set(WORDS_ONLY)


def test_status_words_are_compared_in_small_letters() -> None:
    assert all(word == word.casefold() for word in PROGRESS_WORDS)
