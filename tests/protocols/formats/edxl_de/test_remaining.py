"""Losses of a distribution: those of the document inside, less what the envelope really says."""

from __future__ import annotations

from datetime import UTC, datetime

from protocols.formats.codec import DEFAULT_SETTINGS, STRANGER
from protocols.formats.edxl_de.fill import ORDER, Filler
from protocols.formats.edxl_de.remaining import NEAREST, NOT_SAID, remaining, unkept
from protocols.formats.edxl_de.words import NAMESPACE_OF, Style
from protocols.formats.slots import Element, Writing
from protocols.messages.envelope import Handling, Loss, Message
from protocols.messages.kinds import LogNote
from protocols.messages.values import Exercise, Tlp

OLD = Style(version="1.0", small=True)


def message(**fields: object) -> Message:
    given = {
        "id": "00e8d4a5-1000-7000-b060-b28b4f9afe03",
        "sender": STRANGER,
        "sent": datetime(2026, 3, 1, 10, tzinfo=UTC),
        "body": LogNote(),
        "language": "es",
        "handling": Handling(recipients=("a", "b  c")),
    }
    return Message(**(given | fields))  # type: ignore[arg-type]  # names and types are Message's


def envelope(said: Message) -> Element:
    writing = Writing("EDXLDistribution", NAMESPACE_OF["1.0"], order=ORDER)
    filler = Filler(writing, OLD, new=True)
    filler.head(said)
    filler.fill(said, (), DEFAULT_SETTINGS)
    filler.finish()
    return writing.finish()


def lost(said: Message, *inside: str, inner: Message | None = None) -> dict[str, str]:
    losses = tuple(Loss(field=name, value="x", reason="inside") for name in inside)
    found = remaining(losses, said, inner or said, envelope(said), OLD, DEFAULT_SETTINGS)
    return {loss.field: loss.reason for loss in found}


def test_what_the_envelope_states_exactly_is_no_loss() -> None:
    names = ("language", "handling.recipients.0", "handling.recipients.1", "body.text")
    found = lost(message(exercise=Exercise.TEST), *names)
    assert found == {"handling.recipients.1": "inside", "body.text": "inside"}


def test_what_was_left_to_the_envelope_and_is_not_there_is_a_loss() -> None:
    late = datetime(2026, 3, 1, 12, tzinfo=UTC)
    said = message(exercise=Exercise.TEST, expires=late)
    found = lost(said, inner=message(exercise=Exercise.TEST))
    assert found == {"expires": NOT_SAID}  # 1.0 has no place for it


def test_a_state_that_has_only_a_nearest_word_is_a_loss_whatever_stands_inside() -> None:
    for exercise in (Exercise.SIMULATION, Exercise.DRAFT, Exercise.NOT_STATED):
        found = lost(message(exercise=exercise), "exercise")
        assert found["exercise"].startswith(NEAREST)
    assert lost(message(exercise=Exercise.ACTUAL), "exercise") == {}


def test_a_marking_in_other_words_is_a_loss() -> None:
    marked = Handling(tlp=Tlp.RED, national_marking="SBU")
    found = lost(message(exercise=Exercise.TEST, handling=marked), "handling.tlp")
    assert found == {"handling.tlp": "inside"}


def test_an_empty_marking_that_the_envelope_fills_is_a_loss() -> None:
    marked = Handling(national_marking="", third_party=True)
    found = lost(message(exercise=Exercise.TEST, handling=marked))
    assert found == {"handling.national_marking": NOT_SAID}


def test_an_envelope_that_is_written_anew_is_lost_leaf_by_leaf() -> None:
    kept = message(extensions={"edxl-de": {"document": ["a", {"b": "c"}], "filled": []}})
    assert [loss.value for loss in unkept(kept)] == ["a", "c"]
    assert unkept(message()) == []
