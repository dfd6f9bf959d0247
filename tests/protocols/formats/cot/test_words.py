"""CoT's words: nothing that was an exercise is ever written as an operation."""

from __future__ import annotations

from protocols.formats.cot import words as words
from protocols.messages.values import Exercise, Precedence


def test_only_actual_is_written_as_an_operation() -> None:
    for exercise, opex in words.OPEX.items():
        read = words.EXERCISES[opex.partition("-")[0]]
        assert (read is Exercise.ACTUAL) == (exercise is Exercise.ACTUAL)
    assert Exercise.NOT_STATED not in words.OPEX


def test_precedence_survives_its_qos() -> None:
    for precedence, qos in words.QOS.items():
        assert words.precedence_of(qos) is precedence
    assert words.precedence_of("6-r-c") is Precedence.IMMEDIATE
    for nothing in ("", "x-r-c", "²-r-c"):
        assert words.precedence_of(nothing) is None


def test_countries_go_there_and_back() -> None:
    for three, two in words.COUNTRIES.items():
        assert words.COUNTRIES_BACK[two] == three


def test_an_exercise_is_known_by_its_letter() -> None:
    for opex in ("e", "E", "e-NOGALES 26", " e", "e - x", "exercise", "EXERCISE"):
        assert words.exercise_of(opex) is Exercise.EXERCISE
    for opex in ("s", "S-x", "simulation", " sim"):
        assert words.exercise_of(opex) is Exercise.SIMULATION
    for opex in ("o", "o-NOGALES 26"):
        assert words.exercise_of(opex) is Exercise.ACTUAL
    for nothing in ("", " ", "x", "-e", "O", "o - x", " o", "operation", "other"):
        assert words.exercise_of(nothing) is None
