"""The account: a field that nobody wrote down is a loss, never a silence."""

from __future__ import annotations

from datetime import UTC, datetime

from protocols.formats.account import Account, stated
from protocols.formats.codec import STRANGER
from protocols.ids import id_text, uuid7
from protocols.messages.envelope import Loss, Message, Original
from protocols.messages.kinds import AssistReply, Text
from protocols.messages.values import LanguageText, Moment


def message() -> Message:
    return Message(
        id=id_text(uuid7(1_700_000_000_000_000)),
        sender=STRANGER,
        sent=datetime(2026, 3, 1, tzinfo=UTC),
        body=Text(text=LanguageText(text="hola", language="es"), to=("A", "B")),
        original=Original.of(b"x", "cap"),
        losses=(Loss(field="a", value="b", reason="c"),),
        moments={"/sent": Moment(text="x")},
        extensions={"mine": {"x": 1}, "theirs": {"y": [2, 3]}},
    )


def fields(losses: tuple[Loss, ...]) -> set[str]:
    return {loss.field for loss in losses}


def test_a_document_should_say_everything_but_how_the_message_came_here() -> None:
    said = stated(message(), "mine")
    assert list(said) == ["id", "sender", "sent", "body", "extensions", "language"]
    assert said["extensions"] == {"theirs": {"y": [2, 3]}}
    assert message().extensions.keys() == {"mine", "theirs"}


def test_what_nobody_dealt_with_is_lost() -> None:
    lost = fields(Account(message(), own="mine").close("no place"))
    assert {"id", "sent", "sender.unit", "body.kind", "body.text.text", "body.to.0"} <= lost
    assert {"extensions.theirs.y.0", "extensions.theirs.y.1", "language"} <= lost


def test_what_is_about_the_translation_or_put_back_is_no_loss() -> None:
    lost = fields(Account(message(), own="mine").close("no place"))
    assert not [f for f in lost if f.startswith(("original", "losses", "moments", "extensions.m"))]


def test_what_is_carried_is_no_loss_with_all_below_it() -> None:
    account = Account(message(), own="mine")
    account.carried("body", "sender", "id", "sent", "language", "extensions", "never.there")
    assert account.close("no place") == ()


def test_a_name_that_only_begins_the_same_is_not_meant() -> None:
    body = AssistReply(assist="a", answer="accepted", reason="x", remarks=LanguageText(text="y"))  # type: ignore[arg-type]  # a text, as JSON has it
    account = Account(
        Message(id=message().id, sender=STRANGER, sent=message().sent, body=body), own="mine"
    )
    account.carried("body.re", "body.remarks")
    assert {"body.reason", "body.assist"} <= fields(account.close("no place"))


def test_what_is_bent_is_a_loss_with_its_own_reason() -> None:
    account = Account(message(), own="mine")
    account.bent("body.to", "only in words")
    account.carried("body.to")  # too late: it was said already
    losses = {loss.field: loss for loss in account.close("no place")}
    assert losses["body.to.0"] == Loss(field="body.to.0", value="A", reason="only in words")
    assert losses["body.to.1"].reason == "only in words"
    assert losses["id"].reason == "no place"


def test_something_that_is_no_field_can_be_lost_too() -> None:
    account = Account(message(), own="mine")
    account.lost("signature", {"by": 7}, "it holds for the original")
    assert Loss(field="signature", value='{"by":7}', reason="it holds for the original") in (
        account.close("no place")
    )
