"""One event, one message, whichever form it came in; what is lost is found by reading again."""

from __future__ import annotations

import types
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from lxml import etree

from protocols.errors import MalformedDocument, UnsupportedVersion
from protocols.formats.codec import STRANGER, Settings
from protocols.formats.cot import event as cot
from protocols.formats.cot import tak_message as tak
from protocols.formats.cot.pivot import Form, check, read, write
from protocols.formats.losses import leaf_paths
from protocols.formats.xml import parse
from protocols.messages.envelope import Message
from protocols.messages.kinds import KINDS, AlarmCancel, LogNote, Position, Text
from protocols.messages.values import Location, Point

FORM = Form("x", "7", "application/x")
ABOUT_THE_TRANSLATION = ("original", "losses", "moments")
PHASES = (Phase.explicit, Phase.reuse, Phase.generate)


def event(detail: str = "", kind: str = "a-f-G", stale: str = "06:05:00", more: str = "") -> bytes:
    return (
        f'<event version="2.0" uid="U-1" type="{kind}" how="m-g" time="2026-11-21T06:00:00.000Z" '
        f'start="2026-11-21T06:00:00.000Z" stale="2026-11-21T{stale}.000Z" {more}>'
        '<point lat="31.3" lon="-110.9" hae="9999999.0" ce="9999999.0" le="9999999.0"/>'
        f"<detail>{detail}</detail></event>"
    ).encode()


def without_original(message: Message) -> Message:
    return msgspec.structs.replace(message, original=None, source=None)


# --- reading ------------------------------------------------------------------------------------


def test_the_form_is_said_and_changes_nothing_else() -> None:
    data = event('<contact callsign="N"/>')
    one = read(check(parse(data)), data, FORM, STRANGER)
    other = cot.decode(data)
    assert one.source is not None
    assert (one.source.format, one.source.version) == ("x", "7")
    assert without_original(one) == without_original(other)


def test_another_root_or_version_is_not_read() -> None:
    for text in ("<events/>", '<event version="3.0"/>', "<event/>"):
        with pytest.raises(UnsupportedVersion):
            check(parse(text.encode()))
    with pytest.raises(MalformedDocument, match="@uid"):
        check(parse(b'<event version="2"/>'))


def test_a_uid_is_kept_to_the_letter() -> None:
    message = cot.decode(event().replace(b'"U-1"', '" U-1\u00a0"'.encode()))
    again = cot.decode(cot.encode(message).data)
    assert (again.id, again.source) == (message.id, message.source)


def test_a_message_inside_that_cannot_travel_on_is_refused() -> None:
    inner = '{"body": {"kind": "equipment.notice", "from_when": "2026-11-21T06:00:00"}}'
    with pytest.raises(MalformedDocument, match="from_when"):
        cot.decode(event(f"<__crossband>{inner}</__crossband>"))


def test_text_between_the_elements_is_kept() -> None:
    data = event().replace(b"<point", b"odd words<point")
    message = cot.decode(data)
    assert b"odd words" in cot.encode(message).data
    assert without_original(cot.decode(cot.encode(message).data)) == without_original(message)


# --- tracks that are dropped --------------------------------------------------------------------


@pytest.mark.parametrize("codec", [cot, tak])
@pytest.mark.parametrize(
    ("kind", "stale", "how"),
    [
        ("a-f-G-U-C", "05:00:00", "m-g"),
        ("a-u-G", "05:00:00", "h-g-i-g-o"),
        ("b-m-p-s-m", "05:00:00", "h-g-i-g-o"),
        ("u-d-f", "05:00:00", "h-e"),
        ("t-x-d-d", "06:00:00", "m-g"),
        ("t-x-d-d", "06:00:20", "m-g"),
    ],
)
def test_gone_arrives(codec: Any, kind: str, stale: str, how: str) -> None:
    data = event('<link uid="U-1" relation="none"/>', kind, stale).replace(b"m-g", how.encode())
    message = codec.decode(tak.from_xml(data) if codec is tak else data)
    assert isinstance(message.body, Position)
    assert message.body.gone
    assert message.body.track == "U-1"
    assert message.expires is None
    encoded = codec.encode(message)
    assert encoded.losses == ()
    assert parse(tak.to_xml(encoded.data) if codec is tak else encoded.data).get("stale") == (
        f"2026-11-21T{stale}.000Z"
    )
    assert without_original(codec.decode(encoded.data)) == without_original(message)


def test_what_is_not_drawn_is_not_gone() -> None:
    message = cot.decode(event("<remarks>hi</remarks>", "b-t-f", "05:00:00"))
    assert isinstance(message.body, Text)
    assert message.expires is None
    assert without_original(cot.decode(cot.encode(message).data)) == without_original(message)
    assert isinstance(cot.decode(event("", "b-f-t-a", "05:00:00")).body, LogNote)


# --- what real clients say ----------------------------------------------------------------------


@pytest.mark.parametrize("codec", [cot, tak])
def test_a_cancelled_emergency_comes_back_as_it_was(codec: Any) -> None:
    detail = '<emergency cancel="true">HOPE</emergency><contact callsign="HOPE-Alert"/>'
    data = event(detail, "b-a-o-can")
    message = codec.decode(tak.from_xml(data) if codec is tak else data)
    assert message.body == AlarmCancel(alarm="U-1")
    written = codec.encode(message).data
    root = parse(tak.to_xml(written) if codec is tak else written)
    found = root.find("detail/emergency")
    assert found is not None
    assert (root.get("type"), found.get("cancel"), found.text) == ("b-a-o-can", "true", "HOPE")


@pytest.mark.parametrize("codec", [cot, tak])
def test_the_hierarchy_of_a_group_chat_survives(codec: Any) -> None:
    detail = (
        '<__chat parent="UserGroups" groupOwner="true" chatroom="okm" id="g-1" '
        'senderCallsign="HOPE"><chatgrp uid0="U-1" uid1="U-2" id="g-1"/><hierarchy>'
        '<group uid="UserGroups" name="Groups"><group uid="g-1" name="okm">'
        '<contact uid="U-1" name="HOPE"/></group></group></hierarchy></__chat>'
        '<__chatgroup id="g-1"/><remarks to="okm">at VDO</remarks>'
    )
    data = event(detail, "b-t-f")
    message = codec.decode(tak.from_xml(data) if codec is tak else data)
    assert isinstance(message.body, Text)
    assert message.body.to == ("okm",)
    written = codec.encode(message).data
    root = parse(tak.to_xml(written) if codec is tak else written)
    for path in ("detail/__chat", "detail/__chatgroup"):
        found, expected = root.find(path), parse(data).find(path)
        assert found is not None
        assert expected is not None
        assert etree.tostring(found, method="c14n") == etree.tostring(expected, method="c14n")


# --- writing ------------------------------------------------------------------------------------


def composed(making: types.SimpleNamespace, body: Any, **fields: Any) -> Message:
    return Message(
        id="019a9c3e-7a00-7000-8000-000000000001",
        sender=making.sender,
        sent=datetime(2026, 11, 21, 19, 31, tzinfo=UTC),
        body=body,
        **fields,
    )


@pytest.mark.parametrize(
    "body",
    [
        Position(symbol="b-t-f", unit="N"),
        Position(symbol="a-u-G", how="h-e", unit="N"),
        Position(symbol="  ", how="", unit="N"),
        Position(symbol="a-", unit="N"),
    ],
)
def test_a_track_is_written_so_that_it_is_read_as_one(
    body: Position, making: types.SimpleNamespace
) -> None:
    message = composed(making, body, expires=datetime(2020, 1, 1, tzinfo=UTC))
    encoded = cot.encode(message, Settings(carry_canonical=False))
    found = cot.decode(encoded.data).body
    assert isinstance(found, Position)
    assert not found.gone
    lost = {loss.field for loss in encoded.losses}
    assert "expires" in lost
    for name in ("symbol", "how"):
        kept = getattr(found, name) == getattr(body, name)
        assert kept or getattr(body, name) is None or f"body.{name}" in lost


def test_an_event_restored_and_changed_says_what_it_cannot_carry() -> None:
    message = cot.decode(event('<contact callsign="N"/>'))
    assert cot.encode(message).losses == ()
    changed = msgspec.structs.replace(message, incident="TUN-1")
    encoded = cot.encode(changed)
    assert [loss.field for loss in encoded.losses] == ["incident"]
    assert cot.decode(encoded.data).incident == "TUN-1"


def test_a_time_written_anew_does_not_make_the_message_inside_stale(
    making: types.SimpleNamespace,
) -> None:
    sent = datetime(2026, 11, 21, 19, 31, tzinfo=UTC)
    data = cot.encode(composed(making, Text(), incident="TUN-1")).data
    same = data.replace(
        b' time="2026-11-21T19:31:00.000Z"', b' time="2026-11-21T12:31:00-07:00"', 1
    )
    assert same != data
    read_again = cot.decode(same)
    assert (read_again.incident, read_again.sent) == ("TUN-1", sent)
    moved = data.replace(b'time="2026-11-21T19:31:00.000Z"', b'time="2026-11-21T19:32:00Z"', 1)
    assert cot.decode(moved).incident is None


def test_a_message_that_breaks_a_rule_of_its_own_is_not_written(
    making: types.SimpleNamespace,
) -> None:
    naive = composed(making, Text(), observed=datetime(2026, 11, 21))
    with pytest.raises(MalformedDocument, match="/observed"):
        cot.encode(naive)


def test_an_extension_that_is_no_event_is_refused(making: types.SimpleNamespace) -> None:
    for wrong in ({"event": {"x": 1}}, {"event": []}, {"detail": 7}, {"detail": [[1]]}):
        message = composed(making, Text(), extensions={"cot": wrong})
        with pytest.raises(MalformedDocument):
            write(message, Settings())


# --- losses by counting -------------------------------------------------------------------------


def missing(message: Message, codec: Any, carry: bool) -> list[str]:
    """The leaves that are neither read back at their place nor in the losses."""
    encoded = codec.encode(message, Settings(carry_canonical=carry))
    back = codec.decode(encoded.data)
    built = msgspec.to_builtins(message, builtin_types=(datetime,))
    for name in ABOUT_THE_TRANSLATION:
        built.pop(name, None)
    found = dict(leaf_paths(msgspec.to_builtins(back, builtin_types=(datetime,))))
    said = {loss.field for loss in encoded.losses}
    if "kind" in said:
        said.add("body.kind")
    return [
        path
        for path, leaf in leaf_paths(built)
        if path not in said and not (path in found and found[path] == leaf)
    ]


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck), phases=PHASES)
@given(data=st.data())
def test_every_leaf_is_read_back_or_said_to_be_lost(
    kind: str, data: st.DataObject, making: types.SimpleNamespace
) -> None:
    message = data.draw(making.messages_of(kind))
    for codec in (cot, tak):
        for carry in (True, False):
            assert missing(message, codec, carry) == []


def test_every_field_of_a_full_position_is_counted(making: types.SimpleNamespace) -> None:
    body = Position(track="T", unit="N", symbol="a-f-G", how="m-g", course=1.5, speed=2.0)
    message = composed(
        making,
        body,
        location=Location(point=Point(lat=31.3, lon=-110.9, hae=5.0)),
        expires=datetime(2026, 11, 21, 19, 31, tzinfo=UTC) + timedelta(minutes=1),
        incident="TUN-1",
    )
    losses = cot.encode(message, Settings(carry_canonical=False)).losses
    assert {loss.field.partition(".")[0] for loss in losses} == {
        "id",
        "sender",
        "language",
        "incident",
    }
    assert missing(message, cot, carry=False) == []


def test_a_carried_message_keeps_the_markings_of_the_event(making: types.SimpleNamespace) -> None:
    message = Message(
        id="019a9c3e-7a00-7000-8000-000000000001",
        sender=making.sender,
        sent=datetime(2026, 11, 21, 6, tzinfo=UTC),
        body=Text(),
        ack_wanted=True,
    )
    written = write(message, Settings())[0]
    for name, text in (("access", "SECRET"), ("caveat", "EYES"), ("releaseableTo", "USA")):
        written.set(name, text)
    data = etree.tostring(written)
    back = cot.decode(data)
    assert back.ack_wanted
    assert (back.handling.national_marking, back.handling.caveat) == ("SECRET", "EYES")
    assert back.handling.releasable_to == ("US",)
    again = cot.decode(cot.encode(back).data)
    assert again.handling == back.handling


def test_what_stands_inside_the_point_is_kept_in_both_forms() -> None:
    held = b'le="9999999.0">words<accuracy cep="3">x</accuracy>after</point>'
    data = event().replace(b'le="9999999.0"/>', held)
    message = cot.decode(data)
    assert held in cot.encode(message).data
    framed = tak.decode(tak.encode(message).data)
    assert framed.extensions["cot"]["in_point"] == message.extensions["cot"]["in_point"]
