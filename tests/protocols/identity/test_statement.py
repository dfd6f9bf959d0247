"""An agency speaks about its own devices, with its own key; everything else is refused."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from protocols.errors import StatementRefused
from protocols.identity import DeviceKey, RevocationStatement, Roots

DEVICE = "patrol-7@uscbp"


def statement(now: int, **changes: Any) -> RevocationStatement:
    values = {"agency": "uscbp", "device": DEVICE, "at": now, "reason": "lost", **changes}
    return RevocationStatement(**values)


def test_a_statement_holds(us: Any, now: int) -> None:
    for certificate, key in ((us.issuing, us.issuing_key), (us.root, us.root_key)):
        body = statement(now).sign(certificate, key)
        assert RevocationStatement.verify(body, us.roots, now) == statement(now)


def test_another_agency_cannot_take_a_device_back(us: Any, ca: Any, now: int) -> None:
    both = Roots([us.root, ca.root])
    body = statement(now).sign(ca.issuing, ca.issuing_key)
    with pytest.raises(StatementRefused, match="rcmp cannot speak about"):
        RevocationStatement.verify(body, both, now)
    body = statement(now, agency="rcmp").sign(ca.issuing, ca.issuing_key)
    with pytest.raises(StatementRefused, match="rcmp cannot speak about"):
        RevocationStatement.verify(body, both, now)
    body = statement(now).sign(us.issuing, us.issuing_key)
    with pytest.raises(StatementRefused, match="no root is pinned"):
        RevocationStatement.verify(body, ca.roots, now)


def test_a_device_cannot_make_statements(us: Any, key: DeviceKey, now: int) -> None:
    body = statement(now).sign(us.device(key), key.private)
    with pytest.raises(StatementRefused):
        RevocationStatement.verify(body, us.roots, now)


def test_a_tampered_statement_is_refused(us: Any, now: int) -> None:
    body = statement(now).sign(us.issuing, us.issuing_key)
    content, authority, signature = msgspec.json.decode(body, type=tuple[bytes, bytes, bytes])
    other = content.replace(b"patrol-7", b"patrol-8")
    assert other != content
    for wrong in (
        (other, authority, signature),
        (content, authority, b""),
        (content, authority, signature[:-1] + bytes([signature[-1] ^ 1])),
        (content, us.root, signature),
    ):
        with pytest.raises(StatementRefused):
            RevocationStatement.verify(msgspec.json.encode(wrong), us.roots, now)


@pytest.mark.parametrize("body", [b"", b"{}", b"[1,2,3]", b"[" * 5000, b"\xff", b"x" * 9000])
def test_what_is_no_statement_is_refused(us: Any, now: int, body: bytes) -> None:
    with pytest.raises(StatementRefused):
        RevocationStatement.verify(body, us.roots, now)


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"at": 2_000_000_000}, "future"),
        ({"at": 0}, "future"),
        ({"reason": "x" * 201}, "reason"),
        ({"device": "no name"}, "device name"),
    ],
)
def test_statements_that_cannot_be_are_refused(
    us: Any, now: int, changes: dict[str, Any], word: str
) -> None:
    body = statement(now, **changes).sign(us.issuing, us.issuing_key)
    with pytest.raises(StatementRefused, match=word):
        RevocationStatement.verify(body, us.roots, now)


def test_an_expired_authority_cannot_speak(us: Any, now: int) -> None:
    issuing = us.make_issuing(end=now - 1)
    body = statement(now).sign(issuing, us.issuing_key)
    with pytest.raises(StatementRefused, match="not valid now"):
        RevocationStatement.verify(body, us.roots, now)
