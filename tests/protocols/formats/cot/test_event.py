"""CoT: what real captures say, what our kinds look like on a TAK screen, and nothing lost."""

from __future__ import annotations

import collections
import types
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from protocols.errors import FormatRefused, MalformedDocument, UnsafeDocument, UnsupportedVersion
from protocols.formats.codec import Settings
from protocols.formats.cot import event as cot
from protocols.formats.losses import unaccounted
from protocols.formats.xml import parse
from protocols.messages.envelope import Handling, Message
from protocols.messages.kinds import (
    KINDS,
    Alarm,
    AlarmCancel,
    AssistRequest,
    LogNote,
    Medical,
    Observation,
    PatrolPlan,
    Position,
    Read,
    Receipt,
    Text,
)
from protocols.messages.kinds import Leg as PatrolLeg
from protocols.messages.values import Exercise, LanguageText, Location, Point, Precedence

PHASES = (Phase.explicit, Phase.reuse, Phase.generate)
"""No shrinking: the structs are large, and what failed is printed anyway."""


HEAD = (
    '<event version="2.0" uid="U-1" type="{type}" how="m-g" time="2026-11-21T06:00:00.000Z" '
    'start="2026-11-21T06:00:00.000Z" stale="{stale}"{more}>'
    '<point lat="{lat}" lon="-110.9511" hae="9999999.0" ce="9999999.0" le="9999999.0"/>'
    "<detail>{detail}</detail></event>"
)


def event(**given: str) -> bytes:
    """A small event with these parts."""
    parts = {"type": "a-f-G-U-C", "stale": "2026-11-21T06:05:00.000Z", "more": "", "detail": ""}
    return HEAD.format(**(parts | {"lat": "31.33275"} | given)).encode()


def without_original(message: Message) -> Message:
    return msgspec.structs.replace(message, original=None, source=None)


# --- the corpus ---------------------------------------------------------------------------------


def files(shared: Path) -> list[Path]:
    return sorted(path for path in (shared / "corpus" / "cot").rglob("*") if path.is_file())


def test_every_file_of_the_corpus_decodes_or_is_refused_by_name(shared: Path) -> None:
    counted: collections.Counter[str] = collections.Counter()
    where: list[str] = []
    for path in files(shared):
        try:
            counted[cot.decode(path.read_bytes()).kind] += 1
        except FormatRefused as refusal:
            counted[refusal.code] += 1
            where.append(refusal.detail)
    assert all(any(word in said for word in ("Line", "Byte", "bytes")) for said in where)
    assert sum(counted.values()) == len(files(shared)) == 111
    decoded = sum(number for name, number in counted.items() if name in KINDS)
    assert decoded == 49
    assert counted["unsupported_version"] == 59
    assert counted["malformed_document"] == 2
    assert counted["unsafe_document"] == 1


def test_every_sample_survives_the_round_trip(shared: Path) -> None:
    for path in files(shared):
        if path.suffix != ".cot":
            continue
        message = cot.decode(path.read_bytes())
        encoded = cot.encode(message)
        assert without_original(cot.decode(encoded.data)) == without_original(message), path.name
        assert encoded.losses == (), path.name


def test_no_value_of_a_sample_vanishes(shared: Path) -> None:
    for path in files(shared):
        if path.suffix != ".cot":
            continue
        data = path.read_bytes()
        message = msgspec.structs.replace(cot.decode(data), original=None)
        assert unaccounted(cot.leaves(data), message) == [], path.name


def test_the_original_is_kept_with_its_hash(shared: Path) -> None:
    data = (shared / "corpus/cot/samples/atak-captures/Pli.cot").read_bytes()
    original = cot.decode(data).original
    assert original is not None
    assert original.data == data
    assert original.intact


def test_read_twice_it_is_the_same_message(shared: Path) -> None:
    data = (shared / "corpus/cot/samples/atak-captures/Pli.cot").read_bytes()
    assert cot.decode(data).id == cot.decode(data).id
    assert cot.decode(data).id != cot.decode(data.replace(b"39.714", b"39.715")).id


# --- what events say ----------------------------------------------------------------------------


def test_a_position_report(shared: Path) -> None:
    path = shared / "corpus/cot/samples/atak-captures/PliWithNegativeHae.cot"
    message = cot.decode(path.read_bytes())
    body = message.body
    assert isinstance(body, Position)
    assert body.unit == "dasuberdog"
    assert body.symbol == "a-f-G-U-C"
    assert body.course == pytest.approx(327.66875837972367)
    assert message.location is not None
    assert message.location.point is not None
    assert message.location.point.hae is not None
    assert message.location.point.hae < 0
    assert message.location.point.ce is None


def test_no_position_is_no_position(shared: Path) -> None:
    samples = shared / "corpus/cot/samples"
    for name in ("cloudtak/file_ack_NaN.cot", "cloudtak/route_1.cot", "cloudtak/bool_False.cot"):
        assert cot.decode((samples / name).read_bytes()).location is None, name


@pytest.mark.parametrize("lat", ["NaN", "9999999.0", "inf", "999999", "9" * 400])
def test_every_way_to_say_unknown(lat: str) -> None:
    assert cot.decode(event(lat=lat)).location is None


def test_chat_names_its_speaker_and_its_partner(shared: Path) -> None:
    message = cot.decode((shared / "corpus/cot/samples/atak-captures/GroupChat.cot").read_bytes())
    assert isinstance(message.body, Text)
    assert message.body.text == LanguageText(text="at VDO")
    assert message.body.to == ("okm",)
    assert message.originator is not None
    assert message.originator.unit == "dasuberdog"
    assert "hierarchy" in str(message.extensions["cot"])


def test_receipts_say_delivered_and_read_and_nothing_more(shared: Path) -> None:
    samples = shared / "corpus/cot/samples/cloudtak"
    delivered = cot.decode((samples / "receipt_delivered.cot").read_bytes()).body
    read = cot.decode((samples / "receipt_read.cot").read_bytes()).body
    assert isinstance(delivered, Receipt)
    assert isinstance(read, Read)
    assert delivered.of == read.of == "f77dae64-3573-4dae-8447-c0c7a0219d7a"


def test_an_emergency_and_its_cancel_name_the_same_alarm(shared: Path) -> None:
    data = (shared / "corpus/cot/samples/cloudtak/emergency_wear_manual.cot").read_bytes()
    message = cot.decode(data)
    assert isinstance(message.body, Alarm)
    assert message.emergency
    assert message.body.reason == LanguageText(text="Manual Alert: Gunshot")
    cancel = data.replace(b"'b-a-o'", b"'b-a-o-can'").replace(
        b"<emergency ", b'<emergency cancel="true" '
    )
    ended = cot.decode(cancel).body
    assert isinstance(ended, AlarmCancel)
    assert ended.alarm == message.body.alarm


def test_a_cancel_flag_cancels_whatever_the_type_says() -> None:
    body = cot.decode(event(type="b-a-o-tbl", detail='<emergency cancel="True"/>')).body
    assert isinstance(body, AlarmCancel)


def test_casualty_evacuation(shared: Path) -> None:
    path = shared / "corpus/cot/samples/atak-captures/CasevacAllFields.cot"
    body = cot.decode(path.read_bytes()).body
    assert isinstance(body, Medical)
    assert body.patients == 2
    assert body.mechanism == LanguageText(text="Radiation")
    assert body.nine_line is not None
    assert (body.nine_line.litter, body.nine_line.ambulatory) == (4, 5)


def test_a_drawing_is_a_note_and_never_a_plan(shared: Path) -> None:
    samples = shared / "corpus/cot/samples"
    route = cot.decode((samples / "atak-captures/Route.cot").read_bytes())
    assert isinstance(route.body, LogNote)
    assert route.body.activity == "Route 7"
    fence = cot.decode((samples / "atak-captures/GeoFenceWithAltitude.cot").read_bytes())
    assert len(fence.target_area[0].polygons[0]) == 5


def test_a_hand_made_marker_is_an_observation(shared: Path) -> None:
    path = shared / "corpus/cot/samples/atak-captures/UserIcon.cot"
    message = cot.decode(path.read_bytes())
    assert isinstance(message.body, Observation)
    assert message.body.remarks == LanguageText(text="Lol lol")
    assert message.originator is not None
    assert message.originator.unit == "dasuberdog"


@pytest.mark.parametrize(
    ("opex", "exercise"),
    [
        ("", Exercise.NOT_STATED),
        (' opex="o"', Exercise.ACTUAL),
        (' opex="e-NOGALES 26"', Exercise.EXERCISE),
        (' opex="s"', Exercise.SIMULATION),
        (' opex="x"', Exercise.NOT_STATED),
    ],
)
def test_a_missing_exercise_flag_is_not_stated(opex: str, exercise: Exercise) -> None:
    assert cot.decode(event(more=opex)).exercise is exercise


def test_markings() -> None:
    more = ' access="LES" caveat="FOUO" releaseableTo="USA,MEX,Interpol" qos="9-r-g"'
    message = cot.decode(event(more=more))
    assert message.handling == Handling(
        national_marking="LES", caveat="FOUO", releasable_to=("US", "MX", "Interpol")
    )
    assert message.precedence is Precedence.FLASH
    assert b'releaseableTo="USA,MEX,Interpol"' in cot.encode(message).data
    assert cot.decode(event(more=' access="Undefined"')).handling == Handling()


def test_stale_before_start_and_drop_track_say_that_it_is_gone() -> None:
    for data in (
        event(stale="2026-11-21T05:00:00.000Z"),
        event(type="t-x-d-d", detail='<link uid="U-9" relation="none" type="none"/>'),
    ):
        body = cot.decode(data).body
        assert isinstance(body, Position)
        assert body.gone


# --- what is refused ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "error", "where"),
    [
        (event().replace(b' uid="U-1"', b""), MalformedDocument, "/event (line 1)|@uid"),
        (event().replace(b"time=", b"tine="), MalformedDocument, "@time"),
        (event(stale="tomorrow"), MalformedDocument, "@stale"),
        (event(stale="2026-02-30T00:00:00Z"), MalformedDocument, "@stale"),
        (event(lat="91"), MalformedDocument, "@lat"),
        (event(lat="north"), MalformedDocument, "@lat"),
        (event().replace(b"<point", b"<pint"), MalformedDocument, "point"),
        (event().replace(b'version="2.0"', b'version="3.0"'), UnsupportedVersion, "@version"),
        (b"<events/>", UnsupportedVersion, "Line 1"),
        (b"\xbf\x01\xbf\x00", UnsupportedVersion, "Byte 0"),
        (event()[:-9], MalformedDocument, "Line 1"),
        (event() + b"<x/>", MalformedDocument, "Line 1"),
        (event(detail="\x00"), MalformedDocument, "Line 1"),
        (b'<?xml version="1.0" encoding="utf-7"?>' + event(), UnsafeDocument, "Line 1"),
    ],
)
def test_a_refusal_says_where(data: bytes, error: type[FormatRefused], where: str) -> None:
    with pytest.raises(error) as refusal:
        cot.decode(data)
    assert any(part in refusal.value.detail for part in where.split("|"))


# --- our kinds on a TAK screen ------------------------------------------------------------------

POINT = Point(lat=31.33275, lon=-110.9511)


def composed(making: types.SimpleNamespace, body: object, **fields: object) -> Message:
    return Message(
        id="019a9c3e-7a00-7000-8000-000000000001",
        sender=making.sender,
        sent=datetime(2026, 11, 21, 19, 31, tzinfo=UTC),
        body=body,  # type: ignore[arg-type]  # any kind
        **fields,  # type: ignore[arg-type]  # fields of Message
    )


def test_our_chat_is_geochat(making: types.SimpleNamespace) -> None:
    texts = Text(
        text=LanguageText(text="Smoke", language="en"),
        translations=(LanguageText(text="Humo", language="es"),),
    )
    encoded = cot.encode(composed(making, texts), Settings(language="es"))
    root = parse(encoded.data)
    assert root.get("type") == "b-t-f"
    remarks, chat = root.find("detail/remarks"), root.find("detail/__chat")
    assert remarks is not None
    assert chat is not None
    assert remarks.text == "Humo"
    assert chat.get("senderCallsign") == "agente Peña"
    assert chat.get("chatroom") == "All Chat Rooms"


def test_an_emergency_rings_on_a_tak_screen(making: types.SimpleNamespace) -> None:
    message = composed(
        making,
        Alarm(alarm_class="EMERGENCY", unit="GN-3"),
        location=Location(point=POINT),
        exercise=Exercise.EXERCISE,
    )
    root = parse(cot.encode(message, Settings(language="es")).data)
    assert root.get("type") == "b-a-o-tbl"
    assert root.get("opex") == "e"
    emergency, remarks = root.find("detail/emergency"), root.find("detail/remarks")
    assert emergency is not None
    assert emergency.text == "GN-3"
    assert remarks is not None
    assert "EMERGENCIA" in str(remarks.text)
    cancel = composed(making, AlarmCancel(alarm=message.id))
    ended = parse(cot.encode(cancel).data)
    assert ended.get("uid") == root.get("uid")
    assert ended.find("detail/emergency[@cancel='true']") is not None


def test_a_kind_without_a_home_is_shown_and_carried(making: types.SimpleNamespace) -> None:
    request = AssistRequest(capability="SEARCH", task=LanguageText(text="Find the entrance"))
    placed = composed(making, request, location=Location(point=POINT), incident="TUN-1")
    encoded = cot.encode(placed, Settings(language="es"))
    root = parse(encoded.data)
    assert root.get("type") == "b-m-p-s-m"
    assert "Find the entrance" in str(root.findtext("detail/remarks"))
    assert "kind" in {loss.field for loss in encoded.losses}
    assert "incident" in {loss.field for loss in encoded.losses}
    assert without_original(cot.decode(encoded.data)) == placed
    assert parse(cot.encode(composed(making, request)).data).get("type") == "b-t-f"


def test_a_plan_is_a_route_for_both_halves(making: types.SimpleNamespace) -> None:
    leg = PatrolLeg(name="A", waypoint_north=POINT, waypoint_south=Point(lat=31.3, lon=-110.9))
    plan = composed(making, PatrolPlan(sector="Nogales", legs=(leg,)), patrol="MP-07")
    root = parse(cot.encode(plan).data)
    assert root.get("type") == "b-m-r"
    assert [link.get("callsign") for link in root.iterfind("detail/link")] == ["A N", "A S"]


def test_a_dispatch_system_writes_any_kind_with_little(making: types.SimpleNamespace) -> None:
    inner = (
        '<__crossband xmlns="urn:crossband:message:1">'
        '{"body": {"kind": "incident.open", "incident_type": "TUNNEL"}, "incident": "TUN-1"}'
        "</__crossband>"
    )
    message = cot.decode(event(detail=inner), making.sender)
    assert message.kind == "incident.open"
    assert message.sender == making.sender
    assert message.incident == "TUN-1"
    assert message.original is not None
    assert message.original.format == "cot"


def test_a_changed_event_outranks_what_was_written_into_it(making: types.SimpleNamespace) -> None:
    message = composed(making, Position(unit="GN-3"), location=Location(point=POINT))
    moved = cot.encode(message).data.replace(
        b' time="2026-11-21T19:31', b' time="2026-11-21T19:40', 1
    )
    read = cot.decode(moved)
    assert isinstance(read.body, Position)
    assert read.id != message.id
    assert [loss.field for loss in read.losses] == ["/event/detail/__crossband"]


def test_a_carried_message_that_is_wrong_says_where() -> None:
    inner = '<__crossband>{"body": {"kind": "alarm"}}</__crossband>'
    with pytest.raises(MalformedDocument, match="__crossband/body"):
        cot.decode(event(detail=inner))


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck), phases=PHASES)
@given(data=st.data())
def test_every_kind_survives_cot(
    kind: str, data: st.DataObject, making: types.SimpleNamespace
) -> None:
    message = data.draw(making.messages_of(kind))
    for language in (None, "es"):
        read = cot.decode(cot.encode(message, Settings(language=language)).data)
        kept = (
            {"original", "source"} if message.original is None or message.source is None else set()
        )
        for field in set(Message.__struct_fields__) - kept:
            assert getattr(read, field) == getattr(message, field), field


@pytest.mark.parametrize("kind", ["position", "text", "alarm", "receipt", "read"])
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck), phases=PHASES)
@given(data=st.data())
def test_without_the_carried_message_losses_say_what_is_gone(
    kind: str, data: st.DataObject, making: types.SimpleNamespace
) -> None:
    message = data.draw(making.messages_of(kind))
    encoded = cot.encode(message, Settings(carry_canonical=False))
    assert b"__crossband" not in encoded.data
    lost = {loss.field.partition(".")[0] for loss in encoded.losses}
    for field in ("incident", "patrol", "in_reply_to", "observed", "onset"):
        assert (getattr(message, field) is not None) == (field in lost), field
    assert cot.decode(encoded.data).exercise in (message.exercise, Exercise.EXERCISE)


def test_the_crosswalk_is_complete() -> None:
    rows = cot.crosswalk()
    assert {f"kind {name}" for name in KINDS} <= {row.field for row in rows}
    fields = {row.field.partition(".")[0] for row in rows}
    assert set(Message.__struct_fields__) - {"body", "losses"} <= fields
