"""EMSI: what the SAMU hub's messages say, in both syntaxes, and nothing lost."""

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
    FormatRefused,
    MalformedDocument,
    NotRepresentable,
    UnsafeDocument,
    UnsupportedVersion,
)
from protocols.formats.codec import Settings
from protocols.formats.emsi import document as emsi
from protocols.formats.emsi.syntax import MAX_BESIDE
from protocols.formats.losses import leaf_paths, unaccounted
from protocols.messages.compact import pack
from protocols.messages.envelope import Message, to_json
from protocols.messages.kinds import KINDS, IncidentState, IncidentUpdate
from protocols.messages.values import Exercise, LanguageText, Location, NativeCode, Point

SAMPLES = "corpus/emsi/samples"
PHASES = (Phase.explicit, Phase.reuse, Phase.generate)
"""No shrinking: the structs are large, and what failed is printed anyway."""


def bare(message: Message) -> Message:
    """Without the bytes."""
    return msgspec.structs.replace(message, original=None)


def samples(shared: Path) -> list[Path]:
    return sorted((shared / SAMPLES).iterdir())


# --- the corpus ---------------------------------------------------------------------------------


def test_every_sample_decodes_or_is_refused_by_name(shared: Path) -> None:
    counted: collections.Counter[str] = collections.Counter()
    for path in samples(shared):
        try:
            counted[emsi.decode(path.read_bytes()).kind] += 1
        except FormatRefused as refusal:
            counted[refusal.code] += 1
    assert counted == {"incident.update": 2}


def test_the_samples_survive_the_round_trip_without_a_loss(shared: Path) -> None:
    for path in samples(shared):
        data = path.read_bytes()
        message = emsi.decode(data)
        encoded = emsi.encode(message)
        assert encoded.losses == (), path.name
        assert bare(emsi.decode(encoded.data)) == bare(message), path.name
        assert sorted(emsi.leaves(encoded.data)) == sorted(emsi.leaves(data)), path.name


def test_no_value_of_a_sample_vanishes(shared: Path) -> None:
    for path in samples(shared):
        data = path.read_bytes()
        assert len(emsi.leaves(data)) > 50
        assert unaccounted(emsi.leaves(data), bare(emsi.decode(data))) == [], path.name


def test_a_message_is_the_same_in_either_syntax(shared: Path) -> None:
    for path in samples(shared):
        message = emsi.decode(path.read_bytes())
        for syntax in ("json", "xml"):
            encoded = emsi.encode(message, Settings(version=syntax))
            back = emsi.decode(encoded.data)
            assert encoded.losses == ()
            assert (back.id, back.body, back.location) == (
                message.id, message.body, message.location,
            )  # fmt: skip
            assert back.source is not None
            assert back.source.version == syntax


def test_an_accident_is_read_with_what_is_asked_and_what_is_done(shared: Path) -> None:
    message = emsi.decode((shared / SAMPLES / "EMSI-Complet-DC-RDC-OPG-message.json").read_bytes())
    body = message.body
    assert isinstance(body, IncidentUpdate)
    assert body.state is IncidentState.ACTIVE
    assert body.persons == 2
    assert body.needs is not None
    assert body.needs.text.startswith("#Demande_Concours#")
    assert body.actions is not None
    assert "ACCEPTE" in body.actions.text
    assert message.exercise is Exercise.ACTUAL
    assert message.codes == (NativeCode(system="emsi", code="TRP/COL"),)
    assert message.incident == "fr.health.samu690.DRFR15690240430050"
    assert message.handling.national_marking == "RESTRC"
    assert message.location == Location(
        point=Point(lat=45.760169, lon=4.830608),
        text=LanguageText(text="Quai des Célestins; 8 Quai des Célestins, Lyon"),
    )
    assert message.onset == datetime(2024, 1, 9, 15, tzinfo=UTC)


def test_the_two_samples_share_an_id_and_are_two_messages(shared: Path) -> None:
    one, other = (emsi.decode(path.read_bytes()) for path in samples(shared))
    assert one.source is not None
    assert other.source is not None
    assert one.source.id == other.source.id
    assert one.id != other.id


def test_the_json_sample_follows_the_schema_and_so_does_what_is_written(
    shared: Path, validator: jsonschema.Draft7Validator
) -> None:
    for path in samples(shared):
        if path.suffix == ".json":  # the XML sample's times and codes are the same ones
            validator.validate(json.loads(path.read_bytes())["emsi"])
        message = emsi.decode(path.read_bytes())
        written = json.loads(emsi.encode(message, Settings(version="json")).data)
        validator.validate(written.get("emsi", written))


# --- the modes ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mode", "exercise"),
    [
        ("ACTUAL", Exercise.ACTUAL),
        ("EXCERCS", Exercise.EXERCISE),
        ("EXERCS", Exercise.EXERCISE),
        ("SYSTEM", Exercise.SYSTEM),
        ("TEST", Exercise.TEST),
        (None, Exercise.NOT_STATED),
    ],
)
def test_the_mode_with_both_spellings_is_the_exercise_flag(
    mode: str | None, exercise: Exercise, emsis: types.SimpleNamespace
) -> None:
    data = emsis.data(context={"MODE": mode})
    message = emsi.decode(data)
    assert message.exercise is exercise
    assert emsi.decode(emsi.encode(message).data).exercise is exercise
    assert json.loads(emsi.encode(message).data)["emsi"]["CONTEXT"]["MODE"] == mode


def test_an_unknown_mode_is_refused_for_it_may_be_an_exercise(emsis: types.SimpleNamespace) -> None:
    with pytest.raises(MalformedDocument, match="/CONTEXT/MODE"):
        emsi.decode(emsis.data(context={"MODE": "EXERCISE?"}))


@pytest.mark.parametrize(
    ("status", "mode", "exercise"),
    [
        ("Exercise", "ACTUAL", Exercise.EXERCISE),
        ("Test", None, Exercise.TEST),
        ("Actual", None, Exercise.NOT_STATED),
        ("Actual", "EXERCS", Exercise.EXERCISE),
        ("Draft", "TEST", Exercise.TEST),
    ],
)
def test_a_header_that_says_exercise_is_believed(
    status: str, mode: str | None, exercise: Exercise, emsis: types.SimpleNamespace
) -> None:
    whole = json.loads(emsis.data(context={"MODE": mode})) | {"status": status}
    message = emsi.decode(json.dumps(whole).encode())
    assert message.exercise is exercise
    assert json.loads(emsi.encode(message).data) == whole
    in_xml = emsi.decode(emsi.encode(message, Settings(version="xml")).data)
    assert in_xml.exercise is exercise
    with pytest.raises(MalformedDocument, match="/status"):
        emsi.decode(json.dumps(whole | {"status": "?", "emsi": emsis.tree()}).encode())


def test_what_nobody_has_stated_is_never_written_as_actual(making: types.SimpleNamespace) -> None:
    message = own(making, IncidentUpdate(state=IncidentState.ACTIVE))
    for syntax in ("json", "xml"):
        encoded = emsi.encode(message, Settings(version=syntax, carry_canonical=False))
        assert emsi.decode(encoded.data).exercise is Exercise.TEST
    drill = msgspec.structs.replace(message, exercise=Exercise.EXERCISE)
    written = emsi.encode(drill, Settings(version="xml")).data
    assert b"<MODE>EXCERCS</MODE>" in written
    assert b'"MODE":"EXERCS"' in emsi.encode(drill).data


@pytest.mark.parametrize(
    ("inside", "beside"),
    [
        ({"MODE": "ACTUAL", "Mode": "EXERCS"}, {}),
        ({"MODE": "ACTUAL", "mode ": "EXERCS"}, {}),
        ({}, {"status": "Actual", "Status": "Exercise"}),
        ({}, {"EMSI": {"CONTEXT": {"MODE": "EXERCS"}}}),
    ],
)
def test_a_flag_that_stands_there_twice_is_refused(
    inside: dict[str, Any], beside: dict[str, Any], emsis: types.SimpleNamespace
) -> None:
    whole = json.loads(emsis.data(context=inside)) | beside
    with pytest.raises(MalformedDocument, match="twice"):
        emsi.decode(json.dumps(whole).encode())
    twice = emsis.tree(Context={"MODE": "EXERCS"})
    with pytest.raises(MalformedDocument, match="twice"):
        emsi.decode(json.dumps(twice).encode())


def test_a_flag_counts_however_it_is_capitalised(emsis: types.SimpleNamespace) -> None:
    whole = json.loads(emsis.data())
    assert emsi.decode(json.dumps(whole | {"Status": "Exercise"}).encode()).exercise == "exercise"
    whole["emsi"]["CONTEXT"]["Mode"] = whole["emsi"]["CONTEXT"].pop("MODE")
    message = emsi.decode(json.dumps(whole).encode())
    assert message.exercise is Exercise.ACTUAL
    drill = msgspec.structs.replace(message, exercise=Exercise.EXERCISE)
    written = emsi.encode(drill, Settings(carry_canonical=False)).data
    assert json.loads(written)["emsi"]["CONTEXT"]["Mode"] == "EXERCS"
    assert emsi.decode(written).exercise is Exercise.EXERCISE


# --- every kind ---------------------------------------------------------------------------------


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


@pytest.mark.parametrize("kind", list(KINDS))
def test_every_leaf_of_every_kind_is_read_back_or_lost_by_name(
    kind: str, making: types.SimpleNamespace
) -> None:
    @settings(
        max_examples=12, deadline=None, phases=PHASES, suppress_health_check=list(HealthCheck)
    )
    @given(
        making.messages_of(kind), st.sampled_from(["en", "es", "fr"]), st.booleans(),
        st.sampled_from(["json", "xml"]),
    )  # fmt: skip
    def check(message: Message, language: str, carry: bool, syntax: str) -> None:
        asked = Settings(language=language, carry_canonical=carry, version=syntax)
        try:
            encoded = emsi.encode(message, asked)
        except NotRepresentable:
            return
        back = emsi.decode(encoded.data)
        assert back.exercise is not Exercise.ACTUAL or message.exercise is Exercise.ACTUAL
        if carry:
            assert back.kind == kind
            assert back.id == message.id
        lost = {loss.field for loss in encoded.losses}
        found = {_as_text(value) for _, value in leaf_paths(msgspec.to_builtins(back))}
        for path, value in leaf_paths(msgspec.to_builtins(message)):
            if path.partition(".")[0] not in ("original", "losses", "moments"):
                assert path in lost or _as_text(value) in found, path

    check()


def _as_text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def test_every_kind_that_is_written_follows_the_schema(
    making: types.SimpleNamespace, validator: jsonschema.Draft7Validator
) -> None:
    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.sampled_from(making.kinds).flatmap(making.messages_of))
    def check(message: Message) -> None:
        message = msgspec.structs.replace(message, incident=message.incident or "INC 7")
        try:
            encoded = emsi.encode(message)
        except NotRepresentable:
            return
        validator.validate(json.loads(encoded.data)["emsi"])

    check()


# --- refusals -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "error", "where"),
    [
        (b'{"emsi":[]}', MalformedDocument, "/emsi"),
        (b'{"emsi":{}}', MalformedDocument, "/CONTEXT"),
        (b'{"a":1}', UnsupportedVersion, "no EMSI"),
        (b"<emsi/>", MalformedDocument, "/emsi"),
        (b"<alert/>", UnsupportedVersion, "Line 1"),
        (b"<emsi><CONTEXT><ID>a</ID></CONTEXT></emsi>", MalformedDocument, "/EVENT"),
        (b"<!DOCTYPE e [<!ENTITY x 'y'>]><emsi>&x;</emsi>", UnsafeDocument, "Line 1"),
        (b"<emsi>" + b"<a>" * 20 + b"</a>" * 20 + b"</emsi>", UnsafeDocument, "/a/a"),
        (b"", MalformedDocument, "JSON"),
    ],
)
def test_refusals_say_where(data: bytes, error: type[FormatRefused], where: str) -> None:
    with pytest.raises(error, match=where):
        emsi.decode(data)


@pytest.mark.parametrize(
    ("parts", "where"),
    [
        ({"context": {"ID": " "}}, "/CONTEXT/ID"),
        ({"context": {"CREATION": None}}, "/CONTEXT/CREATION"),
        ({"context": {"CREATION": "noon"}}, "/CONTEXT/CREATION"),
        ({"event": {"OCC_DATIME": "noon"}}, "/EVENT/OCC_DATIME"),
        ({"event": {"ID": None}}, "/EVENT/ID"),
    ],
)
def test_a_missing_or_wrong_element_is_named(
    parts: dict[str, Any], where: str, emsis: types.SimpleNamespace
) -> None:
    with pytest.raises(MalformedDocument, match=where):
        emsi.decode(emsis.data(**parts))


def test_what_stands_beside_is_so_deep_that_the_message_still_travels(
    emsis: types.SimpleNamespace,
) -> None:
    def data(levels: int) -> bytes:
        deep: Any = 1
        for _ in range(levels - 1):
            deep = {"a": deep}
        return json.dumps({"x": deep, **json.loads(emsis.data())}).encode()

    message = emsi.decode(data(MAX_BESIDE))
    assert to_json(message)
    assert pack(message)
    assert emsi.decode(emsi.encode(message).data).id == message.id
    with pytest.raises(MalformedDocument, match="/x/a/a"):
        emsi.decode(data(MAX_BESIDE + 1))


@pytest.mark.parametrize("wrapped", [True, False])
def test_a_member_with_a_name_of_ours_is_refused(
    wrapped: bool, emsis: types.SimpleNamespace
) -> None:
    for value in (1, {"wrapped": True}):
        with pytest.raises(MalformedDocument, match="/#around"):
            emsi.decode(emsis.data(wrapped=wrapped, **{"#around": value}))


def test_a_foreign_document_does_not_choose_the_id(emsis: types.SimpleNamespace) -> None:
    chosen = "0193529c-0000-7000-8000-000000000001"
    message = emsi.decode(emsis.data(context={"ID": chosen}))
    assert message.id != chosen
    assert message.source is not None
    assert message.source.id == chosen
    encoded = emsi.encode(message)
    assert encoded.losses == ()
    assert bare(emsi.decode(encoded.data)) == bare(message)


JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 200)
    | st.sampled_from(["", "COM", "45.7", "POINT"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["ID", "NAME", "COORD", "POSITION", "LAT", "LONG"]), inner
        )
    ),
    max_leaves=5,
)
NAMES = ("MSGTYPE", "ORIGIN", "LINK", "SECLASS", "URGENCY", "EXTERNAL_INFO", "FREETEXT")
EVENT = ("STATUS", "ETYPE", "EGEO", "CASUALTIES", "FREETEXT", "MAIN_EVENT_ID", "REFERENCE")


def test_any_shape_of_the_elements_is_read_or_refused_and_round_trips(
    emsis: types.SimpleNamespace,
) -> None:
    parts = st.fixed_dictionaries(
        {},
        optional={
            "context": st.dictionaries(st.sampled_from(NAMES), JUNK, max_size=3),
            "event": st.dictionaries(st.sampled_from(EVENT), JUNK, max_size=3),
            "MISSION": JUNK,
            "RESOURCE": JUNK,
        },
    )

    @settings(max_examples=150, deadline=None)
    @given(parts, st.booleans())
    def check(given_parts: dict[str, Any], wrapped: bool) -> None:
        data = emsis.data(wrapped=wrapped, **given_parts)
        try:
            message = emsi.decode(data)
        except FormatRefused:
            return
        assert unaccounted(emsi.leaves(data), bare(message)) == []
        assert bare(emsi.decode(emsi.encode(message).data)) == bare(message)

    check()
