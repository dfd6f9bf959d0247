"""Words in a document: the reader's language, the author's name, an alert's own info."""

from __future__ import annotations

import types
from datetime import UTC, datetime

from protocols.formats.text import info_for, speaker, spoken, summary
from protocols.messages.envelope import Message, Originator
from protocols.messages.kinds import Alarm, Alert, AlertInfo, Kind
from protocols.messages.values import Area, LanguageText, Location, Point


def composed(making: types.SimpleNamespace, body: Kind, **fields: object) -> Message:
    return Message(
        id="019a9c3e-7a00-7000-8000-000000000001",
        sender=making.sender,
        sent=datetime(2026, 11, 21, tzinfo=UTC),
        body=body,
        **fields,  # type: ignore[arg-type]  # fields of Message
    )


def test_the_speaker_is_the_author(making: types.SimpleNamespace) -> None:
    alarm = Alarm(alarm_class="OTHER")
    assert speaker(composed(making, alarm)) == "agente Peña"
    assert speaker(composed(making, alarm, originator=Originator(unit="GN-3"))) == "GN-3"


def test_spoken_prefers_the_readers_language() -> None:
    texts = (LanguageText(text="Smoke", language="en-US"), LanguageText(text="Humo", language="es"))
    assert spoken(texts, "es") == "Humo"
    assert spoken(texts, "fr") == "Smoke"
    assert spoken((None,), "fr") == ""


def test_a_summary_has_labels_in_the_language_and_nothing_about_the_document(
    making: types.SimpleNamespace,
) -> None:
    message = composed(
        making,
        Alarm(alarm_class="EMERGENCY", unit="GN-3"),
        location=Location(point=Point(lat=31.33275, lon=-110.9511)),
        extensions={"x": {"y": 1}},
    )
    spanish = summary(message, "es")
    assert "EMERGENCIA" in spanish
    assert "GN-3" in spanish
    assert "31.33275" in spanish
    assert "URGENCE" in summary(message, "fr")
    assert "extens" not in spanish


def test_of_an_alert_the_info_in_the_language_is_told(making: types.SimpleNamespace) -> None:
    infos = (
        AlertInfo(language="es-MX", event="Inundación", headline="Río crecido"),
        AlertInfo(language="fr-CA", event="Inondation", areas=(Area(),)),
    )
    alert = Alert(infos=infos)
    assert info_for(alert, "fr") == 1
    assert info_for(alert, "en") == 0
    assert info_for(Alert(), "en") is None
    assert "Río crecido" in summary(composed(making, alert), "es")
    assert "Inondation" in summary(composed(making, alert), "fr")
    assert "see note" in summary(composed(making, Alert(note="see note")), "en")
