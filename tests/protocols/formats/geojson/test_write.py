"""What a map shows of a message that does not come from a map."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from protocols.formats.codec import Settings
from protocols.formats.geojson.write import IN_WORDS, NO_PLACE, TRAVELS, drawn, losses, restored
from protocols.messages.envelope import Message
from protocols.messages.kinds import Alarm, AssistRequest, LogNote, Observation, Position, Text
from protocols.messages.values import LanguageText, Location, Moment, Point


def message(making: SimpleNamespace, body: Any, **fields: Any) -> Message:
    return Message(
        id="01890000-0000-7000-8000-000000000001",
        sender=making.sender,
        sent=datetime(2026, 10, 25, 19, 31, tzinfo=UTC),
        body=body,
        **fields,
    )


def test_every_feature_says_who_speaks_and_what_it_is(making: SimpleNamespace) -> None:
    said = message(making, AssistRequest(capability="K9", to="c5son"), patrol="MP-07")
    feature = drawn(said, Settings(language="es"))
    properties = feature["properties"]
    assert properties["kind"] == "assist.request"
    assert properties["creator"] == {"callsign": "agente Peña"}
    assert properties["title"] == "Solicitud de apoyo"
    assert properties["patrol"] == "MP-07"
    assert properties["time"] == "2026-10-25T19:31:00.000Z"
    assert "type" not in properties
    assert feature["geometry"] is None
    reasons = {one.field: one.reason for one in losses(said, feature, Settings(), as_it_was=False)}
    assert reasons["body.capability"] == IN_WORDS
    assert reasons["sender.device"] == TRAVELS
    bare = Settings(carry_canonical=False)
    assert losses(said, feature, bare, as_it_was=False)[0].reason in (NO_PLACE, IN_WORDS)


def test_the_types_of_the_public_mapping_are_written(making: SimpleNamespace) -> None:
    for body, symbol in (
        (Position(), "a-u-G"),
        (Position(symbol="a-f-G-U-C"), "a-f-G-U-C"),
        (Observation(), "b-m-p-s-m"),
        (Alarm(alarm_class="EMERGENCY"), "b-a-o-tbl"),
        (Alarm(alarm_class="SENSOR"), None),
        (Alarm(alarm_class="EMERGENCY", active=False), None),
        (Text(subject=LanguageText(text="s")), "b-t-f"),
    ):
        properties = drawn(message(making, body), Settings())["properties"]
        assert properties.get("type") == symbol


def test_a_track_that_has_gone_has_no_place(making: SimpleNamespace) -> None:
    place = Location(point=Point(lat=1.0, lon=2.0))
    assert (
        drawn(message(making, Position(gone=True), location=place), Settings())["geometry"] is None
    )


def test_a_time_that_has_changed_is_written_new(making: SimpleNamespace) -> None:
    kept = {
        "document": {"type": "Feature", "geometry": None, "properties": {"name": "post"}},
        "read": {"sent": "when"},
    }
    for text, expected in (
        ("2026-10-25 12:31:00-07:00", "2026-10-25 12:31:00-07:00"),
        ("2026-10-24T19:31:00Z", "2026-10-25T19:31:00.000Z"),
        ("1793043060000", "2026-10-25T19:31:00.000Z"),
        ("rubbish", "2026-10-25T19:31:00.000Z"),
    ):
        said = message(
            making,
            LogNote(activity="post"),
            moments={"/sent": Moment(text=text)},
            extensions={"geojson": kept},
        )
        document = restored(said)
        assert document is not None
        assert document["properties"]["when"] == expected
