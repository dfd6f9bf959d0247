"""The table of EIDO is complete and says the same as the codec does."""

from __future__ import annotations

from protocols.formats.eido import document as eido
from protocols.formats.eido.crosswalk import REASONS, crosswalk
from protocols.formats.eido.words import NEVER
from protocols.messages.envelope import Message
from protocols.messages.kinds import BY_BODY, KINDS


def test_every_field_and_every_kind_has_a_row() -> None:
    rows = [row.field for row in crosswalk()]
    fields = {name.partition(".")[0] for name in rows if not name.startswith("kind ")}
    assert fields == set(Message.__struct_fields__) - {"body"}
    kinds = [name for name in rows if name.startswith("kind ")]
    assert sorted(kinds) == sorted(f"kind {name}" for name in KINDS)


def test_refused_kinds_have_no_home_and_a_reason() -> None:
    rows = {row.field: row for row in crosswalk()}
    for body in NEVER:
        row = rows[f"kind {BY_BODY[body].name}"]
        assert row.home == ""
        assert row.catch.startswith("refused")
    assert set(REASONS) <= set(Message.__struct_fields__)


def test_the_format_says_what_it_is() -> None:
    assert eido.FORMAT.exercises == frozenset()
    assert set(eido.FORMAT.gives) <= set(KINDS)
    assert eido.FORMAT.reads == eido.FORMAT.writes == ("1.0",)
