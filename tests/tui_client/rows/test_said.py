"""A summary tells what matters of a kind, with the language beside foreign text."""

from __future__ import annotations

from protocols.messages import kinds
from tui_client.rows import said
from tui_client.words import Words


def summary(nogales, name: str, language: str) -> str:
    model = nogales.model("emergency", "19:53")
    entry = model.entry(nogales.tell("emergency").ids[name])
    return said.summary(entry.message, Words(language)).plain


def test_titles_codes_and_labels_are_translated_free_text_is_not(nogales) -> None:
    assert summary(nogales, "open", "es") == (
        "Incidente abierto: túnel · EN Tunnel exit, west of Nogales · reportado · personas 2"
        " · 122 + 300 m W, lado de EE. UU., 31.33275, -110.95110 · NOG-2026-0311"
    )
    assert summary(nogales, "emergency", "en").startswith(
        "Alarm: EMERGENCY · GN-3 · ES Derrumbe en el túnel, un oficial herido"
    )


def test_what_is_withheld_is_said(nogales) -> None:
    assert "· ▒ caméra : retenu par US, TLP:RED · NOG" in summary(nogales, "cue", "fr")


def test_the_incident_is_named_last_and_not_on_its_own_screen(nogales) -> None:
    model = nogales.model("emergency", "19:53")
    message = model.entry(nogales.tell("emergency").ids["exit"]).message
    assert said.summary(message, Words("en")).plain.endswith(" · NOG-2026-0311")
    within = said.summary(message, Words("en"), within="NOG-2026-0311")
    assert "NOG-2026-0311" not in within.plain
    assert summary(nogales, "plan", "en").startswith("Patrol plan · MP-07 · Nogales West")


def test_a_kind_without_a_list_tells_what_it_states(nogales) -> None:
    from protocols.messages.envelope import compose

    body = kinds.Deconflict(contact="Sgt. Roy, OPP")
    made = compose(nogales.rcmp, body, clock=lambda: nogales.at("19:00"))
    assert "Sgt. Roy, OPP" in said.summary(made, Words("en")).plain
