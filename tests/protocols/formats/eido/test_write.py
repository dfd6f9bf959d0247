"""What a 9-1-1 centre is given, and what it is not given because that would open an incident."""

from __future__ import annotations

import json
import types
from datetime import UTC, datetime
from typing import Any

import jsonschema
import pytest

from protocols.errors import NotRepresentable
from protocols.formats.codec import Settings
from protocols.formats.eido import document as eido
from protocols.formats.eido.write import type_facts
from protocols.messages.envelope import Message
from protocols.messages.kinds import (
    Alarm,
    AlarmCancel,
    AssistAnswer,
    AssistDeployed,
    AssistProgress,
    AssistReply,
    IncidentClose,
    IncidentSitrep,
    Position,
    Receipt,
    Text,
    UnitState,
    UnitStatus,
)
from protocols.messages.values import LanguageText, Location, NativeCode, Point

ID = "0193529c-0000-7000-8000-000000000001"
BARE = Settings(carry_canonical=False)
HERE = Location(point=Point(lat=31.3, lon=-110.9))


def written(making: types.SimpleNamespace, body: Any, **more: Any) -> dict[str, Any]:
    fields: dict[str, Any] = {"incident": "INC-7", "sent": datetime(2026, 11, 22, tzinfo=UTC)}
    message = Message(**(fields | more), id=ID, sender=making.sender, body=body)
    found: dict[str, Any] = json.loads(eido.encode(message, BARE).data)
    return found


def test_receipts_and_what_names_no_incident_are_refused(making: types.SimpleNamespace) -> None:
    with pytest.raises(NotRepresentable, match="receipt"):
        written(making, Receipt(of=ID))
    with pytest.raises(NotRepresentable, match="open one"):
        written(making, Text(text=LanguageText(text="hola")), incident=None)
    with pytest.raises(NotRepresentable, match="names no unit"):
        written(making, Position(track="ANDROID-1"), location=HERE)
    with pytest.raises(NotRepresentable, match="open one"):
        written(making, Position(unit="GN-3"), location=HERE, incident=None)


def test_an_answer_is_a_note_in_words_and_no_status_of_anything(
    making: types.SimpleNamespace,
) -> None:
    body = AssistReply(assist=ID, answer=AssistAnswer.ACCEPTED, units=("GN-3",))
    found = written(making, body)
    assert set(found) & {
        "incidentComponent",
        "dispatchComponent",
        "emergencyResourceComponent",
    } == (set())
    assert "GN-3" in found["notesComponent"][0]["notesActionComments"]


def test_an_emergency_without_an_incident_is_one_and_its_cancel_a_note_to_it(
    making: types.SimpleNamespace, validator: jsonschema.Draft202012Validator
) -> None:
    alarm = Alarm(alarm_class="EMERGENCY", unit="GN-3")
    found = written(making, alarm, incident=None, location=HERE)
    validator.validate(found)
    assert found["$id"] == f"urn:emergency:uid:incidentid:{ID}:crossband"
    assert found["incidentComponent"]["incidentCommonPriorityNumber"] == 10
    assert (
        found["incidentComponent"]["locationReference"][0]["$ref"]
        == (found["locationComponent"][0]["$id"])
    )
    cancel = written(making, AlarmCancel(alarm=ID), incident=None)
    assert cancel["$id"] == found["$id"]
    assert "incidentComponent" not in cancel
    with pytest.raises(NotRepresentable):
        written(making, Alarm(alarm_class="CHECKIN_MISSED"), incident=None)


def test_units_are_resources_of_the_incident(
    making: types.SimpleNamespace, validator: jsonschema.Draft202012Validator
) -> None:
    eta = datetime(2026, 11, 22, 1, tzinfo=UTC)
    body = AssistDeployed(assist=ID, state=AssistProgress.EN_ROUTE, units=("GN-3", "GN-4"), eta=eta)
    found = written(making, body)
    validator.validate(found)
    units = found["emergencyResourceComponent"]
    assert [unit["emergencyResourceName"] for unit in units] == ["GN-3", "GN-4"]
    assert {unit["primaryUnitStatusRegistryText"] for unit in units} == {"EnRoute"}
    assert units[0]["eta"].startswith("2026-11-22T01:00:00")
    status = written(making, UnitStatus(unit="GN-3", status=UnitState.ON_SCENE), location=HERE)
    place = status["locationComponent"][0]["$id"]
    assert status["emergencyResourceComponent"][0]["unitLocationReference"] == {"$ref": place}


def test_a_situation_report_brings_no_incident_that_would_overwrite_the_type(
    making: types.SimpleNamespace,
) -> None:
    body = IncidentSitrep(situation=LanguageText(text="quiet"), injured=2)
    found = written(making, body)
    assert "incidentComponent" not in found
    said = [note["notesActionComments"] for note in found["notesComponent"]]
    assert said[0] == "quiet"
    assert "2" in said[1]


def test_a_disposition_stands_with_its_label(making: types.SimpleNamespace) -> None:
    found = written(making, IncidentClose(disposition="SEALED"))
    listed = found["incidentComponent"]["dispositionComponent"][0]
    assert listed["dispositionCommonRegistryCode"] == "SEALED"
    assert listed["dispositionDescriptionText"] == "closed off and secured"


def test_native_codes_stand_beside_the_registry() -> None:
    catalogue = NativeCode(system="catalogo-nacional", code="30402", label="Cruce")
    registry = NativeCode(system="apco", code="PERSUSP")
    assert type_facts("CROSSING", (registry, catalogue), "es") == {
        "incidentTypeCommonRegistryText": "PERSUSP",
        "incidentTypeInternalCode": "30402",
        "incidentTypeInternalText": "Cruce",
    }
    assert type_facts("TUNNEL", (), "es") == {
        "incidentTypeCommonRegistryText": "TUNNEL",
        "incidentTypeInternalCode": "TUNNEL",
        "incidentTypeInternalText": "túnel",
    }
    assert type_facts(None, (NativeCode(system="x", code="9"),), "en") == {
        "incidentTypeCommonRegistryText": "",
        "incidentTypeInternalText": "9",
    }
