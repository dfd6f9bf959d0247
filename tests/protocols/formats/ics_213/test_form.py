"""ICS 213 both ways: packet radio, labelled lines, receipts; everything is text and says so."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from protocols.errors import (
    ExerciseUnsayable,
    FormatRefused,
    MalformedDocument,
    NotRepresentable,
    UnsafeDocument,
    UnsupportedVersion,
)
from protocols.formats.codec import STRANGER, Settings
from protocols.formats.ics_213.blocks import BLOCKS, HEADINGS
from protocols.formats.ics_213.form import FORMAT, decode, encode, leaves
from protocols.formats.losses import leaf_paths, unaccounted
from protocols.formats.translate import translate
from protocols.messages.envelope import Message, Originator
from protocols.messages.kinds import KINDS, Position, Read, Receipt, Text
from protocols.messages.values import Exercise, LanguageText, Location, Point, Precedence, Tlp


def corpus(shared: Path) -> dict[str, bytes]:
    """The packet messages of the corpus, out of their wrappers."""
    folder = shared / "corpus" / "ics-213" / "samples"
    return {
        path.stem: yaml.safe_load(path.read_text())["message"].encode()
        for path in sorted(folder.glob("*.yaml"))
    }


def without_original(message: Message) -> Message:
    return msgspec.structs.replace(message, original=None)


def message(making: SimpleNamespace, body: Any, **fields: Any) -> Message:
    given = {
        "id": "01890000-0000-7000-8000-000000000001",
        "sender": making.sender,
        "sent": datetime(2026, 10, 25, 19, 31, tzinfo=UTC),
        "body": body,
    }
    return Message(**(given | fields))


PIFO = """From: kc6rsc@w1xsc.ampr.org
To: pkttue@w4xsc.ampr.org
Subject: RSC-100P_P_ICS213_Shelter

!SCCoPIFO!
#T: form-ics213.html
#V: 3.2-2.1
MsgNo: [RSC-100P]
1a.: [01/09/2022]
4.: [URGENT]
5.: [PRIORITY]
6b.: [Yes]
1b.: [20:00]
7.: [Logistics]
8.: [Shelter Manager]
9a.: [EOC]
9b.: [High School]
FmName: [Ana Ruiz]
10.: [Cots]
11.: [EOC-7P]
12.: [Need 40 cots `]a`]\\n and water.\\nPath C:\\\\x]
!/ADDON!
"""
TYPED = """MENSAJE GENERAL (SCI 213)
1. Nombre del incidente: Túnel Nogales
2. Para: Despacho USBP
3. De: C5 Sonora
4. Asunto: Entrada sur
5. Fecha: 25/10/2026
6. Hora: 19:45
Precedencia: INMEDIATO
7. Mensaje:
Entrada localizada.
Hora: no se sabe

Manden un médico.
8. Aprobado por: Cmdte. López
"""


# --- the corpus -----------------------------------------------------------------------------------


def test_the_corpus_is_read_or_refused_by_name_with_the_line(shared: Path) -> None:
    found: Counter[str] = Counter()
    refused: dict[str, str] = {}
    for name, data in corpus(shared).items():
        try:
            found[decode(data).kind] += 1
        except FormatRefused as refusal:
            found[refusal.code] += 1
            refused[name] = refusal.detail
    assert found == {"text": 2, "receipt": 1, "read": 1, "malformed_document": 2}
    assert refused == {
        "corruptform": "Line 9: this is no field of a form, `name: [value]`.",
        "invalidform": "Line 17: the field 9b. is empty or missing.",
    }


def test_nothing_in_the_corpus_vanishes_and_all_of_it_comes_back(shared: Path) -> None:
    for name, data in corpus(shared).items():
        if name in ("corruptform", "invalidform"):
            continue
        read = without_original(decode(data))
        assert unaccounted(leaves(data), read) == [], name
        written = encode(read)
        assert written.losses == ()
        assert without_original(decode(written.data)) == read
        assert written.data.split() == data.split(), name


def test_the_form_holds_where_the_subject_line_says_something_else(shared: Path) -> None:
    read = decode(corpus(shared)["wrongsubj"])
    assert read.body == Text(
        subject=LanguageText(text="Hello"), text=LanguageText(text="Test Message"), to=("A",)
    )
    assert read.originator == Originator(unit="B")
    assert read.precedence is Precedence.ROUTINE
    assert read.sent == datetime(2022, 1, 10, 4, 0, tzinfo=UTC)
    assert read.source is not None
    assert read.source.id == "RSC-100P"


def test_delivered_and_read_are_never_an_acceptance(shared: Path) -> None:
    documents = corpus(shared)
    assert decode(documents["delivrcpt"]).body == Receipt(of="RSC-100P")
    assert decode(documents["readrcpt"]).body == Read(of="RSC-100P")


# --- reading --------------------------------------------------------------------------------------


def test_a_form_without_a_dated_header_has_a_local_hour_and_says_so() -> None:
    read = decode(PIFO.encode())
    assert read.sent == datetime(2022, 1, 9, 20, 0, tzinfo=UTC)
    assert read.moments["/sent"].text == "01/09/2022 20:00"
    assert not read.moments["/sent"].offset_given
    assert [loss.field for loss in read.losses] == ["/sent"]
    assert read.ack_wanted
    assert read.originator == Originator(unit="Shelter Manager", operator="Ana Ruiz")
    assert [one.id for one in read.references] == ["EOC-7P"]
    assert isinstance(read.body, Text)
    assert read.body.text == LanguageText(text="Need 40 cots ]a]\n and water.\nPath C:\\x")
    assert encode(read).data == PIFO.encode()


def test_a_typed_form_in_spanish_is_read_with_its_day_first() -> None:
    read = decode(TYPED.encode())
    assert read.sent == datetime(2026, 10, 25, 19, 45, tzinfo=UTC)
    assert read.incident == "Túnel Nogales"
    assert read.precedence is Precedence.IMMEDIATE
    assert read.originator == Originator(unit="C5 Sonora")
    body = read.body
    assert isinstance(body, Text)
    assert body.to == ("Despacho USBP",)
    assert body.text == LanguageText(
        text="Entrada localizada.\nHora: no se sabe\n\nManden un médico."
    )
    assert without_original(decode(encode(read).data)) == without_original(read)


def test_a_form_in_the_windows_code_page_and_with_its_line_ends_is_the_same_form() -> None:
    other = decode(TYPED.replace("\n", "\r\n").encode("cp1252") + b"\x1a")
    assert without_original(other) == without_original(decode(TYPED.encode()))


def test_a_filled_in_reply_is_the_reply() -> None:
    reply = "9. Respuesta: Va en camino\n10. Respondido por: USBP-7\nMensaje núm.: C5-12\n"
    read = decode((TYPED + reply).encode())
    assert isinstance(read.body, Text)
    assert read.body.text == LanguageText(text="Va en camino")
    assert read.body.to == ("C5 Sonora",)
    assert read.originator == Originator(unit="USBP-7")
    assert [one.id for one in read.references] == ["C5-12"]
    assert unaccounted(leaves((TYPED + reply).encode()), without_original(read)) == []
    assert without_original(decode(encode(read).data)) == without_original(read)


def test_a_plain_packet_message_is_a_text() -> None:
    data = b"From: A1B\nTo: C2D\nSubject: XSC-4P_I_Smoke\n\nSmoke seen.\nTwo columns.\n"
    read = decode(data)
    assert read.body == Text(
        subject=LanguageText(text="XSC-4P_I_Smoke"),
        text=LanguageText(text="Smoke seen.\nTwo columns."),
        to=("C2D",),
    )
    assert read.precedence is Precedence.IMMEDIATE
    assert read.sent.year == 1970
    assert "/sent" in read.absent
    assert encode(read).data == data


@pytest.mark.parametrize("mark", ["  ", "> ", ">", "\t"])
def test_a_message_that_was_passed_on_inside_other_words_is_found(mark: str) -> None:
    quoted = "forwarded:\n" + "".join(f"{mark}{line}\n" for line in PIFO.splitlines()) + "end\n"
    read, alone = decode(quoted.encode()), decode(PIFO.encode())
    assert (read.body, read.sent, read.source) == (alone.body, alone.sent, alone.source)
    assert read.id != alone.id
    assert unaccounted(leaves(quoted.encode()), without_original(read)) == []
    assert without_original(decode(encode(read).data)) == without_original(read)
    with pytest.raises(MalformedDocument) as refusal:
        decode(quoted.replace("9b.: [High School]", "9b.: []").encode())
    assert refusal.value.facts["where"] == "18"


def test_a_form_without_its_headers_is_found_among_other_words() -> None:
    body = "see below\n" + PIFO.partition("\n\n")[2].replace("\n", "\n  ")
    read = decode(body.encode())
    assert read.source is not None
    assert read.source.id == "RSC-100P"
    assert unaccounted(leaves(body.encode()), without_original(read)) == []


@pytest.mark.parametrize("words", [PIFO, "!LMI!X-1P!DR!now", "  " + PIFO.replace("\n", "\n  ")])
def test_a_document_in_the_words_of_a_form_stays_words(words: str, making: SimpleNamespace) -> None:
    said = message(making, Text(text=LanguageText(text=words)))
    back = decode(encode(said).data)
    assert back.body == said.body
    assert back.id == said.id


@pytest.mark.parametrize(
    ("line", "state"),
    [
        ("THIS IS AN EXERCISE", Exercise.EXERCISE),
        ("*** EXERCISE EXERCISE EXERCISE ***", Exercise.EXERCISE),
        ("Esto es un simulacro.", Exercise.EXERCISE),
        ("CECI EST UN EXERCICE", Exercise.EXERCISE),
        ("THIS IS A TEST", Exercise.TEST),
        ("ESTO ES UNA SIMULACIÓN", Exercise.SIMULATION),
        ("Exercise yard on fire", Exercise.NOT_STATED),
        ("This is not an exercise", Exercise.NOT_STATED),
    ],
)
def test_an_exercise_is_known_by_its_line_and_not_by_a_word(line: str, state: Exercise) -> None:
    typed = TYPED.replace("Entrada localizada.", line)
    assert decode(typed.encode()).exercise is state
    top = TYPED.replace("1. Nombre", f"{line}\n1. Nombre", 1)
    assert decode(top.encode()).exercise is state
    radio = PIFO.replace("Need 40 cots", f"{line}\\nNeed")
    assert decode(radio.encode()).exercise is state


@pytest.mark.parametrize(
    ("change", "line", "code"),
    [
        (("9b.: [High School]", "9b.: []"), 17, "malformed_document"),
        (("5.: [PRIORITY]", "5.: [FLASH]"), 11, "malformed_document"),
        (("4.: [URGENT]", "4.: [TRIVIAL]"), 10, "malformed_document"),
        (("7.: [Logistics]", "7.: Logistics"), 14, "malformed_document"),
        (("8.: [Shelter", "7.: [Shelter"), 15, "malformed_document"),
        (("C:\\\\x]", "C:"), 21, "malformed_document"),
        (("!/ADDON!", ""), 5, "malformed_document"),
        (("01/09/2022", "99/99/2022"), 9, "malformed_document"),
        (("ics213", "ics309"), 0, "unsupported_version"),
    ],
)
def test_a_wrong_form_is_refused_with_its_line(
    change: tuple[str, str], line: int, code: str
) -> None:
    with pytest.raises(FormatRefused) as refusal:
        decode(PIFO.replace(*change).encode())
    assert refusal.value.code == code
    if line:
        assert refusal.value.facts["where"] == str(line)


def test_what_is_no_message_is_refused() -> None:
    for data, error in (
        (b"", MalformedDocument),
        (b"hello", MalformedDocument),
        (b"7. Message: a\x00b", MalformedDocument),
        (b"7. Message: \x81", MalformedDocument),
        (b"ACTIVITY LOG (ICS 214)\nMessage: x", UnsupportedVersion),
        (b"From: a\n\n!LMI!X!DR!now", MalformedDocument),
        (b"x" * (256 * 1024 + 1), UnsafeDocument),
    ):
        with pytest.raises(error):
            decode(data)


# --- writing --------------------------------------------------------------------------------------


def test_a_text_is_written_in_the_readers_language(making: SimpleNamespace) -> None:
    said = message(
        making,
        Text(
            text=LanguageText(text="Exit confirmed.\n\n  7. Message: 1 m north."),
            subject=LanguageText(text="Exit"),
            to=("C5 Sonora",),
        ),
        incident="Nogales",
        precedence=Precedence.FLASH,
        location=Location(point=Point(lat=31.33275, lon=-110.9511)),
        exercise=Exercise.EXERCISE,
    )
    written = encode(said, Settings(language="fr"))
    lines = written.data.decode().split("\n")
    assert lines[:2] == [HEADINGS["fr"], "CECI EST UN EXERCICE"]
    assert "2. Destinataire\u00a0: C5 Sonora" in lines
    assert "Priorité\u00a0: ÉCLAIR" in lines
    back = decode(written.data)
    assert back.body == said.body
    assert back.id == said.id
    assert (back.sent, back.incident, back.precedence) == (said.sent, "Nogales", Precedence.FLASH)
    assert back.exercise is Exercise.EXERCISE
    lost = {loss.field for loss in written.losses}
    assert {"location.point.lat", "location.point.lon", "language"} <= lost
    assert "31.33275" in written.data.decode()


def test_a_form_that_was_changed_is_another_message(making: SimpleNamespace) -> None:
    data = encode(message(making, Text(text=LanguageText(text="one")))).data
    changed = decode(data.replace(b": one", b": two"))
    assert changed.id != decode(data).id == "01890000-0000-7000-8000-000000000001"


def test_the_words_of_a_message_do_not_make_it_an_exercise(making: SimpleNamespace) -> None:
    said = message(
        making,
        Text(text=LanguageText(text="THIS IS AN EXERCISE\nsaid the intruder")),
        exercise=Exercise.ACTUAL,
    )
    written = encode(said)
    assert decode(written.data).exercise is Exercise.NOT_STATED
    assert "exercise" in {loss.field for loss in written.losses}


def test_a_receipt_stays_a_receipt(making: SimpleNamespace) -> None:
    for body in (Receipt(of="RSC-100P"), Read(of="01890000-0000-7000-8000-000000000009")):
        written = encode(message(making, body, exercise=Exercise.TEST), Settings(language="es"))
        back = decode(written.data)
        assert back.body == body
        assert back.exercise is Exercise.TEST
    with pytest.raises(NotRepresentable):
        encode(message(making, Receipt(of=" ")))


def test_what_the_form_cannot_say_of_reality_is_refused(making: SimpleNamespace) -> None:
    system = message(making, Text(), exercise=Exercise.SYSTEM)
    with pytest.raises(ExerciseUnsayable):
        translate(system, FORMAT)
    assert translate(message(making, Text(), exercise=Exercise.DRAFT), FORMAT).format is FORMAT


def test_a_marking_stands_on_the_form(making: SimpleNamespace) -> None:
    said = message(making, Text(text=LanguageText(text="x")))
    handling = msgspec.structs.replace(said.handling, tlp=Tlp.RED)
    said = msgspec.structs.replace(said, handling=handling)
    assert b"TLP:RED" in encode(said).data


@pytest.mark.parametrize("kind", sorted(KINDS))
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_every_kind_is_carried_or_its_loss_is_said(
    kind: str, data: st.DataObject, making: SimpleNamespace
) -> None:
    said = data.draw(making.messages_of(kind))
    built = msgspec.to_builtins(said)
    for name in ("original", "losses", "moments"):
        built.pop(name, None)
    for language in ("en", "es", "fr"):
        try:
            written = encode(said, Settings(language=language))
        except NotRepresentable:
            assert kind in ("receipt", "read")
            return
        back = decode(written.data)
        assert back.kind == (kind if kind in ("receipt", "read") else "text")
        lost = {loss.field for loss in written.losses}
        stated = [(path, str(leaf)) for path, leaf in leaf_paths(built) if path not in lost]
        assert unaccounted(stated, without_original(back)) == []
        assert back.exercise is not Exercise.ACTUAL
        assert decode(written.data) == back


def test_what_somebody_else_put_into_the_extension_is_not_believed(making: SimpleNamespace) -> None:
    for kept in (
        {"style": "pifo", "items": [["MsgNo", "X"]]},
        {"style": "form", "items": [["7. Message", None]], "read": {"body.text": "items.9"}},
        {"style": "form", "items": "words"},
        {"style": "mail", "headers": [["a", 1]]},
        {"style": 7},
        "words",
    ):
        said = message(making, Text(text=LanguageText(text="x")), extensions={"ics-213": kept})
        back = decode(encode(said).data)
        assert back.body == said.body


def test_a_position_is_only_words(making: SimpleNamespace) -> None:
    back = decode(encode(message(making, Position(unit="GN-3"))).data)
    assert isinstance(back.body, Text)
    assert back.location is None
    assert back.sender == STRANGER


def test_the_crosswalk_names_every_field_and_kind() -> None:
    rows = FORMAT.crosswalk()
    fields = {row.field.partition(".")[0] for row in rows}
    assert set(Message.__struct_fields__) - {"body", "losses", "original"} <= fields
    assert {f"kind {name}" for name in KINDS} <= {row.field for row in rows}
    assert BLOCKS.name_of("7. message") == "message"
