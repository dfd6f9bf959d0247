"""Writing CAP 1.2: a public alert as it was, any other kind through `cap_kinds`.

The reader's language comes first; the others are kept. What the message says beyond CAP's own
elements stands in parameters named `crossband:…`.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from typing import Any, Final

import msgspec
from lxml import etree

from protocols.codes import language_of
from protocols.errors import NotRepresentable
from protocols.formats.cap_derive import answered, stated_language, summary
from protocols.formats.cap_elements import (
    add,
    add_pair,
    append_left,
    fill_info,
    write_area,
    write_head,
)
from protocols.formats.cap_kinds import write_kind
from protocols.formats.cap_read import (
    Element,
    read_references,
    reference_text,
)
from protocols.formats.cap_words import (
    IN_PARAMETER,
    NAMESPACE,
    NEVER,
    OWN_ELEMENTS,
    STATUS_OF,
)
from protocols.formats.codec import Encoded, Settings
from protocols.formats.losses import Losses
from protocols.formats.structured import PREFIX, flatten
from protocols.formats.xml import own_root, serialise
from protocols.messages.envelope import Message
from protocols.messages.kinds import (
    Alert,
    AlertInfo,
)
from protocols.messages.values import Exercise

SIGNED: Final = "a signature does not survive re-writing; it holds for the original bytes"
NO_INFO: Final = "an alert without an info carries no parameters"


def write(message: Message, settings: Settings) -> Encoded:
    """The alert and its losses. Raises `NotRepresentable`, `MalformedDocument`."""
    refusal = NEVER.get(type(message.body))
    if refusal is not None:
        raise NotRepresentable(f"{message.kind}: {refusal}.")
    losses = Losses()
    root = own_root("alert", NAMESPACE)
    if isinstance(message.body, Alert):
        _write_alert(root, message, message.body, settings, losses)
    else:
        write_kind(root, message, settings, losses)
    if message.exercise is Exercise.NOT_STATED:
        status = STATUS_OF[settings.unstated]
        losses.add("exercise", "not_stated", f"CAP must state it; written as {status}")
    elif message.exercise is Exercise.SIMULATION:
        losses.add("exercise", "simulation", "CAP has no simulation; written as Exercise")
    return Encoded(serialise(root), losses.take())


def _write_alert(
    root: Element, message: Message, body: Alert, settings: Settings, losses: Losses
) -> None:
    left = message.extensions.get("cap")
    left = left if isinstance(left, dict) else {}
    write_head(root, message, settings, body.action, message.references, left, body)
    order = list(range(len(body.infos)))
    if settings.language is not None:
        order.sort(key=lambda i: language_of(body.infos[i].language or "en") != settings.labels)
    ordered = tuple(body.infos[i] for i in order)
    extra = list(_implied_nowhere(message, body, ordered))
    for position, index in enumerate(order):
        _write_info(root, message, index, extra if position == 0 else [], left)
    append_left(root, left, "/body")
    if not body.infos:
        for name, value in extra:
            losses.add(name.removeprefix(PREFIX), value, NO_INFO)
    for name, value in extra if body.infos else ():
        losses.add(name.removeprefix(PREFIX), value, IN_PARAMETER)
    signatures = left.get("signatures")
    for number, node in enumerate(signatures if isinstance(signatures, list) else ()):
        field = f"extensions.cap.signatures.{number}"
        losses.add(field, " ".join("".join(_words(node)).split()), SIGNED)


def _words(node: Any) -> Iterable[str]:
    """Every text of a node, for a loss that shows what is lost."""
    for part in node[1:] if isinstance(node, list) else ():
        if isinstance(part, str):
            yield part
        elif isinstance(part, list):
            yield from _words(part)


def _implied_nowhere(
    message: Message, body: Alert, infos: tuple[AlertInfo, ...]
) -> Iterable[tuple[str, str]]:
    """The parameters for what this alert's own elements will not say when it is read again."""
    built = msgspec.to_builtins(message)
    foreign = message.source is not None and message.source.format == "cap"
    implied = {**summary(infos), **answered(body, message.references)}
    implied["language"] = stated_language(infos)
    built.setdefault("language", message.language)
    rest = {}
    for name, value in built.items():
        if name in OWN_ELEMENTS or (foreign and name in ("sender", "originator")):
            continue
        if name in implied and getattr(message, name) == implied[name]:
            continue
        rest[name] = value
    if message.exercise not in (Exercise.NOT_STATED, Exercise.SIMULATION):
        rest.pop("exercise", None)
    elif message.exercise is Exercise.NOT_STATED:
        rest["exercise"] = Exercise.NOT_STATED.value
    if "handling" in rest:
        restriction = message.handling.restriction
        if restriction and restriction == restriction.strip():  # the element says it exactly
            rest["handling"] = {k: v for k, v in rest["handling"].items() if k != "restriction"}
    if "extensions" in rest:
        rest["extensions"] = {k: v for k, v in rest["extensions"].items() if k != "cap"}
        if not rest["extensions"]:
            del rest["extensions"]
    if message.sent.microsecond:
        rest["sent"] = built["sent"]
    if message.incident and message.incident not in body.incidents[:1] and body.incidents:
        rest["incident"] = message.incident
    if message.source is not None and not foreign:
        rest["source"] = built["source"]
    references = message.references
    if references and read_references(reference_text(references)) != references:
        rest["references"] = built["references"]
    return flatten(rest)


def _write_info(
    root: Element,
    message: Message,
    index: int,
    extra: list[tuple[str, str]],
    left: dict[str, Any],
) -> None:
    body = message.body
    assert isinstance(body, Alert)
    place = f"/body/infos/{index}"
    info = body.infos[index]
    element = etree.SubElement(root, f"{{{NAMESPACE}}}info")
    fill_info(element, info, message, place)
    for pair in extra:
        add_pair(element, "parameter", *pair)
    for number, resource in enumerate(info.resources):
        below = etree.SubElement(element, f"{{{NAMESPACE}}}resource")
        add(below, "resourceDesc", resource.description)
        add(below, "mimeType", resource.media_type)
        add(below, "size", None if resource.size is None else str(resource.size))
        add(below, "uri", resource.uri)
        if resource.content is not None:
            add(below, "derefUri", base64.b64encode(resource.content).decode())
        add(below, "digest", resource.digest)
        append_left(below, left, f"{place}/resources/{number}")
    for number, area in enumerate(info.areas):
        append_left(write_area(element, area), left, f"{place}/areas/{number}")
    append_left(element, left, place)
