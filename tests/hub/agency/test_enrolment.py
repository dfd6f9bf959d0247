"""Getting in once with a code, staying in with the key, and every way of not getting in."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives import serialization

from hub.agency.authority import Authority
from hub.agency.enrolment import Offer, enrol, offer_code, renew
from hub.agency.register import Book, Register
from hub.agency.revocation import revoke
from protocols.errors import (
    BadCertificate,
    CertificateExpired,
    DeviceRevoked,
    EnrolmentRefused,
)
from protocols.identity import DeviceKey, Identity, Role, Roots, verify_chain
from protocols.identity.enrolment import (
    CODE_LIFE,
    EnrolmentCode,
    Issued,
    key_fingerprint,
    make_renewal,
    make_request,
)

DAY = 86_400


def offer(authority: Authority, now: int, name: str = "patrol-7", **more: str) -> Offer:
    return offer_code(
        authority, name=name, role=Role.PARTICIPANT, unit="Nogales Station", now=now, **more
    )


def book(authority: Authority) -> Book:
    return Register(authority.folder).read()


def fingerprint(key: DeviceKey) -> str:
    return key_fingerprint(
        key.private.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    )


def identity_of(issued: Issued, now: int) -> Identity:
    return verify_chain(issued.chain, Roots([issued.root]), now)


def test_a_code_lets_one_device_in(authority: Authority, now: int) -> None:
    key, offered = DeviceKey.generate(), offer(authority, now)
    assert offered.expires == now + CODE_LIFE
    issued = enrol(authority, make_request(key, offered.code), now + 60)
    assert identity_of(issued, now + 60) == offered.identity
    assert issued.root == authority.root
    entry = book(authority).devices["patrol-7@uscbp"]
    assert (entry.key, entry.revoked) == (fingerprint(key), 0)


def test_the_code_itself_is_not_kept(authority: Authority, now: int) -> None:
    code = offer(authority, now).code
    stored = (authority.folder / "register.json").read_text()
    assert str(code) not in stored
    assert code.secret.hex() not in stored


def test_refused_requests_change_nothing(authority: Authority, now: int) -> None:
    """Unknown, without code, expired, tied to another key; then the good one still works."""
    key, other = DeviceKey.generate(), DeviceKey.generate()
    offered = offer(authority, now, key=fingerprint(key))
    stranger = EnrolmentCode.new(authority.root)
    before = book(authority)
    for request, when, word in (
        (make_request(key, stranger), now, "no such code"),
        (make_request(key), now, "carries no enrolment code"),
        (make_request(key, offered.code), now + CODE_LIFE, "expired"),
        (make_request(other, offered.code), now, "another key"),
        (make_request(key, offered.code)[:-1], now, "cannot be read"),
        (b"nothing", now, "cannot be read"),
    ):
        with pytest.raises(EnrolmentRefused, match=word):
            enrol(authority, request, when)
        assert book(authority) == before
    assert identity_of(enrol(authority, make_request(key, offered.code), now), now)


def test_a_code_is_used_once(authority: Authority, now: int) -> None:
    code = offer(authority, now).code
    key = DeviceKey.generate()
    enrol(authority, make_request(key, code), now)
    before = book(authority)
    for again in (key, DeviceKey.generate()):
        with pytest.raises(EnrolmentRefused, match="used already"):
            enrol(authority, make_request(again, code), now)
    assert book(authority) == before


def test_a_newer_code_replaces_the_older(authority: Authority, now: int) -> None:
    first, second = offer(authority, now), offer(authority, now + 1)
    with pytest.raises(EnrolmentRefused, match="newer one"):
        enrol(authority, make_request(DeviceKey.generate(), first.code), now + 2)
    enrol(authority, make_request(DeviceKey.generate(), second.code), now + 2)


def test_a_code_of_another_agency_is_unknown(
    make_authority: Callable[..., Authority], now: int
) -> None:
    us, ca = make_authority(), make_authority("rcmp", "CA")
    with pytest.raises(EnrolmentRefused, match="no such code"):
        enrol(ca, make_request(DeviceKey.generate(), offer(us, now).code), now)


def test_one_living_key_a_name(authority: Authority, now: int) -> None:
    waiting = offer(authority, now)
    enrol(authority, make_request(DeviceKey.generate(), waiting.code), now)
    with pytest.raises(EnrolmentRefused, match="enrolled already"):
        offer(authority, now)
    assert offer(authority, now + 8 * DAY).identity.device == "patrol-7@uscbp"


def test_one_name_a_key(authority: Authority, now: int) -> None:
    key = DeviceKey.generate()
    enrol(authority, make_request(key, offer(authority, now).code), now)
    with pytest.raises(EnrolmentRefused, match="this key was enrolled before"):
        enrol(authority, make_request(key, offer(authority, now, "desk").code), now)


@pytest.mark.parametrize(
    ("name", "role", "unit"),
    [
        ("patrol-7@rcmp", Role.PARTICIPANT, "N"),
        ("Patrol 7", Role.PARTICIPANT, "N"),
        ("patrol-7", Role.GATEWAY, "N"),
        ("gateway:cot", Role.PARTICIPANT, "N"),
        ("patrol-7", Role.PARTICIPANT, ""),
    ],
)
def test_no_code_for_names_that_cannot_be(
    authority: Authority, now: int, name: str, role: Role, unit: str
) -> None:
    with pytest.raises(BadCertificate):
        offer_code(authority, name=name, role=role, unit=unit, now=now)
    assert book(authority).codes == []


def test_a_device_renews_while_it_lives(authority: Authority, now: int) -> None:
    key = DeviceKey.generate()
    first = enrol(authority, make_request(key, offer(authority, now).code), now)
    later = now + 4 * DAY
    second = renew(authority, make_renewal(key, first.chain), later)
    assert identity_of(second, later + 6 * DAY) == identity_of(first, now)
    with pytest.raises(CertificateExpired):
        renew(authority, make_renewal(key, first.chain), now + 8 * DAY)
    assert book(authority).devices["patrol-7@uscbp"].enrolled == now
    assert book(authority).devices["patrol-7@uscbp"].issued == later


def test_renewals_that_are_not_the_device(
    authority: Authority, make_authority: Callable[..., Authority], now: int
) -> None:
    key, thief = DeviceKey.generate(), DeviceKey.generate()
    first = enrol(authority, make_request(key, offer(authority, now).code), now)
    before = book(authority)
    with pytest.raises(EnrolmentRefused, match="by another key"):
        renew(authority, make_renewal(thief, first.chain), now)
    ca = make_authority("rcmp", "CA")
    foreign = enrol(ca, make_request(thief, offer(ca, now).code), now)
    with pytest.raises(BadCertificate):
        renew(authority, make_renewal(thief, foreign.chain), now)
    with pytest.raises(EnrolmentRefused):
        renew(authority, b"nothing", now)
    assert book(authority) == before


def test_a_device_that_is_not_in_the_register_is_not_renewed(
    authority: Authority, now: int
) -> None:
    key = DeviceKey.generate()
    first = enrol(authority, make_request(key, offer(authority, now).code), now)
    (authority.folder / "register.json").unlink()
    with pytest.raises(EnrolmentRefused, match="not in the register"):
        renew(authority, make_renewal(key, first.chain), now)


def test_a_revoked_device_comes_back_only_with_a_new_code_and_key(
    authority: Authority, now: int
) -> None:
    key, fresh = DeviceKey.generate(), DeviceKey.generate()
    first = enrol(authority, make_request(key, offer(authority, now).code), now)
    statement = revoke(authority, "patrol-7", "lost", now + 10)
    with pytest.raises(DeviceRevoked):
        renew(authority, make_renewal(key, first.chain), now + 11)
    code = offer(authority, now + 10).code
    with pytest.raises(EnrolmentRefused, match="this very second"):
        enrol(authority, make_request(fresh, code), now + 10)
    again = enrol(authority, make_request(fresh, code), now + 11)
    renewed = renew(authority, make_renewal(fresh, again.chain), now + 12)
    hub = Roots([authority.root])
    hub.add_revocation(statement.body, now + 20)
    with pytest.raises(DeviceRevoked):
        verify_chain(first.chain, hub, now + 20)
    for chain in (again.chain, renewed.chain):
        assert verify_chain(chain, hub, now + 20).device == "patrol-7@uscbp"
    with pytest.raises(EnrolmentRefused, match="not in the register"):
        renew(authority, make_renewal(key, first.chain), now + 20)
