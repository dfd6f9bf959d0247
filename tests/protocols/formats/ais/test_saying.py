"""Short words in capital letters: what is said, what is changed, what is refused."""

from __future__ import annotations

import types
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.errors import NotRepresentable
from protocols.formats.ais.saying import (
    addressee,
    marked,
    refuse_what_is_not_said,
    sayable,
    words_of,
)
from protocols.formats.ais.sixbit import SAYABLE
from protocols.formats.ais.words import MARKS, exercise_in
from protocols.formats.codec import Settings
from protocols.messages.envelope import Handling, Message
from protocols.messages.kinds import (
    Alarm,
    AlarmCancel,
    Alert,
    AlertAction,
    AlertInfo,
    AlertScope,
    Body,
    Position,
    Text,
)
from protocols.messages.values import Exercise, LanguageText, Location, Point, Tlp


def message(making: types.SimpleNamespace, body: Body, **fields: object) -> Message:
    return Message(
        id="0190b6ea-5ad5-7cc0-8f3a-2f0dbd1e6a01",
        sender=making.sender,
        sent=datetime(2026, 11, 21, 12, tzinfo=UTC),
        body=body,  # type: ignore[arg-type]  # any kind
        **fields,  # type: ignore[arg-type]  # names and types are Message's
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Año nuevo, ¿está?", "ANO NUEVO, ESTA?"),
        ("Straße œuf Ærø", "STRASSE OEUF AERO"),
        ("“dit–elle…”", '"DIT-ELLE..."'),
        ("a@b {c}|~", "A(A)B (C)/-"),
        ("火 at\n31°", "? AT 31 DEG"),
        ("e\u0301", "E"),
        ("ﬁre ½", "FIRE 1/2"),
    ],
)
def test_sayable(text: str, said: str) -> None:
    assert sayable(text)[0] == said


def test_changes_are_told_but_not_those_of_case() -> None:
    assert sayable("fire")[1] == {}
    assert sayable("año @ sí")[1] == {"ñ": "N", "@": "(A)", "í": "I"}


@given(st.text(max_size=40))
def test_anything_can_be_said(text: str) -> None:
    assert SAYABLE.issuperset(sayable(text)[0])
    assert "@" not in sayable(text)[0]


@given(
    st.sampled_from(list(Exercise)),
    st.sampled_from(
        ["", "FIRE", "EXERCISE", "TEST", "CAUTION NOW", "EXERCISE CAUTION", "SART TEST"]
    ),
)
def test_what_is_not_real_says_so_and_what_is_real_never_does(
    exercise: Exercise, text: str
) -> None:
    said = exercise_in(marked(text, exercise))
    if exercise in (Exercise.ACTUAL, Exercise.NOT_STATED):
        assert said is Exercise.NOT_STATED
    else:
        assert said is (exercise if exercise in MARKS else Exercise.TEST)


def test_a_mark_is_not_said_twice() -> None:
    assert marked("EXERCISE FIRE", Exercise.EXERCISE) == "EXERCISE FIRE"
    assert marked("FIRE", Exercise.EXERCISE) == "EXERCISE FIRE"


def test_an_alarm_in_words(making: types.SimpleNamespace) -> None:
    body = Alarm(
        alarm_class="EMERGENCY",
        unit="GN-3",
        reason=LanguageText(text="derrumbe", language="es"),
    )
    place = Location(point=Point(lat=31.33275, lon=-110.9511))
    alarm = message(making, body, location=place)
    said = "EMERGENCIA GN-3 derrumbe 31.3328N 110.9511W"
    assert words_of(alarm, Settings(language="es")).text == said
    over = message(making, Alarm(alarm_class="EMERGENCY", unit="GN-3", active=False))
    assert words_of(over, Settings(language="fr")).text == "URGENCE GN-3 TERMINÉE"


def test_a_cancel_in_words(making: types.SimpleNamespace) -> None:
    cancel = message(making, AlarmCancel(alarm="x", remarks=LanguageText(text="all safe")))
    assert words_of(cancel, Settings()).text.startswith("Alarm cancelled")
    assert words_of(cancel, Settings()).text.endswith("all safe")


def test_a_text_in_the_readers_language(making: types.SimpleNamespace) -> None:
    body = Text(
        text=LanguageText(text="Feu", language="fr"),
        subject=LanguageText(text="Quai"),
        translations=(LanguageText(text="Fire", language="en"),),
        to=("366000001",),
    )
    note = message(making, body)
    assert words_of(note, Settings(language="en")).text == "Quai: Fire"
    assert addressee(note) == "366000001"
    assert addressee(message(making, Text(to=("GN-3",)))) is None
    assert addressee(message(making, Text(to=("366000001", "366000002")))) is None


def test_an_alert_is_its_headline_and_an_answer_to_one_is_nothing(
    making: types.SimpleNamespace,
) -> None:
    infos = (
        AlertInfo(language="en-CA", event="squall", headline="Squall warning"),
        AlertInfo(language="fr-CA", event="grain"),
    )
    alert = Alert(infos=infos)
    words = words_of(message(making, alert), Settings(language="en"))
    assert (words.text, words.fields[1]) == ("Squall warning", "body.infos.0.headline")
    assert words_of(message(making, alert), Settings(language="fr")).text == "grain"
    over = Alert(action=AlertAction.CANCEL, infos=infos)
    assert words_of(message(making, over), Settings()).text.endswith(": Squall warning")
    assert words_of(message(making, Alert(note="gone")), Settings()).text == "gone"
    for refused in (Alert(action=AlertAction.ACK), Alert(scope=AlertScope.PRIVATE)):
        with pytest.raises(NotRepresentable):
            refuse_what_is_not_said(message(making, refused))


def test_positions_of_others_are_refused(making: types.SimpleNamespace) -> None:
    with pytest.raises(NotRepresentable, match="spoofing"):
        refuse_what_is_not_said(message(making, Position()))


def test_what_is_marked_for_fewer_is_not_said_on_the_air(making: types.SimpleNamespace) -> None:
    secret = Handling(tlp=Tlp.AMBER)
    with pytest.raises(NotRepresentable, match="everybody"):
        refuse_what_is_not_said(message(making, Text(), handling=secret))
    refuse_what_is_not_said(message(making, Text(), handling=Handling(tlp=Tlp.CLEAR)))
    emergency = message(making, Alarm(alarm_class="EMERGENCY"), handling=secret)
    refuse_what_is_not_said(emergency)
