"""ICS 214 activity log: what a unit did and when, line by line ↔ one note in the log.

Read and written as labelled lines in English, Spanish or French (see `ics_form`). A log of several
lines is one note that says all of them; the lines themselves stay as they were. Hours have no zone
on this form: they are read as UTC and `moments` says that no offset was given. An exercise is said
by the line at the top that the form's readers look for.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

import msgspec

from protocols.errors import FormatRefused, UnsupportedVersion
from protocols.formats.codec import (
    DEFAULT_SETTINGS,
    STRANGER,
    Encoded,
    Format,
    Row,
    Settings,
    speaking_for,
    words,
)
from protocols.formats.ics_document import (
    Form,
    Object,
    filled,
    losses,
    numbered,
    own_id,
    write_form,
)
from protocols.formats.ics_form import (
    EXERCISE_LINES,
    LANGUAGES,
    NO_TIME,
    Blocks,
    block,
    bytes_of,
    clock_text,
    day_text,
    exercise_in,
    malformed,
    moment_of,
    text_of,
)
from protocols.formats.ics_packet import packet_of
from protocols.formats.text import speaker, summary
from protocols.messages.envelope import Message, Original, Originator, Sender, Source
from protocols.messages.kinds import KINDS, LogNote
from protocols.messages.render import labelled
from protocols.messages.values import Exercise, Moment

NAME: Final = "ics-214"
VERSION: Final = "text"
MEDIA_TYPE: Final = "text/plain"
HEADINGS: Final = {
    "en": "ACTIVITY LOG (ICS 214)",
    "es": "BITÁCORA DE ACTIVIDADES (SCI 214)",
    "fr": "JOURNAL DES ACTIVITÉS (SCI 214)",
}
BLOCKS: Final = Blocks(
    {
        "incident": ("1", "Incident Name", "Nombre del incidente", "Nom de l’incident"),
        "period": ("2", "Operational Period", "Periodo operacional", "Période opérationnelle"),
        "name": ("3", "Name", "Nombre", "Nom"),
        "position": ("4", "ICS Position", "Cargo en el SCI", "Poste SCI"),
        "agency": ("5", "Home Agency", "Institución", "Organisme d’attache"),
        "resources": ("6", "Resources Assigned", "Recursos asignados", "Ressources affectées"),
        "number": ("", "Form No.", "Formulario núm.", "No de formulaire"),
        "activity": ("", "Activity", "Actividad", "Activité"),
        "log": ("7", "Activity Log", "Registro de actividades", "Registre des activités"),
        "prepared": ("8", "Prepared by", "Preparado por", "Préparé par"),
        "at": ("", "Date/Time", "Fecha y hora", "Date et heure"),
    },
    also={
        "incident": ("Incident", "Incidente"),
        "period": ("Op Period", "Operational Period Date Time", "Período operacional"),
        "name": ("Unit Name", "Unit", "Unidad", "Unité", "Name Unit", "Unit Name Designators"),
        "position": ("Position", "Cargo", "Posición en el SCI", "Poste", "Unit Leader"),
        "agency": ("Home Agency and Unit", "Agency", "Dependencia", "Organisme"),
        "resources": ("Personnel Roster Assigned", "Personnel", "Resources"),
        "log": ("Notable Activities", "Actividades relevantes", "Activités notables", "Log"),
        "at": ("Date Time", "Prepared at", "Date Time Prepared"),
    },
    long=("log", "resources"),
    after_long=("resources", "log", "prepared", "at"),
)
_OTHER: Final = re.compile(r"\b(?:ICS|SCI)[ -]?(2\d\d)\b")
_DAY: Final = re.compile(r"\d{4}-\d{1,2}-\d{1,2}|\d{1,2}/\d{1,2}/(?:\d{4}|\d{2})", re.ASCII)
_ROW: Final = re.compile(
    r"((?:(?:\d{4}-\d{1,2}-\d{1,2}|\d{1,2}/\d{1,2}/(?:\d{4}|\d{2}))[ T]+)?"
    r"(?:[01]?\d|2[0-4]):?[0-5]\d(?::\d{2}(?:\.\d{1,6})?)?(?:[ ]?(?:Z|UTC|GMT|[+-]\d{2}:?\d{2}))?)"
    r"(?:[ \t]*[|–—-][ \t]*|[ \t]+|$)(.*)",
    re.ASCII | re.DOTALL,
)
_BETWEEN: Final = " | "
NO_BLOCK: Final = "an ICS 214 form has no block for it"


class Line(msgspec.Struct, frozen=True):
    """One line of the log: when, as it was written, and what happened."""

    when: str
    text: str


def lines_of(log: str) -> list[Line]:
    """The lines of a log. A line that begins with no hour goes on with the one before it."""
    found: list[tuple[str, list[str]]] = []
    for line in log.split("\n"):
        match = None if line.startswith("  ") else _ROW.fullmatch(line)
        if match is not None:
            found.append((match[1], [match[2]]))
        elif found:
            found[-1][1].append(line[2:] if line.startswith("  ") else line)
        elif line.strip():
            found.append(("", [line]))
    return [Line(when, "\n".join(parts)) for when, parts in found]


# --- reading --------------------------------------------------------------------------------------


def decode(data: bytes, sender: Sender = STRANGER) -> Message:
    """The note that one log is.

    Raises `UnsafeDocument`, `MalformedDocument` with the line, and `UnsupportedVersion` for other
    forms than ICS 214.
    """
    fields = read(text_of(data))
    source = Source(
        system=fields.pop("system"), id=fields.pop("number"), format=NAME, version=VERSION
    )
    original = Original.of(data, NAME, VERSION, MEDIA_TYPE)
    return speaking_for(Message(sender=sender, source=source, original=original, **fields), sender)


def read(text: str) -> Object:
    """The fields of a log; `system` and `number` among them are the source's."""
    form = _form(text.split("\n"))
    loose = form.loose()
    for line in loose:
        other = _OTHER.search(line)
        if other is not None and other[1] != "214" and len(line) < 80:
            raise UnsupportedVersion(f"{line.strip()[:60]!r} is another form than ICS 214.")
    log = form.value("log")
    if form.at("log") is None:
        raise malformed(1, "there is no activity log (block 7)")
    return _read(form, lines_of(log), loose)


def _form(lines: list[str]) -> Form:
    """The labelled lines, behind the headers of a mail where there are any."""
    packet = packet_of(lines)
    if packet.header("subject"):
        return Form(NAME, BLOCKS, "form", packet.headers, packet.body)
    return Form(NAME, BLOCKS, "form", [], lines)


def _read(form: Form, log: list[Line], loose: list[str]) -> Object:
    identity, fields = form.digest(), form.fields
    number = form.value("number")
    own = own_id(form, number)
    said = [] if own else [line.text for line in log[:1]]
    exercise = exercise_in([*loose, *said])
    if exercise is not None:
        fields["exercise"] = exercise
    if own is not None:
        fields["id"] = own
    _read_times(form, log)
    fields["incident"] = form.take("incident", form.at("incident"))
    unit = form.take("originator.unit", form.at("name"))
    agency = form.take("originator.agency", form.at("agency"))
    operator = form.take("originator.operator", form.at("prepared"))
    if unit or agency or operator:
        fields["originator"] = Originator(unit=unit, agency=agency, operator=operator)
    several = "\n".join(f"{line.when} {line.text}".strip() for line in log)
    fields["body"] = LogNote(
        text=words(log[0].text if len(log) == 1 else several),
        activity=form.take("body.activity", form.at("activity")),
    )
    return form.done(identity, "", number.partition(" #")[0])


def _read_times(form: Form, log: list[Line]) -> None:
    """Sent when it was prepared, else with its last line; observed with its first."""
    index = form.at("period")
    label = "" if index is None else form.items[index][0] or ""
    day_first = BLOCKS.language_of("period", label) not in (None, "en")
    prepared = form.value("at")
    day = next(iter(_DAY.findall(form.value("period")) or _DAY.findall(prepared)), "")
    first = _when(log[0].when, day, day_first) if log else None
    if first is not None:
        form.fields["observed"], given = first
        form.fields["moments"]["/observed"] = Moment(text=log[0].when, offset_given=given)
    last = log[-1].when if log else ""
    found = _when(prepared, day, day_first)
    form.sent(found or _when(last, day, day_first), prepared if found else last)


def _when(text: str, day: str, day_first: bool) -> tuple[datetime, bool] | None:
    """The moment of "2026-10-25 19:31 UTC" or, on the day of the period, of "1931"."""
    if not text:
        return None
    match = _DAY.match(text)
    if match is not None:
        return moment_of(match[0], text[match.end() :].lstrip(" T"), day_first=day_first)
    return moment_of(day, text, day_first=day_first) if day else None


# --- writing --------------------------------------------------------------------------------------


def encode(message: Message, settings: Settings = DEFAULT_SETTINGS) -> Encoded:
    """A log of one line, whatever the kind; a log that was read here comes back as it was."""
    again = _restored(message)
    text = again if again is not None else _drawn(message, settings)
    fields = read(bytes_of(text).decode())
    as_it_was = again is not None
    lost = losses(message, NAME, fields, as_it_was=as_it_was, no_block=NO_BLOCK)
    return Encoded(bytes_of(text), lost)


def _drawn(message: Message, settings: Settings) -> str:
    language, body = settings.labels, message.body
    separator = labelled("", "", language).rstrip()
    activity = body.activity or "" if isinstance(body, LogNote) else ""
    author = message.originator
    if isinstance(body, LogNote):
        text = body.text.text if body.text else ""
    else:
        text = summary(message, language)
    when = message.observed or message.sent
    row = f"{day_text(when)} {clock_text(when)}{_BETWEEN}{text}".replace("\n", "\n  ")
    said = [
        ("incident", message.incident or ""),
        ("name", speaker(message)),
        ("agency", (author.agency if author else "") or message.sender.agency),
        ("activity", activity),
        ("log", row),
        ("prepared", (author.operator if author else "") or message.sender.operator or ""),
        ("at", f"{day_text(message.sent)} {clock_text(message.sent)}"),
    ]
    top = [HEADINGS[language]]
    if message.exercise in EXERCISE_LINES:
        top.append(EXERCISE_LINES[message.exercise][language])
    entries = [
        block(BLOCKS.label(name, language), value, separator, below=name == "log")
        for name, value in said
        if value
    ]
    draft = bytes_of("\n".join([*top, *entries])).decode()
    number = numbered(Form(NAME, BLOCKS, "form", [], draft.split("\n")), message.id)
    top.append(block(BLOCKS.label("number", language), number, separator))
    return "\n".join([*top, *entries]) + "\n"


def _restored(message: Message) -> str | None:
    """The log that a message came from; None where it would say something else."""
    kept = message.extensions.get(NAME)
    parts = filled(kept, message) if isinstance(kept, dict) else None
    if parts is None:
        return None
    text = write_form(parts)
    try:
        fields = read(bytes_of(text).decode())
    except FormatRefused:
        return None
    stated = fields.get("exercise", Exercise.NOT_STATED)
    same = all(
        fields.get(name) == getattr(message, name)
        for name in ("body", "sent", "observed", "incident")
    )
    return text if same and stated is message.exercise else None


def leaves(data: bytes) -> list[tuple[str, str]]:
    """Every value of the document: headers, blocks, lines without a label."""
    return _form(text_of(data).split("\n")).stated()


def crosswalk() -> tuple[Row, ...]:
    """Which blocks of the form the fields of a message stand in."""
    rows = [Row(field, BLOCKS.label(name, LANGUAGES[0]), catch) for field, name, catch in _HOMES]
    rows.append(Row("exercise", "the line at the top", "actual cannot be said; system is refused"))
    rows.append(Row("absent", "", f"without any time `sent` is {NO_TIME.year} and said unknown"))
    rows.append(Row("extensions.ics-214", "every other block and line"))
    said = {row.field.partition(".")[0] for row in rows} | {"body", "losses", "original"}
    rows += [Row(field, "", NO_BLOCK) for field in Message.__struct_fields__ if field not in said]
    for name, entry in KINDS.items():
        catch = "" if entry.body is LogNote else "read back as a note"
        rows.append(Row(f"kind {name}", BLOCKS.label("log", LANGUAGES[0]), catch))
    return tuple(rows)


_HOMES: Final = (
    ("id", "number", "with a check: a form that was changed has another"),
    ("sent", "at", "in UTC, said so"),
    ("observed", "log", "the hour of the first line"),
    ("sender", "name", "in words"),
    ("originator.unit", "name", ""),
    ("originator.agency", "agency", ""),
    ("originator.operator", "prepared", ""),
    ("incident", "incident", ""),
    ("moments", "at", "the text of each time"),
)

FORMAT: Final = Format(
    name=NAME,
    title="ICS 214 activity log",
    reads=(VERSION,),
    writes=(VERSION,),
    media_type=MEDIA_TYPE,
    exercises=frozenset(EXERCISE_LINES),
    gives=("log.note",),
    decode=decode,
    encode=encode,
    leaves=leaves,
    crosswalk=crosswalk,
)
