"""Native code systems: each agency keeps its own codes, and a table says what they are to us.

The tables that ship hold only codes that are publicly documented and certain. The Catálogo
Nacional ships empty: its codes travel with the label that their sender gives them, and an agency
adds its own table with `CodeSystem.read`. A code without a line travels and shows as itself;
nothing is ever guessed.

    {"title": ..., "codes": {CODE: {"type": our type or null, "en": ..., "es": ..., "fr": ...}}}
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import msgspec

from protocols.codes import language_of
from protocols.errors import ConfigurationError

SYSTEMS = ("apco", "cap-cp", "catalogo-nacional", "same")
"""The systems that ship."""


class NativeEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One native code: our incident type, where there is one, and its labels."""

    en: str
    es: str
    fr: str
    type: str | None = None


class CodeSystem(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One list of somebody else's codes."""

    title: str
    codes: dict[str, NativeEntry] = {}

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
        return entry.type if entry else None

    def code_of(self, incident_type: str) -> str | None:
        """The first native code for one of our incident types, or None: then ours travels."""
        return next((c for c, entry in self.codes.items() if entry.type == incident_type), None)

    def label(self, code: str, language: str, sender_label: str | None = None) -> str:
        """The label of a code: the table's, else the one its sender gave, else the code itself."""
        entry = self.codes.get(code)
        if entry is None:
            return sender_label or code
        return {"en": entry.en, "es": entry.es, "fr": entry.fr}[language_of(language)]


@cache
def system(name: str) -> CodeSystem:
    """The table of a system; a system that does not ship has an empty one under its own name."""
    if name not in SYSTEMS:
        return CodeSystem(title=name)
    return CodeSystem.read((files("protocols.codes") / "systems" / f"{name}.json").read_bytes())


def from_native(name: str, code: str) -> str | None:
    """Our incident type for a code of the system `name`, or None."""
    return system(name).incident_type(code)


def to_native(name: str, incident_type: str) -> str | None:
    """A code of the system `name` for our incident type, or None."""
    return system(name).code_of(incident_type)


def native_label(name: str, code: str, language: str, sender_label: str | None = None) -> str:
    """How a native code reads in `language`."""
    return system(name).label(code, language, sender_label)
