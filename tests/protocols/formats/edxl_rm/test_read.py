"""What a resource message says, and what it must not be taken to say."""

from __future__ import annotations

import pytest

from protocols.errors import MalformedDocument
from protocols.formats.edxl_rm.message import decode
from protocols.formats.edxl_rm.read import message_id
from protocols.formats.edxl_rm.words import COMMON, MESSAGE, WORDS_ONLY
from protocols.messages.envelope import Message
from protocols.messages.kinds import (
    AssistAnswer,
    AssistDeployed,
    AssistEnd,
    AssistProgress,
    AssistRelease,
    AssistReply,
    AssistRequest,
    Text,
)
from protocols.messages.values import Point, Precedence


def read(name: str, inside: str = "", identifier: str = "M.2") -> Message:
    head = f"<MessageID>{identifier}</MessageID><SentDateTime>2026-03-01T10:00:00Z</SentDateTime>"
    head += f"<MessageContentType>{name}</MessageContentType>"
    scope = f'xmlns="{MESSAGE}" xmlns:rm="{COMMON}" xmlns:gml="http://www.opengis.net/gml"'
    return decode(f"<{name} {scope}>{head}{inside}</{name}>".encode())


def answering(*answers: str, more: str = "") -> str:
    parts = "<OriginatingMessageID>M.1</OriginatingMessageID>"
    for number, answer in enumerate(answers):
        response = f"<rm:ResponseType>{answer}</rm:ResponseType>{more}"
        parts += f"<ResourceInformation><ResponseInformation>{response}</ResponseInformation>"
        parts += f"<Resource><Name>Unit {number}</Name></Resource></ResourceInformation>"
    return parts


def test_ids_of_ours_are_themselves_and_others_depend_on_the_text_alone() -> None:
    ours = "00e8d4a5-1000-7000-b060-b28b4f9afe02"
    assert message_id(ours) == ours
    assert message_id("M.1") == message_id("M.1") != message_id("M.2")
    assert read("RequestInformation").id == message_id("M.2")


def test_a_request_says_what_where_and_when() -> None:
    place = "<rm:LocationDescription>Gate 3</rm:LocationDescription><rm:TargetArea><gml:Point>"
    place += "<gml:pos>31.33 -110.95</gml:pos></gml:Point></rm:TargetArea>"
    message = read(
        "RequestResource",
        "<MessageDescription>bridge down</MessageDescription>"
        "<ContactInformation><rm:ContactDescription>Desk 4</rm:ContactDescription>"
        "<rm:ContactRole>Requester</rm:ContactRole></ContactInformation>"
        "<ResourceInformation><Resource><Name>Pump</Name></Resource><AssignmentInformation>"
        "<Quantity><rm:QuantityText>2</rm:QuantityText></Quantity>"
        "<Restrictions>no diesel</Restrictions><AnticipatedFunction>drain</AnticipatedFunction>"
        "</AssignmentInformation><ScheduleInformation><ScheduleType>RequestedArrival"
        "</ScheduleType><DateTime>2026-03-01T12:00:00-07:00</DateTime>"
        f"<Location>{place}</Location></ScheduleInformation></ResourceInformation>",
    )
    body = message.body
    assert isinstance(body, AssistRequest)
    assert (body.capability, body.quantity) == ("Pump", 2)
    assert body.task is not None
    assert body.limits is not None
    assert body.reason is not None
    assert (body.task.text, body.limits.text) == ("drain", "no diesel")
    assert body.reason.text == "bridge down"
    assert body.when is not None
    assert body.when.hour == 19
    assert message.moments["/body/when"].text == "2026-03-01T12:00:00-07:00"
    assert message.location is not None
    assert message.location.point == Point(lat=31.33, lon=-110.95)
    assert message.originator is not None
    assert message.originator.unit == "Desk 4"


def test_more_than_one_kind_of_resource_is_noted() -> None:
    pump = "<ResourceInformation><Resource><Name>{}</Name></Resource></ResourceInformation>"
    message = read("RequestResource", pump.format("Pump") + pump.format("Boat"))
    assert isinstance(message.body, AssistRequest)
    assert message.body.capability == "Pump"
    (loss,) = message.losses
    assert (loss.field, loss.value) == ("/RequestResource/ResourceInformation[2]", "Boat")


def test_a_quantity_that_is_no_number_stays_where_it_is() -> None:
    inside = "<ResourceInformation><Resource/><AssignmentInformation><Quantity><rm:QuantityText>"
    inside += "{}</rm:QuantityText></Quantity></AssignmentInformation></ResourceInformation>"
    for text in ("a dozen", "0", "2.5", "²"):
        body = read("RequestResource", inside.format(text)).body
        assert isinstance(body, AssistRequest)
        assert body.quantity is None
        assert body.capability == "OTHER"


@pytest.mark.parametrize(
    ("answers", "meant"),
    [
        (["Accept"], AssistAnswer.ACCEPTED),
        (["accept", "Accept"], AssistAnswer.ACCEPTED),
        (["Decline"], AssistAnswer.DECLINED),
        (["Accept", "Decline"], AssistAnswer.PARTIAL),
        (["Provisional"], AssistAnswer.PARTIAL),
    ],
)
def test_an_answer_is_never_more_than_what_was_said(
    answers: list[str], meant: AssistAnswer
) -> None:
    for name in ("CommitResource", "ResponseToRequestResource"):
        body = read(name, answering(*answers)).body
        assert isinstance(body, AssistReply)
        assert body.answer is meant
        assert body.assist == message_id("M.1")


def test_only_those_who_come_are_named() -> None:
    body = read("CommitResource", answering("Decline", "Accept")).body
    assert isinstance(body, AssistReply)
    assert body.units == ("Unit 1",)


def test_a_resource_without_an_answer_is_not_promised() -> None:
    silent = "<ResourceInformation><Resource><Name>Boat</Name></Resource></ResourceInformation>"
    body = read("CommitResource", answering("Accept") + silent).body
    assert isinstance(body, AssistReply)
    assert (body.answer, body.units) == (AssistAnswer.PARTIAL, ("Unit 0",))


def test_a_reason_to_decline_and_the_terms_of_an_acceptance() -> None:
    said = "<rm:ResponseReason>bridge closed</rm:ResponseReason>"
    declined = read("CommitResource", answering("Decline", more=said)).body
    accepted = read("CommitResource", answering("Provisional", more=said)).body
    assert isinstance(declined, AssistReply)
    assert isinstance(accepted, AssistReply)
    assert (declined.reason, declined.limits) == ("bridge closed", None)
    assert accepted.reason is None
    assert accepted.limits is not None
    assert accepted.limits.text == "bridge closed"


@pytest.mark.parametrize("answers", [[], ["Maybe"], [""]])
def test_an_answer_that_is_none_is_refused(answers: list[str]) -> None:
    with pytest.raises(MalformedDocument, match="/CommitResource"):
        read("CommitResource", answering(*answers))


@pytest.mark.parametrize(
    ("inside", "state"),
    [
        ("", AssistProgress.RESOURCES_NAMED),
        ("<rm:Value>En-route</rm:Value>", AssistProgress.EN_ROUTE),
        ("<rm:Value>On Scene</rm:Value>", AssistProgress.ON_SCENE),
        ("<rm:Value>Mobilised</rm:Value>", AssistProgress.RESOURCES_NAMED),
    ],
)
def test_a_status_is_never_further_than_stated(inside: str, state: AssistProgress) -> None:
    status = f"<ResourceStatus><DeploymentStatus>{inside}</DeploymentStatus></ResourceStatus>"
    resource = f"<ResourceInformation><Resource>{status}</Resource></ResourceInformation>"
    body = read("ReportResourceDeploymentStatus", resource).body
    assert isinstance(body, AssistDeployed)
    assert body.state is state


def test_the_slowest_of_several_counts_and_an_actual_time_tells() -> None:
    arrived = "<ResourceInformation><Resource/><ScheduleInformation><ScheduleType>{}"
    arrived += "</ScheduleType><DateTime>2026-03-01T10:00:00Z</DateTime></ScheduleInformation>"
    arrived += "</ResourceInformation>"
    one = arrived.format("ActualArrival")
    two = one + arrived.format("ActualDeparture")
    for inside, state in ((one, AssistProgress.ON_SCENE), (two, AssistProgress.EN_ROUTE)):
        body = read("ReportResourceDeploymentStatus", inside).body
        assert isinstance(body, AssistDeployed)
        assert body.state is state


RECALL = "<MessageRecall><rm:RecallMessageID>M.1</rm:RecallMessageID><rm:RecallType>{}"
RECALL += "</rm:RecallType></MessageRecall>"


def test_a_recalled_request_is_taken_back() -> None:
    message = read("RequestResource", RECALL.format("Cancel"))
    assert isinstance(message.body, AssistRelease)
    assert message.body.state is AssistEnd.CANCELLED
    assert message.body.assist == message_id("M.1")


def test_a_recalled_commitment_commits_nobody() -> None:
    message = read("CommitResource", answering("Accept") + RECALL.format("Cancel"))
    assert isinstance(message.body, Text)


def test_an_update_replaces_what_it_names() -> None:
    message = read("RequestResource", RECALL.format("Update"))
    assert message.kind == "assist.request"
    assert message.supersedes == message_id("M.1")


def test_a_release_lets_go() -> None:
    body = read("ReleaseResource", "<ResourceInformation><Resource/></ResourceInformation>").body
    assert isinstance(body, AssistRelease)
    assert body.state is AssistEnd.RELEASED


@pytest.mark.parametrize("name", WORDS_ONLY)
def test_what_none_of_our_kinds_says_is_read_as_words(name: str) -> None:
    body = read(name, "<MessageDescription>two boats</MessageDescription>").body
    assert isinstance(body, Text)
    assert body.subject is not None
    assert body.text is not None
    assert (body.subject.text, body.text.text) == (name, "two boats")


def test_our_own_lists_are_read() -> None:
    word = "<Keyword><rm:ValueListURN>urn:crossband:{}</rm:ValueListURN><rm:Value>{}</rm:Value>"
    pairs = (("capability", "K9"), ("hazard", "fire"), ("precedence", "flash"))
    words = "".join(word.format(*pair) + "</Keyword>" for pair in pairs)
    resource = f"<Resource><Name>Dog team</Name>{words}</Resource>"
    message = read("RequestResource", f"<ResourceInformation>{resource}</ResourceInformation>")
    assert isinstance(message.body, AssistRequest)
    assert (message.body.capability, message.body.hazards) == ("K9", ("fire",))
    assert message.precedence is Precedence.FLASH
