"""The canonical message: one lossless envelope around one body, and its JSON form.

Every translator, screen and record speaks this and nothing else. What has no home of its own
travels in `extensions`, `codes`, `moments` and `original`; what a translator could not carry it
says in `losses`; what a reader may not see stands as a `Stub`.
"""

from __future__ import annotations

import hashlib
from typing import Annotated

import msgspec
from msgspec import Meta

from protocols.clock import Clock, system_clock, to_datetime, to_microseconds
from protocols.errors import ActMismatch, MalformedMessage
from protocols.frames import Lane
from protocols.header import Act, Header
from protocols.identity import Identity, Role
from protocols.ids import id_bytes, id_text, uuid7
from protocols.messages import tree
from protocols.messages.kinds import BY_BODY, EMERGENCY, Alarm, Kind, KindEntry, Position
from protocols.messages.values import (
    Absent,
    Area,
    Country,
    Exercise,
    Instant,
    JsonValue,
    LanguageTag,
    Location,
    Moment,
    NativeCode,
    PersonalData,
    Precedence,
    Tlp,
    Value,
)

JSON_LIMIT = 4 * 1024 * 1024
"""Bytes of a message as JSON, its original included."""


class Sender(Value, frozen=True):
    """Who sent it: the certified device of the MLS leaf, and the person at it if named."""

    country: Country
    agency: str
    unit: str
    device: str
    role: Role
    operator: str | None = None

    @classmethod
    def of(cls, identity: Identity, operator: str | None = None) -> Sender:
        """The sender that a certified identity is."""
        return cls(
            country=identity.country,
            agency=identity.agency,
            unit=identity.unit,
            device=identity.device,
            role=identity.role,
            operator=operator,
        )

    @property
    def identity(self) -> Identity:
        """The sender as an identity."""
        return Identity(self.country, self.agency, self.unit, self.device, self.role)


class Originator(Value, frozen=True):
    """On whose behalf a gateway speaks: what the foreign document said of its author.

    It is a claim of the gateway, not certified. `role` narrows what the gateway may do with this
    message; without one a gateway speaks as its agency's desk.
    """

    country: Country | None = None
    agency: str | None = None
    unit: str | None = None
    operator: str | None = None
    role: Role | None = None


class Source(Value, frozen=True):
    """The system that the message came from, and its id there."""

    system: str
    id: str | None = None
    format: str | None = None
    version: str | None = None


class Original(Value, frozen=True):
    """The foreign document, byte for byte. `data` may be absent where only its hash travels."""

    format: str
    sha256: Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
    version: str | None = None
    data: bytes | None = None
    media_type: str | None = None

    @classmethod
    def of(
        cls,
        data: bytes,
        format_name: str,
        version: str | None = None,
        media_type: str | None = None,
    ) -> Original:
        """Keep `data` with its hash."""
        digest = hashlib.sha256(data).hexdigest()
        return cls(
            format=format_name, version=version, data=data, sha256=digest, media_type=media_type
        )

    @property
    def intact(self) -> bool:
        """Whether the bytes are there and match their hash."""
        return self.data is not None and hashlib.sha256(self.data).hexdigest() == self.sha256


class Reference(Value, frozen=True):
    """A message of a foreign system, the way CAP names it: sender, id, sent."""

    id: str
    sender: str | None = None
    sent: str | None = None


class Loss(Value, frozen=True):
    """What a translator could not carry, and why."""

    field: str
    value: str
    reason: str


class Caveat(Value, frozen=True):
    """A field (JSON pointer, `*` for every item) that only some may read.

    `releasable_to` names countries, agencies or devices; empty means the originating agency only.
    """

    path: str
    releasable_to: tuple[str, ...] = ()
    tlp: Tlp | None = None


class Stub(Value, frozen=True):
    """What stands where a field is withheld: which, by whom, under which marking."""

    path: str
    by: str
    tlp: Tlp | None = None


class SealedPart(Value, frozen=True):
    """Withheld values, sealed by the engine for named readers; opaque to everybody else.

    `readers` are device ids, so that everyone sees who can read it.
    """

    readers: tuple[str, ...]
    data: bytes
    keys: tuple[bytes, ...] = ()
    """One wrapped content key a reader, in the order of `readers`."""


class Handling(Value, frozen=True):
    """Who may read and pass on. No marking means: not releasable beyond the channel."""

    tlp: Tlp | None = None
    releasable_to: tuple[str, ...] = ()
    """Countries, agencies or devices; empty means every member of the channel."""
    third_party: bool = False
    """Third-party caveat: nobody but the addressees may pass it on, in any form."""
    national_marking: str | None = None
    caveat: str | None = None
    restriction: str | None = None
    recipients: tuple[str, ...] = ()
    personal: PersonalData = PersonalData.NONE
    withheld: tuple[Caveat, ...] = ()


class Message(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """One canonical message. Times are aware and in UTC; the id is a UUIDv7 in text form."""

    id: str
    sender: Sender
    sent: Instant
    body: Kind
    observed: Instant | None = None
    effective: Instant | None = None
    onset: Instant | None = None
    expires: Instant | None = None
    incident: str | None = None
    patrol: str | None = None
    originator: Originator | None = None
    language: LanguageTag = "en"
    precedence: Precedence | None = None
    """None: the kind's default holds, see `urgency`."""
    ack_wanted: bool = False
    handling: Handling = Handling()
    in_reply_to: str | None = None
    supersedes: str | None = None
    references: tuple[Reference, ...] = ()
    location: Annotated[Location | None, Meta(extra={"life_safety": True})] = None
    """Where the event is."""
    target_area: tuple[Area, ...] = ()
    """Whom it concerns; kept apart from where the event is."""
    exercise: Exercise = Exercise.NOT_STATED
    source: Source | None = None
    original: Original | None = None
    codes: tuple[NativeCode, ...] = ()
    """Codes of the originator's own lists, as they were."""
    extensions: dict[str, JsonValue] = {}
    """Whatever has no home here, by namespace."""
    losses: tuple[Loss, ...] = ()
    absent: dict[str, Absent] = {}
    """Fields (JSON pointers) that are empty on purpose, and why."""
    moments: dict[str, Moment] = {}
    """How the original wrote its times, by field (JSON pointer)."""
    stubs: tuple[Stub, ...] = ()
    sealed: tuple[SealedPart, ...] = ()

    def __post_init__(self) -> None:
        try:
            id_bytes(self.id)
        except ValueError as error:
            raise MalformedMessage(f"/id: {self.id!r} is not a UUID in text form") from error
        if self.sent.tzinfo is None:
            raise MalformedMessage("/sent: a time without an offset; messages are in UTC")

    @property
    def entry(self) -> KindEntry:
        """The registry line of this message's kind."""
        return BY_BODY[type(self.body)]

    @property
    def kind(self) -> str:
        """The kind's name, for example `assist.request`."""
        return self.entry.name

    @property
    def act(self) -> Act:
        """The act that the clear header must say."""
        return self.entry.act

    @property
    def emergency(self) -> bool:
        """Whether this is somebody's life: an EMERGENCY alarm."""
        return isinstance(self.body, Alarm) and self.body.alarm_class == EMERGENCY

    @property
    def urgency(self) -> Precedence:
        """The precedence that holds: the stated one, an emergency's flash, or the kind's own."""
        if self.emergency:
            return Precedence.FLASH
        return self.precedence or self.entry.precedence

    @property
    def lane(self) -> Lane:
        """The lane on the wire. Routine positions have one of their own."""
        if isinstance(self.body, Position) and self.urgency is Precedence.ROUTINE:
            return Lane.POSITION
        return Lane[self.urgency.name]

    def header(self, tag: bytes) -> Header:
        """The clear header of this message with the franking tag of its packed payload.

        `expires` there is rounded up to the second and left out of emergencies, which never
        expire by themselves.
        """
        expires = 0
        if self.expires is not None and not self.emergency:
            expires = min(-(-to_microseconds(self.expires) // 1_000_000), 2**32 - 1)
        return Header(
            id=id_bytes(self.id), act=self.act, lane=self.lane, expires=max(expires, 0), tag=tag
        )


def compose(
    identity: Identity,
    body: Kind,
    *,
    clock: Clock = system_clock,
    operator: str | None = None,
    **fields: object,
) -> Message:
    """A new message of this device, sent now, with a fresh id. `fields` are those of `Message`."""
    now = clock()
    given: dict[str, object] = {
        "id": id_text(uuid7(now)),
        "sender": Sender.of(identity, operator),
        "sent": to_datetime(now),
        "body": body,
    }
    return Message(**(given | fields))  # type: ignore[arg-type]  # names and types are Message's


def check_header(header: Header, message: Message) -> None:
    """Raise `ActMismatch` where the clear header says something else than the message inside.

    Act, id, lane and expiry are compared; the franking tag is checked by whoever holds its key
    (`protocols.header.check_franking`).
    """
    expected = message.header(header.tag)
    if header.act is not expected.act:
        raise ActMismatch(
            f"the header says {header.act.name}, but {message.kind} is {expected.act.name}"
        )
    if header.id != expected.id:
        raise ActMismatch("the header's id is not the id of the message inside")
    if header.lane is not expected.lane:
        raise ActMismatch(
            f"the header asks for lane {header.lane.name}, the message for {expected.lane.name}"
        )
    if header.expires != expected.expires:
        raise ActMismatch("the header's expiry is not the expiry of the message inside")


def to_json(message: Message) -> bytes:
    """The canonical JSON: fields in their fixed order, defaults left out, times in UTC.

    The same message gives the same bytes. Raises `MalformedMessage` for what JSON cannot hold.
    """
    return tree.encode_json(tree.build(message))


def from_json(data: bytes | str, limit: int = JSON_LIMIT) -> Message:
    """Read a message. Raises `MalformedMessage`, which says where, and changes nothing.

    Refused: more than `limit` bytes, nesting below `tree.DEPTH_LIMIT`, duplicate or unknown
    names, numbers that are not finite, text that is not Unicode, wrong types.
    """
    return tree.convert(tree.decode_json(data, limit), Message, from_text=True)
