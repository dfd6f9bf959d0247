"""What a partner's system is given, and what would open an event there and is refused."""

from __future__ import annotations

import json
import types
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from protocols.errors import NotRepresentable
from protocols.formats.codec import Settings
from protocols.formats.emsi import document as emsi
from protocols.messages.envelope import Handling, Message
from protocols.messages.kinds import (
    Alarm,
    AlarmCancel,
    AssistAnswer,
    AssistReply,
    IncidentClose,
    IncidentOpen,
    IncidentState,
    IncidentUpdate,
    Position,
    Read,
    Text,
    UnitState,
    UnitStatus,
)
from protocols.messages.values import (
    Exercise,
    LanguageText,
    Location,
    Point,
    Precedence,
)

ID = "0193529c-0000-7000-8000-000000000001"
HERE = Location(point=Point(lat=31.3, lon=-110.9))


def written(making: types.SimpleNamespace, body: Any, **more: Any) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "incident": "INC-7",
        "sent": datetime(2026, 11, 22, tzinfo=UTC),
        "exercise": Exercise.ACTUAL,
    }
    message = Message(**(fields | more), id=ID, sender=making.sender, body=body)
    data = emsi.encode(message, Settings(language="fr", carry_canonical=False)).data
    found: dict[str, Any] = json.loads(data)["emsi"]
    return found


def test_what_would_be_a_lie_is_refused(making: types.SimpleNamespace) -> None:
    for body, said in (
        (Read(of=ID), "accepted"),
        (Position(unit="GN-3"), "status"),
        (AlarmCancel(alarm=ID), "takes back a message"),
    ):
        with pytest.raises(NotRepresentable, match=said):
            written(making, body)
    with pytest.raises(NotRepresentable, match="open one"):
        written(making, Text(text=LanguageText(text="hola")), incident=None)


def test_an_incident_is_an_alert_and_its_close_is_com(making: types.SimpleNamespace) -> None:
    body = IncidentOpen(incident_type="TUNNEL", situation=LanguageText(text="fumée"))
    found = written(making, body, location=HERE, handling=Handling(national_marking="RESTRC"))
    assert found["CONTEXT"]["MSGTYPE"] == "ALERT"
    assert found["CONTEXT"]["SECLASS"] == "RESTRC"
    assert found["CONTEXT"]["FREETEXT"] == "fumée"
    assert found["CONTEXT"]["CREATION"] == "2026-11-22T00:00:00+00:00"
    assert found["EVENT"]["NAME"] == "tunnel"
    assert found["EVENT"]["STATUS"] == "NST"
    assert found["EVENT"]["EGEO"][0]["POSITION"]["COORD"] == [{"LAT": 31.3, "LONG": -110.9}]
    closed = written(making, IncidentClose(disposition="SEALED"))
    assert closed["EVENT"]["STATUS"] == "COM"
    assert "condamné" in closed["EVENT"]["FREETEXT"]


def test_an_answer_is_words_and_never_an_ack(making: types.SimpleNamespace) -> None:
    found = written(making, AssistReply(assist=ID, answer=AssistAnswer.ACCEPTED))
    assert found["CONTEXT"]["MSGTYPE"] == "UPDATE"
    assert "MISSION" not in found
    assert found["CONTEXT"]["FREETEXT"]


def test_an_emergency_without_an_incident_is_an_event(making: types.SimpleNamespace) -> None:
    found = written(making, Alarm(alarm_class="EMERGENCY", unit="GN-3"), incident=None)
    assert found["EVENT"]["ID"] == ID
    assert found["CONTEXT"]["URGENCY"] == "URGENT"


def test_a_unit_is_a_resource_with_its_place(making: types.SimpleNamespace) -> None:
    found = written(making, UnitStatus(unit="GN-3", status=UnitState.ON_SCENE), location=HERE)
    resource = found["RESOURCE"][0]
    assert (resource["NAME"], resource["STATUS"]) == ("GN-3", "IN_USE/ON_SCENE")
    assert resource["RGEO"][0]["POSITION"][0]["TYPE"] == "POINT"
    assert "EGEO" not in found["EVENT"]
    danger = written(making, UnitStatus(unit="GN-3", status=UnitState.EMERGENCY))
    assert "RESOURCE" not in danger
    assert "GN-3" in danger["CONTEXT"]["FREETEXT"]


def test_a_desk_changes_a_message_and_the_rest_stays(emsis: types.SimpleNamespace) -> None:
    resource = {"ID": "r1", "RTYPE": {"RCLASS": ["MAT/VEH"]}, "NAME": "VSAV", "STATUS": "AVAILB"}
    message = emsi.decode(emsis.data(context={"MSGTYPE": "UPDATE"}, RESOURCE=[resource]))
    assert isinstance(message.body, IncidentUpdate)
    body = msgspec.structs.replace(
        message.body, state=IncidentState.REPORTED, situation=LanguageText(text="calme")
    )
    changed = msgspec.structs.replace(
        message, body=body, location=HERE, exercise=Exercise.TEST, precedence=Precedence.FLASH
    )
    encoded = emsi.encode(changed, Settings(carry_canonical=False))
    assert json.loads(encoded.data)["emsi"]["RESOURCE"] == [resource]
    back = emsi.decode(encoded.data)
    assert (back.body, back.location, back.exercise) == (body, HERE, Exercise.TEST)
    assert back.precedence is Precedence.IMMEDIATE
    assert {loss.field for loss in encoded.losses} == {"id", "precedence"}
