"""Two sides understand each other where format and version meet."""

from __future__ import annotations

import pytest

from protocols.foresight.tongues import read_by, written_by
from protocols.foresight.voices import Basis, Voice
from protocols.messages.kinds import SpokenFormat


def voice(*formats: SpokenFormat) -> Voice:
    return Voice("gateway:x@uscbp", formats, Basis.NOTICE)


def test_a_version_that_both_have_is_chosen() -> None:
    (tongue,) = read_by(voice(SpokenFormat(format="cap", versions=("1.1", "1.2"))))
    assert (tongue.format.name, tongue.settings.version) == ("cap", "1.2")


@pytest.mark.parametrize(
    "spoken",
    [
        SpokenFormat(format="cap", versions=("9.9",)),
        SpokenFormat(format="morse"),
        SpokenFormat(format="cap", reads=False),
    ],
)
def test_what_does_not_meet_is_no_tongue(spoken: SpokenFormat) -> None:
    assert read_by(voice(spoken)) == []


def test_reading_and_writing_are_two_things() -> None:
    only_writes = voice(SpokenFormat(format="cot", reads=False))
    assert read_by(only_writes) == []
    assert [one.format.name for one in written_by(only_writes)] == ["cot"]


def test_a_profile_that_we_do_not_know_is_not_asked_for() -> None:
    (tongue,) = read_by(voice(SpokenFormat(format="cot", profile="none-such")))
    assert tongue.settings.profile is None
