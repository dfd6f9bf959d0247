"""The audit's one gateway for text that others wrote: nothing in it steers the auditor's terminal.

Names, metadata, checkpoints and even SQLite's own complaints can carry escape sequences, direction
marks or lone surrogates (which no terminal encoding can write). Standard library alone.
"""

from __future__ import annotations

import unicodedata

_UNSAFE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def safe(text: str) -> str:
    """The text with every control, format and direction character made visible."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        f"<U+{ord(character):04X}>" if unicodedata.category(character) in _UNSAFE else character
        for character in text
    )
