"""Writing CAP 1.2: a public alert as it was, any other kind through `kinds`.

The reader's language comes first; the others are kept. What the message says beyond CAP's own
elements stands in parameters named `crossband:…`, and is a loss for everybody who does not read
them. With a profile the document keeps its rules, or is refused: what a profile asks for is never
invented, but for its own code, an event code that says the same, and CAP's default language.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from typing import Any, Final

import msgspec
from lxml import etree

from protocols.codes import language_of
from protocols.errors import NotRepresentable
from protocols.formats.cap.aside import put_back
from protocols.formats.cap.derive import answered, names_field, stated_language, summary
from protocols.formats.cap.elements import (
    PREFIX as CAP,
)
from protocols.formats.cap.elements import (
    add,
    add_pair,
    allowed,
    append_left,
    fill_info,
    incidents,
    is_foreign,
    says,
    write_area,
    write_head,
)
from protocols.formats.cap.kinds import references_of, write_kind
from protocols.formats.cap.lost import info_losses, list_losses
from protocols.formats.cap.profiles import PROFILES, event_codes, require
from protocols.formats.cap.read import (
    Element,
    read_references,
    reference_text,
)
from protocols.formats.cap.words import (
    IN_PARAMETER,
    NAMESPACE,
    NEVER,
    NOWHERE,
    OWN_ELEMENTS,
    RESERVED,
    STATUS_OF,
)
from protocols.formats.codec import STRANGER, Encoded, Settings
from protocols.formats.losses import Losses, leaf_paths
from protocols.formats.structured import AS_JSON, PREFIX, flatten
from protocols.formats.xml import legal, own_root, serialise
from protocols.messages.envelope import Message
from protocols.messages.kinds import (
    Alert,
    AlertInfo,
)
from protocols.messages.values import Exercise, Parameter

SIGNED: Final = "a signature does not survive re-writing; it holds for the original bytes"
NO_INFO: Final = "an alert without an info carries no parameters"
OLD_VERSION: Final = "written as CAP 1.2, which says the same"
NO_CHARACTER: Final = "XML cannot carry one of its characters"
NO_PLACE: Final = "the alert has no place for it"
CAP_LANGUAGE: Final = "en-US"
"""What an info without a language is in (CAP 1.2, section 3.2.2)."""
_REPLACED: Final = "\ufffd".encode()


def write(message: Message, settings: Settings) -> Encoded:
    """The alert and its losses.

    Raises `NotRepresentable`, `ProfileViolated` and `MalformedDocument`.
    """
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
    if settings.profile is not None:
        require(root, settings.profile)
    data = serialise(root)
    if _REPLACED in data:
        for field, value in leaf_paths(msgspec.to_builtins(message)):
            if isinstance(value, str) and legal(value) != value:
                losses.add(field, value, NO_CHARACTER)
    return Encoded(data, losses.take())


def _write_alert(
    root: Element, message: Message, body: Alert, settings: Settings, losses: Losses
) -> None:
    left = message.extensions.get("cap")
    left = dict(left) if isinstance(left, dict) else {}
    profile = PROFILES[settings.profile] if settings.profile else None
    codes = (profile.code,) if profile else ()
    references = message.references
    if not references and not is_foreign(message):
        references = references_of(message, settings)
    write_head(root, message, settings, body.action, references, left, body, codes)
    order = list(range(len(body.infos)))
    if settings.language is not None:
        order.sort(key=lambda i: language_of(body.infos[i].language or "en") != settings.labels)
    rest = _implied_nowhere(message, body, order)
    if references != message.references:
        rest["references"] = []  # what the element lists is only how its reader calls them
    reason = IN_PARAMETER if body.infos else NO_INFO
    if not settings.carry_canonical:
        reason = NOWHERE
    for field, value in _rows(rest):
        losses.add(field, value, reason)
    carried = list(flatten(rest)) if settings.carry_canonical else []
    for position, index in enumerate(order):
        info = body.infos[index]
        if position == 0:
            info = _without_ours(info, index, losses)
        if settings.profile is not None:
            codes_of = event_codes(info.event_codes, message.codes, None, settings.profile)
            language = info.language or CAP_LANGUAGE
            info = msgspec.structs.replace(info, event_codes=codes_of, language=language)
        _write_info(root, message, index, info, carried if position == 0 else [], left)
        info_losses(body.infos[index], message, f"body.infos.{index}", losses)
    list_losses(message, body, settings.profile, losses)
    append_left(root, left, "/body")
    put_back(root, CAP, left, order, losses)
    _left_over(message, body, left, losses)


def _rows(rest: dict[str, Any]) -> Iterable[tuple[str, Any]]:
    """Every leaf of these fields, and every part that is empty, with its path."""
    for name, value in rest.items():
        if name in AS_JSON:
            yield from leaf_paths(value, name)
        else:
            for field, text in flatten({name: value}):
                yield field.removeprefix(PREFIX), text


def _without_ours(info: AlertInfo, index: int, losses: Losses) -> AlertInfo:
    """The first info without parameters that would be read as fields of the message."""
    rest: list[Parameter] = []
    for number, parameter in enumerate(info.parameters):
        if names_field(parameter.name):
            field = f"body.infos.{index}.parameters.{number}"
            losses.add(f"{field}.name", parameter.name, RESERVED)
            losses.add(f"{field}.value", parameter.value, RESERVED)
        else:
            rest.append(parameter)
    if len(rest) == len(info.parameters):
        return info
    return msgspec.structs.replace(info, parameters=tuple(rest))


def _left_over(message: Message, body: Alert, left: dict[str, Any], losses: Losses) -> None:
    """What the extension holds and no element was made of."""
    signatures = left.pop("signatures", None)
    for number, node in enumerate(signatures if isinstance(signatures, list) else ()):
        field = f"extensions.cap.signatures.{number}"
        losses.add(field, " ".join("".join(_words(node)).split()), SIGNED)
    if message.source is not None and is_foreign(message) and message.source.version == "1.1":
        losses.add("source.version", "1.1", OLD_VERSION)
    for name in ("code", "source", "attributes", "texts", "/body"):
        left.pop(name, None)
    for index, info in enumerate(body.infos):
        place = f"/body/infos/{index}"
        left.pop(place, None)
        for name, parts in (("areas", info.areas), ("resources", info.resources)):
            for number in range(len(parts)):
                left.pop(f"{place}/{name}/{number}", None)
    for field, value in leaf_paths(left, "extensions.cap") if left else ():
        losses.add(field, value, NO_PLACE)


def _words(node: Any) -> Iterable[str]:
    """Every text of a node, for a loss that shows what is lost."""
    for part in node[1:] if isinstance(node, list) else ():
        if isinstance(part, str):
            yield part
        elif isinstance(part, list):
            yield from _words(part)


def _implied_nowhere(message: Message, body: Alert, order: list[int]) -> dict[str, Any]:
    """The fields, in their plain form, that this alert's own elements will not give back."""
    built = msgspec.to_builtins(message)
    foreign = is_foreign(message)
    infos = tuple(body.infos[index] for index in order)
    implied = {**summary(infos), **answered(body, message.references)}
    implied["language"] = stated_language(infos)
    built.setdefault("language", message.language)
    rest = {}
    for name, value in built.items():
        if name in OWN_ELEMENTS:
            continue
        if name == "sender" and foreign and message.sender == STRANGER:
            continue  # nobody stands between the alert and us
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
    _about_times(message, body, order, built, rest)
    if message.incident and message.incident not in incidents(message, body)[:1]:
        rest["incident"] = message.incident
    if message.source is not None and not foreign:
        rest["source"] = built["source"]
    references = message.references
    if references and _reference_read(references) != references:
        rest["references"] = built["references"]
    return rest


def _about_times(
    message: Message, body: Alert, order: list[int], built: dict[str, Any], rest: dict[str, Any]
) -> None:
    """Times whose words CAP 1.2 forbids: the words stand in a parameter, by the info they are in.

    An alert without an info has no parameters; there the words of `sent` stay as they are.
    """
    moments = {}
    for place, kept in message.moments.items() if body.infos else ():
        if allowed(kept):
            continue
        steps = place.split("/")
        if place == "/sent" and says(kept, message.sent):
            moments[place] = built["moments"][place]
        elif len(steps) == 5 and steps[3].isdigit() and int(steps[3][:6]) in order:
            index = int(steps[3][:6])
            written = getattr(body.infos[index], steps[4], None)
            if steps[4] in ("effective", "onset", "expires") and written and says(kept, written):
                steps[3] = str(order.index(index))
                moments["/".join(steps)] = built["moments"][place]
    if moments:
        rest["moments"] = moments
    if message.sent.microsecond and "/sent" not in moments and body.infos:
        rest["sent"] = built["sent"]


def _reference_read(references: Any) -> Any:
    try:
        return read_references(reference_text(references))
    except ValueError:
        return None


def _write_info(
    root: Element,
    message: Message,
    index: int,
    info: AlertInfo,
    extra: list[tuple[str, str]],
    left: dict[str, Any],
) -> None:
    place = f"/body/infos/{index}"
    element = etree.SubElement(root, CAP + "info")
    fill_info(element, info, message, place)
    for pair in extra:
        add_pair(element, "parameter", *pair)
    for number, resource in enumerate(info.resources):
        below = etree.SubElement(element, CAP + "resource")
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
