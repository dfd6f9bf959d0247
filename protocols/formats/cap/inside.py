"""The parameters of ours inside an alert: any kind of message, or what CAP's elements cannot say.

An alert whose texts were made from its parameters is read from these. One that a desk wrote by
hand, or edited, speaks for itself: its words fill what the parameters leave open, and all of it
stays in the extension.
"""

from __future__ import annotations

import re
from typing import Any, Final

import msgspec

from protocols.errors import MalformedDocument, MalformedMessage
from protocols.formats.cap.derive import (
    answered,
    names_field,
    same_second,
    summary,
    visible_digest,
)
from protocols.formats.cap.profiles import PROFILES
from protocols.formats.cap.read import Element, Reading, read_time
from protocols.formats.cap.words import NAME, ORIGINAL, REFERS_BY, RENDERED, WORDS_IN
from protocols.formats.structured import PREFIX, to_message, unflatten
from protocols.messages import tree
from protocols.messages.envelope import Message, Original
from protocols.messages.kinds import KINDS, Alert, AlertAction, AlertInfo
from protocols.messages.values import Exercise, Moment


def edited(root: Element, ours: list[tuple[str, str]], reading: Reading) -> bool:
    """Whether the alert says more, or something else, than what was made from its parameters."""
    rendered = dict(ours).get(RENDERED)
    if rendered is None:
        return False
    foreign = set(reading.left.get("code", ())) - {profile.code for profile in PROFILES.values()}
    if foreign or set(reading.left) - {"code"}:
        return True
    return rendered != visible_digest(root, reading.prefix)


def taken_out(
    infos: tuple[AlertInfo, ...],
) -> tuple[list[tuple[str, str]], tuple[AlertInfo, ...]]:
    """The parameters that are ours, taken out of the first info that has a kind or fields of ours.

    Parameters of an `Ack` or of an alert that is none of our kinds stay where they are, but for
    those that name fields of the envelope.
    """
    if not infos:
        return [], infos
    named = [(p.name, p.value) for p in infos[0].parameters if p.name.startswith(PREFIX)]
    has_kind = any(name == PREFIX + "kind" for name, _ in named)
    taken = [pair for pair in named if has_kind or names_field(pair[0])]
    if not taken:
        return [], infos
    names = {name for name, _ in taken}
    rest = tuple(p for p in infos[0].parameters if p.name not in names)
    return taken, (msgspec.structs.replace(infos[0], parameters=rest), *infos[1:])


def restored_times(
    infos: tuple[AlertInfo, ...], ours: list[tuple[str, str]], fields: dict[str, Any]
) -> tuple[AlertInfo, ...]:
    """Times whose wording CAP 1.2 forbids stand in a parameter: to the fraction of a second."""
    moments = unflatten(pair for pair in ours if pair[0] == PREFIX + "moments").get("moments")
    restored = list(infos)
    for place, moment in moments.items() if isinstance(moments, dict) else ():
        try:
            exact = read_time(moment["text"])[0]
        except (ValueError, TypeError, KeyError):
            continue
        steps = str(place).split("/")
        if place == "/sent" and same_second(exact, fields["sent"]):
            fields["sent"] = exact
        elif len(steps) == 5 and steps[3].isascii() and steps[3].isdigit():
            index, name = int(steps[3][:6]), steps[4]
            if index < len(restored) and name in ("effective", "onset", "expires"):
                written = getattr(restored[index], name)
                if written is not None and same_second(exact, written):
                    restored[index] = msgspec.structs.replace(restored[index], **{name: exact})
    return tuple(restored)


def any_kind(
    fields: dict[str, Any],
    ours: list[tuple[str, str]],
    infos: tuple[AlertInfo, ...],
    reading: Reading,
) -> Message:
    """A message of any kind: its parameters say what it is, the alert around it the rest."""
    built = unflatten(pair for pair in ours if pair[0] != RENDERED)
    rendered = any(name == RENDERED for name, _ in ours)
    alert: Alert = fields["body"]
    first = infos[0]
    built["id"] = fields["id"]
    built["exercise"] = _exercise(fields["exercise"], str(built.get("exercise", "")))
    if not rendered:
        plain = {name: fields[name] for name in _FROM_ALERT if fields.get(name)}
        for name, value in msgspec.to_builtins(plain).items():
            built.setdefault(name, value)
        built.setdefault("codes", msgspec.to_builtins(first.event_codes))
        built.setdefault("losses", msgspec.to_builtins(fields["losses"]))
        built.setdefault("moments", msgspec.to_builtins(_own_moments(reading)))
        _own_words(built, alert, first, fields)
        _keep_alert(built, msgspec.structs.replace(alert, infos=infos), reading)
    content = [r for info in infos for r in info.resources if r.description == ORIGINAL]
    kept = built.pop("original", None)
    message = _finite(to_message(built), ours)
    if kept is not None and rendered:
        try:
            original = msgspec.convert(kept, Original)
        except msgspec.ValidationError as fault:
            raise MalformedDocument(f"parameter {PREFIX}original: {fault}") from fault
        if content:
            original = msgspec.structs.replace(original, data=content[0].content or b"")
    else:
        original = fields["original"]
    return msgspec.structs.replace(message, original=original)


def _own_moments(reading: Reading) -> dict[str, Moment]:
    """How the alert wrote the times that become the message's own."""
    first = "/body/infos/0/"
    return {
        place.replace(first, "/"): moment
        for place, moment in reading.moments.items()
        if place == "/sent" or place.startswith(first)
    }


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


def _keep_alert(built: dict[str, Any], alert: Alert, reading: Reading) -> None:
    """The alert around the parameters, as it was: what of it became nothing else stays there."""
    extensions = built.setdefault("extensions", {})
    if isinstance(extensions, dict):
        as_json = msgspec.json.decode(msgspec.json.encode(alert))  # lists, as JSON will have them
        own = reading.left | {"alert": as_json}
        if "original" in built:
            own["original"] = built["original"]
        extensions.setdefault(NAME, own)


def with_envelope(fields: dict[str, Any], ours: list[tuple[str, str]]) -> Message:
    """A public alert whose parameters also say what CAP's own elements cannot."""
    original = fields.pop("original")
    built = msgspec.to_builtins(Message(**fields))
    claimed = unflatten(pair for pair in ours if pair[0] != RENDERED)
    claimed.pop("id", None)
    claimed["exercise"] = _exercise(fields["exercise"], str(claimed.get("exercise", "")))
    _merge(built, claimed)
    return msgspec.structs.replace(_finite(to_message(built), ours), original=original)


_PERHAPS_INFINITE: Final = re.compile(r"inf|nan|e\+?\d\d\d", re.IGNORECASE)


def _finite(message: Message, ours: list[tuple[str, str]]) -> Message:
    """The message, unless a parameter made a number that is none (`inf`, `1e999`).

    Raises `MalformedDocument`. Nearly no message has such a text, so nearly none is looked through.
    """
    if any(_PERHAPS_INFINITE.search(value) for _, value in ours):
        try:
            tree.build(message)
        except MalformedMessage as fault:
            raise MalformedDocument(f"parameter {PREFIX}…: {fault.detail}") from fault
    return message


def _merge(into: dict[str, Any], more: dict[str, Any]) -> None:
    for name, value in more.items():
        if isinstance(value, dict) and isinstance(into.get(name), dict):
            _merge(into[name], value)
        else:
            into[name] = value
