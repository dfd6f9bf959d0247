"""Code lists and their labels in English, Spanish (Mexico) and French (Canada).

Each list is one JSON file in `lists/`: {code: {"en": ..., "es": ..., "fr": ...}}. They are read
once, as package data, when first asked for. A code that no list knows travels and shows as itself.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import msgspec

LANGUAGES = ("en", "es", "fr")

Labels = Mapping[str, Mapping[str, str]]


class Explanation(msgspec.Struct, frozen=True):
    """An error in somebody's language: what happened, and what to do."""

    sentence: str
    remedy: str


@cache
def code_list(name: str) -> Labels:
    """All labels of a list: {code: {language: label}}. `KeyError` where there is no such list."""
    return _read("lists", name)


@cache
def list_names() -> tuple[str, ...]:
    """The names of all lists."""
    folder = files("protocols.codes") / "lists"
    return tuple(sorted(entry.name.removesuffix(".json") for entry in folder.iterdir()))


def language_of(tag: str) -> str:
    """The label language for a BCP 47 tag: `es-MX` is `es`; any language but ours is English."""
    primary = tag.partition("-")[0].lower()
    return primary if primary in LANGUAGES else "en"


def label(name: str, code: str, language: str) -> str:
    """The label of `code` in list `name`; an unknown code is its own label."""
    labels = code_list(name).get(code)
    return labels[language_of(language)] if labels else code


def known(name: str, code: str) -> bool:
    """Whether a list has this code."""
    return code in code_list(name)


def phrase(name: str, language: str, **values: str) -> str:
    """A phrase of the list `words` with its places filled in."""
    return label("words", name, language).format(**values)


def explain(code: str, language: str) -> Explanation | None:
    """What an error code means, in `language`. None for a code that is not in the list.

    The English text of an error is its own class's; this list is for showing it to people.
    """
    entry = _errors().get(code)
    if entry is None:
        return None
    sentence, remedy = entry[language_of(language)]
    return Explanation(sentence, remedy)


@cache
def _errors() -> Mapping[str, Mapping[str, tuple[str, str]]]:
    entries = _read("errors", "hub") | _read("errors", "mls")
    return {
        code: {language: (texts[0], texts[1]) for language, texts in entry.items()}
        for code, entry in entries.items()
    }


def _read(folder: str, name: str) -> dict[str, Any]:
    path = files("protocols.codes") / folder / f"{name}.json"
    if not path.is_file():
        raise KeyError(f"there is no code list {name!r}")
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content
