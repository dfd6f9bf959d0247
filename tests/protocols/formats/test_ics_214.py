"""ICS 214 both ways: a log of several lines is one note, and every line stays as it was."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from protocols.errors import ExerciseUnsayable, MalformedDocument, UnsupportedVersion
from protocols.formats.codec import Settings
from protocols.formats.ics_214 import FORMAT, HEADINGS, Line, decode, encode, leaves, lines_of
from protocols.formats.losses import leaf_paths, unaccounted
from protocols.formats.translate import translate
from protocols.messages.envelope import Message, Originator
from protocols.messages.kinds import KINDS, LogNote, Position
from protocols.messages.values import Exercise, LanguageText

LOG = """ACTIVITY LOG (ICS 214)
1. Incident Name: Tunnel Nogales
2. Operational Period: Date From: 10/25/2026 Time From: 0600 Time To: 1800
3. Name: GN-3
4. ICS Position: Ground unit
5. Home Agency: Guardia Nacional
6. Resources Assigned:
Perez, driver
Ruiz, medic
7. Activity Log:
0600 On duty
0720 - Checked culvert
water knee-deep
19:45 | Found entrance
8. Prepared by: Cmdte. Lopez
Date/Time: 10/25/2026 2005
"""


def without_original(message: Message) -> Message:
    return msgspec.structs.replace(message, original=None)


def note(making: SimpleNamespace, body: Any, **fields: Any) -> Message:
    given = {
        "id": "01890000-0000-7000-8000-000000000001",
        "sender": making.sender,
        "sent": datetime(2026, 10, 25, 19, 31, tzinfo=UTC),
        "body": body,
    }
    return Message(**(given | fields))


def test_a_log_is_one_note_that_says_all_its_lines() -> None:
    message = decode(LOG.encode())
    assert message.body == LogNote(
        text=LanguageText(
            text="0600 On duty\n0720 Checked culvert\nwater knee-deep\n19:45 Found entrance"
        )
    )
    assert message.originator == Originator(
        unit="GN-3", agency="Guardia Nacional", operator="Cmdte. Lopez"
    )
    assert message.incident == "Tunnel Nogales"
    assert message.observed == datetime(2026, 10, 25, 6, 0, tzinfo=UTC)
    assert message.sent == datetime(2026, 10, 25, 20, 5, tzinfo=UTC)
    assert not message.moments["/sent"].offset_given
    assert [loss.field for loss in message.losses] == ["/sent"]


def test_nothing_of_a_log_vanishes_and_it_comes_back_as_it_was() -> None:
    message = without_original(decode(LOG.encode()))
    assert unaccounted(leaves(LOG.encode()), message) == []
    written = encode(message)
    assert written.losses == ()
    assert without_original(decode(written.data)) == message
    assert written.data.split() == LOG.encode().split()


def test_a_log_of_one_line_is_its_words() -> None:
    data = "Bitácora\n7. Registro de actividades:\n25/10/2026 06:15 UTC | Sin novedad\n".encode()
    message = decode(data)
    assert message.body == LogNote(text=LanguageText(text="Sin novedad"))
    assert "/sent" in message.absent  # month 25 does not exist and no label says that days go first
    with_period = b"2. Periodo operacional: 25/10/2026\n" + data
    assert decode(with_period).sent == datetime(2026, 10, 25, 6, 15, tzinfo=UTC)


def test_lines_begin_with_an_hour_and_go_on_without_one() -> None:
    assert lines_of("0600 a\n  1200 inside\nmore\n2026-10-25 19:31:05 -0700 | b\n\n") == [
        Line("0600", "a\n1200 inside\nmore"),
        Line("2026-10-25 19:31:05 -0700", "b\n\n"),
    ]
    assert lines_of("no hour\n0600 a") == [Line("", "no hour"), Line("0600", "a")]
    assert lines_of("") == []


def test_an_exercise_stands_at_the_top_in_the_readers_language(making: SimpleNamespace) -> None:
    body = LogNote(text=LanguageText(text="a\n0700 b\n\n  c"), activity="patrol")
    said = note(making, body, exercise=Exercise.EXERCISE, incident="Nogales")
    written = encode(said, Settings(language="es"))
    lines = written.data.decode().split("\n")
    assert lines[:2] == [HEADINGS["es"], "ESTO ES UN SIMULACRO"]
    back = decode(written.data)
    assert back.body == body
    assert (back.id, back.exercise, back.sent) == (said.id, said.exercise, said.sent)
    assert decode(written.data.replace(b"patrol", b"petrol")).id != said.id
    with pytest.raises(ExerciseUnsayable):
        translate(note(making, body, exercise=Exercise.SYSTEM), FORMAT)


def test_what_is_no_log_is_refused() -> None:
    for data, error in (
        (b"", MalformedDocument),
        (b"7. Message: x", MalformedDocument),
        (b"7. Activity Log: a\x00", MalformedDocument),
        (b"GENERAL MESSAGE (ICS 213)\n7. Activity Log: x", UnsupportedVersion),
    ):
        with pytest.raises(error):
            decode(data)


def test_what_somebody_else_put_into_the_extension_is_not_believed(making: SimpleNamespace) -> None:
    for kept in ({"items": [["7. Activity Log", "0600 other"]]}, {"items": 3}, []):
        said = note(making, LogNote(text=LanguageText(text="x")), extensions={"ics-214": kept})
        assert decode(encode(said).data).body == said.body


@pytest.mark.parametrize("kind", sorted(KINDS))
@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_every_kind_is_carried_or_its_loss_is_said(
    kind: str, data: st.DataObject, making: SimpleNamespace
) -> None:
    said = data.draw(making.messages_of(kind))
    built = msgspec.to_builtins(said)
    for name in ("original", "losses", "moments"):
        built.pop(name, None)
    written = encode(said, Settings(language="fr"))
    back = decode(written.data)
    lost = {loss.field for loss in written.losses}
    stated = [(path, str(leaf)) for path, leaf in leaf_paths(built) if path not in lost]
    assert unaccounted(stated, without_original(back)) == []
    assert back.kind == "log.note"
    assert back.exercise is not Exercise.ACTUAL


def test_a_position_in_a_log_is_only_words(making: SimpleNamespace) -> None:
    back = decode(encode(note(making, Position(unit="GN-3"))).data)
    assert isinstance(back.body, LogNote)
    assert back.body.text is not None
    assert "GN-3" in back.body.text.text


def test_the_crosswalk_names_every_field_and_kind() -> None:
    rows = FORMAT.crosswalk()
    fields = {row.field.partition(".")[0] for row in rows}
    assert set(Message.__struct_fields__) - {"body", "losses", "original"} <= fields
    assert {f"kind {name}" for name in KINDS} <= {row.field for row in rows}
