"""The tables of EDXL-DE: what is not real never becomes real, and `Ack` only means received."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from protocols.formats.codec import STRANGER
from protocols.formats.edxl_de.words import (
    ENVELOPE_HOMES,
    NAMESPACE_OF,
    NAMESPACES,
    ROOTS,
    STATUS_OF,
    STATUSES,
    Style,
    kind_of,
)
from protocols.messages.envelope import Message
from protocols.messages.kinds import (
    Alert,
    AlertAction,
    AssistAnswer,
    AssistReply,
    Body,
    LogNote,
    PatrolAck,
    Receipt,
)
from protocols.messages.values import Exercise


def of(body: Body, supersedes: str | None = None) -> str:
    sent = datetime(2026, 3, 1, tzinfo=UTC)
    identifier = "00e8d4a5-1000-7000-b060-b28b4f9afe03"
    message = Message(id=identifier, sender=STRANGER, sent=sent, body=body, supersedes=supersedes)  # type: ignore[arg-type]  # a body is a kind
    return kind_of(message)


def test_only_actual_is_written_as_actual() -> None:
    assert [e for e, word in STATUS_OF.items() if word == "Actual"] == [Exercise.ACTUAL]
    assert set(STATUS_OF) == set(Exercise) - {Exercise.NOT_STATED}
    assert {STATUSES[word] for word in STATUS_OF.values()} == set(STATUSES.values())


def test_an_ack_is_a_receipt_and_an_acceptance_is_a_response() -> None:
    receipt = "00e8d4a5-1000-7000-b060-b28b4f9afe02"
    assert of(Receipt(of=receipt)) == "Ack"
    assert of(AssistReply(assist=receipt, answer=AssistAnswer.ACCEPTED)) == "Response"
    assert of(PatrolAck()) == "Response"


@pytest.mark.parametrize("action", AlertAction)
def test_every_action_of_an_alert_has_a_type_and_its_ack_is_none(action: AlertAction) -> None:
    assert of(Alert(action=action)) != "Ack"


def test_what_replaces_something_is_an_update() -> None:
    assert of(LogNote()) == "Report"
    assert of(LogNote(), supersedes="00e8d4a5-1000-7000-b060-b28b4f9afe02") == "Update"


def test_names_are_spelled_as_the_document_does() -> None:
    assert Style(version="2.0", small=True).name("ContentXML") == "contentXML"
    assert Style(version="2.0", small=False).name("ContentXML") == "ContentXML"


def test_both_versions_and_both_spellings_are_known() -> None:
    assert {NAMESPACES[root[1:].partition("}")[0]] for root in ROOTS} == set(NAMESPACE_OF)
    assert any(root.endswith("}edxlDistribution") for root in ROOTS)


def test_the_homes_are_fields_of_a_message() -> None:
    fields = {name.partition(".")[0] for name in ENVELOPE_HOMES}
    assert fields <= set(Message.__struct_fields__)
