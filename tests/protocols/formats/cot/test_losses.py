"""What a plain TAK client does not show is said, field by field."""

from __future__ import annotations

import types
from datetime import UTC, datetime

import msgspec

from protocols.formats.codec import Settings
from protocols.formats.cot import event as cot
from protocols.formats.cot.losses import CARRIED, NOT_CARRIED, WORDS, crosswalk
from protocols.messages.envelope import Handling, Message
from protocols.messages.kinds import Alert, AlertInfo, Position
from protocols.messages.values import Exercise, Location, Parameter, Point, Side, Tlp


def position(making: types.SimpleNamespace) -> Message:
    return Message(
        id="019a9c3e-7a00-7000-8000-000000000001",
        sender=making.sender,
        sent=datetime(2026, 11, 21, tzinfo=UTC),
        body=Position(unit="GN-3", course=90.0),
        incident="TUN-1",
        location=Location(point=Point(lat=31.3, lon=-110.9), side=Side.MX),
        handling=Handling(tlp=Tlp.AMBER, caveat="FOUO"),
        exercise=Exercise.EXERCISE,
    )


def test_every_field_that_is_not_shown_is_named(making: types.SimpleNamespace) -> None:
    losses = cot.encode(position(making)).losses
    lost = {loss.field: loss.value for loss in losses}
    assert lost["incident"] == "TUN-1"
    assert lost["location.side"] == "MX"
    assert lost["handling.tlp"] == "TLP:AMBER"
    assert lost["sender.agency"] == "uscbp"
    assert not {"handling.caveat", "exercise", "body.course", "location.point.lat"} & set(lost)
    assert {loss.reason for loss in losses} == {CARRIED}
    bare = cot.encode(position(making), Settings(carry_canonical=False)).losses
    assert {loss.reason for loss in bare} == {NOT_CARRIED}


def test_of_an_alert_the_other_infos_and_the_parameters_are_lost(
    making: types.SimpleNamespace,
) -> None:
    infos = (
        AlertInfo(
            language="es-MX", event="Aviso", parameters=(Parameter(name="semáforo", value="red"),)
        ),
        AlertInfo(language="en-US", event="Notice"),
    )
    message = msgspec.structs.replace(position(making), body=Alert(infos=infos))
    losses = cot.encode(message, Settings(language="es")).losses
    why = {loss.field: loss.reason for loss in losses}
    assert why["body.infos.0.event"] == WORDS
    assert why["body.infos.0.parameters.0.value"] == why["body.infos.1.event"] == CARRIED


def test_a_row_says_where_a_field_lives_or_that_it_does_not() -> None:
    rows = {row.field: row for row in crosswalk()}
    assert rows["expires"].home == "event/@stale"
    assert rows["incident"].home == ""
    assert "a-f-G-U-C" in rows["kind position"].home
    assert "b-a-o-tbl" in rows["kind alarm"].home
