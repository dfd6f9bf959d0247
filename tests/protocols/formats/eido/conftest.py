"""EIDO documents for the tests, small and made up, and the official schema as a validator."""

from __future__ import annotations

import json
import re
import types
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

AGENCY = {"$ref": "psap.example.us"}
STAMP = {"lastUpdateTimeStamp": "2026-11-21T19:31:00.5-07:00", "updatedByAgencyReference": AGENCY}
POINT = (
    '<presence xmlns="urn:ietf:params:xml:ns:pidf" entity="pres:a@b"><tuple id="1"><status>'
    '<gp:geopriv xmlns:gp="urn:ietf:params:xml:ns:pidf:geopriv10"><gp:location-info>'
    '<gml:Point xmlns:gml="http://www.opengis.net/gml" srsName="urn:ogc:def:crs:EPSG::4326">'
    "<gml:pos>31.33275 -110.9511</gml:pos></gml:Point></gp:location-info><gp:usage-rules/>"
    "</gp:geopriv></status></tuple></presence>"
)


def document(**more: Any) -> dict[str, Any]:
    """A document of a 9-1-1 centre about one incident."""
    return {
        "$id": "urn:emergency:uid:incidentid:abc123def4:psap.example.us",
        **STAMP,
        "updatedByAgentReference": {"$ref": "jdoe@psap.example.us"},
        "eidoVersion": "1.0",
        "issuingElementIdentification": "cad.psap.example.us",
        "agencyComponent": [
            {
                "$id": "psap.example.us",
                **STAMP,
                "agencyRoleDescriptionRegistryText": ["Dispatch"],
                "agencyType": ["police"],
            }
        ],
    } | more


def incident(**more: Any) -> dict[str, Any]:
    """An incident component."""
    return {"$id": "i1", **STAMP, "incidentTypeCommonRegistryText": "FSTRU"} | more


def location(text: str = POINT, **more: Any) -> dict[str, Any]:
    """A location component by value."""
    kind = {"locationTypeDescriptionRegistryText": "Incident", "locationByValue": text}
    return {"$id": "l1", **STAMP} | kind | more


def note(words: str, identifier: str = "n1") -> dict[str, Any]:
    """A note."""
    return {"$id": identifier, **STAMP, "notesActionComments": words}


def unit(**more: Any) -> dict[str, Any]:
    """An emergency resource."""
    return {
        "$id": "u1",
        **STAMP,
        "emergencyResourceName": "Medic 7",
        "emergencyResourceTypeCommonRegistryText": "Ambulance",
        "resourceAttributeRegistryText": [],
        "primaryUnitStatusRegistryText": "En Route",
        "secondaryUnitStatusRegistryText": [],
        "agentReference": [],
    } | more


def data(**more: Any) -> bytes:
    """The bytes of `document`."""
    return json.dumps(document(**more)).encode()


@pytest.fixture(scope="session")
def eidos() -> types.SimpleNamespace:
    """The makers above."""
    return types.SimpleNamespace(
        data=data, document=document, incident=incident, location=location, note=note, unit=unit,
        stamp=STAMP, point=POINT,
    )  # fmt: skip


@pytest.fixture(scope="session")
def validator(shared: Path) -> jsonschema.Draft202012Validator:
    """The official schema, its typo repaired and the NIEM types of its imports left open."""
    text = (shared / "corpus/eido/schema/openapi.yaml").read_text(encoding="utf-8")
    assert text.count("minItems: 1,") == 1
    text = text.replace("minItems: 1,", "minItems: 1")
    text = re.sub(r"'NIEMComponents//?(?:nc|j)\.yaml#/components/schemas/\w+'", "'#/$defs/x'", text)
    schemas = yaml.safe_load(text)["components"]["schemas"]
    whole = json.loads(json.dumps(schemas).replace("#/components/schemas/", "#/$defs/"))
    return jsonschema.Draft202012Validator(
        {"$ref": "#/$defs/EmergencyIncidentDataObjectType", "$defs": whole | {"x": {}}}
    )
