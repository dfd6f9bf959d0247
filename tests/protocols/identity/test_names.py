"""Names are written one way, and role and name cannot contradict each other."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.errors import BadCertificate
from protocols.identity import DeviceKey, Identity, Role, device_name
from protocols.identity.names import check_device, check_identity, identity_of
from protocols.identity.profile import parse

UNIT = st.text(st.characters(categories=("L", "N", "P", "Zs"), max_codepoint=0x2FF), min_size=1)


@pytest.mark.parametrize(
    ("device", "role"),
    [
        ("patrol-7@uscbp", Role.PARTICIPANT),
        ("desk@uscbp", Role.COMMAND),
        ("gateway:cot@uscbp", Role.GATEWAY),
        ("archive:main@uscbp", Role.ARCHIVE),
    ],
)
def test_good_names_pass_and_have_a_uri(device: str, role: Role) -> None:
    identity = Identity("US", "uscbp", "Nogales Station", device, role)
    check_identity(identity)
    assert identity.uri == f"crossband://uscbp/{device.removesuffix('@uscbp')}"


@pytest.mark.parametrize(
    ("identity", "word"),
    [
        (Identity("us", "uscbp", "N", "a@uscbp", Role.COMMAND), "country"),
        (Identity("US", "USCBP", "N", "a@USCBP", Role.COMMAND), "agency"),
        (Identity("US", "uscbp", "", "a@uscbp", Role.COMMAND), "unit"),
        (Identity("US", "uscbp", "x" * 65, "a@uscbp", Role.COMMAND), "unit"),
        (Identity("US", "uscbp", "a\u202eb", "a@uscbp", Role.COMMAND), "unit"),
        (Identity("US", "uscbp", "N", "a@rcmp", Role.COMMAND), "not a device of"),
        (Identity("US", "uscbp", "N", "a b@uscbp", Role.COMMAND), "device name"),
        (Identity("US", "uscbp", "N", "a@b@uscbp", Role.COMMAND), "device name"),
        (Identity("US", "uscbp", "N", "patrol@uscbp", Role.GATEWAY), "go together"),
        (Identity("US", "uscbp", "N", "gateway:cot@uscbp", Role.PARTICIPANT), "go together"),
        (Identity("US", "uscbp", "N", "gateway:cot@uscbp", Role.ARCHIVE), "go together"),
        (Identity("US", "uscbp", "N", "archive:x@uscbp", Role.OBSERVER), "go together"),
    ],
)
def test_names_that_cannot_be_are_refused(identity: Identity, word: str) -> None:
    with pytest.raises(BadCertificate, match=word):
        check_identity(identity)
    with pytest.raises(BadCertificate, match=word):
        _ = identity.subject


def test_a_name_gets_its_agency_and_keeps_it() -> None:
    assert device_name("patrol-7", "uscbp") == "patrol-7@uscbp"
    assert device_name("patrol-7@uscbp", "uscbp") == "patrol-7@uscbp"
    with pytest.raises(BadCertificate, match="belongs to rcmp"):
        device_name("patrol-7@rcmp", "uscbp")
    with pytest.raises(BadCertificate):
        check_device("patrol-7")


@given(unit=UNIT, role=st.sampled_from([r for r in Role if r not in ("gateway", "archive")]))
@settings(max_examples=50, deadline=None)
def test_an_identity_survives_its_certificate(
    us: Any, key: DeviceKey, unit: str, role: Role
) -> None:
    identity = Identity("US", "uscbp", unit[:64], "patrol-7@uscbp", role)
    try:
        check_identity(identity)
    except BadCertificate:
        return
    assert identity_of(parse(us.device(key, identity))) == identity


def test_subject_and_alternative_name_must_agree(us: Any, key: DeviceKey) -> None:
    other = x509.SubjectAlternativeName([x509.UniformResourceIdentifier("crossband://uscbp/b")])
    with pytest.raises(BadCertificate, match="differ"):
        identity_of(parse(us.device(key, replace={"names": (other, False)})))
    with pytest.raises(BadCertificate, match="no subject alternative"):
        identity_of(parse(us.device(key, replace={"names": None})))
    two = x509.SubjectAlternativeName(
        [x509.UniformResourceIdentifier(us.identity().uri), x509.DNSName("hub.example")]
    )
    with pytest.raises(BadCertificate, match="one URI"):
        identity_of(parse(us.device(key, replace={"names": (two, False)})))


def test_missing_doubled_and_unknown_attributes_are_refused(us: Any, key: DeviceKey) -> None:
    attributes = list(us.identity().subject)
    without_role = x509.Name([a for a in attributes if a.oid != NameOID.TITLE])
    with pytest.raises(BadCertificate, match="one title"):
        identity_of(parse(us.device(key, subject=without_role)))
    two_names = x509.Name([*attributes, x509.NameAttribute(NameOID.COMMON_NAME, "x@uscbp")])
    with pytest.raises(BadCertificate, match="one commonName"):
        identity_of(parse(us.device(key, subject=two_names)))
    president = x509.Name(
        [a for a in attributes if a.oid != NameOID.TITLE]
        + [x509.NameAttribute(NameOID.TITLE, "president")]
    )
    with pytest.raises(BadCertificate, match="no role"):
        identity_of(parse(us.device(key, subject=president)))
