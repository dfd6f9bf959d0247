"""Stubs, parts and putting together: each reader ends up with exactly its own view."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from protocols.errors import MalformedMessage
from protocols.identity import Identity
from protocols.messages import Caveat, Handling, Message, Original, Source, Stub, compose
from protocols.messages.envelope import Loss
from protocols.messages.kinds import (
    Alarm,
    ConsularNotice,
    Disclosure,
    Leg,
    Medical,
    Observation,
    PatrolPlan,
    Text,
)
from protocols.messages.release import Split, merge, split, stub_text, view
from protocols.messages.values import LanguageText, Location, Point, Tlp, Window

Party = dict[str, Identity]
POINT = Point(lat=31.33275, lon=-110.9511)
CAMERA = Caveat(path="/body/camera", releasable_to=("US",), tlp=Tlp.RED)


def parts_of(made: Split, reader: Identity) -> list[bytes]:
    return [part.values for part in made.parts if reader.device in part.readers]


def seen_by(message: Message, reader: Identity, party: Party) -> Message:
    made = split(message, list(party.values()))
    return merge(made.open, *parts_of(made, reader))


def observation(party: Party, **fields: object) -> Message:
    body = Observation(size=2, camera="NGL-CAM-14", activity=LanguageText(text="digging, smoke"))
    return compose(
        party["usbp"], body, location=Location(point=POINT),
        handling=Handling(tlp=Tlp.AMBER, withheld=(CAMERA,)), **fields,
    )  # fmt: skip


def test_gn_sees_a_stub_where_the_camera_id_stands(party: Party) -> None:
    message = observation(party)
    seen = view(message, party["gn"])
    assert isinstance(seen.body, Observation)
    assert seen.body.camera is None
    assert seen.body.activity is not None
    assert seen.stubs == (Stub(path="/body/camera", by="US", tlp=Tlp.RED),)
    assert stub_text(seen.stubs[0]) == "withheld by US, TLP:RED"
    assert view(message, party["agent"]) == message


def test_the_camera_id_is_in_no_byte_that_gn_can_open(party: Party) -> None:
    secret = Original.of(b"<event uid='NGL-CAM-14'/>", "cot", "2.0")
    message = observation(
        party,
        original=secret,
        source=Source(system="tak", id="NGL-CAM-14"),
        extensions={"tak": {"sensor": "NGL-CAM-14"}},
        losses=(Loss(field="detail", value="NGL-CAM-14", reason="no home"),),
    )
    made = split(message, list(party.values()))
    assert b"NGL-CAM-14" not in msgspec.json.encode(made.open)
    assert all(party["gn"].device not in part.readers for part in made.parts)
    assert {stub.path for stub in made.open.stubs} == {
        "/body/camera", "/original", "/source", "/extensions", "/losses",
    }  # fmt: skip
    assert seen_by(message, party["agent"], party) == message


def test_the_observer_gets_sector_and_windows_but_no_waypoints(party: Party) -> None:
    leg = Leg(name="1", waypoint_north=POINT, waypoint_south=POINT, window=Window())
    plan = PatrolPlan(
        sector="Nogales West", legs=(leg, leg), channel_primary="TAC-3", abort_word="saguaro"
    )
    message = compose(party["usbp"], plan, patrol="MP-07")
    seen = view(message, party["rcmp"]).body
    assert isinstance(seen, PatrolPlan)
    assert seen.sector == "Nogales West"
    assert [leg.window for leg in seen.legs] == [Window(), Window()]
    assert all(leg.waypoint_north is leg.waypoint_south is None for leg in seen.legs)
    assert (seen.channel_primary, seen.abort_word) == (None, None)
    assert view(message, party["gn"]) == message
    assert view(message, party["auditor"]).body == seen


def test_a_place_passes_in_an_emergency_whatever_the_caveat(party: Party) -> None:
    caveats = (Caveat(path="/location", releasable_to=("MX",)), Caveat(path="/location/point"),
               Caveat(path="/body/heads"), Caveat(path="/body/reason"))  # fmt: skip
    alarm = compose(
        party["gn"],
        Alarm(alarm_class="EMERGENCY", heads=4, reason=LanguageText(text="derrumbe")),
        location=Location(point=POINT),
        handling=Handling(withheld=caveats),
    )
    seen = view(alarm, party["rcmp"])
    assert seen.location == Location(point=POINT)
    assert isinstance(seen.body, Alarm)
    assert seen.body.heads == 4
    assert [stub.path for stub in seen.stubs] == ["/body/reason"]
    calm = replace(alarm, body=replace(alarm.body, alarm_class="SENSOR"))
    assert view(calm, party["rcmp"]).location is None


def test_medical_passes_and_the_patients_name_does_not(party: Party) -> None:
    message = compose(
        party["gn"],
        Medical(
            patients=1, injuries=LanguageText(text="fractura"), patient_name="Juan N.",
        ),
        location=Location(point=POINT),
        handling=Handling(tlp=Tlp.RED, releasable_to=("MX",)),
    )  # fmt: skip
    seen = view(message, party["usbp"])
    assert isinstance(seen.body, Medical)
    assert (seen.body.patients, seen.location) == (1, Location(point=POINT))
    assert seen.body.injuries is not None
    assert seen.body.patient_name is None
    assert [stub.path for stub in seen.stubs] == ["/body/patient_name"]


def test_a_disclosure_reaches_its_recipients_only(party: Party) -> None:
    message = compose(party["c5"], Disclosure(item="NAME", value="Juan N.", recipients=("uscbp",)))
    assert view(message, party["usbp"]) == message
    seen = view(message, party["rcmp"])
    assert isinstance(seen.body, Disclosure)
    assert (seen.body.value, seen.body.item) == (None, "NAME")
    assert seen.stubs == (Stub(path="/body/value", by="MX", tlp=Tlp.RED),)


def test_a_consular_notice_has_no_place_for_a_name() -> None:
    fields = set(ConsularNotice.__struct_fields__)
    assert fields == {"nationality", "count", "contact", "due"}


def test_a_message_for_some_is_a_row_of_stubs_to_others(party: Party) -> None:
    message = compose(
        party["usbp"],
        Text(text=LanguageText(text="for MX only")),
        location=Location(point=POINT),
        handling=Handling(tlp=Tlp.RED, releasable_to=("MX",)),
    )
    assert view(message, party["gn"]) == message
    seen = view(message, party["rcmp"])
    assert seen.body == Text()
    assert {stub.path for stub in seen.stubs} == {"/body/text", "/location"}


def test_with_nothing_withheld_nothing_is_split(party: Party) -> None:
    message = compose(party["usbp"], Text(text=LanguageText(text="x")))
    assert split(message, list(party.values())) == Split(message, ())


def test_a_field_without_which_there_is_no_message_cannot_be_withheld(party: Party) -> None:
    for path in ("/body", "/sent", "/sender/agency", "/body/kind"):
        handling = Handling(withheld=(Caveat(path=path),))
        with pytest.raises(MalformedMessage):
            split(compose(party["usbp"], Text(), handling=handling), list(party.values()))


def test_a_part_can_restore_but_never_add(party: Party) -> None:
    made = split(observation(party), list(party.values()))
    for forged in ({"/body/size": 9}, {"/sender/role": "command"}, [], "x"):
        with pytest.raises(MalformedMessage):
            merge(made.open, msgspec.msgpack.encode(forged))
    with pytest.raises(MalformedMessage):
        merge(made.open, b"\xc1")
    with pytest.raises(MalformedMessage):
        merge(made.open, msgspec.msgpack.encode({"/body/camera": 7}))


PATHS = ("/body/camera", "/location", "/location/point", "/location/point/hae", "/body/activity",
         "/body/activity/text", "/incident", "/extensions/ns", "/body/size")  # fmt: skip
READERS = st.lists(st.sampled_from(["US", "MX", "CA", "rcmp", "gn-3@c5sonora"]), max_size=2)


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    caveats=st.lists(st.tuples(st.sampled_from(PATHS), READERS, st.sampled_from(Tlp)), max_size=4),
    audience=READERS,
)
def test_everybody_ends_up_with_their_own_view(
    caveats: list[tuple[str, list[str], Tlp]], audience: list[str], party: Party
) -> None:
    withheld = tuple(Caveat(path=p, releasable_to=tuple(r), tlp=t) for p, r, t in caveats)
    message = compose(
        party["usbp"],
        Observation(size=2, camera="C14"),
        location=Location(point=Point(lat=1, lon=2, hae=3)),
        incident="I-1",
        extensions={"ns": {"a": 1}, "other": 2},
        handling=Handling(withheld=withheld, releasable_to=tuple(audience)),
    )
    made = split(message, list(party.values()))
    for reader in party.values():
        assert merge(made.open, *parts_of(made, reader)) == view(message, reader)
    assert seen_by(message, party["cot"], party) == message
