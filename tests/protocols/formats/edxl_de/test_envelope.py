"""What an envelope states, in either spelling, and which of two words for real holds."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from protocols.formats.codec import STRANGER, UNDETERMINED
from protocols.formats.edxl_de.envelope import (
    NEVER_EXPIRES,
    Envelope,
    marked,
    said,
    strictest,
    value_of,
)
from protocols.formats.edxl_de.read import opened_document
from protocols.formats.edxl_de.words import CT, UNMARKED
from protocols.messages.envelope import Handling, Message
from protocols.messages.kinds import LogNote
from protocols.messages.values import Area, Exercise, Point, Tlp

EMPTY = Message(
    id="00e8d4a5-1000-7000-b060-b28b4f9afe03",
    sender=STRANGER,
    sent=datetime(2026, 3, 1, tzinfo=UTC),
    language=UNDETERMINED,
    body=LogNote(),
)


def envelope(inside: str, version: str = "1.0") -> Envelope:
    space = f"urn:oasis:names:tc:emergency:EDXL:DE:{version}"
    data = f'<EDXLDistribution xmlns="{space}" xmlns:ct="{CT}">{inside}</EDXLDistribution>'
    return Envelope(*opened_document(data.encode()))


def address(*names: str) -> str:
    values = "".join(f"<explicitAddressValue>{name}</explicitAddressValue>" for name in names)
    return (
        f"<explicitAddress><explicitAddressScheme>s</explicitAddressScheme>{values}"
        "</explicitAddress>"
    )


def test_values_are_read_where_either_version_has_them() -> None:
    listed = "<DistributionStatus><StatusKindValueList><ct:ValueListURI>u</ct:ValueListURI>"
    listed += "<ct:Value> exercise </ct:Value></StatusKindValueList></DistributionStatus>"
    assert envelope(listed, "2.0").stated.exercise is Exercise.EXERCISE
    plain = "<distributionStatus>SYSTEM</distributionStatus>"
    assert envelope(plain, "2.0").stated.exercise is Exercise.SYSTEM
    assert envelope(plain).stated.exercise is Exercise.SYSTEM
    assert envelope(plain.replace("SYSTEM", "Live")).stated.exercise is Exercise.NOT_STATED


def test_a_marking_is_tlp_or_words_or_nothing() -> None:
    text = "<combinedConfidentiality>{}</combinedConfidentiality>"
    assert envelope(text.format("tlp:red")).stated.marking == (Tlp.RED, None)
    assert envelope(text.format("Classified")).stated.marking == (None, "Classified")
    assert envelope(text.format(UNMARKED)).stated.marking == (None, None)
    assert marked(Handling(restriction="x"))
    assert not marked(Handling(caveat="x"))


def test_what_only_a_schema_wanted_is_forgotten() -> None:
    text = f"<DateTimeExpires>{NEVER_EXPIRES}</DateTimeExpires>"
    found = envelope(text, "2.0")
    assert found.stated.expires is None
    assert len(found.root) == 0


def test_an_odd_language_or_time_is_no_statement_and_stays() -> None:
    odd = "<Descriptor><Language>français de France</Language></Descriptor>"
    found = envelope("<DateTimeExpires>soon</DateTimeExpires>" + odd, "2.0")
    assert (found.stated.language, found.stated.expires) == (None, None)
    assert found.fill(EMPTY)[1] == []
    assert "soon" in str(found.reading.left())


def test_filling_takes_the_text_out_and_remembers_it() -> None:
    found = envelope(address("a", "b") + address("c") + "<language>es</language>")
    message, filled = found.fill(EMPTY)
    assert message.handling.recipients == ("a", "b", "c")
    assert message.language == "es"
    assert set(filled) == {"language", "recipients"}
    assert "'a'" not in str(found.reading.left())


def test_what_the_content_states_is_not_taken() -> None:
    found = envelope(address("a") + "<distributionStatus>Test</distributionStatus>")
    stated = Message(
        id=EMPTY.id,
        sender=STRANGER,
        sent=EMPTY.sent,
        body=LogNote(),
        exercise=Exercise.TEST,
        handling=Handling(recipients=("z",)),
    )
    message, filled = found.fill(stated)
    assert message == stated
    assert filled == []
    assert "'a'" in str(found.reading.left())


def test_an_area_that_cannot_be_read_stays_and_is_noted() -> None:
    bad = "<targetArea><polygon>1,2 3</polygon></targetArea>"
    good = "<targetArea><circle>1,2 3</circle></targetArea><targetArea/>"
    found = envelope(bad + good)
    assert [len(area.circles) for area in found.stated.target_area] == [1]
    (loss,) = found.losses
    assert loss.field == "/EDXLDistribution/targetArea[1]"
    assert loss.value == "1,2 3"


@pytest.mark.parametrize("content", list(Exercise))
@pytest.mark.parametrize("outside", list(Exercise))
def test_nothing_becomes_real(content: Exercise, outside: Exercise) -> None:
    holds = strictest(content, outside)
    assert holds in (content, outside)
    if holds is Exercise.ACTUAL:
        assert {content, outside} <= {Exercise.ACTUAL, Exercise.NOT_STATED}
    if holds is Exercise.NOT_STATED:
        assert content is outside is Exercise.NOT_STATED


def test_what_is_said_has_the_paths_of_losses() -> None:
    found = envelope("<targetArea><circle>1,2 3</circle></targetArea>" + address("a"))
    assert found.stated.target_area[0] != Area()
    assert said(found.stated) == {
        "handling.recipients.0": "a",
        "target_area.0.circles.0.centre.lat": 1.0,
        "target_area.0.circles.0.centre.lon": 2.0,
        "target_area.0.circles.0.radius": 3000.0,
    }
    assert found.stated.target_area[0].circles[0].centre == Point(lat=1, lon=2)


def test_the_value_of_a_list_is_its_text() -> None:
    found = envelope("<a><b><ct:ValueListURI>u</ct:ValueListURI><ct:Value>v</ct:Value></b></a><c/>")
    assert value_of(found.root[0]).text == "v"
    assert value_of(found.root[1]) is found.root[1]
