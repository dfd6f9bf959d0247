"""What is lost: what neither the document inside nor the envelope, read again, says of a message.

The losses of the format inside are taken over, but for those fields that the written envelope was
found to state exactly; so that nothing is claimed that a reader would not find.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from protocols.formats.codec import UNDETERMINED, Settings
from protocols.formats.edxl_de.envelope import Envelope, said
from protocols.formats.edxl_de.words import NAME, STATUS_OF, Style
from protocols.formats.losses import Losses, leaf_paths
from protocols.formats.slots import Element, Reading
from protocols.formats.xml import parse, serialise
from protocols.messages.envelope import Handling, Loss, Message
from protocols.messages.values import Exercise

NOT_SAID: Final = "the envelope does not say it exactly, nor does the document in it"
NEAREST: Final = "EDXL-DE has no such status"


def remaining(
    inside: tuple[Loss, ...],
    message: Message,
    inner: Message,
    root: Element,
    style: Style,
    settings: Settings,
) -> tuple[Loss, ...]:
    """What neither the document inside nor the envelope, read again, says of the message."""
    stated = said(Envelope(Reading(parse(serialise(root))), style).stated)
    whole = dict(leaf_paths(_plain(message)))
    lost_inside = {loss.field for loss in inside}
    areas = {path for path in whole if path.startswith("target_area.")}
    refill = areas <= lost_inside or not inner.target_area
    losses = Losses()
    word = _nearest(message, stated, settings)
    if word is not None:
        losses.add("exercise", message.exercise.value, f"{NEAREST}; written as {word}")
    for loss in inside:
        if loss.field == "exercise" and word is not None:
            continue
        restated = loss.field in stated and stated[loss.field] == whole.get(loss.field)
        if restated and (refill or not loss.field.startswith("target_area.")):
            continue
        losses.add(loss.field, loss.value, loss.reason)
    left_out = dict(leaf_paths(_plain(inner)))
    for path, value in whole.items():
        filled = value == "" and path in stated  # an empty text is open to the envelope's words
        if stated.get(path) == value or (left_out.get(path) == value and not filled):
            continue
        if path != "exercise" or word is None:
            losses.add(path, value, NOT_SAID)
    return losses.take()


def _nearest(message: Message, stated: dict[str, Any], settings: Settings) -> str | None:
    """The status that stands for one that EDXL-DE does not have."""
    if message.exercise in (Exercise.SIMULATION, Exercise.DRAFT):
        return STATUS_OF[message.exercise]
    if message.exercise is Exercise.NOT_STATED and "exercise" in stated:
        return STATUS_OF[settings.unstated]
    return None


def _plain(message: Message) -> dict[str, Any]:
    """The fields that an envelope can say, in plain form."""
    handling = message.handling
    some = {
        "language": None if message.language == UNDETERMINED else message.language,
        "incident": message.incident,
        "expires": message.expires,
        "target_area": message.target_area,
        "exercise": None if message.exercise is Exercise.NOT_STATED else message.exercise,
        "handling": Handling(
            tlp=handling.tlp,
            national_marking=handling.national_marking,
            recipients=handling.recipients,
        ),
    }
    built: dict[str, Any] = msgspec.to_builtins(some)
    return built


def unkept(message: Message) -> list[Loss]:
    """The losses of an envelope that is written anew in another version."""
    reason = "the envelope that it came in is written anew in another version"
    kept = message.extensions.get(NAME)
    losses = Losses()
    for path, value in leaf_paths(kept, f"extensions.{NAME}"):
        losses.add(path, value, reason)
    return list(losses.take())
