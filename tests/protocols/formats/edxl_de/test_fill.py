"""Writing an envelope: in the schema's order, and in place where it came from somebody else."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from lxml import etree

from protocols.formats.codec import DEFAULT_SETTINGS, STRANGER
from protocols.formats.edxl_de.envelope import NEVER_EXPIRES, Envelope
from protocols.formats.edxl_de.fill import FILLS, MOST_TEXT, ORDER, Filler, marking_text, token
from protocols.formats.edxl_de.read import opened_document
from protocols.formats.edxl_de.words import NAMESPACE_OF, UNMARKED, Style
from protocols.formats.slots import Writing
from protocols.formats.xml import serialise
from protocols.messages.envelope import Handling, Message
from protocols.messages.kinds import LogNote
from protocols.messages.values import Exercise, Tlp

OLD = Style(version="1.0", small=True)
NEW = Style(version="2.0", small=False)
HUB = Style(version="2.0", small=True)


def message(**fields: object) -> Message:
    given = {
        "id": "00e8d4a5-1000-7000-b060-b28b4f9afe03",
        "sender": STRANGER,
        "sent": datetime(2026, 3, 1, 10, 0, 0, 5000, tzinfo=UTC),
        "body": LogNote(),
    }
    return Message(**(given | fields))  # type: ignore[arg-type]  # names and types are Message's


def written(style: Style, said: Message) -> etree._Element:
    writing = Writing("EDXLDistribution", NAMESPACE_OF[style.version], order=ORDER)
    filler = Filler(writing, style, new=True)
    filler.head(said)
    filler.fill(said, (), DEFAULT_SETTINGS)
    filler.finish()
    return etree.fromstring(serialise(writing.finish()))


def texts(root: etree._Element, name: str) -> list[str | None]:
    return [element.text for element in root.iter(f"{{*}}{name}")]


@pytest.mark.parametrize("style", [OLD, NEW, HUB])
def test_what_is_written_is_read(style: Style) -> None:
    said = message(
        exercise=Exercise.TEST,
        language="fr-CA",
        expires=datetime(2026, 3, 1, 12, tzinfo=UTC),
        handling=Handling(tlp=Tlp.GREEN, recipients=("a", "b")),
    )
    root = written(style, said)
    stated = Envelope(*opened_document(etree.tostring(root))).stated
    assert stated.exercise is Exercise.TEST
    assert stated.language == "fr-CA"
    assert stated.marking == (Tlp.GREEN, None)
    assert stated.recipients == ("a", "b")
    assert stated.expires == (None if style is OLD else said.expires)


def test_times_have_whole_seconds_and_an_offset() -> None:
    assert texts(written(NEW, message()), "DateTimeSent") == ["2026-03-01T10:00:00-00:00"]


def test_what_a_schema_wants_is_stated_as_nothing() -> None:
    assert texts(written(OLD, message()), "combinedConfidentiality") == [UNMARKED]
    assert texts(written(NEW, message()), "DateTimeExpires") == [NEVER_EXPIRES]
    assert texts(written(NEW, message()), "CombinedConfidentiality") == []


def test_a_marking_of_the_standard_uses_its_list() -> None:
    for text, kind in (("Classified", "Default"), ("FOUO", "ValueList")):
        root = written(NEW, message(handling=Handling(national_marking=text)))
        (value,) = root.iter(f"{{*}}Confidentiality{kind}")
        assert value[1].text == text


def test_a_status_that_says_the_same_stays_as_it_is_written() -> None:
    space = NAMESPACE_OF["1.0"]
    for text, exercise, then in (
        ("EXERCISE", Exercise.EXERCISE, "EXERCISE"),
        ("Drill", Exercise.NOT_STATED, "Drill"),
        ("Actual", Exercise.EXERCISE, "Exercise"),
    ):
        kept = [f"{{{space}}}EDXLDistribution", [f"{{{space}}}distributionStatus", text]]
        writing = Writing("EDXLDistribution", space, kept=kept, order=ORDER)
        Filler(writing, OLD, new=False).fill(message(exercise=exercise), (), DEFAULT_SETTINGS)
        assert texts(writing.finish(), "distributionStatus") == [then]


def test_long_and_ragged_texts_become_tokens() -> None:
    assert token("  a \n b ") == "a b"
    assert len(token("x" * 5000)) == MOST_TEXT


def test_every_marking_is_in_the_words() -> None:
    handling = Handling(restriction="a", releasable_to=("US", "MX"), third_party=True)
    assert marking_text(handling) == "a; REL US/MX; third-party rule"
    assert marking_text(Handling()) is None


def test_the_names_that_the_extension_remembers() -> None:
    assert len(set(FILLS)) == len(FILLS) == 7
