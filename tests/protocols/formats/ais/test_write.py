"""Writing safety texts: marks, limits, stations, and a loss for everything that is not said."""

from __future__ import annotations

import types
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from protocols.errors import ExerciseUnsayable, NotRepresentable
from protocols.formats.ais.message import decode, encode
from protocols.formats.codec import Settings
from protocols.formats.losses import leaf_paths
from protocols.messages.envelope import Handling, Message
from protocols.messages.kinds import KINDS, Alarm, Alert, Text
from protocols.messages.values import Exercise, LanguageText
from tests.protocols.formats.ais.reporting import BOAT, SART, document, position, text

OURS = Settings(station="003669999")
PHASES = (Phase.explicit, Phase.reuse, Phase.generate)


def note(making: types.SimpleNamespace, words: str, **fields: object) -> Message:
    return Message(
        id="0190b6ea-5ad5-7cc0-8f3a-2f0dbd1e6a07",
        sender=making.sender,
        sent=datetime(2026, 11, 21, 12, tzinfo=UTC),
        body=Text(text=LanguageText(text=words)),
        **fields,  # type: ignore[arg-type]  # names and types are Message's
    )


def lost(message: Message, given_settings: Settings = OURS) -> dict[str, str]:
    return {loss.field: loss.reason for loss in encode(message, given_settings).losses}


def test_a_broadcast(making: types.SimpleNamespace) -> None:
    encoded = encode(note(making, "OBJECT ADRIFT"), OURS)
    assert encoded.data.startswith(b"\\c:1795262400*")
    back = decode(encoded.data)
    assert back.body == Text(text=LanguageText(text="OBJECT ADRIFT"))
    assert back.source is not None
    assert back.source.id == "003669999"
    assert back.sent == datetime(2026, 11, 21, 12, tzinfo=UTC)
    assert {loss.field for loss in encoded.losses} == {
        "id", "language", "sender.country", "sender.agency", "sender.unit", "sender.device",
        "sender.role", "sender.operator",
    }  # fmt: skip


def test_to_one_station(making: types.SimpleNamespace) -> None:
    message = note(making, "COME IN")
    body = msgspec.structs.replace(message.body, to=("366000001",))
    back = decode(encode(msgspec.structs.replace(message, body=body), OURS).data)
    assert back.body == body


def test_accents_are_lost_and_said(making: types.SimpleNamespace) -> None:
    encoded = encode(note(making, "Niño en el agua"), OURS)
    assert b"AIVDM" in encoded.data
    assert decode(encoded.data).body == Text(text=LanguageText(text="NINO EN EL AGUA"))
    said = {(loss.field, loss.value) for loss in encoded.losses}
    assert ("body.text", "ñ") in said
    assert ("body.text.text", "Niño en el agua") in said


def test_what_is_too_long_is_cut_off_and_said(making: types.SimpleNamespace) -> None:
    encoded = encode(note(making, "A" * 300), OURS)
    body = decode(encoded.data).body
    assert isinstance(body, Text)
    assert body.text is not None
    assert body.text.text == "A" * 158 + "..."
    assert any("161" in loss.reason for loss in encoded.losses)
    assert all(len(line) <= 80 for line in encoded.data.split(b"\r\n")[1:])


def test_without_a_station_nobody_speaks(making: types.SimpleNamespace) -> None:
    for station in (None, "12", "WDF3270"):
        encoded = encode(note(making, "X"), Settings(station=station))
        assert any(loss.field == "station" for loss in encoded.losses)
        source = decode(encoded.data).source
        assert source is not None
        assert source.id == "000000000"


@pytest.mark.parametrize("exercise", list(Exercise))
@pytest.mark.parametrize("words", ["FIRE", "EXERCISE CAUTION", "TEST RESULTS"])
def test_an_exercise_never_becomes_real(
    making: types.SimpleNamespace, exercise: Exercise, words: str
) -> None:
    message = note(making, words, exercise=exercise)
    back = decode(encode(message, OURS).data)
    real = (Exercise.ACTUAL, Exercise.NOT_STATED)
    if exercise in real:
        assert back.exercise is Exercise.NOT_STATED
    else:
        assert back.exercise not in real
        if back.exercise is not exercise:
            assert "exercise" in lost(message)


def test_an_alarm_is_a_text_to_whoever_reads_it(making: types.SimpleNamespace) -> None:
    message = msgspec.structs.replace(
        note(making, ""), body=Alarm(alarm_class="EMERGENCY", unit="GN-3")
    )
    assert decode(encode(message, OURS).data).body == Text(text=LanguageText(text="EMERGENCY GN-3"))
    assert "safety text" in lost(message)["body.kind"]


SAYABLE = ("alarm", "alarm.cancel", "alert", "text")
SLOW = (HealthCheck.too_slow, HealthCheck.function_scoped_fixture)


@pytest.mark.parametrize("kind", SAYABLE)
@settings(max_examples=30, deadline=None, phases=PHASES, suppress_health_check=SLOW)
@given(data=st.data())
def test_every_leaf_is_said_or_lost(
    data: st.DataObject, kind: str, making: types.SimpleNamespace
) -> None:
    message = data.draw(making.messages_of(kind))
    try:
        encoded = encode(message, OURS)
    except NotRepresentable:
        assert message.handling != Handling() or isinstance(message.body, Alert)
        return
    back = msgspec.structs.replace(decode(encoded.data), original=None)
    there = {(path, str(value)) for path, value in leaf_paths(msgspec.to_builtins(back))}
    gone = {loss.field for loss in encoded.losses}
    built = msgspec.to_builtins(message)
    for name in ("original", "losses", "moments"):
        built.pop(name, None)
    for path, value in leaf_paths(built):
        assert path in gone or (path, str(value)) in there, (path, value)


@pytest.mark.parametrize("kind", sorted(set(KINDS) - set(SAYABLE)))
@settings(max_examples=2, deadline=None, phases=PHASES, suppress_health_check=SLOW)
@given(data=st.data())
def test_what_is_no_text_is_refused(
    data: st.DataObject, kind: str, making: types.SimpleNamespace
) -> None:
    with pytest.raises(NotRepresentable, match=kind):
        encode(data.draw(making.messages_of(kind)), OURS)


# --- what came from AIS -------------------------------------------------------------------------


def test_unchanged_it_is_the_document_itself() -> None:
    data = position(speed=7.3)
    assert encode(decode(data)).data == data
    assert encode(decode(data)).losses == ()


def test_what_ais_cannot_say_of_it_is_lost() -> None:
    message = msgspec.structs.replace(decode(position()), incident="I-7", original=None)
    encoded = encode(message)
    assert [loss.field for loss in encoded.losses] == ["incident"]
    other = msgspec.structs.replace(decode(position()), original=None, exercise=Exercise.ACTUAL)
    assert [loss.field for loss in encode(other).losses] == ["exercise"]


def test_an_original_that_cannot_be_read_is_not_used() -> None:
    message = decode(text("HELLO"))
    assert message.original is not None
    broken = msgspec.structs.replace(message.original, data=b"junk")
    encoded = encode(msgspec.structs.replace(message, original=broken))
    assert encoded.data == text("HELLO")


def test_an_exercise_with_a_real_emergency_in_it_is_refused() -> None:
    for data in (position(SART, 14), text("SART ACTIVE", SART)):
        message = msgspec.structs.replace(decode(data), exercise=Exercise.EXERCISE)
        with pytest.raises(ExerciseUnsayable):
            encode(message)


def test_a_text_that_became_an_exercise_says_so() -> None:
    message = msgspec.structs.replace(decode(text("FIRE")), exercise=Exercise.EXERCISE)
    back = decode(encode(message).data)
    assert back.exercise is Exercise.EXERCISE
    assert back.body == Text(text=LanguageText(text="EXERCISE FIRE"))


def test_an_extension_alone_writes_no_position_of_others(making: types.SimpleNamespace) -> None:
    forged = {"ais": {"address": "AIVDM", "fields": {"type": 1, "mmsi": BOAT}}}
    message = msgspec.structs.replace(decode(position()), source=None, extensions=forged)
    with pytest.raises(NotRepresentable, match="spoofing"):
        encode(message)


def test_no_station_in_an_addressed_text_of_ais() -> None:
    data = document(type=12, mmsi=1, seqno=0, dest_mmsi=2, retransmit=False, text="A")
    assert encode(msgspec.structs.replace(decode(data), original=None)).data == data
