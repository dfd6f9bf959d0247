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
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Final

import structlog

from hub.gateway.adapter import Adapter, Gauged, Taken, Unsaid
from hub.gateway.alarms import alarm_message
from hub.gateway.boundary import boundary
from hub.gateway.bridge import Bridge, Parcel
from hub.gateway.counters import Count, Counters
from hub.gateway.dead_letters import DeadLetter, DeadLetters
from hub.gateway.letterbox import Letterbox, entry_of, reference_to
from hub.gateway.memory import Memory
from hub.gateway.outcomes import Outcomes
from hub.gateway.replies import own_name
from hub.gateway.retry import Retries
from hub.gateway.shelf import Shelf
from hub.gateway.tasks import together
from hub.gateway.words import explained_error
from protocols.client.client import Client, Events
from protocols.client.events import FateChanged, Noticed, Received
from protocols.client.fates import Fate
from protocols.clock import Clock, to_datetime, to_microseconds
from protocols.errors import (
    AlreadyCrossed,
    CrossbandError,
    IdReused,
    UnknownLetter,
    WaitingFull,
)
from protocols.formats.codec import Format, Settings
from protocols.formats.registry import format_named
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
UNSAID_MOST: Final = 100
"""Messages that could not be said of which it is remembered that they were."""
ECHOES: Final = 2_000
"""Entries before the shelf's of which it is worked out, at the start, as what they would come back
from a system that strips our id off."""

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
        counters: Counters | None = None,
    ) -> None:
        self._client = client
        self._channel = channel
        self._bridge = bridge
        self._language = language
        self._clock = clock
        self._watch = Watch()
        self._seqs: Memory[int] = Memory()
        self._unsaid: deque[Unsaid] = deque(maxlen=UNSAID_MOST)
        self._adapter: Adapter | None = None
        self._serving = False
        self.shelf = shelf
        self.counters = Counters() if counters is None else counters
        own_agency = client.device.identity.agency
        self._outcomes = Outcomes(bridge, own_agency, language, self.counters)
        self._letters = Letterbox(dead_letters, self.counters)
        self._retries = Retries(dead_letters, self._again, self.counters)

    @property
    def title(self) -> str:
        """Which gateway of which channel this is."""
        return f"{self._client.device.identity.device} · {self._channel}"

    @property
    def settings(self) -> Settings:
        """With which language and manner this gateway writes."""
        return self._bridge.settings

    @property
    def unsaid(self) -> Sequence[Unsaid]:
        """The last messages that the system's format could not say, newest last."""
        return tuple(self._unsaid)

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
            await together(
                self._follow(events, seen),
                self._run_watch(),
                self._retries.run(),
                self._fail_with_client(),
            )
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
            self._outcomes.before(fate)
        history = self._client.history(self._channel)
        first = len(history) - self.shelf.size
        for place, received in enumerate(history):
            if place >= first:
                self._cross(received)
            else:
                self._note(received)
                self._bridge.pass_by(received)
        for received in history[max(first - ECHOES, 0) : max(first, 0)]:
            self._bridge.shown_before(received)
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
        if not received.own:  # a receipt about the system's own message is no stage of ours
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
            parcel = self._written(received)
        except CrossbandError as error:
            parcel = self._not_written(received, error)
        else:
            self._forget_letter(received)
        if parcel is not None:
            self._hand(parcel)

    def _written(self, received: Received) -> Parcel | None:
        with boundary("writing a message"):
            return self._bridge.outgoing(received)

    def _not_written(self, received: Received, error: CrossbandError) -> Parcel | None:
        """The system is told instead; a position only counts, because the next one follows."""
        self.counters.add(Count.NOT_WRITTEN)
        if isinstance(received.message.body, Position):
            return None
        reference = reference_to(received.message, received.channel, received.seq)
        self._letters.keep("out", received.sender.device, reference, error, at=received.time)
        said = self.said(error)
        parcel = self._bridge.notice(f"{received.sender.device}: {said}", received)
        if parcel is None:
            self._unsaid.append(Unsaid(received.message, said, to_datetime(received.time)))
        return parcel

    def _forget_letter(self, received: Received) -> None:
        """What could not be written before a change of the configuration is written now."""
        reference = reference_to(received.message, received.channel, received.seq)
        self._letters.settled(reference, received.time)

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

    def _fate_changed(self, fate: Fate) -> None:
        for told in self._outcomes.changed(fate):
            if told.kept:
                self._hand(told.parcel)
            else:
                self._deliver(told.parcel)

    # --- the patrol's timers --------------------------------------------------------------------

    async def _run_watch(self) -> None:
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            with suppress(CrossbandError), boundary("watching the patrols"):
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

    async def take(
        self,
        document: bytes,
        source: str,
        format: Format | None = None,  # noqa: A002 - the field's own word
    ) -> Taken:
        """Pass a document of the system on; see `hub.gateway.adapter.Edge`."""
        try:
            return await self._enter(document, format)
        except AlreadyCrossed:
            self.counters.add(Count.DUPLICATES)
            raise
        except CrossbandError as error:
            self.refuse(document, source, error, format)
            raise

    async def _enter(self, document: bytes, spoken: Format | None) -> Taken:
        with boundary("reading a document"):
            message = self._bridge.incoming(document, spoken)
            taken = await self._pass_on(message)
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
        if len(self._outcomes.waiting) >= WAITING_MOST:
            raise WaitingFull(f"{WAITING_MOST} messages are waiting for the hub")
        try:
            sent = await self._client.send(self._channel, message)
        except IdReused as error:  # queued before this process was started
            raise AlreadyCrossed(error.detail, id=message.id) from error
        self._outcomes.waiting.add(message.id)
        self._bridge.entered(message)
        return Taken(message, sent.fate)

    # --- dead letters ---------------------------------------------------------------------------

    def refuse(
        self,
        document: bytes,
        source: str,
        error: CrossbandError,
        format: Format | None = None,  # noqa: A002 - the field's own word
        *,
        size: int | None = None,
    ) -> None:
        """Count a document that is not passed on, and keep it; see `hub.gateway.adapter.Edge`."""
        self.counters.refused(error.code)
        name = "" if format is None else format.name
        self._letters.keep("in", source, document, error, format_name=name, size=size)

    def undelivered(self, parcel: Parcel, receiver: str, error: CrossbandError) -> None:
        """Keep a reference to what a part of the system will not get; see `Edge`."""
        if parcel.seq:
            reference = reference_to(parcel.message, self._channel, parcel.seq)
            at = to_microseconds(parcel.message.sent)
            self._letters.keep("out", receiver, reference, error, at=at)

    async def _again(self, letter: DeadLetter, document: bytes) -> None:
        """One more attempt, on the same path as the first."""
        if letter.way == "in":
            spoken = format_named(letter.format) if letter.format else None
            await self._enter(document, spoken)
            return
        seq = entry_of(document)
        entries = self._client.history(self._channel, seq - 1)
        if not entries or entries[0].seq != seq:
            raise UnknownLetter(f"the entry {seq} is no longer in this device's store")
        parcel = self._written(entries[0])
        if parcel is not None:
            self._hand(parcel)

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
        own: Mapping[str, float] = (
            self._adapter.gauges() if isinstance(self._adapter, Gauged) else {}
        )
        return {
            "serving": int(self._serving),
            "link_up": int(self._client.link.up),
            "waiting": len(self._outcomes.waiting),
            "shelf": len(self.shelf),
            **own,
        }
