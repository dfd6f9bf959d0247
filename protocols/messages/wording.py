"""The wording of single values: labels and codes in the reader's language, free text as it is.

Whole messages are put together from these in `render`, short lines in `gist`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from enum import Enum
from functools import cache
from typing import Any, NamedTuple

import msgspec
from msgspec import inspect

from protocols.codes import known, label, language_of, phrase
from protocols.codes.native import native_label
from protocols.messages import tree
from protocols.messages.envelope import Message, Original, Stub
from protocols.messages.kinds import Body, Leg, Team, Tolerances
from protocols.messages.rules import CARRIERS, within
from protocols.messages.values import LanguageText, NativeCode, Point, Window

ENUM_LISTS = {
    "UnitState": "unit_state", "IncidentState": "incident_state", "Precedence": "precedence",
    "Exercise": "exercise", "Tlp": "tlp", "Side": "side", "Absent": "absent", "Role": "role",
    "PersonalData": "personal_data", "PlanStatus": "plan_status", "Triage": "triage",
    "AssistAnswer": "assist_answer", "AssistProgress": "assist_progress",
    "AssistEnd": "assist_end", "TransferOutcome": "transfer_outcome", "LeadState": "lead_state",
    "LookoutSubject": "lookout_subject", "AlertAction": "alert_action",
    "AlertScope": "alert_scope", "EquipmentChange": "equipment_change",
    "PresenceState": "presence_state",
}  # fmt: skip
"""The code list of each enumeration."""
_SHOWN_WHOLE = (Body, Tolerances)
"""Where a default is said as well, because people act on it."""
_HEADED: dict[type, str] = {Leg: "name", Team: "unit"}
"""Structs whose own line says this field, which then needs no line of its own."""
_ONE_OF = {"legs": "leg"}
"""The label of one item of a list, where the list's label is a plural."""


class Line(msgspec.Struct, frozen=True):
    """One line: a label, its value as words, and what a program may want to know of it.

    `code` is the code behind a translated value, `language` the tag of free text, `withheld`
    marks a stub, `level` how deep the field lies.
    """

    label: str
    value: str
    path: str
    code: str | None = None
    language: str | None = None
    withheld: bool = False
    level: int = 0


def stub_words(stub: Stub, language: str) -> str:
    """ "withheld by US, TLP:RED" in the reader's language."""
    if stub.tlp is None:
        return phrase("withheld", language, by=stub.by)
    return phrase("withheld_tlp", language, by=stub.by, tlp=stub.tlp)


def labelled(words: str, value: str, language: str) -> str:
    """Label and value: "camera: C14"; French has a no-break space before its colon."""
    return labelling(language)(label=words, value=value)


def labelling(language: str) -> Callable[..., str]:
    """`labelled` for many lines in one language: it takes a `label` and a `value`."""
    return label("words", "labelled", language).format


def field_label(path: str, language: str) -> str:
    """The label of the field that a path names; an item of a list has its number."""
    parts = tree.parts_of(path)
    last = parts[-1]
    if last == "*" and len(parts) > 1:
        return label("fields", parts[-2], language)
    if last.isdigit() and len(parts) > 1:
        name = _ONE_OF.get(parts[-2], parts[-2])
        return f"{label('fields', name, language)} {int(last) + 1}"
    return label("fields", last, language)


def withheld_lines(stubs: Iterable[Stub], language: str) -> tuple[Line, ...]:
    """One line a withheld field, with its label; a field of every item of a list is one line.

    What is withheld only because it may repeat such a field (the original and what belongs to it)
    is one remark, which names the first of them.
    """
    apart: list[Stub] = []
    carriers: list[Stub] = []
    for stub in stubs:
        inside = any(within(stub.path, carrier) for carrier in CARRIERS)
        (carriers if inside else apart).append(stub)
    if not apart and not carriers:
        return ()
    carriers.sort(key=lambda stub: [within(stub.path, c) for c in CARRIERS].index(True))
    if not apart:
        apart, carriers = carriers[:1], []
    grouped: dict[tuple[str, str], list[Stub]] = {}
    for stub in apart:
        words = stub_words(stub, language)
        grouped.setdefault((_pattern(stub.path), words), []).append(stub)
    lines = [
        _withheld(group[0].path if len(group) == 1 else pattern, words, language)
        for (pattern, words), group in grouped.items()
    ]
    if carriers:
        lines.append(_withheld(carriers[0].path, phrase("withheld_too", language), language))
    return tuple(lines)


def _withheld(path: str, words: str, language: str) -> Line:
    return Line(field_label(path, language), words, path, withheld=True)


def _pattern(path: str) -> str:
    """The path with every number of an item as `*`, as the rules of handling write it."""
    return "/".join("*" if part.isdigit() else part for part in path.split("/"))


class Talk:
    """Words for one message in one language."""

    def __init__(self, message: Message, language: str) -> None:
        self.message = message
        self.language = language
        self._labels = language_of(language)

    def struct(self, value: msgspec.Struct, path: str, level: int) -> Iterator[Line]:
        """The lines of every stated field."""
        owner = type(value).__name__
        for name, item, codes in stated(value):
            yield from self.value(name, item, f"{path}/{name}", level, codes, owner)

    def value(
        self, name: str, value: Any, path: str, level: int, codes: str | None, owner: str
    ) -> Iterator[Line]:
        """The lines of one value, which is called `name` in a struct of the class `owner`."""
        words = self.label(name, owner)
        if isinstance(value, msgspec.Struct):
            yield from self.part(words, value, path, level)
        elif isinstance(value, tuple):
            yield from self.items(name, value, path, level, codes, owner)
        elif isinstance(value, bytes):
            yield Line(words, f"{len(value)} B", path, level=level)
        else:
            text, code = self.scalar(name, value, codes)
            yield Line(words, text, path, code=code, level=level)

    def part(self, words: str, value: msgspec.Struct, path: str, level: int) -> Iterator[Line]:
        """The lines of a struct in another: one where it is said as a whole, or its fields."""
        if isinstance(value, LanguageText):
            tag = value.language or self.message.language
            yield Line(words, value.text, path, language=tag, level=level)
        elif isinstance(value, Original):
            yield Line(words, self.original(value), path, level=level)
        elif isinstance(value, Point):
            yield Line(words, point_words(value), path, level=level)
        elif isinstance(value, Window):
            yield Line(words, window_words(value), path, level=level)
        elif isinstance(value, NativeCode):
            yield Line(words, self.native(value), path, code=value.code, level=level)
        else:
            head = getattr(value, _HEADED.get(type(value), ""), "")
            yield Line(words, head, path, level=level)
            yield from self.struct(value, path, level + 1)

    def items(
        self,
        name: str,
        values: tuple[Any, ...],
        path: str,
        level: int,
        codes: str | None,
        owner: str,
    ) -> Iterator[Line]:
        if all(isinstance(value, str | int | float) for value in values):
            said = [self.scalar(name, value, codes) for value in values]
            code = ", ".join(code for _, code in said if code) or None
            text = ", ".join(text for text, _ in said)
            yield Line(self.label(name, owner), text, path, code=code, level=level)
            return
        for index, value in enumerate(values):
            for line in self.value(name, value, f"{path}/{index}", level, codes, owner):
                if line.path == f"{path}/{index}" and len(values) > 1:
                    words = self.label(_ONE_OF.get(name, name), owner)
                    line = msgspec.structs.replace(line, label=f"{words} {index + 1}")
                yield line

    def label(self, name: str, owner: str) -> str:
        """A field's label; a few names mean something else in one struct."""
        return _field_words(name, owner, self._labels)

    def scalar(self, name: str, value: Any, codes: str | None) -> tuple[str, str | None]:
        """A plain value as words, and the code behind them."""
        if type(value) is str:  # not an enumeration, whose members are texts as well
            return (value, None) if codes is None else (label(codes, value, self.language), value)
        if isinstance(value, Enum):
            listed = ENUM_LISTS[type(value).__name__]
            words = label(listed, str(value), self.language)
            if name == "computed_side":
                words = phrase("hint", self.language, value=words)
            return words, str(value)
        if isinstance(value, bool):
            return phrase("yes" if value else "no", self.language), None
        if isinstance(value, datetime):
            zulu = value.astimezone(UTC).isoformat(" ", "seconds")
            return zulu.removesuffix("+00:00") + "Z", None
        if isinstance(value, float) and value.is_integer():
            return str(int(value)), None
        return str(value), None

    def native(self, code: NativeCode) -> str:
        """An agency's own code behind its label."""
        words = native_label(code.system, code.code, self.language, code.label)
        return phrase("native", self.language, label=words, system=code.system, code=code.code)

    def original(self, original: Original) -> str:
        """That there is an original document, and its format."""
        words = phrase("original", self.language)
        return " ".join(part for part in (words, original.format, original.version) if part)

    def absent(self, path: str, why: str) -> Line:
        """That a field is not applicable, or unknown."""
        words = label("absent", why, self.language)
        return Line(field_label(path, self.language), words, path, code=why)


def stated(value: msgspec.Struct) -> Iterator[tuple[str, Any, str | None]]:
    """The fields of a struct that say something: name, value, and the value's code list."""
    whole = isinstance(value, _SHOWN_WHOLE)
    for name, default, codes in told_of(type(value)):
        item = getattr(value, name)
        if item is None or item == ():
            continue
        if item == default and (item is False or not whole):
            continue
        yield name, item, codes


def point_words(point: Point) -> str:
    """A position as degrees, with its height and error where known."""
    words = f"{point.lat:.5f}, {point.lon:.5f}"
    if point.hae is not None:
        words += f", {point.hae:g} m"
    if point.ce is not None:
        words += f" (±{point.ce:g} m)"
    return words


def window_words(window: Window) -> str:
    """A span of time, in Zulu; the day of its end only where that is another one."""
    start, end = (
        moment.astimezone(UTC) if moment else None for moment in (window.start, window.end)
    )
    begun = f"{start:%Y-%m-%d %H:%MZ}" if start else "…"
    if end is None:
        return f"{begun} – …"
    same = start is not None and start.date() == end.date()
    return f"{begun} – {end:%H:%MZ}" if same else f"{begun} – {end:%Y-%m-%d %H:%MZ}"


@cache
def fields_of(struct: type[msgspec.Struct]) -> tuple[msgspec.structs.FieldInfo, ...]:
    """A struct's fields; looking them up takes far longer than saying them."""
    return msgspec.structs.fields(struct)


class Told(NamedTuple):
    """What the lines of a field need to know of it, whatever the message."""

    name: str
    default: Any
    """`msgspec.NODEFAULT`, which equals nothing, where it must be stated."""
    codes: str | None
    """The code list of its values."""


@cache
def told_of(struct: type[msgspec.Struct]) -> tuple[Told, ...]:
    """The fields of a struct that have lines of their own."""
    codes, head = code_lists(struct), _HEADED.get(struct)
    return tuple(
        Told(field.name, field.default, codes.get(field.name))
        for field in fields_of(struct)
        if field.name != head
    )


@cache
def _field_words(name: str, owner: str, language: str) -> str:
    """The label of the field `name` of the struct `owner`, in one of our languages."""
    special = f"{owner}.{name}"
    return label("fields", special if known("fields", special) else name, language)


@cache
def code_lists(struct: type[msgspec.Struct]) -> dict[str, str]:
    """The code list of each coded field of a struct."""
    info = inspect.type_info(struct)
    assert isinstance(info, inspect.StructType)
    found = ((field.name, _list_of(field.type)) for field in info.fields)
    return {name: codes for name, codes in found if codes}


def _list_of(info: inspect.Type) -> str | None:
    if isinstance(info, inspect.Metadata):
        codes = (info.extra or {}).get("codes")
        return str(codes) if codes else _list_of(info.type)
    if isinstance(info, inspect.UnionType):
        return next((codes for codes in map(_list_of, info.types) if codes), None)
    if isinstance(info, inspect.VarTupleType):
        return _list_of(info.item_type)
    return None
