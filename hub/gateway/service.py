"""One running gateway: the client engine here, the transport there, the bridge between them.

Whatever happens on one side is done before the next thing is looked at, so the order of the channel
is the order in which the system reads. A message that cannot be written in the system's format, or
a document that cannot be read, stops nothing: it becomes a dead letter and a notice, and the next
one follows. An adapter that fails to deliver is logged and counted, and the channel goes on.

It serves as soon as this device is a member, also while the hub cannot be reached: what the system
sends meanwhile waits on disk.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Final

import msgspec
import structlog

from hub.gateway.adapter import Adapter, Taken
from hub.gateway.alarms import alarm_message
from hub.gateway.boundary import boundary
from hub.gateway.bridge import Bridge, Parcel
from hub.gateway.counters import Count, Counters
from hub.gateway.dead_letters import DeadLetters, Way
from hub.gateway.memory import Memory
from hub.gateway.replies import own_name
from hub.gateway.shelf import Shelf
from hub.gateway.tasks import together
from hub.gateway.words import explained, explained_error
from protocols.client.client import Client, Events
from protocols.client.events import FateChanged, Noticed, Received
from protocols.client.fates import FINAL, Fate, FateState
from protocols.clock import Clock, to_datetime
from protocols.errors import AlreadyCrossed, CrossbandError, IdReused, WaitingFull
from protocols.frames import Stage
from protocols.messages import Message
from protocols.messages.kinds import Position, Presence, Read, Receipt
from protocols.messages.watch import PatrolAlarm, Watch

WATCH_SECONDS: Final = 1.0
"""How often the patrols' timers are looked at."""
WAITING_MOST: Final = 10_000
"""Messages of the system that may wait for the hub."""
LOSSES_NAMED: Final = 4
"""Fields that the log names of all that a translation dropped."""
_WAITING: Final = (FateState.QUEUED, FateState.SENT)

log = structlog.get_logger(__name__)


class Gateway:
    """One channel at one edge."""

    def __init__(
        self,
        client: Client,
        channel: str,
        bridge: Bridge,
        *,
        language: str,
        shelf: Shelf,
        dead_letters: DeadLetters,
        clock: Clock,
    ) -> None:
        self._client = client
        self._channel = channel
        self._bridge = bridge
        self._language = language
        self._dead_letters = dead_letters
        self._clock = clock
        self._watch = Watch()
        self._seqs: Memory[int] = Memory()
        self._waiting: set[str] = set()
        self._adapter: Adapter | None = None
        self._serving = False
        self.shelf = shelf
        self.counters = Counters()

    @property
    def title(self) -> str:
        """Which gateway of which channel this is."""
        return f"{self._client.device.identity.device} · {self._channel}"

    async def run(self, adapter: Adapter, ready: asyncio.Event) -> None:
        """Serve until cancelled. `ready` is set once this device is in the channel and listening.

        Raises `PortInUse` when the address is taken, `LocalStoreError` when the store failed.
        """
        events = self._client.events()
        try:
            await self._client.until(self._inside)
            seen = self._replay()
            await adapter.start()
            self._adapter = adapter
            self._serving = True
            ready.set()
            log.info("gateway ready", gateway=self.title, port=adapter.port)
            await together(self._follow(events, seen), self._run_watch(), self._fail_with_client())
        finally:
            self._serving = False
            self._client.drop(events)
            await adapter.stop()

    def _inside(self) -> bool:
        return any(
            view.channel == self._channel and view.state == "member"
            for view in self._client.channels()
        )

    async def _fail_with_client(self) -> None:
        """The client had to stop: events end without a word, so its reason is asked for here."""
        await self._client.until(lambda: False)

    # --- channel → system -----------------------------------------------------------------------

    def _replay(self) -> int:
        """What the store holds: references and timers again, and the newest on the shelf.

        Returns the number of the last entry.
        """
        for fate in self._client.fates(self._channel):
            if fate.state in _WAITING:
                self._waiting.add(fate.message_id)
            if _opened(fate, self._client.device.identity.agency):
                self._bridge.delivery_told(fate.message_id)
        history = self._client.history(self._channel)
        first = len(history) - self.shelf.size
        for place, received in enumerate(history):
            if place >= first:
                self._cross(received)
            else:
                self._note(received)
                self._bridge.pass_by(received)
        return history[-1].seq if history else 0

    async def _follow(self, events: Events, seen: int) -> None:
        async for event in events:
            if isinstance(event, Received) and event.channel == self._channel:
                if event.seq > seen:
                    self._cross(event)
            elif isinstance(event, FateChanged) and event.fate.channel == self._channel:
                self._fate_changed(event.fate)
            elif isinstance(event, Noticed):
                log.warning("notice", code=event.code, detail=event.detail)

    def _note(self, received: Received) -> None:
        """What an entry means to the gateway itself: its number, and the patrols' timers."""
        for name in (received.message.id, own_name(received.message)):
            self._seqs.put(name, received.seq)
        if received.refused is None:
            try:
                with boundary("watching the patrols"):
                    alarms = self._watch.feed(received.message, to_datetime(received.time))
            except CrossbandError:
                return
            self._raise_alarms(alarms)

    def _cross(self, received: Received) -> None:
        self._note(received)
        try:
            with boundary("writing a message"):
                parcel = self._bridge.outgoing(received)
        except CrossbandError as error:
            parcel = self._not_written(received, error)
        if parcel is not None:
            self._hand(parcel)

    def _not_written(self, received: Received, error: CrossbandError) -> Parcel | None:
        """The system is told instead; a position only counts, because the next one follows."""
        self.counters.add(Count.NOT_WRITTEN)
        if isinstance(received.message.body, Position):
            return None
        reference = {
            "channel": received.channel,
            "seq": received.seq,
            "message": received.message.id,
            "kind": received.message.kind,
        }
        self._keep_letter(
            "out",
            received.sender.device,
            msgspec.json.encode(reference),
            error,
            at=received.time,
        )
        return self._bridge.notice(
            f"{received.sender.device}: {self.said(error)}",
            about=received.message.id,
            moment=to_datetime(received.time),
        )

    def _hand(self, parcel: Parcel) -> None:
        self.counters.add(Count.OUT)
        self.counters.add(Count.LOSSES, len(parcel.losses))
        if parcel.losses:
            fields = [loss.field for loss in parcel.losses]
            log.info(
                "translated with losses",
                message=parcel.message.id,
                kind=parcel.message.kind,
                losses=len(fields),
                fields=fields[:LOSSES_NAMED],
            )
        self.shelf.put(parcel)
        self._deliver(parcel)

    def _deliver(self, parcel: Parcel) -> None:
        if self._adapter is None:
            return
        try:
            with boundary("delivering"):
                self._adapter.deliver(parcel)
        except CrossbandError as error:
            self.counters.add(Count.ADAPTER_FAILURES)
            log.warning("not delivered", message=parcel.message.id, reason=error.detail)

    # --- what became of the system's messages ---------------------------------------------------

    def _fate_changed(self, fate: Fate) -> None:
        if fate.state not in _WAITING:
            self._waiting.discard(fate.message_id)
        if fate.state is FateState.REFUSED:
            self._tell_refusal(fate)
        elif fate.state not in FINAL:
            self._tell_delivery(fate)

    def _tell_refusal(self, fate: Fate) -> None:
        """A message that the hub refused later is told to the system as soon as that is known."""
        self.counters.refused(fate.code)
        log.warning("refused", message=fate.message_id, code=fate.code, detail=fate.detail)
        parcel = self._bridge.notice(
            f"✗ {explained(fate.code, self._language)}",
            about=fate.message_id,
            moment=to_datetime(fate.queued_at),
        )
        if parcel is not None:
            self._hand(parcel)

    def _tell_delivery(self, fate: Fate) -> None:
        """Tell the system, once a message, that another agency's device has opened what it sent."""
        opened = _opened(fate, self._client.device.identity.agency)
        if not opened:
            return
        try:
            with boundary("writing a receipt"):
                parcel = self._bridge.delivered(fate.message_id, opened[0])
        except CrossbandError as error:
            log.warning("receipt not written", message=fate.message_id, reason=error.detail)
            return
        if parcel is not None:
            self._deliver(parcel)

    # --- the patrol's timers --------------------------------------------------------------------

    async def _run_watch(self) -> None:
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            self._raise_alarms(self._watch.tick(to_datetime(self._clock())))

    def _raise_alarms(self, alarms: tuple[PatrolAlarm, ...]) -> None:
        """What this side's own timers say: shown to the system, never sent to the channel."""
        for alarm in alarms:
            message = alarm_message(alarm, self._client.device.identity, self._language)
            try:
                with boundary("writing an alarm"):
                    parcel = self._bridge.parcel(message)
            except CrossbandError as error:
                self.counters.add(Count.NOT_WRITTEN)
                log.warning("alarm not written", alarm=alarm.id, reason=error.detail)
            else:
                self._hand(parcel)

    # --- system → channel -----------------------------------------------------------------------

    async def take(self, document: bytes, source: str) -> Taken:
        """Pass a document of the system on; see `hub.gateway.adapter.Edge`."""
        try:
            with boundary("reading a document"):
                message = self._bridge.incoming(document)
                taken = await self._pass_on(message)
        except AlreadyCrossed:
            self.counters.add(Count.DUPLICATES)
            raise
        except CrossbandError as error:
            self.counters.refused(error.code)
            self._keep_letter("in", source, document, error)
            raise
        self.counters.add(Count.IN)
        return taken

    async def _pass_on(self, message: Message) -> Taken:
        body = message.body
        if isinstance(body, Presence):
            return Taken(message, None)
        if isinstance(body, Receipt | Read):
            self._bridge.remember(message)
            seq = self._seqs.get(body.of)
            if seq is not None and isinstance(body, Read):
                await self._client.mark(self._channel, seq, Stage.SHOWN)
            return Taken(message, None)
        if len(self._waiting) >= WAITING_MOST:
            raise WaitingFull(f"{WAITING_MOST} messages are waiting for the hub")
        try:
            sent = await self._client.send(self._channel, message)
        except IdReused as error:  # queued before this process was started
            raise AlreadyCrossed(error.detail, id=message.id) from error
        self._waiting.add(message.id)
        self._bridge.entered(message)
        return Taken(message, sent.fate)

    # --- what adapters ask ----------------------------------------------------------------------

    def fate(self, message_id: str) -> Fate | None:
        """What became of a message that the system sent."""
        try:
            return self._client.fate(message_id)
        except CrossbandError:
            return None

    def notice(self, sentence: str) -> Parcel | None:
        """A sentence of the gateway itself as a document, where the format has a place for it."""
        return self._bridge.notice(sentence)

    def said(self, error: CrossbandError) -> str:
        """An error as one sentence with its remedy, in the system's language."""
        return explained_error(error, self._language)

    def gauges(self) -> Mapping[str, float]:
        """What can be read off this gateway now."""
        return {
            "serving": int(self._serving),
            "link_up": int(self._client.link.up),
            "waiting": len(self._waiting),
            "shelf": len(self.shelf),
        }

    def _keep_letter(
        self, way: Way, source: str, document: bytes, error: CrossbandError, at: int | None = None
    ) -> None:
        """Keep what stopped; a disk that is full must not stop the channel as well."""
        log.info("dead letter", way=way, source=source, error=error.code, detail=error.detail)
        try:
            self._dead_letters.keep(way, source, document, error, at=at)
        except OSError as fault:
            self.counters.add(Count.DEAD_LETTERS_LOST)
            log.warning("dead letter not kept", reason=str(fault), error=error.code)
        else:
            self.counters.add(Count.DEAD_LETTERS)


def _opened(fate: Fate, own_agency: str) -> list[str]:
    """Devices of other agencies that have opened the message."""
    return [
        recipient.device
        for recipient in fate.recipients
        if recipient.device.partition("@")[2] != own_agency
        and Stage.DECRYPTED <= recipient.stage < Stage.FAILED
    ]
