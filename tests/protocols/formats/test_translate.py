"""The one way out: what is not written, is refused by name; what is not real never looks real."""

from __future__ import annotations

import msgspec
import pytest

from protocols.errors import ExerciseUnsayable, NotRepresentable, UnsupportedVersion
from protocols.foresight.samples import samples
from protocols.formats.codec import Settings
from protocols.formats.registry import FORMATS
from protocols.formats.translate import WRAPPER, Unsayable, translate
from protocols.messages.envelope import Message
from protocols.messages.values import Exercise

OPENED = next(one for one in samples() if one.kind == "incident.open")


def exercise(message: Message = OPENED) -> Message:
    return msgspec.structs.replace(message, exercise=Exercise.EXERCISE)


def test_what_a_format_can_say_it_says_itself() -> None:
    written = translate(exercise(), FORMATS["cap"])
    assert written.format is FORMATS["cap"]
    assert b"<status>Exercise</status>" in written.encoded.data


def test_what_it_cannot_say_is_refused_or_wrapped_by_policy() -> None:
    with pytest.raises(ExerciseUnsayable, match="exercise"):
        translate(exercise(), FORMATS["eido"])
    written = translate(exercise(), FORMATS["eido"], unsayable=Unsayable.WRAP)
    assert written.format.name == WRAPPER
    again = written.format.decode(written.encoded.data)
    assert again.exercise is Exercise.EXERCISE
    assert again.kind == "incident.open"


@pytest.mark.parametrize("state", [Exercise.ACTUAL, Exercise.NOT_STATED])
def test_what_needs_no_flag_is_written_as_it_is(state: Exercise) -> None:
    message = msgspec.structs.replace(OPENED, exercise=state)
    assert translate(message, FORMATS["eido"]).format is FORMATS["eido"]


def test_a_format_that_is_only_read_is_not_written() -> None:
    with pytest.raises(NotRepresentable, match="only read"):
        translate(OPENED, FORMATS["edxl-have"])


@pytest.mark.parametrize("wish", [Settings(version="9.9"), Settings(profile="none-such")])
def test_a_version_or_profile_that_is_not_written_is_refused(wish: Settings) -> None:
    with pytest.raises(UnsupportedVersion):
        translate(OPENED, FORMATS["cap"], wish)


def test_a_version_that_is_written_is_written() -> None:
    written = translate(OPENED, FORMATS["edxl-de"], Settings(version="1.0"))
    assert b"urn:oasis:names:tc:emergency:EDXL:DE:1.0" in written.encoded.data
