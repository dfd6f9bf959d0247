"""What codecs share: ids that depend on the document alone, and who speaks for whom."""

from __future__ import annotations

import types
import uuid
from datetime import UTC, datetime

import msgspec

from protocols.formats.codec import STRANGER, Settings, derived_id, speaking_for, words
from protocols.messages.envelope import Message, Originator
from protocols.messages.kinds import Text
from protocols.messages.values import Exercise, LanguageText

SENT = datetime(2026, 11, 21, 19, 31, tzinfo=UTC)


def test_a_derived_id_is_a_uuid7_of_the_documents_own_time() -> None:
    name = derived_id(SENT, "cot", "U-1")
    parsed = uuid.UUID(name)
    assert parsed.version == 7
    assert parsed.variant == uuid.RFC_4122
    assert parsed.int >> 80 == int(SENT.timestamp() * 1000)
    assert derived_id(SENT, "cot", "U-1") == name
    assert derived_id(SENT, "cot", "U-2") != name
    assert derived_id(SENT, "cotU-1") != name


def test_an_id_of_a_time_before_1970_is_still_an_id() -> None:
    assert uuid.UUID(derived_id(datetime(1950, 1, 1, tzinfo=UTC), "x")).version == 7


def test_speaking_for_keeps_the_author(making: types.SimpleNamespace) -> None:
    message = Message(id=derived_id(SENT, "x"), sender=making.sender, sent=SENT, body=Text())
    gateway = msgspec.structs.replace(making.sender, device="gateway:cot@uscbp", unit="Dispatch")
    passed = speaking_for(message, gateway)
    assert passed.sender == gateway
    assert passed.originator is not None
    assert passed.originator.unit == "Nogales Station"
    assert passed.originator.operator == "agente Peña"
    assert speaking_for(message, STRANGER) is message
    assert speaking_for(message, making.sender) is message
    named = msgspec.structs.replace(message, originator=Originator(unit="GN-3"))
    assert speaking_for(named, gateway).originator == Originator(unit="GN-3")


def test_settings_speak_english_where_nothing_else_is_asked() -> None:
    assert Settings().labels == "en"
    assert Settings(language="fr").labels == "fr"
    assert Settings().unstated is Exercise.DRAFT


def test_words() -> None:
    assert words("a", "es") == LanguageText(text="a", language="es")
    assert words("") is None
    assert words(None) is None
