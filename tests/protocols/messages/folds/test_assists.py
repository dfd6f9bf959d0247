"""Help across the line: who may answer, and that arriving is never accepting."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from protocols.messages.kinds import (
    AssistAnswer,
    AssistDeployed,
    AssistEnd,
    AssistProgress,
    AssistRelease,
    AssistReply,
    AssistRequest,
    Read,
    Receipt,
)
from protocols.messages.machines import AssistState as S


class Ask:
    def __init__(self, talk: Any, **fields: Any) -> None:
        self.talk = talk
        body = AssistRequest(capability="FIND_AND_SECURE", to=fields.pop("to", "MX"))
        step = talk.say("usbp", body, "19:33", **fields)
        self.id = step.entry.message.id

    @property
    def record(self) -> Any:
        return self.talk.history.assists[self.id]

    def answer(self, who: str, answer: AssistAnswer, at: str | None = None, **fields: Any) -> Any:
        return self.talk.say(who, AssistReply(assist=self.id, answer=answer, **fields), at)

    def deploy(self, who: str, state: AssistProgress, **fields: Any) -> Any:
        return self.talk.say(who, AssistDeployed(assist=self.id, state=state, **fields))

    def end(self, who: str, state: AssistEnd) -> Any:
        return self.talk.say(who, AssistRelease(assist=self.id, state=state))


@pytest.fixture
def ask(talk: Any) -> Ask:
    return Ask(talk)


def test_a_receipt_makes_it_received_and_nothing_more(ask: Ask) -> None:
    assert ask.record.state is S.SENT
    for who in ("rcmp", "agent", "archive", "auditor"):
        ask.talk.say(who, Receipt(of=ask.id))
        assert ask.record.state is S.SENT
    for _ in range(2):
        ask.talk.say("cap", Receipt(of=ask.id))
        ask.talk.say("c5", Read(of=ask.id))
    assert ask.record.state is S.RECEIVED
    assert ask.record.answered_by is None


def test_the_hubs_ledger_counts_as_a_receipt(ask: Ask, party: Any) -> None:
    ask.talk.history.delivered(ask.id, party["rcmp"], ask.record.asked_at)
    assert ask.record.state is S.SENT
    ask.talk.history.delivered(ask.id, party["cap"], ask.record.asked_at)
    assert ask.record.state is S.RECEIVED


def test_the_whole_way_with_units(ask: Ask) -> None:
    ask.answer("c5", AssistAnswer.ACCEPTED, "19:36")
    assert ask.record.state is S.ACCEPTED
    ask.deploy("c5", AssistProgress.RESOURCES_NAMED, units=("GN-3", "GN-4"))
    assert (ask.record.state, ask.record.units) == (S.RESOURCES_NAMED, ("GN-3", "GN-4"))
    ask.deploy("gn", AssistProgress.EN_ROUTE)
    assert ask.deploy("gn", AssistProgress.EN_ROUTE).refused is None
    ask.deploy("gn", AssistProgress.ON_SCENE)
    ask.end("usbp", AssistEnd.RELEASED)
    ask.end("c5", AssistEnd.DONE)
    assert ask.record.state is S.DONE
    assert ask.talk.history.refused == []


def test_an_acceptance_may_name_the_units(ask: Ask) -> None:
    ask.answer("c5", AssistAnswer.ACCEPTED, units=("GN-3", "GN-4"))
    assert ask.record.state is S.RESOURCES_NAMED


def test_only_the_desk_asked_may_answer(ask: Ask) -> None:
    for who in ("usbp", "rider"):
        assert ask.answer(who, AssistAnswer.ACCEPTED).code == "role_refused"
    assert (
        ask.answer("rcmp", AssistAnswer.ACCEPTED).refused == "an observer may not send assist.reply"
    )
    assert ask.record.state is S.SENT


def test_without_a_desk_named_any_other_agency_may(talk: Any) -> None:
    ask = Ask(talk, to=None)
    assert ask.answer("usbp", AssistAnswer.ACCEPTED).code == "role_refused"
    assert ask.answer("rider", AssistAnswer.ACCEPTED).refused is None


def test_a_refusal_gives_its_reason(ask: Ask) -> None:
    assert "must give its reason" in (ask.answer("c5", AssistAnswer.DECLINED).refused or "")
    ask.answer("c5", AssistAnswer.DECLINED, reason="NO_UNITS")
    assert (ask.record.state, ask.record.reason) == (S.DECLINED, "NO_UNITS")
    late = ask.answer("c5", AssistAnswer.ACCEPTED)
    assert "assistance is DECLINED" in (late.refused or "")


def test_nobody_deploys_what_nobody_accepted(ask: Ask) -> None:
    step = ask.deploy("c5", AssistProgress.EN_ROUTE)
    assert "assistance is SENT: deploy is not possible" in (step.refused or "")
    ask.answer("c5", AssistAnswer.ACCEPTED)
    assert ask.deploy("agent", AssistProgress.EN_ROUTE).code == "role_refused"


def test_an_unanswered_request_expires(talk: Any) -> None:
    limit = talk.channel.now.replace(hour=19, minute=40, second=0, microsecond=0)
    ask = Ask(talk, expires=limit)
    assert ask.record.state_at(limit - timedelta(seconds=1)) is S.SENT
    assert ask.record.state_at(limit) is S.EXPIRED
    late = ask.answer("c5", AssistAnswer.ACCEPTED, "19:41")
    assert (late.refused or "").startswith("assistance is EXPIRED: no answer came before")


def test_only_the_side_that_asked_releases_or_cancels(ask: Ask) -> None:
    ask.answer("c5", AssistAnswer.ACCEPTED)
    assert ask.end("c5", AssistEnd.CANCELLED).code == "role_refused"
    assert ask.end("usbp", AssistEnd.RELEASED).code == "illegal_transition"
    assert ask.end("usbp", AssistEnd.CANCELLED).refused is None
    assert ask.record.state is S.CANCELLED


def test_a_receipt_for_anything_else_changes_nothing(talk: Any) -> None:
    assert talk.say("c5", Receipt(of="unknown")).refused is None
    assert talk.history.assists == {}
