"""An incident: per side and shared, asserted side apart from the hint, help and head counts."""

from __future__ import annotations

import pytest

from protocols.client.events import Received
from protocols.messages.kinds import AssistEnd, AssistRelease, ParReply, ParRequest
from tui_client.rows import incident
from tui_client.words import LANGUAGES, Words


def text(model, language: str, width: int = 80) -> str:
    rows = incident.rows(model, Words(language), width)
    assert all(row.cells <= width for row in rows)
    return "\n".join(row.plain for row in rows)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("width", [80, 120])
def test_what_matters_is_there_whole(nogales, language: str, width: int) -> None:
    shown = " ".join(text(nogales.model(), language, width).split())
    for part in (
        nogales.incident, "31.33275, -110.95110", "PATROL-7",
        "Exit confirmed, 1 m north of the line", "Lights, gas meter", "GN-3, GN-5", "US→MX",
        "Entrada localizada en el patio de un taller, asegurada",
    ):  # fmt: skip
        assert part in shown


def test_each_side_and_the_shared_state(nogales) -> None:
    shown = text(nogales.model(), "en")
    assert "US ● active   MX ● active   Shared ● active   lead US" in shown
    shown = text(nogales.model("cue", "19:40"), "fr")
    assert "US ○ signalé" in shown


def test_the_hint_of_the_map_stays_a_hint(nogales) -> None:
    shown = " ".join(text(nogales.model(), "en").split())
    assert "US side, says PATROL-7 · map hint: at the line" in shown


def test_help_is_not_accepted_before_somebody_says_so(nogales) -> None:
    story = nogales.tell("cue")
    model = nogales.model("house", "19:40")
    for event in story.events:
        if isinstance(event, Received) and event.message.id != story.ids["reply"]:
            model.apply(event)
    assert "→ sent" in text(model, "en")
    model = nogales.model("active")
    assert "✓ units named" in text(model, "en")
    story = nogales.tell("active")
    taken_back = AssistRelease(assist=story.ids["request"], state=AssistEnd.CANCELLED)
    story.message("back", "19:51", nogales.dispatch, taken_back, incident=nogales.incident)
    model.apply([event for event in story.events if isinstance(event, Received)][-1])
    assert "∅ cancelled" in text(model, "en")


def test_a_head_count_is_incomplete_until_it_is_complete(nogales) -> None:
    model = nogales.model("emergency", "19:58")
    story = nogales.tell("emergency")
    incident_id = {"incident": nogales.incident}
    story.message("par", "19:53", nogales.dispatch, ParRequest(units=("GN-3",)), **incident_id)
    for number, accounted in enumerate((3, 4)):
        reply = ParReply(unit="GN-3", expected=4, accounted=accounted)
        asked = story.ids["par"]
        story.message(
            f"reply{number}", "19:54", nogales.gn3, reply, in_reply_to=asked, **incident_id
        )
    news = [event for event in story.events if isinstance(event, Received)][-3:]
    model.apply(news[0])
    model.apply(news[1])
    assert "▲ INCOMPLETE  GN-3 3/4" in text(model, "en")
    model.apply(news[2])
    assert "✓ completo  GN-3 4/4" in text(model, "es")


def test_no_incident(nogales) -> None:
    assert "No incident in this channel." in text(nogales.model("morning"), "en")
