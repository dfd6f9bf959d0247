"""The components of an EIDO, as liberal as real systems are: one value where a list should be.

Whatever has another shape than the schema gives it is passed over here and stays in the extension.
"""

from __future__ import annotations

import html
import re
from typing import Any, Final
from urllib.parse import quote, unquote

import msgspec

from protocols.errors import MalformedDocument
from protocols.formats.eido.words import HOUSE, INCIDENT_URN
from protocols.formats.json_document import Object, text
from protocols.formats.times import parse_time
from protocols.ids import id_bytes
from protocols.messages.values import Moment

_OWN_ID = re.compile(r"urn:uuid:([0-9a-f-]{36})#([a-z.]{1,40})(?:/([a-z_0-9]{1,40}))?", re.ASCII)
_BREAK = re.compile(r"<(?:br|/p|/div|/li|/tr|/h[1-6])\b[^<>]*>", re.IGNORECASE)
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
_COMMENT = re.compile(r"<!--(.*?)(-->|\Z)", re.DOTALL)
_LONG_NUMBER = re.compile(r"&(?=#[0-9]{8})")
"""A character by a number that no character has: Python refuses to read the longest of them."""
_HOST: Final = ":" + HOUSE


class OwnId(msgspec.Struct, frozen=True):
    """The `$id` of a component of ours: the message, its kind, and the field that it holds."""

    message: str
    kind: str
    field: str | None = None


def refs(component: Object, name: str) -> list[str]:
    """The `$id`s that a reference or a list of references names."""
    value = component.get(name)
    items = value if isinstance(value, list) else [value]
    named = (item.get("$ref") if isinstance(item, dict) else item for item in items)
    return [ref for ref in named if isinstance(ref, str) and ref.strip()]


def need_text(document: Object, name: str) -> str:
    """A text that must be there. Raises `MalformedDocument`, which says where."""
    found = text(document, name)
    if found is None:
        raise MalformedDocument(
            f"/{name}: the member is missing, empty or no text.", where=f"/{name}"
        )
    return found


def need_time(document: Object, name: str, moments: dict[str, Moment], field: str) -> Any:
    """A time that must be there, in UTC; how it was written is kept for `field`."""
    written = need_text(document, name)
    try:
        moment, offset_given = parse_time(written)
    except ValueError as fault:
        raise MalformedDocument(f"/{name}: {fault}.", where=f"/{name}") from None
    moments[field] = Moment(text=written, offset_given=offset_given)
    return moment


# --- ids ----------------------------------------------------------------------------------------


def own_id(message: str, kind: str, field: str = "") -> str:
    """The `$id` of a component of ours."""
    return f"urn:uuid:{message}#{kind}" + (f"/{field}" if field else "")


def read_own_id(identifier: object) -> OwnId | None:
    """What an `$id` of ours says; None for any other."""
    match = _OWN_ID.fullmatch(identifier) if isinstance(identifier, str) else None
    if match is None:
        return None
    try:
        if id_bytes(match[1])[6] >> 4 != 7:
            return None
    except ValueError:
        return None
    return OwnId(match[1], match[2], match[3])


def incident_id(identifier: str) -> str:
    """The incident that an EIDO's `$id` names: one of ours by our own name, else the id itself."""
    if identifier.startswith(INCIDENT_URN) and identifier.endswith(_HOST):
        name = identifier[len(INCIDENT_URN) : -len(_HOST)]
        plain = unquote(name)
        if plain and quote(plain, safe="") == name:
            return plain
    return identifier


def incident_urn(incident: str) -> str:
    """The `$id` for an incident; a foreign one, which is a URN already, keeps its own."""
    if incident.startswith("urn:") and incident_id(incident) == incident:
        return incident
    return f"{INCIDENT_URN}{quote(incident.encode('utf-8', 'replace'), safe='')}{_HOST}"


# --- notes --------------------------------------------------------------------------------------


def from_html(note: str) -> str:
    """A note (HTML5, by the schema) as plain words; plain text is left as it is."""
    if "<" not in note and "&" not in note:
        return note
    plain = _TAG.sub("", _COMMENT.sub(_uncommented, _BREAK.sub("\n", note))).strip("\n")
    return html.unescape(_LONG_NUMBER.sub("&amp;", plain))


def _uncommented(comment: re.Match[str]) -> str:
    """Nothing, but for a comment that does not end: those are words."""
    return "" if comment[2] else comment[0]


def to_html(words: str) -> str:
    """Plain words as HTML that reads back as the same words."""
    return html.escape(words, quote=False).replace("\n", "<br>")
