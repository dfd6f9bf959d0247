"""What a foreign acknowledgement is, once one knows what it acknowledges.

A CAP `Ack` says "accepted" and `Error` says "rejected" (CAP 1.2, section 3.2.1); which of our
replies that is depends on the message it refers to. One line of `REPLIES` is one kind that can be
answered so. An acknowledgement of anything else stays the alert that it is: the meaning of one
format's acknowledgement is never guessed from another's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec

from protocols.formats.structured import PREFIX
from protocols.messages import Message
from protocols.messages.kinds import (
    Alarm,
    AlarmAck,
    Alert,
    AlertAction,
    AssistAnswer,
    AssistReply,
    AssistRequest,
    Body,
    PatrolAck,
    PatrolAmend,
    PatrolPlan,
    ReleaseDecision,
    ReleaseRequest,
    TransferOffer,
    TransferReply,
)
from protocols.messages.values import LanguageText


class Answer(msgspec.Struct, frozen=True):
    """What an acknowledgement says, whatever it answers."""

    about: str
    accepted: bool
    units: tuple[str, ...]
    said: LanguageText | None


def resolve(message: Message, known: Callable[[str], Message | None]) -> Message:
    """The reply that `message` is, or `message` itself where it is none.

    `known` gives the message of an id, or None. The result keeps id, sender and original, and the
    native codes of the acknowledging side stand in its `codes`.
    """
    alert, about = message.body, message.in_reply_to
    if not isinstance(alert, Alert) or about is None:
        return message
    if alert.action not in (AlertAction.ACK, AlertAction.ERROR):
        return message
    asked = known(about)
    reply = None if asked is None else REPLIES.get(type(asked.body))
    if asked is None or reply is None:
        return message
    body = reply(_answer(message, alert, asked))
    return msgspec.structs.replace(
        message,
        body=body,
        incident=message.incident or asked.incident,
        patrol=message.patrol or asked.patrol,
        codes=message.codes or tuple(code for info in alert.infos for code in info.event_codes),
    )


def own_name(message: Message) -> str:
    """How the system that wrote a message calls it in its receipts.

    The `messageId` of a TAK chat where it has one, else the id in its own format, else ours.
    """
    cot = message.extensions.get("cot")
    detail = cot.get("detail") if isinstance(cot, dict) else None
    for node in detail if isinstance(detail, list) else ():
        if isinstance(node, list) and node[:1] == ["__chat"]:
            named = [part["messageId"] for part in node if _has_name(part)]
            if named:
                return str(named[0])
    return (message.source.id if message.source else None) or message.id


def _has_name(part: object) -> bool:
    return isinstance(part, dict) and bool(part.get("messageId"))


def _answer(message: Message, alert: Alert, asked: Message) -> Answer:
    parameters = [parameter for info in alert.infos for parameter in info.parameters]
    units = tuple(p.value for p in parameters if p.name.startswith(f"{PREFIX}units."))
    words = alert.note or next((info.description for info in alert.infos if info.description), None)
    return Answer(
        # a re-triggered alarm keeps the name of the first one
        about=asked.body.alarm or asked.id if isinstance(asked.body, Alarm) else asked.id,
        accepted=alert.action is AlertAction.ACK,
        units=units,
        said=LanguageText(text=words, language=message.language) if words else None,
    )


def _assist(answer: Answer) -> Body:
    said = AssistAnswer.ACCEPTED if answer.accepted else AssistAnswer.DECLINED
    return AssistReply(assist=answer.about, answer=said, units=answer.units, remarks=answer.said)


def _plan(answer: Answer) -> Body:
    return PatrolAck(accepted=answer.accepted, units=answer.units, remarks=answer.said)


def _alarm(answer: Answer) -> Body:
    return AlarmAck(alarm=answer.about, remarks=answer.said)


def _transfer(answer: Answer) -> Body:
    return TransferReply(transfer=answer.about, accepted=answer.accepted, remarks=answer.said)


def _release(answer: Answer) -> Body:
    return ReleaseDecision(request=answer.about, granted=answer.accepted, conditions=answer.said)


REPLIES: Final[dict[type[Body], Callable[[Answer], Body]]] = {
    AssistRequest: _assist,
    PatrolPlan: _plan,
    PatrolAmend: _plan,
    Alarm: _alarm,
    TransferOffer: _transfer,
    ReleaseRequest: _release,
}
