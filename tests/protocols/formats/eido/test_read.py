"""Which kind a document is, by what it says."""

from __future__ import annotations

import json
import types
from typing import Any

import pytest

from protocols.formats.eido import document as eido
from protocols.formats.eido.read import disposition_of, read, state_of, unit_name
from protocols.messages.kinds import (
    IncidentClose,
    IncidentOpen,
    IncidentState,
    IncidentUpdate,
    LogNote,
    Text,
    UnitState,
    UnitStatus,
)
from protocols.messages.values import LanguageText, PersonalData


def body(eidos: types.SimpleNamespace, **more: Any) -> Any:
    return read(eidos.document(**more))["body"]


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("Active", IncidentOpen),
        ("Contained", IncidentUpdate),
        ("CLOSED", IncidentClose),
        ("Duplicate", IncidentClose),
        ("Pending Review", IncidentOpen),
    ],
)
def test_the_status_decides_what_happens_to_an_incident(
    status: str, kind: type, eidos: types.SimpleNamespace
) -> None:
    incident = eidos.incident(incidentStatusCommonRegistryText=[status])
    assert isinstance(body(eidos, incidentComponent=incident), kind)


def test_an_incident_with_units_is_under_way_and_names_them(eidos: types.SimpleNamespace) -> None:
    units = [eidos.unit(), eidos.unit(emergencyResourceName="", **{"$id": "E-2"})]
    found = body(eidos, incidentComponent=eidos.incident(), emergencyResourceComponent=units)
    assert found == IncidentUpdate(
        incident_type="FIRE", actions=LanguageText(text="Medic 7: En Route\nE-2: En Route")
    )


def test_a_merge_is_told_in_the_documents_own_words(eidos: types.SimpleNamespace) -> None:
    merge = {"incidentTrackingIdentifier": "urn:x:1", "incidentMergeDirectionCode": "REPLACED"}
    found = body(eidos, incidentComponent=eidos.incident(), mergeComponent=[merge])
    assert isinstance(found, IncidentUpdate)
    assert found.actions == LanguageText(text="REPLACED urn:x:1")
    assert found.duplicate_of is None  # merged is not said to be a duplicate


def test_an_incident_that_we_named_is_an_update(eidos: types.SimpleNamespace) -> None:
    ours = {"$id": "urn:emergency:uid:incidentid:INC-7:crossband"}
    fields = read(eidos.document(**ours, incidentComponent=eidos.incident()))
    assert isinstance(fields["body"], IncidentUpdate)
    assert fields["incident"] == "INC-7"


def test_one_unit_alone_is_its_status_and_an_unknown_word_is_not_guessed(
    eidos: types.SimpleNamespace,
) -> None:
    assert body(eidos, emergencyResourceComponent=[eidos.unit()]) == UnitStatus(
        unit="Medic 7", status=UnitState.EN_ROUTE
    )
    odd = eidos.unit(primaryUnitStatusRegistryText="10-97")
    assert body(eidos, emergencyResourceComponent=[odd]) == IncidentUpdate(
        actions=LanguageText(text="Medic 7: 10-97")
    )


def test_notes_alone_are_a_text_and_an_empty_document_is_a_line_in_the_log(
    eidos: types.SimpleNamespace,
) -> None:
    notes = [eidos.note("one"), eidos.note("<b>two</b>", "n2")]
    assert body(eidos, notesComponent=notes) == Text(text=LanguageText(text="one\ntwo"))
    assert body(eidos) == LogNote()


def test_a_call_without_a_type_is_an_update(eidos: types.SimpleNamespace) -> None:
    assert body(eidos, callComponent=[{"$id": "c"}]) == IncidentUpdate()


def test_a_closed_incident_has_its_primary_disposition(eidos: types.SimpleNamespace) -> None:
    listed = [
        {"dispositionCommonRegistryCode": "A"},
        {"dispositionCommonRegistryCode": "B", "dispositionPrimaryIndicator": True},
    ]
    incident = eidos.incident(
        incidentStatusCommonRegistryText=["Closed"], dispositionComponent=listed
    )
    assert body(eidos, incidentComponent=incident, notesComponent=[eidos.note("out")]) == (
        IncidentClose(disposition="B", outcome=LanguageText(text="out"))
    )
    assert disposition_of({}) is None


def test_small_parts_read_what_is_there() -> None:
    assert state_of({"incidentStatusInternalText": ["Working", "verified"]}) is (
        IncidentState.VERIFIED
    )
    assert unit_name({"agentReference": [{"$ref": "badge 12"}], "$id": "x"}) == "badge 12"


@pytest.mark.parametrize(
    ("member", "personal"),
    [
        ({"personComponent": [{"$id": "p"}]}, PersonalData.IDENTITY),
        ({"vehicleComponent": [{"$id": "v"}]}, PersonalData.IDENTITY),
        ({"callbackComponent": [{"$id": "c"}]}, PersonalData.CONTACT),
        ({"agentComponent": [{"agentJcard": "[...]"}]}, PersonalData.CONTACT),
        ({"personComponent": []}, PersonalData.NONE),
    ],
)
def test_personal_data_is_marked_and_withheld(
    member: dict[str, Any], personal: PersonalData, eidos: types.SimpleNamespace
) -> None:
    handling = read(eidos.document(**member))["handling"]
    assert handling.personal is personal
    withheld = [caveat.path for caveat in handling.withheld]
    assert withheld == ([] if personal is PersonalData.NONE else ["/extensions/eido"])


def test_reading_changes_nothing_and_twice_is_the_same(eidos: types.SimpleNamespace) -> None:
    document = eidos.document(incidentComponent=eidos.incident())
    before = json.dumps(document)
    assert read(document) == read(document)
    assert json.dumps(document) == before
    assert eido.decode(eidos.data()) == eido.decode(eidos.data())
