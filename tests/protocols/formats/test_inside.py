"""The message inside a document: whole, and only for as long as the document is as it was."""

from __future__ import annotations

import types
from datetime import UTC, datetime

import msgspec
import pytest

from protocols.errors import MalformedDocument
from protocols.formats.inside import (
    CHANGED,
    checked,
    digest,
    fits,
    no_less_private,
    packed,
    unpacked,
)
from protocols.formats.registry import format_named
from protocols.messages.envelope import Caveat, Handling, Loss, Message, Original
from protocols.messages.kinds import LogNote
from protocols.messages.values import Exercise, PersonalData


def message(making: types.SimpleNamespace) -> Message:
    return Message(
        id="0193529c-0000-7000-8000-000000000001",
        sender=making.sender,
        sent=datetime(2026, 11, 22, tzinfo=UTC),
        body=LogNote(activity="gate"),
    )


def test_a_message_is_packed_and_unpacked(making: types.SimpleNamespace) -> None:
    sent, around = message(making), {"a": 1, "b": [2]}
    assert unpacked(packed(sent), digest({"b": [2], "a": 1}), around, "/x") == sent


def test_what_is_around_must_be_as_it_was(making: types.SimpleNamespace) -> None:
    found = unpacked(packed(message(making)), digest({"a": 1}), {"a": 2}, "/x")
    assert isinstance(found, Loss)
    assert (found.field, found.reason) == ("/x", CHANGED)
    with pytest.raises(MalformedDocument, match="/x"):
        unpacked("{}", digest({}), {}, "/x")


def test_a_large_original_travels_as_its_hash(making: types.SimpleNamespace) -> None:
    large = msgspec.structs.replace(message(making), original=Original.of(b"x" * 90_000, "cap"))
    found = unpacked(packed(large), digest({}), {}, "/x")
    assert isinstance(found, Message)
    assert found.original is not None
    assert found.original.data is None
    assert fits({"a": "x"})
    assert not fits({"a": "x" * 300_000})


def test_who_says_that_it_is_not_real_is_believed() -> None:
    event = (
        '<event version="2.0" uid="U" type="a-f-G" time="2026-11-21T06:00:00Z" {} '
        'start="2026-11-21T06:00:00Z" stale="2026-11-21T06:05:00Z"><point lat="1" lon="1" hae="1" '
        'ce="1" le="1"/><detail>{}</detail></event>'
    )
    inner = '<__crossband>{{"body": {{"kind": "text"}}, "exercise": "{}"}}</__crossband>'
    cot = format_named("cot")
    read = cot.decode(event.format('opex="e"', inner.format("actual")).encode())
    assert (read.exercise, read.losses[0].field) == (Exercise.EXERCISE, "exercise")
    assert cot.decode(event.format('opex="o"', inner.format("test")).encode()).exercise == "test"
    for twice in (inner.format("actual") * 2, inner.format("actual").replace("</", "<a/></", 1)):
        with pytest.raises(MalformedDocument, match="twice"):
            cot.decode(event.format("", twice).encode())


def test_an_original_that_is_not_what_its_hash_says_is_refused(
    making: types.SimpleNamespace,
) -> None:
    forged = Original(format="cap", sha256="0" * 64, data=b"x")
    with pytest.raises(MalformedDocument, match="hash of the original"):
        checked(msgspec.structs.replace(message(making), original=forged), "/here")


def test_the_stricter_of_two_handlings_holds(making: types.SimpleNamespace) -> None:
    sent = message(making)
    assert no_less_private(sent, Handling(), original=True) == sent
    found = Handling(personal=PersonalData.CONTACT, withheld=(Caveat(path="/extensions/x"),))
    assert no_less_private(sent, found, original=False).handling == found
    assert no_less_private(sent, found, original=True).handling == msgspec.structs.replace(
        found, withheld=(*found.withheld, Caveat(path="/original"))
    )
    health = Handling(personal=PersonalData.HEALTH, withheld=(Caveat(path="/body/text"),))
    marked = msgspec.structs.replace(sent, handling=health)
    strict = no_less_private(marked, found, original=True).handling
    assert strict.personal is PersonalData.HEALTH
    assert [caveat.path for caveat in strict.withheld] == [
        "/body/text", "/extensions/x", "/original",
    ]  # fmt: skip
