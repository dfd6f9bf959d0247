"""What stands on a form that is written new."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace

from protocols.formats.codec import Settings
from protocols.formats.ics_213.write import write
from protocols.formats.ics_document import AS_WORDS
from protocols.messages.envelope import Message, Originator
from protocols.messages.kinds import AssistRequest, Text
from protocols.messages.values import LanguageText

ID = "01890000-0000-7000-8000-000000000001"


def test_the_translation_in_the_readers_language_is_written(making: SimpleNamespace) -> None:
    body = Text(
        text=LanguageText(text="Exit", language="en"),
        translations=(LanguageText(text="Salida", language="es"),),
    )
    said = Message(id=ID, sender=making.sender, sent=datetime(2026, 10, 25, tzinfo=UTC), body=body)
    written = write(said, Settings(language="es"))
    assert b"7. Mensaje: Salida" in written.data
    assert "body.text.text" in {loss.field for loss in written.losses}
    assert b"7. Message: Exit" in write(said, Settings()).data


def test_a_kind_without_a_form_is_its_words_and_the_loss_says_so(making: SimpleNamespace) -> None:
    said = Message(
        id=ID,
        sender=making.sender,
        sent=datetime(2026, 10, 25, tzinfo=UTC),
        body=AssistRequest(capability="K9", to="c5son"),
        originator=Originator(unit="GN-3", agency="c5son"),
        ack_wanted=True,
        in_reply_to="01890000-0000-7000-8000-000000000002",
    )
    written = write(said, Settings(language="es"))
    text = written.data.decode()
    assert "3. De: GN-3, c5son" in text
    assert "Se pide respuesta: Sí" in text
    assert "En respuesta a: 01890000-0000-7000-8000-000000000002" in text
    reasons = {loss.field: loss.reason for loss in written.losses}
    assert reasons["body.capability"] == AS_WORDS
    assert "ack_wanted" not in reasons
