"""What can be written here: for each kind the fields of its form, and from text to a body.

The form of a field follows from its type in `protocols.messages.kinds`: free text, a number, one
of a list with labels or some of it, names of units, yes or no. Fields that need a map or another
document are not offered. A fault names the field and why, and nothing has been sent.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum, StrEnum
from typing import Annotated, Any, Final, get_args, get_origin, get_type_hints

import msgspec

from protocols.codes import code_list
from protocols.messages.kinds import KINDS, Kind
from protocols.messages.values import LanguageText


class Control(StrEnum):
    """How a field is filled in."""

    TEXT = "text"
    LONG = "long"
    NUMBER = "number"
    CHOICE = "choice"
    LIST = "list"
    CODES = "codes"
    FLAG = "flag"
    TIME = "time"


@dataclass(frozen=True, slots=True)
class Field:
    """One line of a form. `codes` names the code list of a choice; an enum gives its values."""

    name: str
    control: Control
    required: bool = False
    codes: str = ""
    values: tuple[str, ...] = ()
    plain: bool = False
    """Free text whose value is a plain string, not a text with a language."""


class FormFault(Exception):
    """A field cannot be taken as it is; `key` names the sentence in the user's language."""

    def __init__(self, field: str, key: str) -> None:
        super().__init__(f"{field}: {key}")
        self.field = field
        self.key = key


FORMS: Final[dict[str, tuple[str, ...]]] = {
    "text": ("text", "subject", "to"),
    "log.note": ("text", "activity"),
    "observation": ("activity", "size", "unit_seen", "equipment", "sensor", "camera", "hazards"),
    "unit.status": ("unit", "status", "heads", "remarks"),
    "checkin": ("unit", "leg", "heads", "ok", "remarks"),
    "patrol.ack": ("accepted", "units", "reason", "remarks"),
    "par.request": ("units", "reason"),
    "par.reply": ("unit", "expected", "accounted", "injured", "remarks"),
    "incident.open": ("incident_type", "summary", "priority", "lead", "persons", "hazards"),
    "incident.update": ("state", "situation", "actions", "needs", "persons", "hazards"),
    "incident.sitrep": ("situation", "actions", "needs", "forecast", "persons", "injured"),
    "incident.close": ("state", "disposition", "outcome"),
    "assist.request": ("capability", "to", "quantity", "task", "limits", "reason", "hazards"),
    "assist.reply": ("assist", "answer", "reason", "units", "remarks"),
    "assist.deployed": ("assist", "state", "units", "remarks"),
    "assist.release": ("assist", "state", "reason", "remarks"),
    "alarm": ("alarm_class", "unit", "reason", "heads", "injured", "hazards"),
    "alarm.cancel": ("alarm", "reason", "remarks"),
    "medical": ("patients", "triage", "mechanism", "injuries", "signs", "treatment"),
    "consular.notice": ("nationality", "count", "contact", "due"),
    "release.request": ("item", "about", "path", "basis", "purpose", "recipient"),
    "release.decision": ("request", "granted", "reason", "conditions"),
}
"""The kinds that a person writes here and the fields asked for, the most needed first."""

LINKS: Final = {
    "patrol.ack": "",
    "assist.reply": "assist",
    "assist.deployed": "assist",
    "assist.release": "assist",
    "alarm.cancel": "alarm",
    "release.decision": "request",
    "release.request": "about",
}
"""Kinds that answer another message, and the field that names it ('' for `in_reply_to` only)."""

ANSWERS: Final = {
    "patrol.plan": ("patrol.ack",),
    "patrol.amend": ("patrol.ack",),
    "par.request": ("par.reply",),
    "assist.request": ("assist.reply", "assist.deployed", "assist.release"),
    "assist.reply": ("assist.deployed", "assist.release"),
    "incident.open": ("incident.update",),
    "incident.update": ("incident.update",),
    "release.request": ("release.decision",),
    "alarm": ("alarm.cancel", "medical", "par.request"),
}
"""What a message of some kind is usually answered with; anything may be answered with a text."""

_LONG = frozenset(
    {"text", "activity", "situation", "actions", "needs", "task", "summary", "remarks"}
)


def fields(kind: str) -> tuple[Field, ...]:
    """The form of a kind. Raises `KeyError` for one that is not written here."""
    body = KINDS[kind].body
    hints = get_type_hints(body, include_extras=True)
    required = {one.name for one in msgspec.structs.fields(body) if one.required}
    return tuple(_field(name, hints[name], name in required) for name in FORMS[kind])


def _field(name: str, hint: Any, required: bool) -> Field:
    """One field from its annotated type."""
    codes = ""
    while True:
        origin = get_origin(hint)
        if origin is Annotated:
            hint, *metadata = get_args(hint)
            for meta in metadata:
                extra = getattr(meta, "extra", None) or {}
                codes = extra.get("codes", codes)
        elif origin in (typing.Union, types.UnionType):
            hint = next(arg for arg in get_args(hint) if arg is not type(None))
        else:
            break
    if get_origin(hint) is tuple:
        codes = codes or _codes_of_items(hint)
    control, values = _control(name, hint, codes)
    return Field(name, control, required, codes, values, plain=hint is str)


def _codes_of_items(hint: Any) -> str:
    """The code list of a list's items, if they are codes."""
    for meta in getattr(get_args(hint)[0], "__metadata__", ()):
        codes = (getattr(meta, "extra", None) or {}).get("codes")
        if codes:
            return str(codes)
    return ""


def _control(name: str, hint: Any, codes: str) -> tuple[Control, tuple[str, ...]]:
    if get_origin(hint) is tuple:
        return (Control.CODES if codes else Control.LIST), ()
    if isinstance(hint, type) and issubclass(hint, Enum):
        return Control.CHOICE, tuple(member.value for member in hint)
    if hint is bool:
        return Control.FLAG, ()
    if hint in (int, float):
        return Control.NUMBER, ()
    if hint is datetime:
        return Control.TIME, ()
    if codes and codes != "countries":
        return Control.CHOICE, ()
    return (Control.LONG if name in _LONG else Control.TEXT), ()


def build(kind: str, filled: Mapping[str, str], language: str, now: datetime) -> Kind:
    """The body of a filled form. Empty fields are not stated.

    `language` is that of the texts; `now` (UTC) gives the day of a time such as `1930`. Raises
    `FormFault`, which names the field.
    """
    values: dict[str, object] = {}
    for one in fields(kind):
        text = filled.get(one.name, "").strip()
        if text:
            values[one.name] = _value(one, text, language, now)
        elif one.required:
            raise FormFault(one.name, "form.required")
    if not values:  # nothing is required, but nothing at all says nothing
        raise FormFault(FORMS[kind][0], "form.required")
    try:
        body: Kind = msgspec.convert({"kind": kind, **values}, Kind, builtin_types=(datetime,))
    except msgspec.ValidationError as error:
        place = str(error).partition("`$.")[2].partition("`")[0].partition("[")[0].partition(".")[0]
        raise FormFault(place or kind, "form.invalid") from error
    return body


def _value(one: Field, text: str, language: str, now: datetime) -> object:
    if one.control is Control.NUMBER:
        if not text.isascii() or not text.isdigit():
            raise FormFault(one.name, "form.number")
        return int(text)
    if one.control is Control.FLAG:
        return text == "yes"
    if one.control is Control.LIST:
        return [part.strip() for part in text.split(",") if part.strip()]
    if one.control is Control.CODES:
        return [_code(one, part) for part in text.split(",") if part.strip()]
    if one.control is Control.TIME:
        return _time(one.name, text, now)
    if one.control is Control.CHOICE or one.plain:
        return text
    return msgspec.to_builtins(LanguageText(text=text, language=language))


def _code(one: Field, written: str) -> str:
    """The code that is written as itself or by its label in any language."""
    wanted = written.strip().casefold()
    for code, names in code_list(one.codes).items():
        if wanted == code.casefold() or wanted in (name.casefold() for name in names.values()):
            return code
    raise FormFault(one.name, "form.invalid")


def _time(name: str, text: str, now: datetime) -> datetime:
    """`1930`, `19:30` or `19:30Z`: the next such moment, in UTC."""
    digits = text.upper().removesuffix("Z").replace(":", "")
    if len(digits) != 4 or not digits.isdigit() or digits[:2] > "23" or digits[2:] > "59":
        raise FormFault(name, "form.time")
    moment = now.astimezone(UTC).replace(
        hour=int(digits[:2]), minute=int(digits[2:]), second=0, microsecond=0
    )
    return moment if moment >= now else moment + timedelta(days=1)
