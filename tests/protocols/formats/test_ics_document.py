"""Slots of a document: what is taken leaves a gap, and the message fills it again."""

from __future__ import annotations

from datetime import UTC, datetime

from protocols.formats.codec import STRANGER
from protocols.formats.ics_document import Form, filled, losses, numbered, own_id, write_form
from protocols.formats.ics_form import Blocks
from protocols.messages.envelope import Message
from protocols.messages.kinds import LogNote
from protocols.messages.values import LanguageText

BLOCKS = Blocks(
    {"to": ("2", "To", "Para", "Destinataire"), "number": ("", "No.", "Núm.", "No")},
    also={},
    long=(),
    after_long=(),
)
SENT = datetime(2026, 10, 25, tzinfo=UTC)


def form(*lines: str) -> Form:
    return Form("ics-x", BLOCKS, "form", [["Date", "x"]], list(lines))


def message(text: str, **fields: object) -> Message:
    return Message(
        id="01890000-0000-7000-8000-000000000001",
        sender=STRANGER,
        sent=SENT,
        body=LogNote(text=LanguageText(text=text)),
        **fields,  # type: ignore[arg-type]  # names and types are Message's
    )


def test_what_is_taken_leaves_a_gap_that_the_message_fills() -> None:
    document = form("Heading", "To:", "To: C5")
    index = document.at("to")
    assert index == 2  # the first that says something
    assert document.take("body.text", index) == "C5"
    assert document.take("body.text", index) is None
    assert document.value("to") == ""
    document.sent((SENT, True), "x")
    fields = document.done("identity", "", "")
    kept = fields["extensions"]["ics-x"]
    assert kept["items"] == [["", "Heading"], ["To", ""], ["To", None]]
    parts = filled(kept, message("C6"))
    assert parts is not None
    assert write_form(parts) == "Date: x\n\nHeading\nTo:\nTo: C6\n"


def test_a_gap_that_nothing_fills_is_no_document() -> None:
    place = {"style": "form", "items": [["To", None]]}
    for read in ({"patrol": "items.0"}, {"body.text": "items.7"}, {"body.text": "x.0"}, [1]):
        assert filled(place | {"read": read}, message("x")) is None
    assert filled({"items": [["a"]]}, message("x")) is None
    assert filled({"items": [["a", 1]]}, message("x")) is None
    assert filled({"head": 7}, message("x")) is None


def test_without_a_time_the_time_is_unknown() -> None:
    document = form("To: C5")
    document.sent(None, "noonish")
    fields = document.done("identity", "", "")
    assert fields["sent"].year == 1970
    assert fields["absent"] == {"/sent": "unknown"}
    assert fields["losses"][0].value == "noonish"


def test_a_number_of_ours_holds_only_while_nothing_is_changed() -> None:
    identifier = message("x").id
    number = numbered(form("To: C5"), identifier)
    assert own_id(form("To: C5", f"No.: {number}"), number) == identifier
    assert own_id(form("To: C6", f"No.: {number}"), number) is None
    assert own_id(form("To: C5"), "RSC-100P") is None


def test_what_does_not_come_back_is_lost() -> None:
    said = message("x", patrol="MP-07")
    fields = {"sent": SENT, "body": said.body, "language": "en", "system": "s", "number": None}
    lost = losses(said, "ics-x", fields | {"id": said.id}, as_it_was=False, no_block="no block")
    assert {(one.field, one.reason) for one in lost} == {("patrol", "no block")}
