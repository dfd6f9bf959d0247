"""A public alert keeps its infos in order and its words as they were."""

from __future__ import annotations

import msgspec

from protocols.messages.kinds import Alert, AlertAction, AlertInfo
from protocols.messages.values import NativeCode, Parameter


def test_infos_keep_their_order_and_their_parameters() -> None:
    alert = Alert(
        infos=(
            AlertInfo(language="es-MX", headline="Aviso", severity="Unknown",
                      parameters=(Parameter(name="semáforo", value="ROJO"),)),
            AlertInfo(language="en-US", headline="Notice",
                      event_codes=(NativeCode(system="same", code="EQW"),)),
        )
    )  # fmt: skip
    assert msgspec.convert(msgspec.to_builtins(alert), Alert) == alert
    assert alert.action is AlertAction.ALERT


def test_an_alert_may_have_no_info_and_a_foreign_word() -> None:
    assert Alert(action=AlertAction.CANCEL).infos == ()
    odd = msgspec.convert({"severity": "Sévère"}, AlertInfo)
    assert odd.severity == "Sévère"
