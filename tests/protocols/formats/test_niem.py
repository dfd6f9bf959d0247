"""NIEM: an incident in names that exist, a CUI marking nobody invents, and nothing read."""

from __future__ import annotations

import json
import re
import types
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from protocols.errors import ExerciseUnsayable, NotRepresentable, UnsupportedVersion
from protocols.formats import niem
from protocols.formats.codec import Settings
from protocols.formats.losses import leaf_paths, unaccounted
from protocols.formats.translate import translate
from protocols.messages.envelope import Handling, Message
from protocols.messages.kinds import (
    KINDS,
    IncidentClose,
    IncidentOpen,
    IncidentState,
    IncidentUpdate,
    Text,
)
from protocols.messages.values import Exercise, LanguageText, Location, Point, Tlp

NOT_STORED = {
    "nc:ActivityContactEntity", "nc:ActivityLocation", "nc:ActivityReportedDate",
    "nc:EntityOrganization", "nc:Incident", "nc:Message", "nc:MessageID", "nc:MessageSentDate",
    "nc:MessageSubjectText", "nc:StatusDescriptionText",
}  # fmt: skip
"""Names of niem-core 6.0 (its types Activity, Entity, Message and Status) that no stored file of
the corpus happens to use: the core schema itself is too large to be stored there."""


def message(making: types.SimpleNamespace, **more: Any) -> Message:
    fields: dict[str, Any] = {
        "id": "0193529c-0000-7000-8000-000000000001",
        "sender": making.sender,
        "sent": datetime(2026, 11, 22, 2, 31, tzinfo=UTC),
        "onset": datetime(2026, 11, 22, 2, 20, tzinfo=UTC),
        "incident": "INC-7",
        "location": Location(
            point=Point(lat=31.33275, lon=-110.9511), text=LanguageText(text="la garita")
        ),
        "handling": Handling(
            national_marking="CUI//SP-LEI", tlp=Tlp.AMBER, releasable_to=("MX", "CA")
        ),
        "body": IncidentOpen(
            incident_type="TUNNEL",
            state=IncidentState.ACTIVE,
            situation=LanguageText(text="humo"),
            persons=2,
        ),
    }
    return Message(**(fields | more))


def written(sent: Message, language: str = "es") -> dict[str, Any]:
    document: dict[str, Any] = json.loads(niem.encode(sent, Settings(language=language)).data)
    return document


def names(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, part in value.items():
            yield name
            yield from names(part)
    elif isinstance(value, list):
        for part in value:
            yield from names(part)


# --- against the model --------------------------------------------------------------------------


def test_every_name_and_namespace_exists_in_niem_6(
    shared: Path, making: types.SimpleNamespace
) -> None:
    corpus = shared / "corpus/niem"
    context = json.loads((corpus / "schema-6.0/json-ld/context.json").read_bytes())
    document = written(message(making, handling=Handling(
        national_marking="CUI", releasable_to=("uscbp", "MX"), restriction="none")))  # fmt: skip
    for prefix, namespace in document.pop("@context").items():
        assert context[prefix] == namespace
    used = set(names(document)) | set(names(written(message(making)))) - {"@context", "nc", "cui"}
    used -= {"nc", "cui", "@context"}
    stored: set[str] = set()
    for path in sorted(corpus.rglob("*")):
        if path.is_file():
            stored |= set(re.findall(r"\bnc:\w+", path.read_text(encoding="utf-8")))
    cui = (corpus / "schema-6.0/auxiliary/cui.xsd").read_text(encoding="utf-8")
    stored |= {f"cui:{name}" for name in re.findall(r'<xs:element name="([\w-]+)"', cui)}
    assert used - stored == NOT_STORED


def test_a_marking_is_one_that_the_cui_schema_allows(
    shared: Path, making: types.SimpleNamespace
) -> None:
    cui = (shared / "corpus/niem/schema-6.0/auxiliary/cui.xsd").read_text(encoding="utf-8")
    allowed = cui.partition('name="DocumentMarkingLDCCodeSimpleType"')[2]
    allowed = allowed.partition("</xs:simpleType>")[0]
    for releasable in (("MX", "CA"), ("MX", "c5"), ("FR",)):
        found = marking(message(making, handling=Handling(
            national_marking="CUI", releasable_to=releasable)))  # fmt: skip
        code = found["cui:DocumentMarkingLDC"]["cui:DocumentMarkingLDCCode"]
        assert f'value="{code}"' in allowed
        assert found["cui:DesignatingEntityText"] == "uscbp"


# --- an incident --------------------------------------------------------------------------------


def test_an_incident_says_what_the_profile_promises(making: types.SimpleNamespace) -> None:
    document = written(message(making))
    incident = document["nc:Incident"]
    assert incident["nc:ActivityIdentification"] == {"nc:IdentificationID": "INC-7"}
    assert incident["nc:ActivityCategoryText"] == "TUNNEL"
    assert incident["nc:ActivityName"] == "túnel"
    assert incident["nc:ActivityDate"] == {"nc:DateTime": "2026-11-22T02:20:00Z"}
    assert incident["nc:ActivityReportedDate"] == {"nc:DateTime": "2026-11-22T02:31:00Z"}
    assert incident["nc:ActivityStatus"] == {"nc:StatusDescriptionText": "ACTIVE"}
    assert incident["nc:ActivityDescriptionText"][0] == "humo"
    assert "personas: 2" in incident["nc:ActivityDescriptionText"][1]
    place = incident["nc:ActivityLocation"]
    assert place["nc:LocationDescriptionText"] == "la garita"
    coordinate = place["nc:Location2DGeospatialCoordinate"]
    assert coordinate["nc:GeographicCoordinateLatitude"] == {"nc:LatitudeDegreeValue": 31.33275}
    assert incident["nc:ActivityContactEntity"]["nc:EntityOrganization"] == {
        "nc:OrganizationName": "uscbp",
        "nc:OrganizationSubUnitName": "Nogales Station",
    }
    assert document["nc:Message"]["nc:MessageID"] == "0193529c-0000-7000-8000-000000000001"


def marking(sent: Message) -> dict[str, Any]:
    found = written(sent)["nc:Message"].get("cui:MessageAugmentation", {})
    metadata: dict[str, Any] = found.get("cui:DocumentMarkingMetadata", {})
    return metadata


def test_only_what_is_marked_as_cui_is_written_as_cui(making: types.SimpleNamespace) -> None:
    assert marking(message(making)) == {
        "cui:DesignatingEntityText": "uscbp",
        "cui:RequiredIndicatorsText": ["CUI//SP-LEI", "TLP:AMBER"],
        "cui:DocumentMarkingLDC": {
            "cui:DocumentMarkingLDCCode": "REL TO",
            "cui:LDCCountryCode": ["MEX", "CAN"],
        },
    }
    amber = message(making, handling=Handling(tlp=Tlp.AMBER, national_marking="RESERVADO"))
    assert marking(amber) == {}
    lost = {loss.field for loss in niem.encode(amber).losses}
    assert {"handling.tlp", "handling.national_marking"} <= lost


@pytest.mark.parametrize(
    "body", [IncidentUpdate(needs=LanguageText(text="perros")), IncidentClose(disposition="SEALED")]
)
def test_other_parts_of_an_incident_are_words(body: Any, making: types.SimpleNamespace) -> None:
    encoded = niem.encode(message(making, body=body))
    assert any(loss.field.startswith("body.") for loss in encoded.losses)
    assert all(loss.reason for loss in encoded.losses)


# --- losses and refusals ------------------------------------------------------------------------


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data(), language=st.sampled_from(["en", "es", "fr"]))
def test_every_leaf_is_in_the_document_or_in_the_losses(
    data: st.DataObject, language: str, making: types.SimpleNamespace
) -> None:
    kind = data.draw(st.sampled_from([name for name in KINDS if name.startswith("incident.")]))
    sent = msgspec.structs.replace(data.draw(making.messages_of(kind)), incident="INC-7")
    encoded = niem.encode(sent, Settings(language=language))
    lost = {loss.field for loss in encoded.losses}
    built = msgspec.to_builtins(sent)
    open_still = [
        (path, value if isinstance(value, str) else json.dumps(value))
        for path, value in leaf_paths(built)
        if path not in lost and path.partition(".")[0] not in ("original", "losses", "moments")
    ]
    stated = [pair for pair in open_still if pair[1].strip() and not pair[0].endswith("body.kind")]
    stated = [pair for pair in stated if not pair[0].startswith("body.kind")]
    assert unaccounted(stated, json.loads(encoded.data), list(msgspec.to_builtins(encoded.losses)),
                       [niem.ALPHA_3.get(v, v) for v in sent.handling.releasable_to],
                       list(sent.handling.releasable_to)) == []  # fmt: skip


def test_what_is_no_incident_is_refused(making: types.SimpleNamespace) -> None:
    with pytest.raises(NotRepresentable, match="incidents only"):
        niem.encode(message(making, body=Text(text=LanguageText(text="hola"))))
    with pytest.raises(NotRepresentable, match="names no incident"):
        niem.encode(message(making, body=IncidentUpdate(), incident=None))
    opened = niem.encode(message(making, incident=None))
    assert b"0193529c-0000-7000-8000-000000000001" in opened.data


def test_nothing_is_read_and_the_refusal_says_so(shared: Path) -> None:
    for path in sorted((shared / "corpus/niem/samples").iterdir()):
        with pytest.raises(UnsupportedVersion, match="only written"):
            niem.decode(path.read_bytes())
    assert niem.FORMAT.reads == ()
    assert len(niem.leaves(b'{"a":[1,{"b":"c"}]}')) == 2


def test_an_exercise_is_refused(making: types.SimpleNamespace) -> None:
    drill = message(making, exercise=Exercise.EXERCISE)
    with pytest.raises(ExerciseUnsayable):
        translate(drill, niem.FORMAT)
    assert "exercise" in {loss.field for loss in niem.encode(drill).losses}


def test_the_crosswalk_is_complete() -> None:
    rows = [row.field for row in niem.crosswalk()]
    fields = {name.partition(".")[0] for name in rows if not name.startswith("kind ")}
    assert fields == set(Message.__struct_fields__) - {"body"}
    assert sum(name.startswith("kind ") for name in rows) == len(KINDS)
