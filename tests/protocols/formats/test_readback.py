"""What comes back is carried, the rest is lost by name."""

from __future__ import annotations

import types
from datetime import UTC, datetime

from msgspec.structs import replace

from protocols.formats.codec import STRANGER
from protocols.formats.readback import losses
from protocols.messages.envelope import Message, Originator
from protocols.messages.kinds import IncidentOpen
from protocols.messages.values import LanguageText


def test_what_does_not_come_back_is_lost_with_its_reason(making: types.SimpleNamespace) -> None:
    body = IncidentOpen(incident_type="FIRE", persons=2, summary=LanguageText(text="s"))
    message = Message(
        id="0193529c-0000-7000-8000-000000000001",
        sender=making.sender,
        sent=datetime(2026, 11, 22, tzinfo=UTC),
        body=body,
        extensions={"own": {"a": 1}, "other": {"b": 2}},
    )
    back = replace(
        message,
        sender=STRANGER,
        originator=Originator(agency=making.sender.agency),
        body=replace(body, persons=None),
        extensions={},
        language="und",
    )
    found = losses(message, back, own="own", reasons={"sender": "why"}, otherwise="else")
    lost = {loss.field: loss.reason for loss in found}
    assert lost.pop("sender.unit") == "why"
    assert {name for name in lost if name.startswith("sender")} == {
        "sender.country", "sender.device", "sender.role", "sender.operator",
    }  # fmt: skip
    rest = {name: why for name, why in lost.items() if not name.startswith("sender")}
    assert rest == dict.fromkeys(("body.persons", "extensions.other.b", "language"), "else")
