"""Writing alerts: what their own elements do not say stands in parameters, or in the losses."""

from __future__ import annotations

import types
from datetime import UTC, datetime

import msgspec
import pytest

from protocols.errors import NotRepresentable
from protocols.formats.cap_write import SIGNED, write
from protocols.formats.codec import Settings
from protocols.messages.envelope import Handling, Message
from protocols.messages.kinds import Alert, AlertInfo, AlertScope, Receipt
from protocols.messages.values import Exercise, Tlp


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
