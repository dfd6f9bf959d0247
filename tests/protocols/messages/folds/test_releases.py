"""Personal data: asked for, decided by its holder, and every disclosure in the ledger."""

from __future__ import annotations

from typing import Any

import pytest

from protocols.messages.kinds import (
    CustodyHandoff,
    CustodyParty,
    Disclosure,
    ReleaseDecision,
    ReleaseRequest,
)
from protocols.messages.values import LanguageText

WHY = LanguageText(text="prosecution")


def ask(talk: Any, **fields: Any) -> str:
    body = ReleaseRequest(item="NAME", basis="AGREEMENT", purpose=WHY, recipient="uscbp", **fields)
    step = talk.say("usbp", body)
    assert step.refused is None
    return str(step.entry.message.id)


def test_a_name_is_declined_and_the_ledger_stays_empty(talk: Any) -> None:
    name = ask(talk)
    talk.say("c5", ReleaseDecision(request=name, granted=False, reason="PERSONAL_DATA"))
    record = talk.history.releases[name]
    assert (record.state, record.reason, record.decided_by.country) == (
        "DECLINED", "PERSONAL_DATA", "MX",
    )  # fmt: skip
    against = Disclosure(
        item="NAME", request=name, recipients=("uscbp",), basis="AGREEMENT", purpose=WHY, value="J"
    )
    assert talk.say("c5", against).refused == "the request is DECLINED, not granted"
    assert talk.history.disclosures == []


def test_a_granted_request_is_disclosed_once_on_record(talk: Any) -> None:
    name = ask(talk)
    talk.say("c5", ReleaseDecision(request=name, granted=True))
    given = Disclosure(
        item="NAME", request=name, recipients=("uscbp",), basis="AGREEMENT", purpose=WHY, value="J"
    )
    assert talk.say("rider", given).code == "role_refused"
    assert talk.say("c5", given).refused is None
    (line,) = talk.history.disclosures
    assert (line.item, line.by.agency, line.recipients, line.basis, line.purpose) == (
        "NAME", "c5sonora", ("uscbp",), "AGREEMENT", "prosecution",
    )  # fmt: skip
    assert talk.history.releases[name].state == "DISCLOSED"
    assert not hasattr(line, "value")


def test_only_the_holder_decides(talk: Any) -> None:
    party = CustodyParty(agency="c5sonora")
    held = talk.say("c5", CustodyHandoff(giver=party, taker=party)).entry.message.id
    name = ask(talk, about=held)
    assert talk.say("rider", ReleaseDecision(request=name, granted=True)).code == "role_refused"
    assert talk.say("usbp", ReleaseDecision(request=name, granted=True)).code == "role_refused"
    assert talk.say("cap", ReleaseDecision(request=name, granted=True)).refused is None
    again = talk.say("c5", ReleaseDecision(request=name, granted=False))
    assert again.refused == "the request is GRANTED already"


def test_nobody_grants_its_own_request(talk: Any) -> None:
    step = talk.say("agent", ReleaseDecision(request=ask(talk), granted=True))
    assert step.refused == "nobody grants a request of its own"


@pytest.mark.parametrize("missing", ["basis", "purpose"])
def test_without_basis_or_purpose_it_is_none(talk: Any, missing: str) -> None:
    stated: dict[str, Any] = {"basis": "STATUTE", "purpose": WHY}
    del stated[missing]
    assert talk.say("usbp", ReleaseRequest(item="NAME", **stated)).code == "malformed_message"
    spoken = Disclosure(item="NAME", recipients=("uscbp",), value="J", **stated)
    assert talk.say("c5", spoken).code == "malformed_message"
    assert talk.history.disclosures == []


def test_an_observer_receives_no_request_right(talk: Any) -> None:
    body = ReleaseRequest(item="NAME", basis="STATUTE", purpose=WHY)
    assert talk.say("rcmp", body).refused == "an observer may not send release.request"
