"""Bits, and the two alphabets of six: the armour of a sentence and the text of a message.

Both go through base64 of the standard library, whose digits have six bits too: that is many times
faster than a loop over characters (ITU-R M.1371-5, annex 8, table 47; IEC 61162-1, 8.3.66).
"""

from __future__ import annotations

import binascii
import re
from typing import Final

_BASE64: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_ARMOUR: Final = bytes(range(48, 88)) + bytes(range(96, 120))
_TEXT: Final = bytes(range(64, 96)) + bytes(range(32, 64))
_FROM_ARMOUR: Final = bytes.maketrans(_ARMOUR, _BASE64)
_TO_ARMOUR: Final = bytes.maketrans(_BASE64, _ARMOUR)
_FROM_TEXT: Final = bytes.maketrans(_TEXT, _BASE64)
_TO_TEXT: Final = bytes.maketrans(_BASE64, _TEXT)
ARMOURED: Final = re.compile(r"[0-W`-w]*")
"""The characters that a payload may have."""
SAYABLE: Final = frozenset(_TEXT.decode())
"""The 64 characters of a message's text."""
END: Final = "@"
"""Fills a text up; in a name it ends it."""


def unarmour(payload: str, fill: int) -> tuple[int, int]:
    """(the bits as a number, how many); `payload` matches `ARMOURED`, `fill` bits are left out.

    Raises `ValueError` where more bits are to be left out than there are.
    """
    length = 6 * len(payload) - fill
    if length < 0:
        raise ValueError("fewer bits than are to be left out")
    pad = -len(payload) % 4
    data = binascii.a2b_base64(payload.encode().translate(_FROM_ARMOUR) + b"A" * pad)
    return int.from_bytes(data, "big") >> (6 * pad + fill), length


def armour(bits: int, length: int, pad: int = 0) -> tuple[str, int]:
    """(the payload, how many bits of its last character are filled up, with `pad`)."""
    fill = -length % 6
    whole = bits << fill | pad & (1 << fill) - 1
    return _digits(whole, (length + fill) // 6).translate(_TO_ARMOUR).decode(), fill


def padding(payload: str, fill: int) -> int:
    """What the bits that are left out at the end of a payload were filled up with."""
    return unarmour(payload[-1:], 0)[0] & (1 << fill) - 1 if fill else 0


def to_text(bits: int, characters: int) -> str:
    """The text of so many six-bit characters, with whatever fills it up."""
    return _digits(bits, characters).translate(_TO_TEXT).decode()


def from_text(text: str) -> int:
    """The bits of a text. Raises `ValueError` for a character that there is not."""
    if not SAYABLE.issuperset(text):
        raise ValueError(f"{text[:40]!r} has characters that six bits do not say")
    pad = -len(text) % 4
    data = binascii.a2b_base64(text.encode().translate(_FROM_TEXT) + b"A" * pad)
    return int.from_bytes(data, "big") >> 6 * pad


def _digits(bits: int, characters: int) -> bytes:
    pad = -characters % 4
    data = (bits << 6 * pad).to_bytes((characters + pad) * 6 // 8, "big")
    return binascii.b2a_base64(data, newline=False)[:characters]
