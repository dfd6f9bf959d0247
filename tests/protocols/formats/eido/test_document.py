"""EIDO: what a real call transfer says, and nothing lost on the way there and back."""

from __future__ import annotations

import collections
import json
import types
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from protocols.errors import (
    ExerciseUnsayable,
    FormatRefused,
    MalformedDocument,
    NotRepresentable,
    UnsafeDocument,
    UnsupportedVersion,
)
from protocols.formats.codec import Settings
from protocols.formats.eido import document as eido
from protocols.formats.losses import leaf_paths, unaccounted
from protocols.formats.translate import translate
from protocols.identity import Identity, Role
from protocols.messages.envelope import Message, Sender
from protocols.messages.kinds import (
    KINDS,
    IncidentClose,
    IncidentOpen,
    IncidentState,
    IncidentUpdate,
    LogNote,
    Text,
    UnitState,
    UnitStatus,
)
from protocols.messages.release import view
from protocols.messages.values import (
    Exercise,
    LanguageText,
    Location,
    NativeCode,
    PersonalData,
    Point,
)

SAMPLE = "corpus/eido/samples/call_transfer.json"
PHASES = (Phase.explicit, Phase.reuse, Phase.generate)
"""No shrinking: the structs are large, and what failed is printed anyway."""
GATEWAY = Sender(country="US", agency="uscbp", unit="Tucson", device="g1@uscbp", role=Role.GATEWAY)


def bare(message: Message) -> Message:
    """Without the bytes, and without the version, which is always written as 1.0."""
    assert message.source is not None
    source = msgspec.structs.replace(message.source, version=None)
    return msgspec.structs.replace(message, original=None, source=source)


# --- the corpus ---------------------------------------------------------------------------------


def test_every_sample_decodes_or_is_refused_by_name(shared: Path) -> None:
    counted: collections.Counter[str] = collections.Counter()
    for path in sorted((shared / "corpus/eido/samples").iterdir()):
        try:
            counted[eido.decode(path.read_bytes()).kind] += 1
        except FormatRefused as refusal:
            counted[refusal.code] += 1
    assert counted == {"incident.open": 1}


def test_a_call_transfer_is_an_incident_whose_type_is_the_call(shared: Path) -> None:
    message = eido.decode((shared / SAMPLE).read_bytes())
    assert message.body == IncidentOpen(incident_type="emergency")
    assert message.incident == "urn:emergency:uid:incidentid:a56e556d871:bcf.state.pa.us"
    assert message.originator is not None
    assert message.originator.agency == "state.pa.us"
    assert message.originator.unit == "tjones.atroop@state.pa.us"
    assert message.observed == datetime(2021, 4, 30, 18, 40, tzinfo=UTC)
    assert message.sent == datetime(2021, 4, 30, 18, 43, 49, 439000, tzinfo=UTC)
    assert message.moments["/sent"].text == "2021-04-30T14:43:49.439-04:00"
    assert message.location is not None
    assert message.location.text == LanguageText(
        text="RoutingLocation: 42 W Cellular Street, Wilmington, DE, US"
    )
    assert message.exercise is Exercise.NOT_STATED
    assert message.language == "und"


def test_the_sample_survives_the_round_trip_without_a_loss(shared: Path) -> None:
    data = (shared / SAMPLE).read_bytes()
    message = eido.decode(data)
    encoded = eido.encode(message)
    assert encoded.losses == ()
    assert json.loads(encoded.data) == json.loads(data)
    assert bare(eido.decode(encoded.data)) == bare(message)


def test_no_value_of_the_sample_vanishes(shared: Path) -> None:
    data = (shared / SAMPLE).read_bytes()
    message = msgspec.structs.replace(eido.decode(data), original=None)
    assert len(eido.leaves(data)) > 70
    assert unaccounted(eido.leaves(data), message) == []


def test_the_caller_is_personal_data_and_stays_where_it_came_from(shared: Path) -> None:
    message = eido.decode((shared / SAMPLE).read_bytes(), GATEWAY)
    assert message.handling.personal is PersonalData.IDENTITY
    stranger = Identity("MX", "c5", "mesa", "d1@c5", Role.COMMAND)
    seen = view(message, stranger)
    assert seen.extensions == {}
    assert seen.original is None
    assert "/extensions" in {stub.path for stub in seen.stubs} | {"/extensions"}
    assert b"8195551212" not in msgspec.json.encode(seen)
    assert b"8195551212" not in eido.encode(seen).data
    colleague = Identity("US", "uscbp", "desk", "d2@uscbp", Role.COMMAND)
    assert view(message, colleague) == message


def test_the_gateway_speaks_and_the_centre_is_its_originator(shared: Path) -> None:
    message = eido.decode((shared / SAMPLE).read_bytes(), GATEWAY)
    assert message.sender == GATEWAY
    assert message.originator is not None
    assert message.originator.agency == "state.pa.us"


def test_the_sample_follows_the_schema_and_so_does_what_is_written(
    shared: Path, validator: jsonschema.Draft202012Validator, eidos: types.SimpleNamespace
) -> None:
    data = (shared / SAMPLE).read_bytes()
    validator.validate(json.loads(data))
    validator.validate(json.loads(eido.encode(eido.decode(data)).data))
    validator.validate(eidos.document(incidentComponent=eidos.incident()))


# --- whole documents ----------------------------------------------------------------------------


def rich(eidos: types.SimpleNamespace, **more: Any) -> bytes:
    """An incident with a place, notes, an internal code and parts that only the extension keeps."""
    whole = eidos.incident(
        incidentTypeInternalCode="10-70",
        incidentTypeInternalText="Structure fire",
        incidentStatusCommonRegistryText=["Active"],
        incidentStatusInternalText=["WORKING"],
        incidentCommonPriorityNumber=9,
        beatOrDispatchGroupText="Beat 4",
        locationReference=[{"$ref": "l1"}],
        notesReference=[{"$ref": "n1"}],
    )
    parts = {
        "incidentComponent": whole,
        "locationComponent": [eidos.location(locationDescriptionText="at the wash")],
        "notesComponent": [eidos.note("<p>Two on foot &amp; running</p>"), eidos.note("K9", "n2")],
        "vehicleComponent": [{"$id": "v", "ncVehicleComponent": {"plate": "AZ 123"}, "year": 2020}],
        "vendor:thing": {"deep": [1, 2.5, None, True]},
    }
    return bytes(eidos.data(**(parts | more)))


def test_an_incident_with_everything_is_read_and_put_back(eidos: types.SimpleNamespace) -> None:
    data = rich(eidos)
    message = eido.decode(data)
    assert message.body == IncidentOpen(
        incident_type="FIRE",
        state=IncidentState.ACTIVE,
        priority=1,
        situation=LanguageText(text="Two on foot & running\nK9"),
    )
    assert message.location == Location(
        point=Point(lat=31.33275, lon=-110.9511), text=LanguageText(text="at the wash")
    )
    assert message.codes == (
        NativeCode(system="apco", code="FSTRU"),
        NativeCode(system="psap.example.us", code="10-70", label="Structure fire"),
    )
    assert unaccounted(eido.leaves(data), msgspec.structs.replace(message, original=None)) == []
    encoded = eido.encode(message)
    assert encoded.losses == ()
    assert json.loads(encoded.data) == json.loads(data)
    assert eido.decode(data).id == message.id
    assert eido.decode(json.dumps(json.loads(data), indent=2).encode()).id == message.id
    assert eido.decode(rich(eidos, extra=1)).id != message.id


def test_a_desk_changes_an_incident_and_the_document_says_so(eidos: types.SimpleNamespace) -> None:
    message = eido.decode(rich(eidos))
    body = msgspec.structs.replace(
        message.body,
        state=IncidentState.VERIFIED,
        priority=3,
        situation=LanguageText(text="Now three"),
    )
    moved = Location(point=Point(lat=31.4, lon=-110.9))
    changed = msgspec.structs.replace(message, body=body, location=moved)
    encoded = eido.encode(changed, Settings(carry_canonical=False))
    written = json.loads(encoded.data)
    assert written["incidentComponent"]["incidentTypeInternalCode"] == "10-70"
    assert written["incidentComponent"]["beatOrDispatchGroupText"] == "Beat 4"
    assert written["vehicleComponent"][0]["year"] == 2020
    assert len(written["notesComponent"]) == 3
    back = eido.decode(encoded.data)
    assert back.location == moved
    assert isinstance(back.body, IncidentOpen)
    assert (back.body.state, back.body.priority) == (IncidentState.VERIFIED, 3)
    assert {loss.field for loss in encoded.losses} >= {"body.situation.text"}
    assert eido.decode(eido.encode(changed).data).handling == changed.handling


# --- every kind ---------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", list(KINDS))
def test_every_leaf_of_every_kind_is_read_back_or_lost_by_name(
    kind: str, making: types.SimpleNamespace
) -> None:
    @settings(
        max_examples=12, deadline=None, phases=PHASES, suppress_health_check=list(HealthCheck)
    )
    @given(making.messages_of(kind), st.sampled_from(["en", "es", "fr"]), st.booleans())
    def check(message: Message, language: str, carry: bool) -> None:
        try:
            encoded = eido.encode(message, Settings(language=language, carry_canonical=carry))
        except NotRepresentable:
            return
        back = eido.decode(encoded.data)
        assert back.exercise is not Exercise.ACTUAL or message.exercise is Exercise.ACTUAL
        if carry:
            assert back.kind == kind
            assert back.id == message.id
        lost = {loss.field for loss in encoded.losses}
        built = msgspec.to_builtins(back)
        found = {_as_text(value) for _, value in leaf_paths(built)}
        for path, value in leaf_paths(msgspec.to_builtins(message)):
            if path.partition(".")[0] not in ("original", "losses", "moments"):
                assert path in lost or _as_text(value) in found, path

    check()


def _as_text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def own(making: types.SimpleNamespace, body: Any, **more: Any) -> Message:
    """A message of ours about an incident."""
    fields: dict[str, Any] = {
        "id": "0193529c-0000-7000-8000-000000000001",
        "sender": making.sender,
        "sent": datetime(2026, 11, 22, 2, 31, tzinfo=UTC),
        "incident": "INC 7",
        "body": body,
    }
    return Message(**(fields | more))


BODIES = (
    IncidentOpen(
        incident_type="TUNNEL", priority=2, situation=LanguageText(text="smoke <3 & more")
    ),
    IncidentUpdate(state=IncidentState.CONTAINED, needs=LanguageText(text="a dog team: now")),
    IncidentClose(disposition="SEALED", outcome=LanguageText(text="closed off")),
    UnitStatus(unit="GN-3", status=UnitState.ON_SCENE),
    Text(text=LanguageText(text="two\nlines"), subject=LanguageText(text="entry")),
    LogNote(text=LanguageText(text="gate shut")),
)


@pytest.mark.parametrize("body", BODIES, ids=lambda body: type(body).__name__)
def test_what_we_write_reads_back_without_the_message_inside(
    body: Any, making: types.SimpleNamespace, validator: jsonschema.Draft202012Validator
) -> None:
    place = Location(point=Point(lat=31.3, lon=-110.9, ce=10.0), text=LanguageText(text="the wash"))
    message = own(making, body, location=place)
    for language in ("en", "es", "fr"):
        encoded = eido.encode(message, Settings(language=language, carry_canonical=False))
        validator.validate(json.loads(encoded.data))
        back = eido.decode(encoded.data)
        assert (back.body, back.location) == (body, place)
        assert back.id != message.id  # anybody can write this document
        assert (back.incident, back.sent) == ("INC 7", message.sent)
        assert {loss.field.partition(".")[0] for loss in encoded.losses} == {
            "id",
            "sender",
            "language",
        }


def test_every_kind_that_is_written_follows_the_schema(
    making: types.SimpleNamespace, validator: jsonschema.Draft202012Validator
) -> None:
    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.sampled_from(making.kinds).flatmap(making.messages_of))
    def check(message: Message) -> None:
        message = msgspec.structs.replace(message, incident=message.incident or "INC 7")
        try:
            encoded = eido.encode(message)
        except NotRepresentable:
            return
        validator.validate(json.loads(encoded.data))

    check()


def test_an_exercise_is_refused_for_eido_cannot_say_it(making: types.SimpleNamespace) -> None:
    message = own(making, BODIES[0], exercise=Exercise.EXERCISE)
    with pytest.raises(ExerciseUnsayable):
        translate(message, eido.FORMAT)
    assert eido.decode(eido.encode(message, Settings(carry_canonical=False)).data).exercise is (
        Exercise.NOT_STATED
    )
    assert "exercise" in {loss.field for loss in eido.encode(message).losses}


# --- refusals -----------------------------------------------------------------------------------


def _without(eidos: types.SimpleNamespace, name: str) -> bytes:
    whole = eidos.document()
    del whole[name]
    return json.dumps(whole).encode()


def test_refusals_name_the_member(eidos: types.SimpleNamespace) -> None:
    for name in ("$id", "lastUpdateTimeStamp"):
        with pytest.raises(MalformedDocument) as refusal:
            eido.decode(_without(eidos, name))
        assert refusal.value.detail.startswith(f"/{name}:")
    with pytest.raises(MalformedDocument, match="this is no EIDO"):
        eido.decode(b'{"$id": "x", "lastUpdateTimeStamp": "2026-11-21T19:31:00Z"}')
    with pytest.raises(MalformedDocument, match="/lastUpdateTimeStamp"):
        eido.decode(eidos.data(lastUpdateTimeStamp="yesterday"))
    with pytest.raises(MalformedDocument, match=r"/\$id"):
        eido.decode(eidos.data(**{"$id": {"a": 1}}))


@pytest.mark.parametrize(("version", "good"), [("1.0", 1), ("1.1", 1), (1.0, 1), ("2.0", 0)])
def test_a_later_minor_version_is_read_and_another_major_is_not(
    version: object, good: int, eidos: types.SimpleNamespace
) -> None:
    data = eidos.data(eidoVersion=version)
    if good:
        assert eido.decode(data).source is not None
    else:
        with pytest.raises(UnsupportedVersion, match="/eidoVersion"):
            eido.decode(data)


def test_a_document_without_its_version_is_read_and_gets_one(eidos: types.SimpleNamespace) -> None:
    message = eido.decode(_without(eidos, "eidoVersion"))
    assert message.source is not None
    assert message.source.version is None
    encoded = eido.encode(message)
    assert json.loads(encoded.data)["eidoVersion"] == "1.0"
    assert bare(eido.decode(encoded.data)) == bare(message)


def test_a_location_that_is_not_safe_is_refused_and_a_broken_one_is_a_loss(
    eidos: types.SimpleNamespace,
) -> None:
    bomb = '<!DOCTYPE p [<!ENTITY a "aaaa">]><p>&a;</p>'
    with pytest.raises(UnsafeDocument, match="/locationComponent/0/locationByValue"):
        eido.decode(rich(eidos, locationComponent=[eidos.location(bomb)]))
    message = eido.decode(rich(eidos, locationComponent=[eidos.location("<presence>")]))
    assert message.location is None
    assert [loss.field for loss in message.losses] == ["/locationComponent/0/locationByValue"]
    assert eido.encode(message).losses == ()


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 12) | st.text(max_size=6) | st.just("CLOSED"),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["$id", "$ref", "a"]), inner, max_size=2)
    ),
    max_leaves=5,
)
MEMBERS = (
    "incidentComponent", "callComponent", "notesComponent", "locationComponent", "crossband",
    "emergencyResourceComponent", "updatedByAgencyReference", "issuingElementIdentification",
    "personComponent", "mergeComponent", "updatedByAgentReference",
)  # fmt: skip
INNER = (
    "$id", "incidentTypeCommonRegistryText", "incidentStatusCommonRegistryText",
    "locationReference", "locationByValue", "notesActionComments", "dispositionComponent",
    "incidentCommonPriorityNumber", "primaryUnitStatusRegistryText", "emergencyResourceName",
    "callStartTimestamp", "standardPrimaryCallType",
)  # fmt: skip


def test_any_shape_of_the_members_is_read_or_refused_and_round_trips(
    eidos: types.SimpleNamespace,
) -> None:
    component = st.dictionaries(st.sampled_from(INNER), JUNK, max_size=4)
    member = JUNK | component | st.lists(component | JUNK, max_size=2)

    @settings(max_examples=150, deadline=None)
    @given(st.dictionaries(st.sampled_from(MEMBERS), member, max_size=5))
    def check(members: dict[str, Any]) -> None:
        data = eidos.data(**members)
        try:
            message = eido.decode(data)
        except FormatRefused:
            return
        assert unaccounted(eido.leaves(data), msgspec.structs.replace(message, original=None)) == []
        assert bare(eido.decode(eido.encode(message).data)) == bare(message)

    check()
