"""The heart of a gateway, without sockets: what crosses, in which words, and what does not.

    channel → system   `outgoing(received)`: a parcel in the system's format and language, or None
    system → channel   `incoming(document)`: a message in the gateway's own name, or a refusal

Loop prevention has three parts. What came in through this gateway is known by its message id and
never goes out through it again. A document that its system sends twice, or sends back after having
received it from here, is known by the id that it reads as, because ids of foreign documents depend
on nothing but the document. And a document with a complete message of ours inside, sent by a member
of this channel, is that member's own word, which the channel has or will have from the member: so
what went out through another gateway into the same system does not come back through this one.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import suppress
from datetime import datetime
from typing import Any

import msgspec

from hub.gateway.boundary import boundary
from hub.gateway.crossing import THIRD_PARTY, Crossing, Verdict
from hub.gateway.emergencies import Emergencies
from hub.gateway.memory import Memory
from hub.gateway.naming import reference_in
from hub.gateway.replies import own_name
from hub.gateway.snapshots import as_update
from hub.gateway.words import explained
from protocols.client.events import Received
from protocols.client.writing import PAYLOAD_LIMIT
from protocols.clock import Clock, to_datetime
from protocols.codes import phrase
from protocols.errors import (
    AlreadyCrossed,
    CrossbandError,
    Expired,
    FrameTooLarge,
    NotRepresentable,
    PolicyRefused,
)
from protocols.formats.codec import (
    STRANGER,
    UNDETERMINED,
    Format,
    Settings,
    derived_id,
    speaking_for,
)
from protocols.formats.translate import Unsayable, translate
from protocols.identity import Identity
from protocols.messages import Loss, Message, Originator, Reference, Sender, compose
from protocols.messages.compact import pack
from protocols.messages.kinds import IncidentOpen, Position, Presence, Read, Receipt, Text
from protocols.messages.release import check_sender
from protocols.messages.render import one_line
from protocols.messages.values import LanguageText

ROOM = PAYLOAD_LIMIT - 8 * 1024
"""Bytes that a message from outside may have, packed; the rest is for what sealing adds."""

UNTAGGED = bytes(32)
"""In place of a franking tag, where only the header's limits are asked."""

NOT_FROM_OUTSIDE = "a document from outside brings no sealed parts and no stubs into the channel"

AT_THE_EDGE = (Receipt, Read, Presence)
"""Kinds that end here: pings are answered, receipts become stages of the delivery ledger."""

CANONICAL = "canonical"
NOT_EVERY_TRACK = ("cot", "tak")
"""Formats in which receipts of positions would double the traffic and tell nobody anything."""

Resolve = Callable[[Message, Callable[[str], Message | None]], Message]
"""Turns a foreign acknowledgement into the reply that it is, given what it refers to."""
Members = Callable[[], Collection[str]]
"""The devices that are in the channel now."""
Stopped = Callable[[str, str], None]
"""Told of every message that a rule stopped: which way, and the rule's name."""


class Parcel(msgspec.Struct, frozen=True):
    """One document for the system: its bytes, the message it was made from, what it lost."""

    message: Message
    data: bytes
    losses: tuple[Loss, ...] = ()
    seq: int = 0
    """The entry's number in the channel; 0 for what the gateway itself has to say."""
    format_name: str = ""
    """The format that `data` has: the gateway's own, or EDXL-DE where an exercise was wrapped."""


class Bridge:
    """Both directions of one gateway. Holds what is needed to resolve references, no secrets."""

    def __init__(
        self,
        identity: Identity,
        format_: Format,
        settings: Settings,
        crossing: Crossing,
        *,
        resolve: Resolve,
        clock: Clock,
        unsayable: Unsayable = Unsayable.REFUSE,
        members: Members = tuple,
        stopped: Stopped = lambda way, rule: None,
    ) -> None:
        self._identity = identity
        self._format = format_
        self._settings = msgspec.structs.replace(settings, reference=self._reference)
        self._language = settings.language or "en"
        self._crossing = crossing
        self._resolve = resolve
        self._clock = clock
        self._unsayable = unsayable
        self._members = members
        self._stopped = stopped
        self._emergencies = Emergencies(clock)
        self._known: Memory[Message] = Memory()
        self._entered: Memory[Message] = Memory()
        self._incidents: Memory[bool] = Memory()
        self._told: Memory[bool] = Memory()
        self._renames: bool | None = None

    @property
    def format(self) -> Format:
        """The format that the system speaks."""
        return self._format

    @property
    def settings(self) -> Settings:
        """With which language and manner this side writes."""
        return self._settings

    # --- channel → system -----------------------------------------------------------------------

    def outgoing(self, received: Received) -> Parcel | None:
        """What the system is shown of an entry; None for its own and for what may not cross.

        A refused message is shown as what it is: a notice that it was refused and why. Raises a
        `FormatRefused` when the format has no honest way to say it.
        """
        self.pass_by(received)
        message = received.message
        if message.id in self._entered or isinstance(message.body, AT_THE_EDGE):
            return None
        verdict = self._crossing.decide("out", message, self._identity)
        if not verdict.passes:
            return self._withheld(received, verdict)
        if received.refused is not None:
            return self._shown_refused(received)
        return self.parcel(message, received.seq)

    def pass_by(self, received: Received) -> None:
        """Remember an entry without showing it."""
        message = received.message
        if received.refused is None:
            self._emergencies.note(message, received.time)
            self._note_incident(message)
        if received.own:
            self.entered(message)
            if received.refused is not None:
                self.refused(message.id)
        self.remember(message)

    def shown_before(self, received: Received) -> None:
        """Remember an entry also as what the system, which was shown it before this process was
        started, would send it back; nothing to do where its format carries our id."""
        edge = isinstance(received.message.body, AT_THE_EDGE)
        if self._renames is not False and not received.own and not edge:
            with suppress(CrossbandError), boundary("reading an echo"):
                self.parcel(received.message)

    def parcel(self, message: Message, seq: int = 0) -> Parcel:
        """A message as a document of the system's format; raises `FormatRefused`."""
        written = translate(message, self._format, self._settings, unsayable=self._unsayable)
        data = written.encoded.data
        self.remember(message)
        self._remember_as_read(message, written.format, data)
        return Parcel(message, data, written.encoded.losses, seq, written.format.name)

    def _remember_as_read(self, message: Message, written: Format, data: bytes) -> None:
        """The system may send it back without our id inside: known by the id it then has."""
        if not written.reads:
            return
        try:
            with boundary("reading an echo"):
                back = written.decode(data)
        except CrossbandError:
            return  # what cannot be read does not come back as a message
        self._renames = self._renames or back.id != message.id
        if back.id != message.id:
            self._known.put(back.id, _light(message))

    def notice(self, sentence: str, received: Received | None = None) -> Parcel | None:
        """Something the gateway itself has to say; None where the format has no place for it.

        About an entry of the channel it stands in that entry's incident, and is always the same
        message, also after a restart.
        """
        if received is None:
            return self._notice(sentence)
        entry = received.message
        about = {"incident": entry.incident, "patrol": entry.patrol}
        return self.dated_notice(sentence, entry.id, to_datetime(received.time), **about)

    def dated_notice(
        self, sentence: str, about: str, moment: datetime, **fields: str | None
    ) -> Parcel | None:
        """The same about a message of that id, of a moment that is the same at every start."""
        name = derived_id(moment, "notice", self._identity.device, about)
        return self._notice(sentence, id=name, sent=moment, **fields)

    def _notice(self, sentence: str, **fields: Any) -> Parcel | None:
        text = Text(text=LanguageText(text=sentence, language=self._language))
        fields["language"] = self._language
        message = compose(self._identity, text, clock=self._clock, **fields)
        try:
            with boundary("writing a notice"):
                return self.parcel(message)
        except CrossbandError:
            return None

    def _shown_refused(self, received: Received) -> Parcel | None:
        said = explained(received.refused or "", self._language)
        line = one_line(received.message, self._language)
        return self.notice(f"✗ {received.sender.device}: {line} — {said}", received)

    def _withheld(self, received: Received, verdict: Verdict) -> Parcel | None:
        """Stopped by a rule of its own agency: nothing to say. Closed by its originator: a stub."""
        self._stopped("out", verdict.rule)
        if verdict.rule != THIRD_PARTY:
            return None
        by = received.message.sender.country
        sentence = f"{received.sender.device}: {phrase('withheld', self._language, by=by)}"
        return self.notice(sentence, received)

    # --- system → channel -----------------------------------------------------------------------

    def incoming(self, document: bytes, spoken: Format | None = None) -> Message:
        """The message that a document is, in the gateway's name and ready to send.

        `spoken` is the format of this document, where it is not the gateway's own. Raises
        `FormatRefused` for a document that cannot be read, `AlreadyCrossed` for one that was here
        before, `PolicyRefused` for what a rule stops, `RoleRefused` for what this gateway's role
        may not send, `Expired`, `FrameTooLarge`.
        """
        read = spoken or self._format
        claimed = read.decode(document)
        spoken_for = speaking_for(_unsealed(claimed), Sender.of(self._identity))
        message = self._resolve(spoken_for, self._known.get)
        if read.name != CANONICAL:  # whose programs say which of the two they mean
            message = as_update(message, self._opened)
        if message.language == UNDETERMINED:
            message = msgspec.structs.replace(message, language=self._language)
        self._check_new(message)
        first = self._emergencies.again(message)
        if first is not None:
            raise AlreadyCrossed(f"the alarm {first} is still up", id=first, again=1)
        if self._says_it_itself(claimed, read):
            raise AlreadyCrossed(
                f"{claimed.sender.device} says this in the channel itself", id=message.id
            )
        if isinstance(message.body, AT_THE_EDGE):
            return message  # where no limit matters
        verdict = self._crossing.decide("in", message, self._identity)
        if not verdict.passes:
            self._stopped("in", verdict.rule)
            raise PolicyRefused(
                f"the rule {verdict.rule!r} of this gateway lets no such {message.kind} in",
                rule=verdict.rule,
            )
        check_sender(self._identity, message)
        if message.header(UNTAGGED).expired(self._clock()):
            raise Expired(f"its own time limit, {message.expires}, has passed")
        return _fitting(message)

    def _check_new(self, message: Message) -> None:
        if message.id in self._entered or message.id in self._known:
            raise AlreadyCrossed(f"the document {message.id} has crossed already", id=message.id)

    def _says_it_itself(self, claimed: Message, read: Format) -> bool:
        """Whether a member of the channel said this. A foreign document with a member inside was
        written by a gateway. A program that speaks our own format may put its agency's devices
        there, but not another agency's."""
        author = claimed.sender
        own_program = read.name == CANONICAL and author.agency == self._identity.agency
        stranger = author.device == STRANGER.device
        return not own_program and not stranger and author.device in self._members()

    def entered(self, message: Message) -> None:
        """`message` was queued for the channel; it never goes out through this gateway."""
        self._emergencies.note(message, self._clock())
        self._note_incident(message)
        self.remember(message)
        self._entered.put(message.id, _light(message))

    def refused(self, message_id: str) -> None:
        """A message of the system did not count after all: what it told is not known."""
        self._emergencies.refused(message_id)
        sent = self._entered.get(message_id)
        if sent is not None and isinstance(sent.body, IncidentOpen) and sent.incident:
            self._incidents.put(sent.incident, False)

    # --- receipts -------------------------------------------------------------------------------

    def delivered(self, message_id: str, device: str) -> Parcel | None:
        """A receipt that says that `device` has opened a message of the system, the first time.

        None for what did not come from the system, what was told before, and where the format has
        no receipts (CoT has, CAP has none). It never means acceptance.
        """
        return self._receipt(message_id, device, Receipt)

    def read(self, message_id: str, device: str) -> Parcel | None:
        """The same for a message that somebody at `device` was shown."""
        return self._receipt(message_id, device, Read)

    def _receipt(
        self, message_id: str, device: str, kind: type[Receipt] | type[Read]
    ) -> Parcel | None:
        sent = self._entered.get(message_id)
        if sent is None or f"{kind.__name__} {message_id}" in self._told:
            return None
        self.receipt_told(message_id, kind)
        if self._format.name in NOT_EVERY_TRACK and isinstance(sent.body, Position):
            return None
        message = compose(
            self._identity,
            kind(of=own_name(sent)),
            clock=self._clock,
            originator=Originator(unit=device),
            in_reply_to=sent.id,
        )
        try:
            return self.parcel(message)
        except NotRepresentable:
            return None

    def receipt_told(self, message_id: str, kind: type[Receipt] | type[Read] = Receipt) -> None:
        """The system knows that this message was delivered, or read."""
        self._told.put(f"{kind.__name__} {message_id}", True)

    # --- what is known --------------------------------------------------------------------------

    def remember(self, message: Message) -> None:
        """Keep a message so that a later document can refer to it."""
        self._known.put(message.id, _light(message))

    def known(self, message_id: str) -> Message | None:
        """A message that crossed here, by its id."""
        return self._known.get(message_id)

    def _note_incident(self, message: Message) -> None:
        if isinstance(message.body, IncidentOpen) and message.incident:
            self._incidents.put(message.incident, True)

    def _opened(self, incident: str) -> bool:
        return self._incidents.get(incident) is True

    def _reference(self, message_id: str) -> Reference | None:
        known = self._known.get(message_id)
        return None if known is None else reference_in(self._format.name, known)


def _light(message: Message) -> Message:
    """The message without what no later document refers to: so many are remembered."""
    original = message.original
    if original is None or original.data is None:
        return message
    return msgspec.structs.replace(message, original=msgspec.structs.replace(original, data=None))


def _unsealed(message: Message) -> Message:
    """The message without sealed parts and stubs: only what was sealed in this channel opens in it,
    and a document from outside may not say of a field who withheld it."""
    losses = tuple(
        Loss(field=f"/{name}", value=str(len(parts)), reason=NOT_FROM_OUTSIDE)
        for name, parts in (("sealed", message.sealed), ("stubs", message.stubs))
        if parts
    )
    if not losses:
        return message
    return msgspec.structs.replace(message, sealed=(), stubs=(), losses=(*message.losses, *losses))


def _fitting(message: Message) -> Message:
    """The message, without the bytes of its original (the hash stays) if it is too large with them.

    Raises `FrameTooLarge` when it is too large even so.
    """
    original = message.original
    if original is None or not original.data or len(original.data) < ROOM // 4:
        return message
    if len(pack(message)) <= ROOM:
        return message
    loss = Loss(
        field="/original/data",
        value=original.sha256,
        reason="too large for a message; the hash travels, the document stays with its sender",
    )
    lighter = msgspec.structs.replace(
        message,
        original=msgspec.structs.replace(original, data=None),
        losses=(*message.losses, loss),
    )
    size = len(pack(lighter))
    if size > ROOM:
        raise FrameTooLarge(f"the document makes a message of {size} bytes; {ROOM} are allowed")
    return lighter
