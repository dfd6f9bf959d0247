"""What became of the system's messages is told to it once, and never means acceptance."""

from __future__ import annotations

import pytest

from hub.gateway.bridge import Bridge
from hub.gateway.counters import Counters
from hub.gateway.outcomes import Outcomes
from protocols.client.fates import Fate, FateState, RecipientFate
from protocols.frames import Stage
from protocols.messages import Message
from protocols.messages.kinds import Position, Read, Receipt, Text
from protocols.messages.values import LanguageText
from tests.hub.gateway.edges import bridge
from tests.hub.gateway.parties import DISPATCH, says

LINE = Text(text=LanguageText(text="on my way"))


def sent(side: Bridge, body: Text | Position = LINE) -> Message:
    message = says(DISPATCH, body)
    side.entered(message)
    return message


def fate(
    message: Message, *stages: tuple[str, Stage], state: FateState = FateState.ON_DISK
) -> Fate:
    there = tuple(RecipientFate(device, stage) for device, stage in stages)
    return Fate(
        message_id=message.id,
        channel="nogales",
        number=1,
        queued_at=1,
        state=state,
        recipients=there,
    )


def outcomes(side: Bridge) -> Outcomes:
    return Outcomes(side, "uscbp", "es", Counters())


def kinds(told: object) -> list[str]:
    return [one.parcel.message.kind for one in told]  # type: ignore[attr-defined]  # tellings


def test_delivery_and_reading_are_told_once_each() -> None:
    side = bridge()
    message, told = sent(side), outcomes(side)
    opened = fate(message, ("gn-3@c5son", Stage.DECRYPTED))
    assert kinds(told.changed(opened)) == ["receipt"]
    assert told.changed(opened) == []
    shown = fate(message, ("gn-3@c5son", Stage.SHOWN))
    assert kinds(told.changed(shown)) == ["read"]
    assert told.changed(shown) == []


def test_who_reads_before_delivery_was_told_gives_both_in_order() -> None:
    side = bridge()
    told = outcomes(side).changed(fate(sent(side), ("gn-3@c5son", Stage.ACKNOWLEDGED)))
    assert kinds(told) == ["receipt", "read"]
    assert not any(one.kept for one in told)


def test_the_own_agency_and_failures_are_no_delivery() -> None:
    side = bridge()
    message, told = sent(side), outcomes(side)
    assert told.changed(fate(message, ("desk@uscbp", Stage.SHOWN))) == []
    assert told.changed(fate(message, ("gn-3@c5son", Stage.FAILED))) == []
    assert told.changed(fate(message, ("gn-3@c5son", Stage.ACCEPTED))) == []


def test_tak_is_not_told_of_every_position() -> None:
    for name, expected in (("cot", []), ("canonical", ["receipt"])):
        side = bridge(name)
        message = sent(side, Position(track="x"))
        told = outcomes(side).changed(fate(message, ("gn-3@c5son", Stage.DECRYPTED)))
        assert kinds(told) == expected


@pytest.mark.parametrize(
    ("stage", "left"),
    [(Stage.DECRYPTED, ["read"]), (Stage.SHOWN, []), (Stage.ACCEPTED, ["receipt", "read"])],
)
def test_what_was_so_before_the_start_is_not_told_again(stage: Stage, left: list[str]) -> None:
    side = bridge()
    message, told = sent(side), outcomes(side)
    told.before(fate(message, ("gn-3@c5son", stage)))
    assert kinds(told.changed(fate(message, ("gn-3@c5son", Stage.SHOWN)))) == left


def test_what_waits_is_known_until_the_hub_has_spoken() -> None:
    side = bridge()
    message, told = sent(side), outcomes(side)
    told.before(fate(message, state=FateState.SENT))
    assert told.waiting == {message.id}
    told.changed(fate(message))
    assert told.waiting == set()


def test_a_late_refusal_is_a_notice_that_stays() -> None:
    side = bridge(language="es")
    message = sent(side)
    refused = Fate(
        message_id=message.id,
        channel="nogales",
        number=1,
        queued_at=1,
        state=FateState.REFUSED,
        code="expired",
    )
    counters = Counters()
    (told,) = Outcomes(side, "uscbp", "es", counters).changed(refused)
    assert told.kept
    assert counters.refusals == {"expired": 1}
    assert isinstance(told.parcel.message.body, Text)
    assert outcomes(bridge("cap")).changed(refused) == []


def test_receipts_name_the_kind_of_knowledge() -> None:
    side = bridge("canonical")
    message = sent(side)
    assert isinstance(side.delivered(message.id, "x").message.body, Receipt)  # type: ignore[union-attr]  # told now
    assert isinstance(side.read(message.id, "x").message.body, Read)  # type: ignore[union-attr]  # told now
