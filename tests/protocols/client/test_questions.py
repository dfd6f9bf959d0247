"""Every ref once, every answer to whoever asked, and what survives a cut."""

from __future__ import annotations

import pytest

from protocols.client.questions import Questions
from protocols.errors import UnexpectedFrame
from protocols.frames import Accepted, Devices, Directory, HubFrame, Joined, Trace


def test_an_answer_goes_to_its_question_once() -> None:
    questions, heard = Questions(), []
    questions.link_up()
    questions.ask(Directory(0), lambda frame, now: heard.append((frame, now)))
    (frame,) = questions.take_frames()
    answer = Devices(frame.ref, ())
    assert questions.answered(frame.ref, answer, 5)
    assert not questions.answered(frame.ref, answer, 6)
    assert heard == [(answer, 5)]


def test_refs_are_never_used_twice() -> None:
    questions = Questions()
    questions.link_up()
    for _ in range(3):
        questions.ask(Directory(0), _ignore)
    refs = [frame.ref for frame in questions.take_frames()]
    assert len({*refs, questions.next_ref()}) == 4
    assert questions.last_ref == max(refs) + 1


def test_what_was_put_off_is_asked_again_with_a_new_ref() -> None:
    questions = Questions()
    questions.link_up()
    questions.ask(Trace(0, "x", 4), _ignore)
    (first,) = questions.take_frames()
    assert questions.slowed(first.ref, 100)
    assert not questions.slowed(first.ref, 100)
    questions.tick(99)
    assert questions.take_frames() == []
    assert questions.wake_at() == 100
    questions.tick(100)
    (again,) = questions.take_frames()
    assert again == Trace(again.ref, "x", 4)
    assert again.ref != first.ref


def test_a_cut_keeps_what_is_to_be_repeated_and_drops_the_rest() -> None:
    questions = Questions()
    questions.link_up()
    questions.ask(Directory(0), _ignore, repeat=True)
    questions.ask(Trace(0, "x", 1), _ignore)
    questions.put(Joined("x", 1))
    questions.link_down()
    questions.put(Joined("x", 2))
    questions.ask(Trace(0, "x", 2), _ignore)
    assert questions.take_frames() == []
    questions.link_up()
    assert [type(frame) for frame in questions.take_frames()] == [Directory]


def test_an_answer_nobody_asked_for_is_not_taken() -> None:
    assert not Questions().answered(7, Accepted(()), 0)


def _ignore(frame: HubFrame, now: int) -> None:
    """Nobody listens."""


def test_an_answer_of_another_kind_is_refused_and_the_question_stays() -> None:
    questions, heard = Questions(), []
    questions.link_up()
    questions.ask(Directory(0), lambda frame, now: heard.append(frame))
    (frame,) = questions.take_frames()
    with pytest.raises(UnexpectedFrame, match="answered Directory with Accepted"):
        questions.answered(frame.ref, Accepted(()), 1)
    assert questions.answered(frame.ref, Devices(frame.ref, ()), 2)
    assert len(heard) == 1
