"""What a form, a packet message or a receipt says: fields of a message, and what of it is left.

Values that the message holds leave a gap behind, and `read` says which field fills it, so that
writing puts the document together again. Everything else stays where it was.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from protocols.errors import UnsupportedVersion
from protocols.formats import ics_packet
from protocols.formats.codec import derived_id, words
from protocols.formats.ics_213.blocks import (
    BLOCKS,
    HANDLING,
    NAME,
    PACKET_SUBJECT,
    VERSIONS,
    YES,
    Object,
)
from protocols.formats.ics_document import Form, own_id
from protocols.formats.ics_form import (
    exercise_in,
    mail_moment,
    malformed,
    moment_of,
)
from protocols.messages.envelope import Originator, Reference
from protocols.messages.kinds import Read, Receipt, Text
from protocols.messages.values import Precedence

_FORM: Final = re.compile(r"\b(?:ICS|SCI)[ -]?(2\d\d)\b")
_HEADING: Final = re.compile(
    r"general message|mensaje general|message g[ée]n[ée]ral", re.IGNORECASE
)
_RECEIPT: Final = (ics_packet.DELIVERED, ics_packet.READ)
_ABOUT: Final = re.compile(r"^\s*(?:DELIVERED|READ)\s*:\s*", re.IGNORECASE)
_RECEIPT_TIME: Final = re.compile(r"(\S+)\s+(\d{1,2}:\d{2}(?::\d{2})?)")


def read(text: str) -> tuple[str, Object]:
    """(version, fields) of a document; `system` and `number` among them are the source's.

    A form that says what it is goes before everything that may stand in its words; a message that
    somebody passed on goes before the words around it.
    """
    lines = text.split("\n")
    packet = ics_packet.packet_of(lines)
    form = _labelled(packet, lines)
    if form is not None and (_says_its_name(form) or form.at("from") is not None):
        return VERSIONS[0], _read_form(form)
    quoted = None if packet.headers else ics_packet.quoted_in(lines)
    if quoted is not None:
        version, fields = _read_packet(ics_packet.packet_of(quoted.lines, quoted.begin))
        around = [quoted.before, quoted.mark, quoted.after]
        fields["extensions"][NAME]["quoted"] = around
        fields["id"] = derived_id(fields["sent"], NAME, fields["id"], *around)
        return version, fields
    return _read_packet(packet)


def _read_packet(packet: ics_packet.Packet) -> tuple[str, Object]:
    first = next((s for line in packet.body if (s := line.strip()).startswith(_RECEIPT)), "")
    if any(line.strip() == ics_packet.BEGIN for line in packet.body):
        return VERSIONS[1], _read_pifo(packet)
    if first:
        return VERSIONS[1], _read_receipt(packet, first)
    form = _labelled(packet, packet.body)
    if form is not None:
        return VERSIONS[0], _read_form(form)
    if packet.header("from") or packet.header("subject"):
        return VERSIONS[0], _read_mail(packet)
    raise malformed(1, "this is neither an ICS 213 form nor a message of packet radio")


def _labelled(packet: ics_packet.Packet, lines: list[str]) -> Form | None:
    """The document as labelled lines, if a message or a reply is among them.

    `To:` and `From:` are labels of the form and headers of a mail alike; a mail has a `Date` of its
    own kind.
    """
    if mail_moment(packet.header("date")) is not None:
        form = Form(NAME, BLOCKS, "form", packet.headers, packet.body)
    else:
        form = Form(NAME, BLOCKS, "form", [], lines)
    return form if form.at("message") is not None or form.at("reply") is not None else None


def _says_its_name(form: Form) -> bool:
    return any(_HEADING.search(line) for line in form.loose() if len(line) < 80)


def stated(text: str) -> list[tuple[str, str]]:
    """(place, value) of all that a document states, see `read`."""
    lines = text.split("\n")
    packet = ics_packet.packet_of(lines)
    form = _labelled(packet, lines)
    if form is not None and (_says_its_name(form) or form.at("from") is not None):
        return form.stated()
    quoted = None if packet.headers else ics_packet.quoted_in(lines)
    if quoted is None:
        return _stated_packet(packet)
    around = [("words", quoted.before), ("words", quoted.after)]
    inside = _stated_packet(ics_packet.packet_of(quoted.lines, quoted.begin))
    return [pair for pair in (*around, *inside) if pair[1].strip()]


def _stated_packet(packet: ics_packet.Packet) -> list[tuple[str, str]]:
    headers = [(name, value) for name, value in packet.headers]
    if any(line.strip() == ics_packet.BEGIN for line in packet.body):
        pifo = ics_packet.pifo_of(packet.body, packet.begin)
        around = [("words", line) for line in (*pifo.head.split("\n"), *pifo.tail.split("\n"))]
        fields = [(name, value) for name, value in (*pifo.marks, *pifo.fields)]
        return [pair for pair in (*headers, *fields, *around) if pair[1].strip()]
    form = _labelled(packet, packet.body)
    if form is None or any(line.strip().startswith(_RECEIPT) for line in packet.body):
        body = [(f"line {number}", line) for number, line in enumerate(packet.body, packet.begin)]
        return [pair for pair in (*headers, *body) if pair[1].strip()]
    return form.stated()


def _read_form(form: Form) -> Object:
    """The labelled lines. A form whose reply is filled in is the reply."""
    name, fields = form.digest(), form.fields
    loose = form.loose()
    _check_heading(loose)
    number = form.value("number")
    own = own_id(form, number)
    spoken_lines = [] if own else _ends(form.value("message")) + _ends(form.value("reply"))
    exercise = exercise_in([*loose, *spoken_lines])
    if exercise is not None:
        fields["exercise"] = exercise
    if own is not None:
        fields["id"] = own
    _form_time(form)
    handling = HANDLING.get(form.value("handling").casefold())
    if handling is not None:
        fields["precedence"] = handling
    if form.value("answer").casefold() in {yes.casefold() for yes in YES.values()}:
        fields["ack_wanted"] = True
    reply = bool(form.value("reply"))
    reference = form.value("number") if reply else form.value("reference")
    if reference:
        fields["references"] = (Reference(id=reference.partition(" #")[0]),)
    fields["incident"] = form.take("incident", form.at("incident"))
    _who(form, form.take("originator.unit", form.at("replied" if reply else "from")))
    to = form.take("body.to.0", form.at("from" if reply else "to"))
    fields["body"] = Text(
        subject=words(form.take("body.subject", form.at("subject"))),
        text=words(form.take("body.text", form.at("reply" if reply else "message"))),
        to=() if to is None else (to,),
    )
    system = form.headers[found][1] if (found := form.header("from")) is not None else ""
    return form.done(name, system or "", None if reply else number.partition(" #")[0])


def _check_heading(loose: Iterable[str]) -> None:
    for line in loose:
        other = _FORM.search(line)
        if other is not None and other[1] != "213" and len(line) < 80:
            raise UnsupportedVersion(f"{line.strip()[:60]!r} is another form than ICS 213.")


def _ends(text: str) -> list[str]:
    """The first and the last line that says anything."""
    lines = [line for line in text.split("\n") if line.strip()]
    return [lines[0], lines[-1]] if lines else []


def _form_time(form: Form) -> None:
    day, clock = form.value("date"), form.value("time")
    index = form.at("time")
    french_or_spanish = index is not None and "time" not in (form.items[index][0] or "").casefold()
    found = moment_of(day, clock, day_first=french_or_spanish) if day else None
    text = f"{day} {clock}".strip()
    index = form.header("date")
    if found is None and index is not None:
        text = form.headers[index][1] or ""
        found = mail_moment(text)
    form.sent(found, text)


def _who(form: Form, unit: str | None, operator: str | None = None) -> None:
    if unit or operator:
        form.fields["originator"] = Originator(unit=unit, operator=operator)


_REQUIRED: Final = ("MsgNo", "1a.", "1b.", "5.", "7.", "8.", "9a.", "9b.", "10.", "12.")
"""What a form of PackItForms must have: number, date, hour, handling, both positions and
locations, subject, message."""
_SEVERITIES: Final = ("EMERGENCY", "URGENT", "OTHER", "")


def _read_pifo(packet: ics_packet.Packet) -> Object:
    """A form of PackItForms. The headers around it are the transport's; the form holds."""
    pifo = ics_packet.pifo_of(packet.body, packet.begin)
    name = pifo.mark("T")
    if "213" not in name or "213rr" in name.casefold():
        raise UnsupportedVersion(f"{name[:60]!r} is another form than ICS 213.")
    values = {field[0]: field[1] for field in pifo.fields}
    for tag in _REQUIRED:
        if not values.get(tag, "").strip():
            raise malformed(
                pifo.lines.get(tag, packet.begin), f"the field {tag} is empty or missing"
            )
    handling = HANDLING.get(values["5."].strip().casefold())
    if handling is None or handling is Precedence.FLASH:
        raise malformed(pifo.lines["5."], f"{values['5.'][:40]!r} is no handling order")
    if values.get("4.", "").strip() not in _SEVERITIES:
        raise malformed(pifo.lines["4."], f"{values['4.'][:40]!r} is no severity")
    form = Form(NAME, BLOCKS, "pifo", packet.headers)
    form.items = [[*pair] for pair in pifo.fields]
    form.more = {"marks": pifo.marks, "head": pifo.head, "tail": pifo.tail}
    identity, fields = form.digest(), form.fields
    fields["precedence"] = handling
    exercise = exercise_in([*_ends(values["12."]), values["10."], packet.header("subject")])
    if exercise is not None:
        fields["exercise"] = exercise
    if values.get("6b.", "").strip().casefold() == "yes":
        fields["ack_wanted"] = True
    text = packet.header("date")
    found = mail_moment(text)
    if found is None:
        found = moment_of(values["1a."], values["1b."])
        text = f"{values['1a.']} {values['1b.']}"
        if found is None:
            raise malformed(pifo.lines["1a."], f"{text[:40]!r} is no date and hour")
    form.sent(found, text)
    if values.get("11.", "").strip():
        fields["references"] = (Reference(id=values["11."].strip()),)
    _who(
        form,
        form.take("originator.unit", form.tagged("8.")),
        form.take("originator.operator", form.tagged("FmName")),
    )
    fields["body"] = Text(
        subject=words(form.take("body.subject", form.tagged("10."))),
        text=words(form.take("body.text", form.tagged("12."))),
        to=(form.take("body.to.0", form.tagged("7.")) or "",),
    )
    return form.done(identity, packet.header("from"), values["MsgNo"].strip())


def _read_receipt(packet: ics_packet.Packet, first: str) -> Object:
    """Delivered or read: what it is about is the number at the front of the subject."""
    form = Form(NAME, BLOCKS, "receipt", packet.headers)
    form.items = [["", line] for line in packet.body if line.strip()]
    identity, fields = form.digest(), form.fields
    inside = (line.partition(":") for line in packet.body)
    named = next((rest for head, _, rest in inside if head.strip() == "Subject"), "")
    about = _ABOUT.sub("", packet.header("subject") or named).strip() or named.strip()
    if not about:
        raise malformed(packet.begin, "the receipt does not say which message it is about")
    match = PACKET_SUBJECT.fullmatch(about)
    of = match[1] if match else about
    exercise = exercise_in(line for line in packet.body if line.strip())
    if exercise is not None:
        fields["exercise"] = exercise
    text = packet.header("date")
    found = mail_moment(text)
    if found is None:
        stamp = _RECEIPT_TIME.search(first.rpartition("!DR!")[2] or first.strip("!"))
        text = "" if stamp is None else stamp[0]
        found = None if stamp is None else moment_of(stamp[1].rpartition("!")[2], stamp[2])
    form.sent(found, text)
    if packet.header("from"):
        fields["originator"] = Originator(
            unit=form.take("originator.unit", form.header("from"), "headers")
        )
    fields["body"] = Read(of=of) if first.startswith(ics_packet.READ) else Receipt(of=of)
    return form.done(identity, packet.header("from"), None)


def _read_mail(packet: ics_packet.Packet) -> Object:
    """A plain message of packet radio: subject and words, no form."""
    form = Form(NAME, BLOCKS, "mail", packet.headers)
    text = "\n".join(packet.body).strip("\n")
    form.items = [["", text]]
    identity, fields = form.digest(), form.fields
    subject = packet.header("subject")
    match = PACKET_SUBJECT.fullmatch(subject)
    if match is not None:
        fields["precedence"] = HANDLING[match[2].casefold()]
    exercise = exercise_in([*_ends(text), subject])
    if exercise is not None:
        fields["exercise"] = exercise
    form.sent(mail_moment(packet.header("date")), packet.header("date"))
    _who(form, form.take("originator.unit", form.header("from"), "headers"))
    to = form.take("body.to.0", form.header("to"), "headers")
    fields["body"] = Text(
        subject=words(form.take("body.subject", form.header("subject"), "headers")),
        text=words(form.take("body.text", 0)),
        to=() if to is None else (to,),
    )
    return form.done(identity, packet.header("from"), match[1] if match else None)
