"""Public alerts (the CAP 1.2 class): all hazards, public health, cyber, infrastructure."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from protocols.messages.kinds.base import Body
from protocols.messages.values import Area, Instant, LanguageTag, NativeCode, Parameter, Value


class AlertAction(StrEnum):
    """What an alert does to the ones before it (CAP msgType)."""

    ALERT = "alert"
    UPDATE = "update"
    CANCEL = "cancel"
    ACK = "ack"
    ERROR = "error"


class AlertScope(StrEnum):
    """Whom the originator meant it for (CAP scope)."""

    PUBLIC = "public"
    RESTRICTED = "restricted"
    PRIVATE = "private"


class Resource(Value, frozen=True):
    """A file that belongs to an alert: its address and digest, never fetched by us."""

    description: str | None = None
    media_type: str | None = None
    size: int | None = None
    uri: str | None = None
    digest: str | None = None
    """SHA-1, as CAP has it."""
    content: bytes | None = None


class AlertInfo(Value, frozen=True):
    """One language's or one audience's version of an alert (CAP info)."""

    language: LanguageTag | None = None
    event: str | None = None
    category: tuple[Annotated[str, Meta(extra={"codes": "alert_categories"})], ...] = ()
    response: tuple[Annotated[str, Meta(extra={"codes": "alert_responses"})], ...] = ()
    urgency: Annotated[str, Meta(extra={"codes": "alert_urgency"})] | None = None
    severity: Annotated[str, Meta(extra={"codes": "alert_severity"})] | None = None
    certainty: Annotated[str, Meta(extra={"codes": "alert_certainty"})] | None = None
    audience: str | None = None
    event_codes: tuple[NativeCode, ...] = ()
    effective: Instant | None = None
    onset: Instant | None = None
    expires: Instant | None = None
    sender_name: str | None = None
    headline: str | None = None
    description: str | None = None
    instruction: str | None = None
    web: str | None = None
    contact: str | None = None
    parameters: tuple[Parameter, ...] = ()
    resources: tuple[Resource, ...] = ()
    areas: tuple[Area, ...] = ()


class Alert(Body, frozen=True, tag="alert"):
    """A public alert with all its infos, in their order."""

    action: AlertAction = AlertAction.ALERT
    scope: AlertScope | None = None
    note: str | None = None
    addresses: tuple[str, ...] = ()
    incidents: tuple[str, ...] = ()
    infos: tuple[AlertInfo, ...] = ()
