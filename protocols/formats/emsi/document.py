"""EMSI: one Emergency Management Shared Information (ISO/TR 22351) message ↔ one of ours.

Read and written in both syntaxes that are in use: the JSON of the French SAMU hub (with or without
its `emsi` wrapper) and XML. They are the format's two "versions" here, `json` and `xml`, for EMSI
has no version number of its own. A message that came as one is written as that one again unless
the settings ask for the other.
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
from protocols.formats.emsi import carried
from protocols.formats.emsi.crosswalk import BODY, REASONS, crosswalk
from protocols.formats.emsi.read import AROUND, handling_of, read
from protocols.formats.emsi.syntax import ROOT, parse, plain, serialise
from protocols.formats.emsi.words import JSON, MEDIA_TYPES, MODE_OF, NAME, NAMESPACE, XML
from protocols.formats.emsi.write import tree_of
from protocols.formats.inside import no_less_private, no_more_real
from protocols.formats.json_document import Object
from protocols.formats.readback import losses
from protocols.messages.envelope import Message, Original, Sender, Source
from protocols.messages.values import Exercise

GIVES: Final = ("incident.open", "incident.update", "incident.close", "log.note")


def decode(data: bytes, sender: Sender = STRANGER) -> Message:
    """The message of one EMSI, in JSON or XML.

    Raises `MalformedDocument` and `UnsafeDocument`, which say where, and `UnsupportedVersion`.
    """
    tree, syntax, around = parse(data)
    tree, inside, changed = carried.take(tree)
    original = Original.of(data, NAME, syntax, MEDIA_TYPES[syntax])
    if inside is not None:
        return speaking_for(_complete(inside, tree, syntax, around, original), sender)
    message = _message(tree, syntax, around)
    message = msgspec.structs.replace(message, original=original, losses=changed)
    return speaking_for(message, sender)


def _message(tree: Object, syntax: str, around: Object) -> Message:
    fields = read(tree, syntax, around)
    return Message(**fields, id=_identity(fields), sender=STRANGER)


def _complete(
    inside: Message, tree: Object, syntax: str, around: Object, original: Original
) -> Message:
    """The carried message; where its writer left them out, with this document's own marks."""
    added: dict[str, Any] = {}
    if inside.source is None:
        added["source"] = read(tree, syntax, {})["source"]
    if inside.original is None:
        added["original"] = original
    whole = msgspec.structs.replace(inside, **added)
    whole = no_less_private(whole, handling_of(tree), original=inside.original is None)
    if whole.exercise is Exercise.NOT_STATED:
        return whole  # EMSI must state a mode, so this house writes one where nobody has said any
    return no_more_real(whole, read(tree, syntax, around)["exercise"])


def _identity(fields: dict[str, Any]) -> str:
    """An id that depends on all the message says.

    CONTEXT.ID alone would not do: real systems send other contents under the same one, and who
    names one of ours there takes it from the message that has it. Only a carried message keeps its
    own.
    """
    source: Source = fields["source"]
    left = {name: part for name, part in fields["extensions"][NAME].items() if name != AROUND}
    said = [plain(left), *(fields.get(name) for name in ("onset", "observed"))]
    digest = hashlib.sha256(msgspec.json.encode(said, order="sorted")).hexdigest()
    return derived_id(fields["sent"], NAME, source.system, source.id or "", digest)


def encode(message: Message, settings: Settings = DEFAULT_SETTINGS) -> Encoded:
    """One EMSI about the message's event, and what it does not carry.

    Raises `NotRepresentable` for what EMSI cannot say and for messages that name no incident.
    """
    tree, syntax, around, kept = tree_of(message, settings)
    data = serialise(tree, syntax, around)
    written, _, beside = parse(data)
    back = _message(written, syntax, beside)
    if kept and message.source is not None and back.source is not None:
        same = msgspec.structs.replace(back.source, version=message.source.version)
        back = msgspec.structs.replace(back, source=same)
    lost = losses(message, back, own=NAME if kept else "", reasons=REASONS, otherwise=BODY)
    if settings.carry_canonical and lost:
        whole = serialise(carried.put(written, message), syntax, around)
        if len(whole) <= json_document.MAX_BYTES:
            data = whole
    return Encoded(data, lost)


def leaves(data: bytes) -> list[tuple[str, str]]:
    """Every value that the message states."""
    tree, _, around = parse(data)
    beside = around.get("beside")
    return list(json_document.leaves({ROOT: tree, **(beside or {})}))


FORMAT = Format(
    name=NAME,
    title="EMSI (ISO/TR 22351)",
    reads=(JSON, XML),
    writes=(JSON, XML),
    media_type=MEDIA_TYPES[JSON],
    exercises=frozenset(MODE_OF),
    gives=GIVES,
    roots=(f"{{{NAMESPACE}}}{ROOT}",),
    decode=decode,
    encode=encode,
    leaves=leaves,
    crosswalk=crosswalk,
)
