"""Requests for help: who may answer, what an answer does, and that arriving is not accepting."""

from __future__ import annotations

from datetime import datetime

from msgspec.structs import replace

from protocols.errors import IllegalTransition, MalformedMessage, RoleRefused
from protocols.identity import Identity, Role
from protocols.messages.folds.incidents import joined
from protocols.messages.folds.state import Fold, State, addressed, find
from protocols.messages.kinds import (
    AssistAnswer,
    AssistDeployed,
    AssistEnd,
    AssistProgress,
    AssistRelease,
    AssistReply,
    AssistRequest,
    Body,
    Read,
    Receipt,
)
from protocols.messages.machines import ASSISTANCE, AssistState
from protocols.messages.records import AssistRecord, Entry

_ANSWER = {
    AssistAnswer.ACCEPTED: "accept",
    AssistAnswer.PARTIAL: "accept in part",
    AssistAnswer.DECLINED: "decline",
}
_PROGRESS = {
    AssistProgress.RESOURCES_NAMED: "name units",
    AssistProgress.EN_ROUTE: "deploy",
    AssistProgress.ON_SCENE: "arrive",
}
_END = {AssistEnd.RELEASED: "release", AssistEnd.DONE: "finish", AssistEnd.CANCELLED: "cancel"}
_SILENT = (Role.OBSERVER, Role.AUDITOR, Role.ARCHIVE)
"""Members whose receipts do not mean that the desk asked has it."""


def requested(state: State, entry: Entry, body: AssistRequest) -> None:
    """A new request; it is SENT until the desk asked has it."""
    message = entry.message
    state.assists[message.id] = AssistRecord(
        id=message.id,
        request=body,
        asked_by=entry.sender,
        asked_at=entry.time,
        state=ASSISTANCE.step(ASSISTANCE.first, "send"),
        changed_at=entry.time,
        expires=message.expires,
        incident=message.incident,
    )


def replied(state: State, entry: Entry, body: AssistReply) -> None:
    """The desk's answer. A refusal must say why."""
    record = _current(state, body.assist, entry.time)
    if not addressed(entry, record.request.to, record.asked_by):
        raise RoleRefused("only the desk that was asked may answer", role=entry.sender.role)
    if body.answer is AssistAnswer.DECLINED and not (body.reason or body.remarks):
        raise MalformedMessage("/body/reason: a refusal must give its reason")
    after = ASSISTANCE.step(record.state, _ANSWER[body.answer])
    if body.units and body.answer is not AssistAnswer.DECLINED:
        after = ASSISTANCE.step(after, "name units")
    state.assists[record.id] = replace(
        record,
        state=after,
        changed_at=entry.time,
        answered_by=entry.sender,
        units=body.units or record.units,
        eta=body.eta or record.eta,
        reason=body.reason,
    )
    if body.answer is not AssistAnswer.DECLINED:
        joined(state, record.incident, entry.country)


def deployed(state: State, entry: Entry, body: AssistDeployed) -> None:
    """Units named, moving or there: said by the side that accepted."""
    record = _current(state, body.assist, entry.time)
    helper = record.answered_by
    if helper is None or helper.country != entry.country:
        ASSISTANCE.step(record.state, _PROGRESS[body.state])
        raise RoleRefused("only the side that accepted may deploy", role=entry.sender.role)
    if record.state is AssistState[body.state.name]:
        after = record.state
    else:
        after = ASSISTANCE.step(record.state, _PROGRESS[body.state])
    state.assists[record.id] = replace(
        record,
        state=after,
        changed_at=entry.time,
        units=body.units or record.units,
        eta=body.eta or record.eta,
    )


def released(state: State, entry: Entry, body: AssistRelease) -> None:
    """The requester lets go or takes back; either side may say that it is done."""
    record = _current(state, body.assist, entry.time)
    own = entry.country == record.asked_by.country
    helper = record.answered_by is not None and record.answered_by.country == entry.country
    if not own and not (helper and body.state is AssistEnd.DONE):
        raise RoleRefused("only the side that asked may release help", role=entry.sender.role)
    after = ASSISTANCE.step(record.state, _END[body.state])
    reason = body.reason or record.reason
    state.assists[record.id] = replace(record, state=after, changed_at=entry.time, reason=reason)


def receipted(state: State, entry: Entry, body: Receipt | Read) -> None:
    """A receipt of the desk asked turns SENT into RECEIVED, and nothing else, ever."""
    delivered(state, body.of, entry.sender, entry.time)


def delivered(state: State, message: str, by: Identity, at: datetime) -> None:
    """A message has reached `by`, as a receipt or the hub's ledger says. Never an acceptance."""
    record = state.assists.get(message)
    if record is None or record.state is not AssistState.SENT or by.role in _SILENT:
        return
    to = record.request.to
    named = to in (by.country, by.agency, by.device) if to else by.agency != record.asked_by.agency
    if named:
        after = ASSISTANCE.step(record.state, "receive")
        state.assists[record.id] = replace(record, state=after, changed_at=at)


def _current(state: State, identifier: str, now: datetime) -> AssistRecord:
    """The record as it is at `now`; an expired one is written down as such."""
    record = find(state.assists, identifier, "assist.request")
    if record.state_at(now) is AssistState.EXPIRED and record.state is not AssistState.EXPIRED:
        raise IllegalTransition(
            f"assistance is EXPIRED: no answer came before {record.expires:%Y-%m-%d %H:%M:%SZ}"
        )
    return record


FOLDS: dict[type[Body], Fold] = {
    AssistRequest: requested,
    AssistReply: replied,
    AssistDeployed: deployed,
    AssistRelease: released,
    Receipt: receipted,
    Read: receipted,
}
