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

from protocols.errors import MalformedDocument, UnsupportedVersion
from protocols.formats import cap_write
from protocols.formats.cap_crosswalk import crosswalk
from protocols.formats.cap_derive import answered, message_id, stated_language, summary
from protocols.formats.cap_read import (
    FEET,
    KILOMETRE,
    Element,
    Reading,
    listed,
    read_info,
    read_references,
    text_of,
)
from protocols.formats.cap_words import (
    ACTIONS,
    ATOM,
    NAMESPACES,
    ORIGINAL,
    REFERS_BY,
    RENDERED,
    SCOPES,
    SIGNATURE,
    STATUSES,
    WORDS_IN,
)
from protocols.formats.codec import (
    DEFAULT_SETTINGS,
    STRANGER,
    Encoded,
    Format,
    Settings,
    speaking_for,
)
from protocols.formats.structured import PREFIX, to_message, unflatten
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
from protocols.messages.kinds import KINDS, Alert, AlertAction, AlertInfo
from protocols.messages.values import Exercise

NAME: Final = "cap"
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
    root = parse(data)
    namespace, version = _version(root)
    reading = Reading(namespace)
    single, infos = _read_alert(root, reading)
    fields = _envelope(root, single, reading)
    reference = Reference(
        sender=fields["source"].system, id=fields["source"].id, sent=single["sent"].text
    )
    structured, infos = _structured(infos)
    fields |= {
        "id": message_id(reference),
        "sender": sender,
        "language": stated_language(infos),
        "source": msgspec.structs.replace(fields["source"], version=version),
        "original": Original.of(data, NAME, version, MEDIA_TYPE),
    }
    if any(name == PREFIX + "kind" for name, _ in structured):
        return speaking_for(_any_kind(fields, structured, infos), sender)
    body = fields["body"] = msgspec.structs.replace(fields["body"], infos=infos)
    fields |= answered(body, fields.get("references", ()))
    fields |= summary(infos)
    if structured:
        return speaking_for(_with_envelope(fields, structured), sender)
    return Message(**_with_left(fields, reading))


def _version(root: Element) -> tuple[str, str]:
    tag = str(root.tag)
    if tag == ATOM:
        raise UnsupportedVersion(
            f"Line {root.sourceline}: this is an Atom feed; give its alerts one at a time."
        )
    namespace = tag[1:].partition("}")[0] if tag.startswith("{") else ""
    if local(root) != "alert" or namespace not in NAMESPACES:
        raise UnsupportedVersion(
            f"Line {root.sourceline}: the root is {tag[:100]!r}, not an alert of CAP 1.1 or 1.2."
        )
    return namespace, NAMESPACES[namespace]


def _read_alert(
    root: Element, reading: Reading
) -> tuple[dict[str, Element], tuple[AlertInfo, ...]]:
    """The children that may stand once, and the infos; the rest goes to the extension."""
    single: dict[str, Element] = {}
    infos: list[AlertInfo] = []
    codes: list[str] = []
    for child in root:
        name = reading.name(child)
        if name in _SINGLE and name not in single and not len(child):
            single[name] = child
        elif name == "info":
            infos.append(read_info(child, len(infos), reading))
        elif name == "code" and not len(child):
            codes += [text] if (text := text_of(child)) else []
        elif child.tag == SIGNATURE:
            reading.left.setdefault("signatures", []).append(to_node(child))
        else:
            reading.keep("/body", child)
    for name in _REQUIRED:
        if name not in single or text_of(single[name]) is None:
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
            note=texts.get("note") and single["note"].text,
            addresses=listed(texts.get("addresses") or ""),
            incidents=incidents,
        ),
    }
    if texts.get("restriction"):
        fields["handling"] = Handling(restriction=texts["restriction"])
    if texts.get("source"):
        reading.left["source"] = texts["source"]
    references = texts.get("references")
    if references:
        triples = read_references(references)
        if triples is None:
            raise malformed(single["references"], "references are triples sender,identifier,sent")
        fields["references"] = triples
    return fields


def _choice(element: Element, choices: dict[str, Any]) -> Any:
    text = text_of(element) or ""
    if text not in choices:
        raise malformed(element, f"{text[:40]!r} is not one of {', '.join(choices)}")
    return choices[text]


def _structured(
    infos: tuple[AlertInfo, ...],
) -> tuple[list[tuple[str, str]], tuple[AlertInfo, ...]]:
    """The parameters that are ours, taken out of the first info that has a kind or fields of ours.

    Parameters of an `Ack` or of an alert that is none of our kinds stay where they are, but for
    those that name fields of the envelope.
    """
    if not infos:
        return [], infos
    ours = [(p.name, p.value) for p in infos[0].parameters if p.name.startswith(PREFIX)]
    has_kind = any(name == PREFIX + "kind" for name, _ in ours)
    fields = {field for field in Message.__struct_fields__ if field != "body"}
    taken = [
        (name, value)
        for name, value in ours
        if has_kind or name.removeprefix(PREFIX).partition(".")[0] in fields
    ]
    if not taken:
        return [], infos
    names = {name for name, _ in taken}
    rest = tuple(p for p in infos[0].parameters if p.name not in names)
    return taken, (msgspec.structs.replace(infos[0], parameters=rest), *infos[1:])


def _with_left(fields: dict[str, Any], reading: Reading) -> dict[str, Any]:
    """The fields with the moments and the extension, where there are any."""
    fields["moments"] = reading.moments
    if reading.left:
        fields["extensions"] = {NAME: reading.left}
    return fields


# --- our kinds inside an alert --------------------------------------------------------------------


def _any_kind(
    fields: dict[str, Any], structured: list[tuple[str, str]], infos: tuple[AlertInfo, ...]
) -> Message:
    """A message of any kind: its parameters say what it is, the alert around it the rest."""
    built = unflatten(pair for pair in structured if pair[0] != RENDERED)
    rendered = any(name == RENDERED for name, _ in structured)
    alert: Alert = fields["body"]
    first = infos[0]
    built["id"] = fields["id"]
    built["exercise"] = _exercise(fields["exercise"], str(built.get("exercise", "")))
    if not rendered:
        plain = {name: fields[name] for name in _FROM_ALERT if fields.get(name)}
        for name, value in msgspec.to_builtins(plain).items():
            built.setdefault(name, value)
        built.setdefault("codes", msgspec.to_builtins(first.event_codes))
        _own_words(built, alert, first, fields)
    content = [r for info in infos for r in info.resources if r.description == ORIGINAL]
    kept = built.pop("original", None)
    message = to_message(built)
    if kept is not None:
        try:
            original = msgspec.convert(kept, Original)
        except msgspec.ValidationError as fault:
            raise MalformedDocument(f"parameter {PREFIX}original: {fault}") from fault
        if content:
            original = msgspec.structs.replace(original, data=content[0].content or b"")
    else:
        original = fields["original"]
    return msgspec.structs.replace(message, original=original)


_FROM_ALERT: Final = ("sent", "sender", "source", "incident", "references", "handling", "language")


def _exercise(stated: Exercise, claimed: str) -> str:
    """The status holds; a parameter may only say more exactly what a `Draft` or `Exercise` is."""
    if stated is Exercise.DRAFT and claimed == Exercise.NOT_STATED:
        return Exercise.NOT_STATED.value
    if stated is Exercise.EXERCISE and claimed == Exercise.SIMULATION:
        return Exercise.SIMULATION.value
    return stated.value


def _own_words(
    built: dict[str, Any], alert: Alert, info: AlertInfo, fields: dict[str, Any]
) -> None:
    """An alert that a desk wrote itself: its words, place and references fill what is open."""
    body = built.setdefault("body", {})
    entry = KINDS.get(str(body.get("kind")))
    names = entry.body.__struct_fields__ if entry else ()
    said = info.description or info.headline or alert.note
    for name in WORDS_IN:
        if name in names and name not in body and said:
            body[name] = {"text": said} | ({"language": info.language} if info.language else {})
            break
    answers = answered(
        msgspec.structs.replace(alert, action=AlertAction.ACK), fields.get("references", ())
    )
    for name in REFERS_BY:
        if name in names and name not in body and answers:
            body[name] = answers["in_reply_to"]
    for name, value in answered(alert, fields.get("references", ())).items():
        built.setdefault(name, value)
    for name, value in msgspec.to_builtins(summary((info,))).items():
        if value is not None:
            built.setdefault(name, value)
    areas = [area for area in info.areas if not any(c.radius == 0 for c in area.circles)]
    if areas:
        built.setdefault("target_area", msgspec.to_builtins(areas))
    extensions = built.setdefault("extensions", {})
    if isinstance(extensions, dict):
        extensions.setdefault(NAME, {"info": msgspec.to_builtins(info)})


def _with_envelope(fields: dict[str, Any], structured: list[tuple[str, str]]) -> Message:
    """A public alert whose parameters also say what CAP's own elements cannot."""
    original = fields.pop("original")
    built = msgspec.to_builtins(Message(**fields))
    claimed = unflatten(pair for pair in structured if pair[0] != RENDERED)
    claimed.pop("id", None)
    claimed["exercise"] = _exercise(fields["exercise"], str(claimed.get("exercise", "")))
    _merge(built, claimed)
    return msgspec.structs.replace(to_message(built), original=original)


def _merge(into: dict[str, Any], more: dict[str, Any]) -> None:
    for name, value in more.items():
        if isinstance(value, dict) and isinstance(into.get(name), dict):
            _merge(into[name], value)
        else:
            into[name] = value


def leaves(data: bytes) -> list[tuple[str, str]]:
    """Every value that an alert states, in the units of a message: the input of the proof."""
    found = []
    for path, value in xml_leaves(parse(data)):
        if path.rpartition("/")[2].startswith("circle"):
            position, _, radius = value.strip().partition(" ")
            value = f"{position} {float(radius) * KILOMETRE}"
        elif path.rpartition("/")[2] in ("altitude", "ceiling"):
            value = str(float(value) * FEET)
        found.append((path, value))
    return found


def encode(message: Message, settings: Settings = DEFAULT_SETTINGS) -> Encoded:
    """One alert of CAP 1.2 and what it does not carry.

    Raises `NotRepresentable` for kinds that CAP has no honest way to say.
    """
    return cap_write.write(message, settings)


FORMAT = Format(
    name=NAME,
    title="Common Alerting Protocol",
    reads=("1.1", "1.2"),
    writes=VERSION,
    media_type=MEDIA_TYPE,
    decode=decode,
    encode=encode,
    leaves=leaves,
    crosswalk=crosswalk,
)
