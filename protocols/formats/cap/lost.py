"""What CAP's elements cannot say of a public alert, found value by value and never in passing.

CAP has no label beside a code, no height or error at a corner, no empty text, and no fraction of a
second. An alert that came from CAP has none of these; one that came another way may.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from protocols.formats.cap.elements import allowed, says
from protocols.formats.cap.geometry import FEET, KILOMETRE, scaled
from protocols.formats.cap.read import list_text, listed
from protocols.formats.losses import Losses
from protocols.formats.times import offset_text
from protocols.messages.envelope import Message
from protocols.messages.kinds import Alert, AlertInfo, Resource
from protocols.messages.values import Area, NativeCode, Point

BLANK: Final = "an element of CAP is not empty and has no white space around it"
NO_LABEL: Final = "CAP has no label beside a code"
NO_TAG: Final = "an area has the language of its info"
ONLY_FLAT: Final = "a position of CAP is latitude and longitude alone"
WHOLE_SECONDS: Final = "CAP has whole seconds and a numeric offset"
ROUNDED: Final = "the unit of CAP gives another last digit"
LISTED: Final = "a list of CAP cannot hold it as it is"

_TRIMMED: Final = ("urgency", "severity", "certainty", "sender_name", "web", "contact")
_VERBATIM: Final = ("event", "audience", "headline", "description", "instruction")
_RESOURCE: Final = ("description", "media_type", "uri", "digest")


def list_losses(message: Message, body: Alert, profile: str | None, losses: Losses) -> None:
    """Losses of the alert itself: its lists and its note."""
    for name in ("addresses", "incidents"):
        items = getattr(body, name)
        if items and listed(list_text(items)) != items:
            for number, item in enumerate(items):
                losses.add(f"body.{name}.{number}", item, LISTED)
    incident = message.incident
    if incident == "":
        losses.add("incident", incident, BLANK)
    if incident and not body.incidents and listed(list_text((incident,))) != (incident,):
        losses.add("incident", incident, LISTED)
    if body.note is not None and not body.note.strip():
        losses.add("body.note", body.note, BLANK)
    if not body.infos:
        _sent_losses(message, profile, losses)


def _sent_losses(message: Message, profile: str | None, losses: Losses) -> None:
    """Without an info there is no parameter for what CAP 1.2 forbids in a time; without a profile
    the words are written as they were."""
    kept = message.moments.get("/sent")
    exact = kept is not None and says(kept, message.sent)
    if kept is not None and exact and profile and not allowed(kept):
        losses.add("moments./sent", kept.text, WHOLE_SECONDS)
    if message.sent.microsecond and (profile or not exact):
        losses.add("sent", message.sent.isoformat(), WHOLE_SECONDS)


def info_losses(info: AlertInfo, message: Message, field: str, losses: Losses) -> None:
    """Losses of one info; `field` is its dotted path."""
    for name in _TRIMMED:
        _exact(getattr(info, name), f"{field}.{name}", losses)
    for name in _VERBATIM:
        text = getattr(info, name)
        if text is not None and not text.strip():
            losses.add(f"{field}.{name}", text, BLANK)
    for name in ("category", "response"):
        for number, text in enumerate(getattr(info, name)):
            _exact(text, f"{field}.{name}.{number}", losses)
    for number, code in enumerate(info.event_codes):
        _code_losses(code, f"{field}.event_codes.{number}", losses)
    for number, parameter in enumerate(info.parameters):
        if parameter.name != parameter.name.strip():
            losses.add(f"{field}.parameters.{number}.name", parameter.name, BLANK)
    for name in ("effective", "onset", "expires"):
        _time_losses(getattr(info, name), message, field, name, losses)
    for number, resource in enumerate(info.resources):
        _resource_losses(resource, f"{field}.resources.{number}", losses)
    for number, area in enumerate(info.areas):
        _area_losses(area, f"{field}.areas.{number}", losses)


def _exact(text: str | None, field: str, losses: Losses) -> None:
    if text is not None and (not text or text != text.strip()):
        losses.add(field, text, BLANK)


def _code_losses(code: NativeCode, field: str, losses: Losses) -> None:
    if code.label is not None:
        losses.add(f"{field}.label", code.label, NO_LABEL)
    if code.system != code.system.strip():
        losses.add(f"{field}.system", code.system, BLANK)


def _time_losses(
    moment: datetime | None, message: Message, field: str, name: str, losses: Losses
) -> None:
    if moment is None or not moment.microsecond:
        return
    kept = message.moments.get(f"/{field.replace('.', '/')}/{name}")
    if kept is None or not says(kept, moment):
        losses.add(f"{field}.{name}", moment.isoformat(), f"{WHOLE_SECONDS}: {offset_text(moment)}")


def _resource_losses(resource: Resource, field: str, losses: Losses) -> None:
    for name in _RESOURCE:
        _exact(getattr(resource, name), f"{field}.{name}", losses)
    if resource.content == b"":
        losses.add(f"{field}.content", "", BLANK)
    if resource.size is not None and not 0 <= resource.size < 10**18:
        losses.add(f"{field}.size", resource.size, BLANK)


def _area_losses(area: Area, field: str, losses: Losses) -> None:
    if area.description is not None:
        if not area.description.text.strip():
            losses.add(f"{field}.description.text", area.description.text, BLANK)
        if area.description.language is not None:
            losses.add(f"{field}.description.language", area.description.language, NO_TAG)
    for number, ring in enumerate(area.polygons):
        for corner, point in enumerate(ring):
            _point_losses(point, f"{field}.polygons.{number}.{corner}", losses)
    for number, circle in enumerate(area.circles):
        _point_losses(circle.centre, f"{field}.circles.{number}.centre", losses)
        _scale_losses(circle.radius, KILOMETRE, f"{field}.circles.{number}.radius", losses)
    for number, code in enumerate(area.geocodes):
        _code_losses(code, f"{field}.geocodes.{number}", losses)
    for name in ("altitude", "ceiling"):
        height = getattr(area, name)
        if height is not None:
            _scale_losses(height, FEET, f"{field}.{name}", losses)


def _point_losses(point: Point, field: str, losses: Losses) -> None:
    for name in ("hae", "ce", "le"):
        value = getattr(point, name)
        if value is not None:
            losses.add(f"{field}.{name}", value, ONLY_FLAT)


def _scale_losses(value: float, unit: float, field: str, losses: Losses) -> None:
    if float(scaled(value, unit)) * unit != value:
        losses.add(field, value, ROUNDED)
