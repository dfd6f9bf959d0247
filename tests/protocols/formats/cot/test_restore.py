"""Putting back is the exact reverse of reading, and it adds nothing."""

from __future__ import annotations

import types
from datetime import UTC, datetime

import pytest
from lxml import etree

from protocols.formats.cot.detail import child
from protocols.formats.cot.read import read_kind
from protocols.formats.cot.restore import restore_kind
from protocols.formats.xml import parse
from protocols.messages.envelope import Message
from protocols.messages.kinds import ParRequest

EVENTS = (
    b'<event uid="U" type="a-f-G" how="m-g"><detail><contact callsign="N"/><track course="1.5"/>'
    b"</detail></event>",
    b'<event uid="U" type="a-u-G" how="m-g"><detail><contact callsign="N" e="x"/></detail></event>',
    b'<event uid="U" type="a-u-G" how="h-e"><detail><contact callsign="N" e="x"/>'
    b'<remarks>r</remarks><link relation="p-p" uid="P" parent_callsign="HOPE"/></detail></event>',
    b'<event uid="U" type="b-t-f"><detail><__chat chatroom="R" senderCallsign="S" id="i"/>'
    b'<remarks to="R">text</remarks></detail></event>',
    b'<event uid="U" type="b-t-f-d"><detail><__chatreceipt messageId="M" senderCallsign="S"/>'
    b"</detail></event>",
    b'<event uid="U" type="b-t-f-r"><detail><__chat messageId="M"/></detail></event>',
    b'<event uid="U" type="b-t-f-r"><detail><__chat messageId=""/></detail></event>',
    b'<event uid="U" type="b-t-f-d"><detail><__chatreceipt messageId="U" id="r"/></detail></event>',
    b'<event uid="U" type="b-a-o-tbl"><detail><emergency type="911 Alert">N</emergency></detail>'
    b"</event>",
    b'<event uid="U" type="b-a-o-can"><detail><emergency cancel="true">N</emergency>'
    b"</detail></event>",
    b'<event uid="U" type="b-r-f-h-c"><detail><_medevac_ litter="4" enemy="x" hoist="true">'
    b'<zMistsMap><zMist m="a" i="b" z="1"/></zMistsMap></_medevac_></detail></event>',
    b'<event uid="U" type="b-m-r"><detail><contact callsign="Route 7"/><remarks>r</remarks>'
    b"</detail></event>",
    b'<event uid="U" type="t-x-d-d"><detail><link uid="T" relation="none"/></detail></event>',
    b'<event uid="U" type="t-x-c-t"><detail/></event>',
)


@pytest.mark.parametrize("data", EVENTS)
def test_what_was_taken_comes_back(data: bytes, making: types.SimpleNamespace) -> None:
    event = parse(data)
    detail = child(event, "detail")
    fields = read_kind(event, detail)
    message = Message(
        id="019a9c3e-7a00-7000-8000-000000000001",
        sender=making.sender,
        sent=datetime(2026, 11, 21, tzinfo=UTC),
        **fields,
    )
    assert restore_kind(event, detail, message)
    assert canonical(event) == canonical(parse(data))


def canonical(element: etree._Element) -> bytes:
    return bytes(etree.tostring(element, method="c14n"))


def test_a_kind_that_cot_never_gave_is_not_put_back(making: types.SimpleNamespace) -> None:
    event = etree.Element("event")
    message = Message(
        id="019a9c3e-7a00-7000-8000-000000000001",
        sender=making.sender,
        sent=datetime(2026, 11, 21, tzinfo=UTC),
        body=ParRequest(),
    )
    assert not restore_kind(event, event, message)
