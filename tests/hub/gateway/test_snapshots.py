"""A second snapshot of an incident updates it and opens nothing."""

from __future__ import annotations

from typing import Any

import pytest

from hub.gateway.snapshots import as_update
from protocols.messages import Message
from protocols.messages.kinds import IncidentOpen, IncidentState, IncidentUpdate, Text
from protocols.messages.values import LanguageText
from tests.hub.gateway.parties import DISPATCH, says

SMOKE = LanguageText(text="smoke", language="en")
TUNNEL = LanguageText(text="a tunnel", language="en")
HUMO = LanguageText(text="humo", language="es")


def opened(**fields: Any) -> Message:
    return says(DISPATCH, IncidentOpen(incident_type="TUNNEL", **fields), incident="INC-7")


def known(incident: str) -> bool:
    return incident == "INC-7"


def test_what_an_opening_says_stands_in_the_update() -> None:
    message = opened(
        state=IncidentState.ACTIVE,
        priority=2,
        lead="US",
        summary=SMOKE,
        persons=3,
        hazards=("COLLAPSE",),
    )
    update = as_update(message, known)
    assert update.body == IncidentUpdate(
        state=IncidentState.ACTIVE,
        incident_type="TUNNEL",
        priority=2,
        lead="US",
        situation=SMOKE,
        persons=3,
        hazards=("COLLAPSE",),
    )
    assert (update.id, update.incident, update.losses) == (message.id, "INC-7", ())


def test_nothing_is_taken_back_to_the_state_in_which_everything_begins() -> None:
    body = as_update(opened(), known).body
    assert isinstance(body, IncidentUpdate)
    assert body.state is None


@pytest.mark.parametrize(
    ("summary", "situation", "expected", "lost"),
    [
        (None, None, None, []),
        (SMOKE, None, SMOKE, []),
        (None, SMOKE, SMOKE, []),
        (SMOKE, SMOKE, SMOKE, []),
        (TUNNEL, SMOKE, LanguageText(text="a tunnel\nsmoke", language="en"), []),
        (TUNNEL, HUMO, HUMO, ["a tunnel"]),
    ],
)
def test_two_texts_become_one_and_none_vanishes(
    summary: LanguageText | None,
    situation: LanguageText | None,
    expected: LanguageText | None,
    lost: list[str],
) -> None:
    update = as_update(opened(summary=summary, situation=situation), known)
    assert isinstance(update.body, IncidentUpdate)
    assert update.body.situation == expected
    assert [loss.value for loss in update.losses] == lost


def test_anything_else_stays_as_it_is() -> None:
    new = says(DISPATCH, IncidentOpen(incident_type="TUNNEL"), incident="INC-8")
    nameless = says(DISPATCH, IncidentOpen(incident_type="TUNNEL"))
    words = says(DISPATCH, Text(text=SMOKE), incident="INC-7")
    for message in (new, nameless, words):
        assert as_update(message, known) is message
