"""What became of the system's messages, told to the system once: refused, delivered, read.

A message that the hub refused later is told as a notice. That another agency's device has opened
it, or a person there was shown it, is told as a receipt where the format has receipts. Neither
means that anybody accepted anything.
"""

from __future__ import annotations

from typing import Final

import msgspec
import structlog

from hub.gateway.boundary import boundary
from hub.gateway.bridge import Bridge, Parcel
from hub.gateway.counters import Counters
from hub.gateway.words import explained
from protocols.client.fates import FINAL, Fate, FateState
from protocols.clock import to_datetime
from protocols.errors import CrossbandError
from protocols.frames import Stage
from protocols.messages.kinds import Read, Receipt

WAITING: Final = (FateState.QUEUED, FateState.SENT)

log = structlog.get_logger(__name__)


class Telling(msgspec.Struct, frozen=True):
    """A parcel for the system. A receipt is of the moment; what is `kept` goes on the shelf."""

    parcel: Parcel
    kept: bool


class Outcomes:
    """The messages of the system that still wait, and what it was told of the others."""

    def __init__(self, bridge: Bridge, own_agency: str, language: str, counters: Counters) -> None:
        self._bridge = bridge
        self._own_agency = own_agency
        self._language = language
        self._counters = counters
        self.waiting: set[str] = set()
        """Ids of messages that wait for the hub."""

    def before(self, fate: Fate) -> None:
        """What was so before this process was started has been told."""
        if fate.state in WAITING:
            self.waiting.add(fate.message_id)
        if self._devices(fate, Stage.DECRYPTED):
            self._bridge.receipt_told(fate.message_id, Receipt)
        if self._devices(fate, Stage.SHOWN):
            self._bridge.receipt_told(fate.message_id, Read)

    def changed(self, fate: Fate) -> list[Telling]:
        """What the system is told of a change."""
        if fate.state not in WAITING:
            self.waiting.discard(fate.message_id)
        if fate.state is FateState.REFUSED:
            return self._refusal(fate)
        return [] if fate.state in FINAL else self._receipts(fate)

    def _refusal(self, fate: Fate) -> list[Telling]:
        self._counters.refused(fate.code)
        log.warning("refused", message=fate.message_id, code=fate.code, detail=fate.detail)
        self._bridge.refused(fate.message_id)
        said = f"✗ {explained(fate.code, self._language)}"
        moment = to_datetime(fate.queued_at)
        parcel = self._bridge.dated_notice(said, fate.message_id, moment)
        return [] if parcel is None else [Telling(parcel, kept=True)]

    def _receipts(self, fate: Fate) -> list[Telling]:
        opened = self._devices(fate, Stage.DECRYPTED)
        shown = self._devices(fate, Stage.SHOWN)
        if not opened:
            return []
        try:
            with boundary("writing a receipt"):
                found = [self._bridge.delivered(fate.message_id, (shown or opened)[0])]
                if shown:
                    found.append(self._bridge.read(fate.message_id, shown[0]))
        except CrossbandError as error:
            log.warning("receipt not written", message=fate.message_id, reason=error.detail)
            return []
        return [Telling(parcel, kept=False) for parcel in found if parcel is not None]

    def _devices(self, fate: Fate, least: Stage) -> list[str]:
        """Devices of other agencies at which the message has come that far."""
        return [
            recipient.device
            for recipient in fate.recipients
            if recipient.device.partition("@")[2] != self._own_agency
            and least <= recipient.stage < Stage.FAILED
        ]
