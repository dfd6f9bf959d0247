"""The heart of a gateway, without sockets: what crosses, in which words, and what does not.

    channel → system   `outgoing(received)`: a parcel in the system's format and language, or None
    system → channel   `incoming(document)`: a message in the gateway's own name, or a refusal

Loop prevention has two halves. What came in through this gateway is known by its message id and
never goes out through it again; and a document that its system sends twice, or sends back after
having received it from here, is known by that same id, because ids of foreign documents depend on
nothing but the document.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import msgspec

from hub.gateway.memory import Memory
from hub.gateway.replies import own_name
from hub.gateway.words import explained
from protocols.client.events import Received
from protocols.client.writing import PAYLOAD_LIMIT
from protocols.clock import Clock, to_datetime
from protocols.errors import (
    AlreadyCrossed,
    CrossbandError,
    Expired,
    FrameTooLarge,
    NotRepresentable,
    PolicyRefused,
)
from protocols.formats.codec import Format, Settings, derived_id, speaking_for
from protocols.identity import Identity
from protocols.messages import Loss, Message, Originator, Sender, compose
from protocols.messages.compact import pack
from protocols.messages.kinds import Presence, Read, Receipt, Text
from protocols.messages.release import check_sender
from protocols.messages.render import one_line
from protocols.messages.values import LanguageText

ROOM = PAYLOAD_LIMIT - 8 * 1024
"""Bytes that a message from outside may have, packed; the rest is for what sealing adds."""

UNTAGGED = bytes(32)
"""In place of a franking tag, where only the header's limits are asked."""

Resolve = Callable[[Message, Callable[[str], Message | None]], Message]
"""Turns a foreign acknowledgement into the reply that it is, given what it refers to."""


class Parcel(msgspec.Struct, frozen=True):
    """One document for the system: its bytes, the message it was made from, what it lost."""

    message: Message
    data: bytes
    losses: tuple[Loss, ...] = ()
    seq: int = 0
    """The entry's number in the channel; 0 for what the gateway itself has to say."""


class Crossing(msgspec.Struct, frozen=True, kw_only=True):
    """The rules of one gateway: which kinds may go which way; empty means all."""

    kinds_in: tuple[str, ...] = ()
    kinds_out: tuple[str, ...] = ()


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
    ) -> None:
        self._identity = identity
        self._format = format_
        self._settings = settings
        self._language = settings.language or "en"
        self._crossing = crossing
        self._resolve = resolve
        self._clock = clock
        self._known: Memory[Message] = Memory()
        self._entered: Memory[Message] = Memory()
        self._told: Memory[bool] = Memory()

    # --- channel → system -----------------------------------------------------------------------

    def outgoing(self, received: Received) -> Parcel | None:
        """What the system is shown of an entry; None for its own and for what may not cross.

        A refused message is shown as what it is: a notice that it was refused and why. Raises a
        `FormatRefused` when the format has no honest way to say it.
        """
        self.pass_by(received)
        message = received.message
        if message.id in self._entered or isinstance(message.body, Receipt | Read | Presence):
            return None
        if received.refused is not None:
            return self._refused(received)
        if self._crossing.kinds_out and message.kind not in self._crossing.kinds_out:
            return None
        return self.parcel(message, received.seq)

    def pass_by(self, received: Received) -> None:
        """Remember an entry without showing it."""
        if received.own:
            self.entered(received.message)
        self.remember(received.message)

    def parcel(self, message: Message, seq: int = 0) -> Parcel:
        """A message as a document of the system's format; raises `FormatRefused`."""
        encoded = self._format.encode(message, self._settings)
        self.remember(message)
        if not self._settings.carry_canonical:
            # The system may send it back without our id inside: known by the id it then has.
            back = self._format.decode(encoded.data, Sender.of(self._identity))
            self._known.put(back.id, message)
        return Parcel(message, encoded.data, encoded.losses, seq)

    def notice(
        self, sentence: str, *, about: str = "", moment: datetime | None = None
    ) -> Parcel | None:
        """Something the gateway itself has to say; None where the format has no place for it.

        With `about` and `moment` the same notice is always the same message, also after a restart.
        """
        text = Text(text=LanguageText(text=sentence, language=self._language))
        message = compose(self._identity, text, clock=self._clock, language=self._language)
        if about and moment is not None:
            name = derived_id(moment, "notice", self._identity.device, about)
            message = msgspec.structs.replace(message, id=name, sent=moment)
        try:
            return self.parcel(message)
        except CrossbandError:
            return None

    def _refused(self, received: Received) -> Parcel | None:
        said = explained(received.refused or "", self._language)
        line = one_line(received.message, self._language)
        sentence = f"✗ {received.sender.device}: {line} — {said}"
        return self.notice(sentence, about=received.message.id, moment=to_datetime(received.time))

    # --- system → channel -----------------------------------------------------------------------

    def incoming(self, document: bytes) -> Message:
        """The message that a document is, in the gateway's name and ready to send.

        Raises `FormatRefused` for a document that cannot be read, `AlreadyCrossed` for one that
        was here before, `PolicyRefused` for a kind that may not cross, `RoleRefused` for one that
        this gateway's role may not send, `Expired`, `FrameTooLarge`.
        """
        sender = Sender.of(self._identity)
        decoded = speaking_for(self._format.decode(document, sender), sender)
        message = self._resolve(decoded, self._known.get)
        if message.id in self._entered or message.id in self._known:
            raise AlreadyCrossed(f"the document {message.id} has crossed already", id=message.id)
        allowed = self._crossing.kinds_in
        if allowed and message.kind not in allowed:
            raise PolicyRefused(f"this gateway lets no {message.kind} in")
        check_sender(self._identity, message)
        if isinstance(message.body, Receipt | Read | Presence):
            return message  # stays at the edge, where no limit matters
        if message.header(UNTAGGED).expired(self._clock()):
            raise Expired(f"its own time limit, {message.expires}, has passed")
        return _fitting(message)

    def entered(self, message: Message) -> None:
        """`message` was queued for the channel; it never goes out through this gateway."""
        self.remember(message)
        self._entered.put(message.id, message)

    def delivered(self, message_id: str, device: str) -> Parcel | None:
        """A receipt that says that `device` has opened a message of the system, the first time.

        None for what did not come from the system, what was told before, and where the format has
        no receipts (CoT has, CAP has none). It never means acceptance.
        """
        sent = self._entered.get(message_id)
        if sent is None or message_id in self._told:
            return None
        self.delivery_told(message_id)
        message = compose(
            self._identity,
            Receipt(of=own_name(sent)),
            clock=self._clock,
            originator=Originator(unit=device),
            in_reply_to=sent.id,
        )
        try:
            return self.parcel(message)
        except NotRepresentable:
            return None

    def delivery_told(self, message_id: str) -> None:
        """The system knows that this message was delivered."""
        self._told.put(message_id, True)

    def remember(self, message: Message) -> None:
        """Keep a message so that a later document can refer to it."""
        self._known.put(message.id, message)

    def known(self, message_id: str) -> Message | None:
        """A message that crossed here, by its id."""
        return self._known.get(message_id)


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
