"""An acknowledgement becomes the reply that it is, and nothing is guessed."""

from __future__ import annotations

import msgspec
import pytest

from hub.gateway.replies import own_name, resolve
from protocols.messages import Message, Source
from protocols.messages.kinds import (
    Alarm,
    AlarmAck,
    Alert,
    AlertAction,
    AlertInfo,
    AssistAnswer,
    AssistReply,
    AssistRequest,
    Body,
    PatrolAck,
    PatrolPlan,
    ReleaseDecision,
    ReleaseRequest,
    Text,
    TransferOffer,
    TransferReply,
)
from protocols.messages.values import LanguageText, NativeCode, Parameter
from tests.hub.gateway.parties import C5, DISPATCH, GN3, says


def ack(about: Message, action: AlertAction = AlertAction.ACK, **fields: object) -> Message:
    body = Alert(action=action, **fields)  # type: ignore[arg-type]  # a test's shorthand
    return says(C5, body, in_reply_to=about.id, language="es-MX")


def known(*messages: Message) -> dict[str, Message]:
    return {message.id: message for message in messages}


ASSIST = says(DISPATCH, AssistRequest(capability="SEARCH"), incident="NOG-1")
PLAN = says(DISPATCH, PatrolPlan(sector="Nogales"), patrol="MP-07")
ALARM = says(GN3, Alarm(alarm_class="EMERGENCY"))
TRANSFER = says(DISPATCH, TransferOffer(what="CASE"))
RELEASE = says(DISPATCH, ReleaseRequest(item="NAME"))


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (ASSIST, AssistReply(assist=ASSIST.id, answer=AssistAnswer.ACCEPTED)),
        (PLAN, PatrolAck(accepted=True)),
        (ALARM, AlarmAck(alarm=ALARM.id)),
        (TRANSFER, TransferReply(transfer=TRANSFER.id, accepted=True)),
        (RELEASE, ReleaseDecision(request=RELEASE.id, granted=True)),
    ],
    ids=lambda value: value.kind if isinstance(value, Message) else "",
)
def test_an_ack_is_the_reply_to_what_it_refers_to(asked: Message, expected: Body) -> None:
    answer = resolve(ack(asked), known(asked).get)
    assert answer.body == expected
    assert answer.incident == asked.incident
    assert answer.patrol == asked.patrol


def test_units_and_words_come_along() -> None:
    info = AlertInfo(
        event_codes=(NativeCode(system="CNI", code="20407"),),
        parameters=(
            Parameter(name="crossband:units.0", value="GN-1"),
            Parameter(name="crossband:units.1", value="GN-2"),
            Parameter(name="semáforo", value="rojo"),
        ),
    )
    answer = resolve(ack(ASSIST, note="Enterados", infos=(info,)), known(ASSIST).get)
    assert isinstance(answer.body, AssistReply)
    assert answer.body.units == ("GN-1", "GN-2")
    assert [code.code for code in answer.codes] == ["20407"]
    assert answer.body.remarks == LanguageText(text="Enterados", language="es-MX")


def test_an_error_is_a_refusal() -> None:
    answer = resolve(ack(ASSIST, AlertAction.ERROR, note="Sin unidades"), known(ASSIST).get)
    assert isinstance(answer.body, AssistReply)
    assert answer.body.answer is AssistAnswer.DECLINED


def test_a_retriggered_alarm_keeps_its_first_name() -> None:
    again = says(GN3, Alarm(alarm_class="EMERGENCY", alarm=ALARM.id))
    answer = resolve(ack(again), known(again).get)
    assert answer.body == AlarmAck(alarm=ALARM.id)


def test_what_is_no_answer_stays_what_it_is() -> None:
    chat = says(GN3, Text(text=LanguageText(text="hola")))
    unknown = ack(ASSIST)
    for message in (
        ack(chat),
        unknown,
        says(C5, Alert()),
        msgspec.structs.replace(ack(ASSIST), in_reply_to=None),
        ack(ASSIST, AlertAction.UPDATE),
    ):
        asked = known(chat) if message is not unknown else {}
        assert resolve(message, asked.get) is message


def test_a_message_is_called_what_its_own_system_calls_it() -> None:
    chat = says(GN3, Text(text=LanguageText(text="hola")))
    assert own_name(chat) == chat.id
    source = Source(system="GeoChat.A.B.1", id="GeoChat.A.B.1", format="cot")
    from_tak = msgspec.structs.replace(chat, source=source)
    assert own_name(from_tak) == "GeoChat.A.B.1"
    for nodes, name in (
        ([["link", {"uid": "x"}], ["__chat", {"messageId": "1"}, ["chatgrp"]]], "1"),
        ([["__chat", {"id": "All"}]], "GeoChat.A.B.1"),
        ("nonsense", "GeoChat.A.B.1"),
    ):
        extended = msgspec.structs.replace(from_tak, extensions={"cot": {"detail": nodes}})
        assert own_name(extended) == name
