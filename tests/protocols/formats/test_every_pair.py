"""Between any two formats: nothing vanishes, nothing becomes real, no receipt commits."""

from __future__ import annotations

import types
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from protocols.errors import FormatRefused, NotRepresentable
from protocols.foresight.samples import samples
from protocols.formats.account import ABOUT_THE_TRANSLATION
from protocols.formats.codec import Settings
from protocols.formats.losses import leaf_paths, unaccounted
from protocols.formats.registry import FORMATS
from protocols.formats.translate import Unsayable, translate
from protocols.messages.envelope import Message
from protocols.messages.kinds import (
    KINDS,
    AlarmAck,
    AssistAnswer,
    AssistReply,
    PatrolAck,
    Read,
    Receipt,
    TransferReply,
)
from protocols.messages.values import Exercise
from tests.protocols.formats.corpus import FOLDERS, accepted

PHASES = (Phase.explicit, Phase.reuse, Phase.generate)
WRITTEN = [name for name, entry in FORMATS.items() if entry.writes]
READ_AND_WRITTEN = [name for name in WRITTEN if FORMATS[name].reads]
NOT_REAL = [one for one in Exercise if one not in (Exercise.ACTUAL, Exercise.NOT_STATED)]
MOST = 60
"""Corpus documents of one format that are translated into every other one here."""
PLAIN = Settings(carry_canonical=False)
_KIN = {"cot": {"cot", "tak"}, "tak": {"cot", "tak"}}
"""Two forms of the same event: a document of one is a document of the other."""


def leaves_of(message: Message) -> list[tuple[str, str]]:
    """Every value of a message but those about its translation, and its id."""
    built = msgspec.to_builtins(message)
    for name in (*ABOUT_THE_TRANSLATION, "id"):
        built.pop(name, None)
    return [
        (path, str(value).lower() if isinstance(value, bool) else str(value))
        for path, value in leaf_paths(built)
        if str(value).strip()
    ]


def unsaid(message: Message, name: str) -> list[tuple[str, str]]:
    """The values that are neither in the document, read again, nor in the losses."""
    entry = FORMATS[name]
    written = entry.encode(message, PLAIN)
    again = msgspec.structs.replace(entry.decode(written.data), original=None)
    said = {loss.field for loss in written.losses}
    open_still = [
        (path, value)
        for path, value in leaves_of(message)
        if not any(path == field or path.startswith(field + ".") for field in said)
    ]
    return unaccounted(open_still, again, [loss.value for loss in written.losses])


@pytest.mark.parametrize("name", READ_AND_WRITTEN)
def test_what_a_format_does_not_say_of_a_sample_is_in_its_losses(name: str) -> None:
    for message in samples():
        try:
            assert unsaid(message, name) == [], message.kind
        except NotRepresentable:
            continue


@pytest.mark.parametrize("name", READ_AND_WRITTEN)
@pytest.mark.parametrize("source", FOLDERS)
def test_what_is_lost_of_a_corpus_document_is_in_the_losses(
    source: str, name: str, shared: Path
) -> None:
    for label, _, message in accepted(shared, source)[:MOST]:
        if message.source is not None and {message.source.format, name} <= _KIN.get(name, {name}):
            continue  # the round trip of a format with itself has tests of its own
        try:
            assert unsaid(message, name) == [], label
        except FormatRefused:
            continue


@pytest.mark.parametrize("name", WRITTEN)
@pytest.mark.parametrize("exercise", NOT_REAL)
@settings(max_examples=20, deadline=None, phases=PHASES, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_an_exercise_never_becomes_actual(
    name: str, exercise: Exercise, data: st.DataObject, making: types.SimpleNamespace
) -> None:
    kind = data.draw(st.sampled_from(sorted(KINDS)))
    message = msgspec.structs.replace(data.draw(making.messages_of(kind)), exercise=exercise)
    for policy in Unsayable:
        try:
            written = translate(message, FORMATS[name], unsayable=policy)
        except FormatRefused:
            continue
        assert exercise in written.format.exercises
        if written.format.reads:
            again = written.format.decode(written.encoded.data)
            assert again.exercise not in (Exercise.ACTUAL, Exercise.NOT_STATED)


@pytest.mark.parametrize("name", READ_AND_WRITTEN)
def test_what_nobody_stated_is_never_read_as_actual(name: str) -> None:
    for message in samples():
        silent = msgspec.structs.replace(message, exercise=Exercise.NOT_STATED)
        try:
            written = translate(silent, FORMATS[name])
        except FormatRefused:
            continue
        assert written.format.decode(written.encoded.data).exercise is not Exercise.ACTUAL


ANOTHER = "019cb5a0-0000-7000-8000-000000000001"
LEVELS = {
    "delivered": Receipt(of=ANOTHER),
    "read": Read(of=ANOTHER),
    "accepted": AssistReply(assist=ANOTHER, answer=AssistAnswer.ACCEPTED),
    "alarm seen": AlarmAck(alarm=ANOTHER),
    "plan taken": PatrolAck(),
    "transfer taken": TransferReply(transfer=ANOTHER, accepted=True),
}
RECEIPTS = (Receipt, Read)


@pytest.mark.parametrize("name", READ_AND_WRITTEN)
@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("carry", [True, False])
def test_no_level_of_acknowledgement_becomes_another(name: str, level: str, carry: bool) -> None:
    body = LEVELS[level]
    message = msgspec.structs.replace(samples()[0], body=body, patrol="MP-07")
    chosen = Settings(carry_canonical=carry)
    try:
        again = FORMATS[name].decode(FORMATS[name].encode(message, chosen).data)
    except FormatRefused:
        return
    acknowledging = tuple(type(one) for one in LEVELS.values())
    assert type(again.body) is type(body) or not isinstance(again.body, acknowledging)
