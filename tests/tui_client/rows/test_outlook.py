"""What a purchase will break, in three languages and at every width."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from protocols.foresight.forecast import FieldForecast, Forecast, MemberForecast
from protocols.foresight.voices import Basis, Voice
from protocols.messages.kinds import SpokenFormat
from tui_client import labels
from tui_client.rows import outlook
from tui_client.words import LANGUAGES, Words

NAME = "gateway:cot@uscbp"
NOW, THEN = datetime(2026, 11, 22, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)


def voice(name: str) -> Voice:
    return Voice(NAME, (SpokenFormat(format=name),), Basis.NOTICE)


def forecast(*fields: str) -> Forecast:
    lost = tuple(FieldForecast(field, 3, "x", "no place for it") for field in fields)
    member = MemberForecast(
        device=NAME, now=voice("cot"), then=voice("cap"), looked_at=9, no_longer_read=lost
    )
    return Forecast(NOW, THEN, (member,))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("width", [40, 100])
def test_who_loses_what(language: str, width: int) -> None:
    rows = outlook.rows(forecast("kind position", "location"), Words(language), width)
    text = " ".join(row.plain.strip() for row in rows)
    assert NAME in text
    assert "cot → cap" in text
    said = " ".join(text.split())
    assert labels.lost("kind position", Words(language)) in said
    assert labels.lost("location.point", Words(language)) in said
    assert "2027-01-01" in text
    assert all(row.cells <= width for row in rows)


def test_many_fields_are_a_number() -> None:
    made = forecast(*(f"field{n}" for n in range(9)))
    text = " ".join(row.plain.strip() for row in outlook.rows(made, Words("en"), 100))
    assert "field5 and 3 more" in text
    assert "field6" not in text
    mark = outlook.mark(made.members[0], made, Words("en"), 56)
    assert mark.plain.strip() == "▲ from 2027-01-01: 9 fields lost"


def test_nothing_lost_is_said_too() -> None:
    rows = outlook.rows(forecast(), Words("fr"), 80)
    assert rows[-1].plain.startswith("✓ Personne ne perdrait rien")
    assert outlook.rows(None, Words("fr"), 80) == []
