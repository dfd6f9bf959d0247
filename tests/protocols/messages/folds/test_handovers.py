"""Transfers, custody with two signatures, lookouts that end."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from protocols.messages.kinds import (
    Bolo,
    BoloCancel,
    CustodyHandoff,
    CustodyParty,
    IncidentOpen,
    LookoutSubject,
    TransferDone,
    TransferOffer,
    TransferOutcome,
    TransferReply,
)
from protocols.messages.machines import TransferState as S


def test_responsibility_moves_when_it_is_done(talk: Any) -> None:
    talk.say("usbp", IncidentOpen(incident_type="TUNNEL"), incident="I")
    name = talk.say("usbp", TransferOffer(what="INCIDENT"), incident="I").entry.message.id
    own = talk.say("usbp", TransferReply(transfer=name, accepted=True))
    assert own.refused == "nobody accepts a transfer of its own"
    early = talk.say("usbp", TransferDone(transfer=name))
    assert "transfer is OFFERED: finish is not possible" in (early.refused or "")
    talk.say("c5", TransferReply(transfer=name, accepted=True))
    assert talk.history.transfers[name].state is S.ACCEPTED
    assert "MX" in talk.history.incidents["I"].sides
    assert talk.say("rider", TransferDone(transfer=name)).code == "role_refused"
    talk.say("c5", TransferDone(transfer=name))
    assert talk.history.transfers[name].state is S.DONE


def test_a_rejected_transfer_is_over(talk: Any) -> None:
    name = talk.say("usbp", TransferOffer(what="PURSUIT")).entry.message.id
    talk.say("c5", TransferReply(transfer=name, accepted=False, reason="NO_AUTHORITY"))
    record = talk.history.transfers[name]
    assert (record.state, record.reason) == (S.REJECTED, "NO_AUTHORITY")
    aborted = TransferDone(transfer=name, outcome=TransferOutcome.ABORTED)
    assert talk.say("usbp", aborted).code == "illegal_transition"


def handoff(persons: int = 2) -> CustodyHandoff:
    return CustodyHandoff(
        giver=CustodyParty(agency="uscbp", badge="7"),
        taker=CustodyParty(agency="rcmp", badge="4471"),
        persons=persons,
    )


def test_custody_needs_both_signatures(talk: Any) -> None:
    talk.say("usbp", handoff(), incident="I")
    assert not talk.history.custody[0].complete
    assert talk.say("c5", handoff(), incident="I").code == "role_refused"
    talk.say("rider", handoff(persons=3), incident="I")
    assert [record.complete for record in talk.history.custody] == [False, False]
    talk.say("rider", handoff(), incident="I")
    assert [record.complete for record in talk.history.custody] == [True, False]
    assert talk.say("usbp", CustodyHandoff()).code == "malformed_message"


@pytest.fixture
def bolo(talk: Any) -> str:
    expires = talk.channel.now + timedelta(hours=4)
    body = Bolo(subject=LookoutSubject.VESSEL)
    return str(talk.say("usbp", body, expires=expires).entry.message.id)


def test_a_lookout_ends_by_its_expiry(talk: Any, bolo: str) -> None:
    record = talk.history.lookouts[bolo]
    assert record.active_at(record.at)
    assert not record.active_at(record.expires)
    eternal = talk.say("usbp", Bolo(subject=LookoutSubject.VESSEL))
    assert eternal.refused == "/expires: a lookout must say when it ends"


def test_a_lookout_ends_by_its_agencys_cancel(talk: Any, bolo: str) -> None:
    assert talk.say("c5", BoloCancel(bolo=bolo)).refused == "only uscbp can cancel its lookout"
    talk.say("agent", BoloCancel(bolo=bolo, reason="FOUND"))
    assert not talk.history.lookouts[bolo].active_at(talk.channel.now)
