"""What a person does here: acknowledge, silence, raise an emergency, check in, send.

Each deed composes a message, asks the role rules, and gives it to the engine, which has it on this
device's disk before the deed returns; a link is not needed. A refusal becomes a notice. The
screens and the line mode use the same deeds. Every deed returns the areas that changed.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from protocols.errors import CrossbandError
from protocols.frames import Stage
from protocols.messages.envelope import Message, compose
from protocols.messages.kinds import EMERGENCY, Alarm, AlarmAck, AlarmSilence, CheckIn, Kind
from protocols.messages.release import check_sender
from protocols.messages.values import LanguageText
from tui_client.model import Model
from tui_client.port import Port

SILENCE_SECONDS = 120


class Deeds:
    """Deeds of one device; `client` None only shows what a model holds, and sends nothing."""

    def __init__(self, client: Port | None, model: Model) -> None:
        self.client = client
        self.model = model

    async def send(self, message: Message, said: str = "") -> frozenset[str]:
        """Give a message to the engine. `said` names the sentence that tells the person."""
        model = self.model
        room = model.room
        if room is None or self.client is None:
            return frozenset()
        try:
            check_sender(model.me, message)
            await self.client.send(room.name, message)
        except CrossbandError as error:
            return model.fail(error)
        changed = model.composed(room.name, message)
        for fate in self.client.fates(room.name):
            if fate.message_id == message.id:
                changed |= model.apply_fate(fate)
        return changed | model.tell(said or ("done.sent" if model.link.up else "done.queued"))

    def _compose(self, body: Kind, **fields: object) -> Message:
        model = self.model
        made = compose(model.me, body, clock=model.clock, **fields)  # type: ignore[arg-type]  # fields are Message's
        return msgspec.structs.replace(made, exercise=model.exercise_flag)

    async def acknowledge(self, message_id: str | None = None) -> frozenset[str]:
        """The most urgent alarm that nobody here has acknowledged; else this message."""
        model = self.model
        line = next((line for line in model.alarms() if line.wants_me), None)
        if line is not None:
            body = AlarmAck(alarm=line.name)
            known = model.entry(line.name) is not None
            message = self._compose(
                body,
                in_reply_to=line.name if known else None,
                incident=line.record.incident,
                patrol=line.record.patrol,
            )
            return await self.send(message, "done.acknowledged") | {"alarms"}
        return await self._acknowledge_message(message_id)

    async def _acknowledge_message(self, message_id: str | None) -> frozenset[str]:
        model = self.model
        room = model.room
        if room is None or self.client is None:
            return frozenset()
        wanted = message_id if message_id in room.asks else next(iter(room.asks), None)
        entry = room.find(wanted) if wanted else None
        if entry is None:
            return model.tell("done.nothing")
        try:
            await self.client.mark(room.name, entry.seq, Stage.ACKNOWLEDGED)
        except CrossbandError as error:
            return model.fail(error)
        room.answered(entry.id)
        return frozenset({"log", "link"}) | model.tell("done.acknowledged")

    async def silence(self) -> frozenset[str]:
        """Quiet for two minutes at this side. Never an acknowledgement."""
        model = self.model
        line = next((line for line in model.alarms() if not line.silenced_until), None)
        if line is None:
            return model.tell("done.nothing")
        model.silence(line.name, model.clock() + SILENCE_SECONDS * 1_000_000)
        message = self._compose(AlarmSilence(alarm=line.name, seconds=SILENCE_SECONDS))
        return await self.send(message, "done.silenced") | {"alarms"}

    async def emergency(self, said: str, language: str) -> frozenset[str]:
        """Raise an emergency with what is known: unit, last position, words if there are any."""
        model = self.model
        if model.room is None:
            return frozenset()
        unit = model.room.own_unit()
        body = Alarm(
            alarm_class=EMERGENCY,
            unit=unit,
            reason=LanguageText(text=said.strip(), language=language) if said.strip() else None,
        )
        context = model.context()
        message = self._compose(
            body,
            location=model.room.location_of(unit),
            language=language,
            ack_wanted=True,
            incident=context.get("incident"),
            patrol=context.get("patrol"),
        )
        return await self.send(message, "done.emergency") | {"alarms"}

    async def check_in(self) -> frozenset[str]:
        """All is well with the own unit, at its leg of now."""
        model = self.model
        room = model.room
        if room is None:
            return frozenset()
        unit, leg, plan = room.own_unit(), room.leg_now(model.clock()), room.plan()
        body = CheckIn(unit=unit, leg=leg, heads=room.heads_of(unit))
        changed = await self.send(
            self._compose(body, patrol=plan.name if plan else None, location=room.location_of(unit))
        )
        if model.notice is not None and not model.notice.trouble:
            changed |= model.tell("done.checked_in", unit=unit, leg=leg or "-")
        return changed

    async def shown(self, message_ids: Iterable[str]) -> frozenset[str]:
        """These messages have been on the screen: their senders are told, once."""
        room = self.model.room
        if room is None:
            return frozenset()
        fresh = [entry for name in message_ids if (entry := room.find(name))]
        fresh = [entry for entry in fresh if entry.id not in room.shown]
        room.shown |= {entry.id for entry in fresh}
        seqs = [e.seq for e in fresh if e.seq and not e.own and e.refused is None]
        if self.client is None or not seqs:
            return frozenset()
        try:
            await self.client.mark(room.name, seqs, Stage.SHOWN)
        except CrossbandError as error:
            return self.model.fail(error)
        return frozenset({"link"})
