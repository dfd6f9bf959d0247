"""Kinds as alerts: msgType, references, the words and the values."""

from __future__ import annotations

import types
from datetime import UTC, datetime

import pytest

from protocols.formats.cap import alert as cap
from protocols.formats.cap.kinds import action_of
from protocols.formats.cap.words import NAMESPACE
from protocols.formats.codec import Settings
from protocols.formats.xml import parse
from protocols.messages.envelope import Handling, Message, Original
from protocols.messages.kinds import (
    Alarm,
    AlarmAck,
    AlarmCancel,
    AlertAction,
    AssistAnswer,
    AssistReply,
    IncidentUpdate,
    Kind,
    Medical,
    PatrolAck,
    PatrolPlan,
    ReleaseDecision,
    TransferReply,
)
from protocols.messages.values import Tlp

REQUEST = "019a9c3e-7a00-7000-8000-000000000009"
CAP = f"{{{NAMESPACE}}}"


def composed(making: types.SimpleNamespace, body: Kind, **fields: object) -> Message:
    return Message(
        id="019a9c3e-7a00-7000-8000-000000000001",
        sender=making.sender,
        sent=datetime(2026, 11, 21, 19, 33, tzinfo=UTC),
        body=body,
        **fields,  # type: ignore[arg-type]  # fields of Message
    )


@pytest.mark.parametrize(
    ("body", "action"),
    [
        (AssistReply(assist=REQUEST, answer=AssistAnswer.ACCEPTED), AlertAction.ACK),
        (AssistReply(assist=REQUEST, answer=AssistAnswer.PARTIAL), AlertAction.ACK),
        (AssistReply(assist=REQUEST, answer=AssistAnswer.DECLINED), AlertAction.ERROR),
        (PatrolAck(accepted=True), AlertAction.ACK),
        (PatrolAck(accepted=False), AlertAction.ERROR),
        (TransferReply(transfer=REQUEST, accepted=False), AlertAction.ERROR),
        (ReleaseDecision(request=REQUEST, granted=False), AlertAction.ERROR),
        (AlarmAck(alarm=REQUEST), AlertAction.ACK),
        (AlarmCancel(alarm=REQUEST), AlertAction.CANCEL),
        (IncidentUpdate(), AlertAction.ALERT),
        (PatrolPlan(), AlertAction.ALERT),
        (Alarm(alarm_class="OTHER", alarm=REQUEST), AlertAction.ALERT),
    ],
)
def test_the_msgtype_says_what_it_is(
    body: Kind, action: AlertAction, making: types.SimpleNamespace
) -> None:
    assert action_of(composed(making, body)) is action


def test_a_message_that_replaces_another_is_an_update(making: types.SimpleNamespace) -> None:
    assert action_of(composed(making, PatrolPlan(), supersedes=REQUEST)) is AlertAction.UPDATE


def test_a_reference_is_made_from_an_id_and_not_from_the_name_of_an_alarm(
    making: types.SimpleNamespace,
) -> None:
    root = parse(cap.encode(composed(making, AlarmAck(alarm=REQUEST))).data)
    assert str(root.findtext(CAP + "references")).startswith(f"crossband,{REQUEST},2025-")
    for name in ("PARTNER_MISSED MP-07", "103ff55e-b538-49a2-a94a-64470ddea2cc"):
        root = parse(cap.encode(composed(making, AlarmAck(alarm=name))).data)
        assert root.find(CAP + "references") is None


def test_the_marking_is_the_restriction(making: types.SimpleNamespace) -> None:
    handling = Handling(tlp=Tlp.AMBER, releasable_to=("US", "MX"))
    root = parse(cap.encode(composed(making, Medical(), handling=handling)).data)
    assert root.findtext(CAP + "scope") == "Restricted"
    assert root.findtext(CAP + "restriction") == "TLP:AMBER; REL US/MX"
    assert root.findtext(f"{CAP}info/{CAP}category") == "Health"
    bare = parse(cap.encode(composed(making, Medical())).data)
    assert "not releasable" in str(bare.findtext(CAP + "restriction"))


def test_the_original_travels_along_while_there_is_room(making: types.SimpleNamespace) -> None:
    small = composed(making, Medical(), original=Original.of(b"<event/>", "cot", "2.0"))
    assert cap.decode(cap.encode(small).data).original == small.original
    large = composed(making, Medical(), original=Original.of(b"x" * 70_000, "cot"))
    encoded = cap.encode(large)
    assert "original.data" in {loss.field for loss in encoded.losses}
    read = cap.decode(encoded.data).original
    assert read is not None
    assert large.original is not None
    assert (read.data, read.sha256) == (None, large.original.sha256)


def test_one_language_is_not_written_twice(making: types.SimpleNamespace) -> None:
    root = parse(cap.encode(composed(making, Medical()), Settings(language="en")).data)
    assert len(root.findall(CAP + "info")) == 1
