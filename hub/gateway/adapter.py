"""What every transport of a gateway gives and takes, so that one file is one transport."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol, runtime_checkable

import msgspec

from hub.gateway.bridge import Parcel
from hub.gateway.counters import Counters
from hub.gateway.shelf import Shelf
from protocols.client.fates import Fate
from protocols.errors import CrossbandError
from protocols.formats.codec import Format, Settings
from protocols.messages import Message


class Taken(msgspec.Struct, frozen=True):
    """A document of the system that was understood. `fate` is None for what stays at the edge
    (pings and receipts)."""

    message: Message
    fate: Fate | None


class Unsaid(msgspec.Struct, frozen=True):
    """A message that the system's format could not say, nor a notice of it: shown as that it was,
    never as what it said. `at` is the hub's time of the entry."""

    message: Message
    sentence: str
    at: datetime


class Edge(Protocol):
    """What the gateway offers its transport."""

    @property
    def shelf(self) -> Shelf:
        """The newest parcels."""
        ...

    @property
    def unsaid(self) -> Sequence[Unsaid]:
        """The last messages that the format could not say, newest last; no positions."""
        ...

    @property
    def counters(self) -> Counters:
        """What the operator may count; a transport counts what only it sees."""
        ...

    @property
    def title(self) -> str:
        """Which channel and gateway this is, for people."""
        ...

    @property
    def settings(self) -> Settings:
        """With which language and manner this gateway writes."""
        ...

    async def take(
        self,
        document: bytes,
        source: str,
        format: Format | None = None,  # noqa: A002 - the field's own word
    ) -> Taken:
        """Pass a document of the system on; `source` says which client. `format` is None for the
        gateway's own format, and another one for a connection that speaks another.

        Raises `AlreadyCrossed` for one that was here before, and any other `CrossbandError` after
        keeping the document as a dead letter; never anything else.
        """
        ...

    def refuse(
        self,
        document: bytes,
        source: str,
        error: CrossbandError,
        format: Format | None = None,  # noqa: A002 - the field's own word
        *,
        size: int | None = None,
    ) -> None:
        """Count and keep a document that the transport itself had to refuse. `size` is that of the
        whole where `document` is only its beginning."""
        ...

    def undelivered(self, parcel: Parcel, receiver: str, error: CrossbandError) -> None:
        """Keep a dead letter about a parcel that `receiver`, a part of the system, will not get."""
        ...

    def fate(self, message_id: str) -> Fate | None:
        """What became of a message that the system sent."""
        ...

    def notice(self, sentence: str) -> Parcel | None:
        """A sentence of the gateway itself as a document, where the format has a place for it."""
        ...

    def said(self, error: CrossbandError) -> str:
        """An error as one sentence with its remedy, in the system's language."""
        ...

    def gauges(self) -> Mapping[str, float]:
        """What can be read off this gateway now, for the metrics."""
        ...


class Adapter(Protocol):
    """A transport. It is started once, delivers without waiting, and is stopped once."""

    @property
    def port(self) -> int:
        """The port it listens on, once started."""
        ...

    async def start(self) -> None:
        """Listen; raises `PortInUse` when the address is taken."""
        ...

    def deliver(self, parcel: Parcel) -> None:
        """Hand a parcel to every client of the system; never waits, never raises for a slow one."""
        ...

    async def stop(self) -> None:
        """Close every connection and stop listening."""
        ...


@runtime_checkable
class Gauged(Protocol):
    """A transport that has something to be read off it, for the metrics."""

    def gauges(self) -> Mapping[str, float]:
        """What can be read off now, by name."""
        ...
