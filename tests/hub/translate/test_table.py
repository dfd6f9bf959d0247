"""The tables are made from the codecs, for every pair, and `docs/crosswalk.md` is what they are."""

from __future__ import annotations

from pathlib import Path

from hub.translate.table import chosen, describe, describe_pairs, formats_text, table_text
from protocols.formats.registry import FORMATS

PAGE = Path(__file__).resolve().parents[3] / "docs" / "crosswalk.md"


def test_every_format_is_described_in_order() -> None:
    assert [line["name"] for line in describe(FORMATS.values())] == list(FORMATS)
    assert formats_text(FORMATS.values()).count("\n") == len(FORMATS) + 1


def test_every_ordered_pair_that_can_be_translated_has_a_section() -> None:
    text = table_text(chosen())
    for source in FORMATS.values():
        for target in FORMATS.values():
            possible = source is not target and bool(source.reads) and bool(target.writes)
            assert (f"## {source.name} → {target.name}\n" in text) == possible


def test_a_pair_says_what_is_lost_and_why() -> None:
    text = table_text(chosen("cot", "cap"))
    (line,) = [line for line in text.splitlines() if "| kind position |" in line]
    assert "| — | refused: a position report is never made into a CAP alert |" in line
    assert "## cap → cot" not in text


def test_for_programs_it_is_the_same() -> None:
    (pair,) = describe_pairs(chosen("cap", "cot"))
    assert (pair["from"], pair["to"]) == ("cap", "cot")
    assert {"from", "field", "to", "catch"} == set(pair["rows"][0])


def test_the_page_in_docs_is_what_the_command_prints() -> None:
    assert PAGE.read_text(encoding="utf-8") == table_text(chosen()) + "\n", (
        "write it anew: crossband formats --table > docs/crosswalk.md"
    )
