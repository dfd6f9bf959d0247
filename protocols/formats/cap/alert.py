"""Common Alerting Protocol: reads 1.1 and 1.2, writes 1.2 (OASIS CAP-v1.2).

A public alert is the kind `alert`, with all its infos in all their languages. Every other kind is
written as an alert whose text is in the reader's language and whose values stand in parameters
named `crossband:…`, so that a system that speaks only CAP can read and answer every kind. What has
no honest CAP form (positions, chat, receipts) is refused. A CAP `Ack` means accepted: which reply
that is depends on what it acknowledges, so reading gives the plain acknowledgement with its
references, and the gateway, which knows the history, turns it into the reply.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec
from lxml import etree

from protocols.errors import UnsupportedVersion
from protocols.formats.cap import write as cap_write
from protocols.formats.cap.aside import take_off
from protocols.formats.cap.crosswalk import crosswalk
from protocols.formats.cap.derive import (
    answered,
    message_id,
    names_field,
    stated_language,
    summary,
)
from protocols.formats.cap.geometry import GEOMETRY, plain_leaf
from protocols.formats.cap.inside import (
    any_kind,
    edited,
    restored_times,
    taken_out,
    with_envelope,
)
from protocols.formats.cap.profiles import PROFILES
from protocols.formats.cap.read import (
    Element,
    Reading,
    listed,
    read_content,
    read_info,
    read_references,
    text_of,
)
from protocols.formats.cap.words import (
    ACTIONS,
    ATOM,
    NAME,
    NAMESPACE,
    NAMESPACES,
    OLD_NAMESPACE,
    RENDERED,
    SCOPES,
    SIGNATURE,
    STATUS_OF,
    STATUSES,
)
from protocols.formats.codec import (
    DEFAULT_SETTINGS,
    STRANGER,
    Encoded,
    Format,
    Settings,
    speaking_for,
)
from protocols.formats.structured import PREFIX
from protocols.formats.xml import leaves as xml_leaves
from protocols.formats.xml import local, malformed, parse, to_node
from protocols.messages.envelope import (
    Handling,
    Message,
    Original,
    Reference,
    Sender,
    Source,
)
from protocols.messages.kinds import Alert, AlertInfo

VERSION: Final = "1.2"
MEDIA_TYPE: Final = "application/cap+xml"
_REQUIRED: Final = ("identifier", "sender", "sent", "status", "msgType", "scope")
_SINGLE: Final = (
    *_REQUIRED,
    "source",
    "restriction",
    "addresses",
    "note",
    "references",
    "incidents",
)


def decode(data: bytes, sender: Sender = STRANGER) -> Message:
    """The message of one alert.

    Raises `UnsafeDocument` and `MalformedDocument` (with line and path), and `UnsupportedVersion`
    for other namespaces and for Atom feeds, whose alerts are given one at a time.
    """
    root = parse(_from_declaration(data))
    version = _version(root)
    reading = Reading(NAMESPACE)
    reading.left |= take_off(root, reading.prefix)
    single, infos = _read_alert(root, reading)
    fields = _envelope(root, single, reading)
    reference = Reference(
        sender=fields["source"].system, id=fields["source"].id, sent=text_of(single["sent"])
    )
    reading.finish()
    ours, infos = taken_out(infos)
    fields |= {
        "id": message_id(reference),
        "sender": sender,
        "language": stated_language(infos),
        "source": msgspec.structs.replace(fields["source"], version=version),
        "original": Original.of(data, NAME, version, MEDIA_TYPE),
        "losses": reading.losses.take(),
    }
    if any(name == PREFIX + "kind" for name, _ in ours):
        if edited(root, ours, reading):
            ours = [pair for pair in ours if pair[0] != RENDERED]
        return speaking_for(any_kind(fields, ours, infos, reading), sender)
    infos = restored_times(infos, ours, fields)
    body = fields["body"] = msgspec.structs.replace(fields["body"], infos=infos)
    fields |= answered(body, fields.get("references", ()))
    fields |= summary(infos)
    fields = _with_left(fields, reading)
    if ours:
        return speaking_for(with_envelope(fields, ours), sender)
    return speaking_for(Message(**fields), sender)


def _from_declaration(data: bytes) -> bytes:
    """The document without white space before its XML declaration, which some systems put there."""
    return data.lstrip() if data[:1].isspace() else data


def _version(root: Element) -> str:
    """The version of the alert, whose elements from now on are those of 1.2: they mean the same."""
    tag = str(root.tag)
    if tag == ATOM:
        raise UnsupportedVersion(
            f"Line {root.sourceline}: this is an Atom feed; give its alerts one at a time."
        )
    namespace = tag[1:].partition("}")[0] if tag.startswith("{") else ""
    if namespace == OLD_NAMESPACE:
        raise UnsupportedVersion(f"Line {root.sourceline}: CAP 1.0 is not read, 1.1 and 1.2 are.")
    if local(root) != "alert" or namespace not in NAMESPACES:
        raise UnsupportedVersion(
            f"Line {root.sourceline}: the root is {tag[:100]!r}, not an alert of CAP 1.1 or 1.2."
        )
    if namespace != NAMESPACE:
        for element in root.iter(f"{{{namespace}}}*"):
            element.tag = f"{{{NAMESPACE}}}{local(element)}"
    return NAMESPACES[namespace]


def _read_alert(
    root: Element, reading: Reading
) -> tuple[dict[str, Element], tuple[AlertInfo, ...]]:
    """The children that may stand once, and the infos; the rest goes to the extension."""
    single: dict[str, Element] = {}
    infos: list[AlertInfo] = []
    codes: list[str] = []
    for child in root:
        name = reading.name(child)
        if name == "info":
            infos.append(read_info(child, len(infos), reading))
        elif child.tag == SIGNATURE:
            reading.left.setdefault("signatures", []).append(to_node(child))
        elif name == "references" and name in single and not len(child):
            reading.again("/body", child, read_references)
        elif (name not in _SINGLE and name != "code") or name in single or len(child):
            reading.keep("/body", child)
        elif (text := text_of(child)) is None:
            reading.empty("/body", child)
        elif name == "code":
            codes.append(text)
        elif name == "references":
            triples = reading.attempt("/body", child, read_references)
            if triples is not None:
                single[name] = child
                reading.references = triples
        else:
            single[name] = child
    for name in _REQUIRED:
        if name not in single:
            raise malformed(root, "the element is missing or empty", name)
    if codes:
        reading.left["code"] = codes
    return single, tuple(infos)


def _envelope(root: Element, single: dict[str, Element], reading: Reading) -> dict[str, Any]:
    """The fields that the alert itself gives, its body without infos among them."""
    texts = {name: text_of(element) for name, element in single.items()}
    identifier, system = str(texts["identifier"]), str(texts["sender"])
    incidents = listed(texts.get("incidents") or "")
    fields: dict[str, Any] = {
        "sent": reading.time(single["sent"], "/sent"),
        "exercise": _choice(single["status"], STATUSES),
        "source": Source(system=system, id=identifier, format=NAME),
        "incident": incidents[0] if incidents else None,
        "body": Alert(
            action=_choice(single["msgType"], ACTIONS),
            scope=_choice(single["scope"], SCOPES),
            note=single["note"].text if "note" in single else None,
            addresses=listed(texts.get("addresses") or ""),
            incidents=incidents,
        ),
    }
    if "restriction" in texts:
        fields["handling"] = Handling(restriction=texts["restriction"])
    if "source" in texts:
        reading.left["source"] = texts["source"]
    if reading.references:
        fields["references"] = reading.references
    return fields


def _choice(element: Element, choices: dict[str, Any]) -> Any:
    text = text_of(element) or ""
    choice = choices.get(text) or choices.get(text.capitalize())
    if choice is None:
        raise malformed(element, f"{text[:40]!r} is not one of {', '.join(choices)}")
    return choice


def _with_left(fields: dict[str, Any], reading: Reading) -> dict[str, Any]:
    """The fields with the moments and the extension, where there are any."""
    fields["moments"] = reading.moments
    if reading.left:
        fields["extensions"] = {NAME: reading.left}
    return fields


def leaves(data: bytes) -> list[tuple[str, str]]:
    """Every value that an alert states, in the units of a message: the input of the proof.

    Numbers of an area are in metres, lists are apart, and base64 is without its line breaks.
    Parameters of ours are no values of the alert: they are the message itself.
    """
    root = parse(_from_declaration(data))
    _version(root)
    for parameter in root.iterfind(f"{_CAP}info/{_CAP}parameter"):
        if names_field(parameter.findtext(f"{_CAP}valueName") or ""):
            parameter.clear()
    for area in root.iterfind(f"{_CAP}info/{_CAP}area"):
        for child in area:
            if not len(child) and child.text and local(child) in GEOMETRY:
                child.text = plain_leaf(local(child), child.text)
    for name, path in (("addresses", ""), ("incidents", ""), ("derefUri", _RESOURCE)):
        for parent in root.iterfind(path) if path else [root]:
            _plain(next((c for c in parent.iterchildren(_CAP + name) if text_of(c)), None))
    return list(xml_leaves(root))


_CAP: Final = f"{{{NAMESPACE}}}"
_RESOURCE: Final = f"{_CAP}info/{_CAP}resource"


def _plain(element: Element | None) -> None:
    """A list as elements of its own; base64 without its line breaks."""
    if element is None or len(element):
        return
    text = element.text or ""
    if local(element) == "derefUri":
        element.text = _joined(text)
        return
    element.text = None
    for item in listed(text):
        etree.SubElement(element, f"{_CAP}item").text = item


def _joined(value: str) -> str:
    try:
        read_content(value)
    except ValueError:
        return value
    return "".join(value.split())


def encode(message: Message, settings: Settings = DEFAULT_SETTINGS) -> Encoded:
    """One alert of CAP 1.2 and what it does not carry.

    Raises `NotRepresentable` for kinds that CAP has no honest way to say.
    """
    return cap_write.write(message, settings)


FORMAT = Format(
    name=NAME,
    title="Common Alerting Protocol",
    reads=("1.1", "1.2"),
    writes=(VERSION,),
    media_type=MEDIA_TYPE,
    exercises=frozenset(STATUS_OF),
    gives=("alert",),
    profiles=tuple(PROFILES),
    roots=tuple(f"{{{namespace}}}alert" for namespace in NAMESPACES),
    decode=decode,
    encode=encode,
    leaves=leaves,
    crosswalk=crosswalk,
)
