"""Native code systems: each agency keeps its own codes, and a table says what they are to us.

Codes of several systems stand side by side in `Message.codes`; ours are added beside a sender's,
never in its place. The tables that ship hold only codes that are publicly documented, each table
with its `source`. A code without a line travels and shows as itself; nothing is ever guessed.

    {"title": ..., "source": ..., "codes": {CODE: {"type": our type or none,
     "match": "same" | "narrower" | "broader", "en": ..., "es": ..., "fr": ...}}}

`match` says how a code stands to our incident type (SKOS: exact, narrow and broad match). A code
that says more than our type (`FSTRU`, structure fire) is read as that type and never written for
it; one that says less (`BOMB`, threat or investigation) is written for it and never read as it.

An agency adds its own lines, which come before those that ship, for as long as the process runs:

    load("catalogo-nacional", CodeSystem.read(Path("c5-sonora.json").read_bytes()))
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Final, Literal, TypeAlias

import msgspec

from protocols.codes import language_of
from protocols.errors import ConfigurationError
from protocols.messages.values import NativeCode

SYSTEMS: Final = ("apco", "cap-cp", "catalogo-nacional", "same")
"""The systems that ship."""

WIRE_NAMES: Final = {"same": "SAME", "cap-cp": "profile:CAP-CP:Event:0.4"}
"""How a system is called in a CAP `eventCode`, where that is another name than ours."""

Match: TypeAlias = Literal["same", "narrower", "broader"]


class NativeEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One native code: our incident type, where there is one, how the two match, its labels."""

    en: str
    es: str
    fr: str
    type: str | None = None
    match: Match = "same"


class CodeSystem(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One list of somebody else's codes, and where it was published."""

    title: str
    codes: dict[str, NativeEntry] = {}
    source: str = ""

    @classmethod
    def read(cls, data: bytes) -> CodeSystem:
        """A table from JSON. Raises `ConfigurationError`, which says where."""
        try:
            return msgspec.json.decode(data, type=cls)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise ConfigurationError(f"the code table cannot be used: {error}") from error

    def extended(self, other: CodeSystem) -> CodeSystem:
        """This table with the lines of an agency's own; its lines come first."""
        return msgspec.structs.replace(self, codes={**other.codes, **self.codes, **other.codes})

    def incident_type(self, code: str) -> str | None:
        """Our incident type for a native code, or None where the table does not say."""
        entry = self.codes.get(code)
        return entry.type if entry and entry.match != "broader" else None

    def code_of(self, incident_type: str) -> str | None:
        """A code for one of our incident types, one that says the same before one that says less.

        None where the table has none: then ours travels.
        """
        fitting = [(e.match, c) for c, e in self.codes.items() if e.type == incident_type]
        for wanted in ("same", "broader"):
            for match, code in fitting:
                if match == wanted:
                    return code
        return None

    def label(self, code: str, language: str, sender_label: str | None = None) -> str:
        """The label of a code: the table's, else the one its sender gave, else the code itself."""
        entry = self.codes.get(code)
        if entry is None:
            return sender_label or code
        return {"en": entry.en, "es": entry.es, "fr": entry.fr}[language_of(language)]


_OWN: Final[dict[str, CodeSystem]] = {}
"""Tables that this process's agency has loaded."""


def load(name: str, table: CodeSystem) -> None:
    """Use an agency's own lines for the system `name` from now on, in this process."""
    own = system_name(name)
    _OWN[own] = _OWN[own].extended(table) if own in _OWN else table
    system.cache_clear()


def unload() -> None:
    """Forget every table that was loaded."""
    _OWN.clear()
    system.cache_clear()


def system_name(name: str) -> str:
    """Our name of a system: CAP's `SAME` and `profile:CAP-CP:Event:0.3` are tables that ship.

    Any other name is itself.
    """
    lower = name.strip().lower()
    if lower.startswith("profile:cap-cp:event:"):
        return "cap-cp"
    return lower if lower in SYSTEMS else name


@cache
def system(name: str) -> CodeSystem:
    """The table of a system; a system that nobody has loaded is empty, under its own name."""
    own = system_name(name)
    if own in SYSTEMS:
        path = files("protocols.codes") / "systems" / f"{own}.json"
        shipped = CodeSystem.read(path.read_bytes())
    else:
        shipped = CodeSystem(title=own)
    return shipped.extended(_OWN[own]) if own in _OWN else shipped


def from_native(name: str, code: str) -> str | None:
    """Our incident type for a code of the system `name`, or None."""
    return _table(name).incident_type(code)


def to_native(name: str, incident_type: str) -> str | None:
    """A code of the system `name` for our incident type, or None."""
    return _table(name).code_of(incident_type)


def native_label(name: str, code: str, language: str, sender_label: str | None = None) -> str:
    """How a native code reads in `language`."""
    return _table(name).label(code, language, sender_label)


def codes_for(incident_type: str, systems: Iterable[str]) -> tuple[NativeCode, ...]:
    """The code that each of `systems` has for our incident type; none where it has none."""
    found = ((name, to_native(name, incident_type)) for name in systems)
    return tuple(NativeCode(system=name, code=code) for name, code in found if code is not None)


def with_codes_of(
    codes: tuple[NativeCode, ...], incident_type: str | None, systems: Iterable[str]
) -> tuple[NativeCode, ...]:
    """`codes` as they are, and beside them what each of `systems` would say.

    A system that is among the codes already is left alone: its own desk has spoken. Otherwise the
    incident type is asked, or, where the message has none, the type that its codes agree on.
    """
    named = incident_type or agreed_type(codes)
    if named is None:
        return codes
    there = {system_name(code.system) for code in codes}
    missing = [name for name in systems if system_name(name) not in there]
    return codes + codes_for(named, missing)


def agreed_type(codes: Iterable[NativeCode]) -> str | None:
    """Our incident type that the codes stand for; None where they say nothing or disagree."""
    types = {from_native(code.system, code.code) for code in codes} - {None}
    return types.pop() if len(types) == 1 else None


def _table(name: str) -> CodeSystem:
    """The table of a system as a document names it. Unknown names are not remembered: they come
    from outside, and there may be any number of them."""
    own = system_name(name)
    return system(own) if own in SYSTEMS or own in _OWN else CodeSystem(title=own)
