"""EIDO: one Emergency Incident Data Object (NENA-STA-021.1b, JSON) ↔ one message.

An EIDO is a snapshot of an incident. It has no flag for exercises and no handling: what is not
real is refused or wrapped (`protocols.formats.translate`), and reading gives "not stated". Personal
data (persons, vehicles, call-backs, additional data) stays in the extension, marked and withheld.
Nothing that an EIDO refers to by URL is fetched.

Read: version 1.0, later ones of the same major, and documents that leave it out. Written: 1.0, the
only one that the schema allows. Where the schema demands a registry text that nobody has stated,
it is empty.
"""

from __future__ import annotations

import hashlib
from typing import Any, Final

import msgspec

from protocols.formats import json_document
from protocols.formats.codec import (
    DEFAULT_SETTINGS,
    STRANGER,
    Encoded,
    Format,
    Settings,
    derived_id,
    speaking_for,
)
from protocols.formats.eido import carried
from protocols.formats.eido.crosswalk import BODY, REASONS, crosswalk
from protocols.formats.eido.read import handling_of, read
from protocols.formats.eido.words import MEDIA_TYPE, NAME, VERSION
from protocols.formats.eido.write import document_of
from protocols.formats.inside import no_less_private
from protocols.formats.readback import losses
from protocols.messages.envelope import Loss, Message, Original, Sender, Source

GIVES: Final = (
    "incident.open", "incident.update", "incident.close", "unit.status", "text", "log.note",
)  # fmt: skip


def decode(data: bytes, sender: Sender = STRANGER) -> Message:
    """The message of one EIDO.

    Raises `MalformedDocument` and `UnsafeDocument`, which say where, and `UnsupportedVersion`.
    """
    document, inside, changed = carried.take(json_document.parse(data))
    original = Original.of(data, NAME, VERSION, MEDIA_TYPE)
    if inside is not None:
        return speaking_for(_complete(inside, document, original), sender)
    fields = read(document)
    fields["losses"] += changed
    return speaking_for(_message(fields, original), sender)


def _message(fields: dict[str, Any], original: Original | None = None) -> Message:
    return Message(**fields, id=_identity(fields), sender=STRANGER, original=original)


def _complete(inside: Message, document: json_document.Object, original: Original) -> Message:
    """The carried message; where its writer left them out, with this document's own marks."""
    added: dict[str, Any] = {}
    if inside.source is None:
        issuing, identifier = document.get("issuingElementIdentification"), document.get("$id")
        added["source"] = Source(
            system=str(issuing or ""), id=str(identifier or ""), format=NAME, version=VERSION
        )
    if inside.original is None:
        added["original"] = original
    whole = msgspec.structs.replace(inside, **added)
    return no_less_private(whole, handling_of(document), original=inside.original is None)


def _identity(fields: dict[str, Any]) -> str:
    """An id that depends on all that the document says, not on how its JSON is laid out.

    Only the carried message brings an id of its own: whoever else names one of ours takes it
    from the message that has it.
    """
    said = [fields[name] for name in ("body", "location", "codes", "extensions")]
    digest = hashlib.sha256(msgspec.json.encode(said, order="sorted")).hexdigest()
    source: Source = fields["source"]
    return derived_id(fields["sent"], NAME, source.system, source.id or "", digest)


def encode(message: Message, settings: Settings = DEFAULT_SETTINGS) -> Encoded:
    """One EIDO about the message's incident, and what it does not carry.

    Raises `NotRepresentable` for receipts and for messages that name no incident.
    """
    document, fields, kept = document_of(message, settings)
    lost = _losses(message, fields, kept)
    if settings.carry_canonical and lost:
        document = carried.put(document, message)
    return Encoded(json_document.serialise(document), lost)


def _losses(message: Message, fields: dict[str, Any], kept: bool) -> tuple[Loss, ...]:
    """What of the message reading the document does not give back."""
    back = _message(fields)
    return losses(message, back, own=NAME if kept else "", reasons=REASONS, otherwise=BODY)


def leaves(data: bytes) -> list[tuple[str, str]]:
    """Every value that the document states; a location object is one value, as it stands."""
    return list(json_document.leaves(json_document.parse(data)))


FORMAT = Format(
    name=NAME,
    title="NENA Emergency Incident Data Object",
    reads=(VERSION,),
    writes=(VERSION,),
    media_type=MEDIA_TYPE,
    exercises=frozenset(),
    gives=GIVES,
    decode=decode,
    encode=encode,
    leaves=leaves,
    crosswalk=crosswalk,
)
