"""Writing alerts: what their own elements do not say stands in parameters, or in the losses."""

from __future__ import annotations

import types
from datetime import UTC, datetime

import msgspec
import pytest

from protocols.errors import NotRepresentable
from protocols.formats.cap import alert as cap
from protocols.formats.cap.write import SIGNED, write
from protocols.formats.codec import Settings
from protocols.formats.xml import parse
from protocols.messages.envelope import Handling, Message, Reference, Source
from protocols.messages.kinds import Alert, AlertAction, AlertInfo, AlertScope, Receipt
from protocols.messages.values import Exercise, Parameter, Tlp


def alert(making: types.SimpleNamespace, *infos: AlertInfo, **fields: object) -> Message:
    return Message(
        id="019a9c3e-7a00-7000-8000-000000000001",
        sender=making.sender,
        sent=datetime(2026, 11, 21, 19, 33, tzinfo=UTC),
        body=Alert(scope=AlertScope.PUBLIC, infos=infos),
        exercise=Exercise.ACTUAL,
        **fields,  # type: ignore[arg-type]  # fields of Message
    )


def test_the_language_asked_for_comes_first(making: types.SimpleNamespace) -> None:
    infos = (AlertInfo(language="en-US", event="Flood"), AlertInfo(language="es-MX", event="Agua"))
    data = write(alert(making, *infos), Settings(language="es")).data
    assert data.index(b"Agua") < data.index(b"Flood")
    data = write(alert(making, *infos), Settings()).data
    assert data.index(b"Flood") < data.index(b"Agua")


def test_a_marking_travels_in_a_parameter_and_is_said(making: types.SimpleNamespace) -> None:
    marked = alert(making, AlertInfo(event="x"), handling=Handling(tlp=Tlp.RED))
    encoded = write(marked, Settings())
    assert b"crossband:handling.tlp" in encoded.data
    assert "handling.tlp" in {loss.field for loss in encoded.losses}
    bare = write(alert(making, handling=Handling(tlp=Tlp.RED)), Settings())
    assert b"crossband:" not in bare.data
    assert "handling.tlp" in {loss.field for loss in bare.losses}


def test_a_signature_is_never_written_again(making: types.SimpleNamespace) -> None:
    signed = alert(making, extensions={"cap": {"signatures": [["Signature", ["Value", "QUJD"]]]}})
    encoded = write(signed, Settings())
    assert b"QUJD" not in encoded.data
    assert [(loss.value, loss.reason) for loss in encoded.losses if "signatures" in loss.field] == [
        ("QUJD", SIGNED)
    ]


def test_a_simulation_is_an_exercise_and_never_more(making: types.SimpleNamespace) -> None:
    simulated = msgspec.structs.replace(alert(making), exercise=Exercise.SIMULATION)
    encoded = write(simulated, Settings(unstated=Exercise.ACTUAL))
    assert b"<status>Exercise</status>" in encoded.data
    assert "exercise" in {loss.field for loss in encoded.losses}


def test_a_receipt_is_no_ack(making: types.SimpleNamespace) -> None:
    with pytest.raises(NotRepresentable, match="Ack means accepted"):
        write(msgspec.structs.replace(alert(making), body=Receipt(of="x")), Settings())


EARLIER = "019a9c3e-7a00-7000-8000-000000000009"


def test_an_update_of_ours_names_what_it_replaces(making: types.SimpleNamespace) -> None:
    update = alert(making, AlertInfo(event="x"), supersedes=EARLIER)
    body = msgspec.structs.replace(update.body, action=AlertAction.UPDATE)
    update = msgspec.structs.replace(update, body=body)
    root = parse(write(update, Settings()).data)
    assert str(root.findtext("{*}references")).startswith(f"crossband,{EARLIER},2025-")
    known = Reference(sender="c5@sonora.mx", id="C5-7", sent="2026-11-21T19:30:00-07:00")
    encoded = write(update, Settings(reference={EARLIER: known}.get))
    text = "c5@sonora.mx,C5-7,2026-11-21T19:30:00-07:00"
    assert parse(encoded.data).findtext("{*}references") == text
    read = cap.decode(encoded.data)
    assert (read.supersedes, read.references) == (EARLIER, ())


def test_what_a_parameter_of_ours_would_say_is_not_written_for_others(
    making: types.SimpleNamespace,
) -> None:
    claims = (Parameter(name="crossband:exercise", value="actual"), Parameter(name="a", value="b"))
    info = AlertInfo(event="x", parameters=claims)
    encoded = write(
        msgspec.structs.replace(alert(making, info), exercise=Exercise.TEST), Settings()
    )
    assert b"crossband:exercise" not in encoded.data
    assert "body.infos.0.parameters.0.value" in {loss.field for loss in encoded.losses}
    assert cap.decode(encoded.data).exercise is Exercise.TEST


def test_a_character_that_xml_cannot_carry_is_said(making: types.SimpleNamespace) -> None:
    encoded = write(alert(making, AlertInfo(event="a\x01b")), Settings())
    assert "body.infos.0.event" in {loss.field for loss in encoded.losses}


def test_what_an_extension_holds_beyond_an_alert_is_said(making: types.SimpleNamespace) -> None:
    odd = alert(making, extensions={"cap": {"colour": "red", "/body/infos/4": [["x"]]}})
    fields = {loss.field for loss in write(odd, Settings()).losses}
    assert "extensions.cap.colour" in fields
    assert any(field.startswith("extensions.cap./body/infos/4") for field in fields)


def test_another_side_that_passed_an_alert_on_is_named(making: types.SimpleNamespace) -> None:
    source = Source(system="smn@conagua.mx", id="SMN-1", format="cap", version="1.2")
    passed = alert(making, AlertInfo(event="x"), source=source)
    encoded = write(passed, Settings())
    root = parse(encoded.data)
    assert (root.findtext("{*}sender"), root.findtext("{*}identifier")) == (
        source.system,
        source.id,
    )
    assert cap.decode(encoded.data).sender == making.sender
