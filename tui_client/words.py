"""The client's own words in English, Spanish and French; labels of messages come from `codes`.

`Words(language)` is called with a key of `locale/<language>.json` and the values for its
placeholders. The three files have the same keys and the same placeholders, which a test checks.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

import msgspec

LANGUAGES: Final = ("en", "es", "fr")


@cache
def strings(language: str) -> dict[str, str]:
    """All strings of a language by key."""
    data = (files("tui_client") / "locale" / f"{language}.json").read_bytes()
    return msgspec.json.decode(data, type=dict[str, str])


@dataclass(frozen=True, slots=True)
class Words:
    """One language; an unknown one falls back to English."""

    language: str = "en"

    def __call__(self, key: str, /, **values: object) -> str:
        """The sentence of this key. Values may be anything received: what is shown is cleaned by
        `safe_text` afterwards, and the template never comes from outside."""
        language = self.language if self.language in LANGUAGES else "en"
        template = strings(language)[key]
        return template.format_map(values) if values else template

    def next(self) -> Words:
        """The next language, for the key that switches through them."""
        place = LANGUAGES.index(self.language) if self.language in LANGUAGES else -1
        return Words(LANGUAGES[(place + 1) % len(LANGUAGES)])
