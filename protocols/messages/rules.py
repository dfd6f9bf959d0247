"""Who may read and who may say what: the rules of handling and of roles, as pure functions.

Reading. The originating agency reads all of its own messages. For everybody else, a field is
withheld when one of these says so, and no life-safety rule lets it pass:

    1. a caveat on the field (`handling.withheld`) whose list does not name the reader
    2. the message's own `releasable_to` and `recipients`, when they name others only
    3. personal data, except the value of a disclosure for its recipients
    4. operational fields (waypoints, radio channels), for observers and auditors

and whenever any field is withheld, so are the original, its source, the extensions and the losses,
because they may hold the same value. Life-safety fields (location, hazards, head counts, medical)
of an emergency or a medical message always pass.

Speaking. The registry says which kinds an observer may send; auditors and archives send receipts
only; a gateway speaks as its agency's desk unless its message names a narrower role.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import msgspec

from protocols.errors import RoleRefused
from protocols.header import Act
from protocols.identity import Identity, Role
from protocols.messages import tree
from protocols.messages.envelope import Handling, Message
from protocols.messages.kinds import (
    Alarm,
    AlarmCancel,
    Body,
    Disclosure,
    IncidentClose,
    LeadChange,
    LeadState,
    Medical,
)
from protocols.messages.values import Tlp

CARRIERS = ("/original", "/extensions", "/losses", "/source")
"""Parts that may repeat a withheld value in another form."""
_WHOLE = ("/location", "/target_area", "/codes", "/references", "/originator", *CARRIERS)
"""What goes, beside the body's fields, where the whole message is withheld."""


def named(reader: Identity, names: tuple[str, ...]) -> bool:
    """Whether a list of countries, agencies and devices names this reader."""
    return reader.country in names or reader.agency in names or reader.device in names


def owns(message: Message, reader: Identity) -> bool:
    """Whether the message is the reader's own agency's."""
    return reader.agency == message.sender.agency


class Claim(msgspec.Struct, frozen=True):
    """A rule's word on one path: which marking it bears, and for whom it is open."""

    path: str
    tlp: Tlp | None
    open_to: tuple[str, ...] = ()
    """Countries, agencies or devices that may read it."""
    closed_to: tuple[Role, ...] = tuple(Role)
    """The roles that the rule is about."""

    def hides_from(self, reader: Identity) -> bool:
        """Whether this claim withholds its path from `reader`."""
        return reader.role in self.closed_to and not named(reader, self.open_to)


def claims(message: Message, plain: tree.Tree) -> tuple[Claim, ...]:
    """Every claim on a path that exists in `plain` , the message tree; life safety passes."""
    vital = [place for pattern in _vital_paths(message) for place in tree.expand(plain, pattern)]
    return tuple(
        msgspec.structs.replace(claim, path=place)
        for claim in _claims(message)
        for place in tree.expand(plain, claim.path)
        if not any(within(place, other) for other in vital)
    )


def hidden_from(message: Message, standing: tuple[Claim, ...], reader: Identity) -> set[str]:
    """The paths that `reader` may not see, by the claims standing on the message.

    A path inside another withheld one is left to that one.
    """
    if owns(message, reader):
        return set()
    found = {claim.path for claim in standing if claim.hides_from(reader)}
    if found:
        found.update(CARRIERS)
    return {path for path in found if not any(path != o and within(path, o) for o in found)}


def within(path: str, other: str) -> bool:
    """Whether `path` is `other` or lies inside it."""
    return path == other or path.startswith(other + "/")


def _claims(message: Message) -> Iterator[Claim]:
    handling, body = message.handling, type(message.body)
    for caveat in handling.withheld:
        yield Claim(caveat.path, caveat.tlp or handling.tlp, caveat.releasable_to)
    audience = handling.releasable_to + handling.recipients
    if audience:
        for path in (*marked(body, ""), *_WHOLE):
            yield Claim(path, handling.tlp, audience)
    recipients = message.body.recipients if isinstance(message.body, Disclosure) else ()
    for path in marked(body, "personal"):
        yield Claim(path, handling.tlp or Tlp.RED, recipients)
    for path in marked(body, "operational"):
        yield Claim(path, handling.tlp, (), (Role.OBSERVER, Role.AUDITOR))


def _vital_paths(message: Message) -> tuple[str, ...]:
    """The life-safety fields of this message, if it is about somebody's life."""
    if not (message.emergency or isinstance(message.body, Medical)):
        return ()
    return ("/location", *marked(type(message.body), "life_safety"))


# --- marks beside the fields --------------------------------------------------------------------


@cache
def marked(body: type[Body], mark: str) -> tuple[str, ...]:
    """The paths of a kind's fields whose metadata carries `mark`; with "" its optional fields.

    Items of lists stand as `*`.
    """
    info = msgspec.inspect.type_info(body)
    assert isinstance(info, msgspec.inspect.StructType)
    if not mark:
        return tuple(f"/body/{field.name}" for field in info.fields if not field.required)
    return tuple(path for path, marks in _walk(info, "/body") if marks.get(mark))


def _walk(info: Any, path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every (path, metadata) below a type; a path is met once for each of its annotations."""
    if isinstance(info, msgspec.inspect.Metadata):
        if info.extra:
            yield path, info.extra
        yield from _walk(info.type, path)
    elif isinstance(info, msgspec.inspect.UnionType):
        for option in info.types:
            yield from _walk(option, path)
    elif isinstance(info, msgspec.inspect.StructType):
        for field in info.fields:
            yield from _walk(field.type, f"{path}/{field.name}")
    elif isinstance(info, msgspec.inspect.VarTupleType):
        yield from _walk(info.item_type, f"{path}/*")


# --- who may say what ---------------------------------------------------------------------------

_READ_ONLY = (Role.AUDITOR, Role.ARCHIVE)


def speaking_role(identity: Identity, message: Message) -> Role:
    """The role that a message is said in: the device's, or for a gateway its author's."""
    if identity.role is not Role.GATEWAY:
        return identity.role
    if message.originator is None or message.originator.role is None:
        return Role.COMMAND
    return message.originator.role


def check_sender(identity: Identity, message: Message) -> None:
    """Raise `RoleRefused` where this identity may not send this message.

    Senders ask before they send; receivers ask again and keep a refused message with the reason.
    """
    role = speaking_role(identity, message)
    kind = message.kind
    if role in _READ_ONLY and message.act is not Act.RECEIPT:
        raise RoleRefused(f"the role {role} reads only; it may not send {kind}", role=role)
    if role is Role.OBSERVER and not message.entry.observers:
        raise RoleRefused(f"an observer may not send {kind}", role=role)
    if role is Role.OBSERVER and isinstance(message.body, Alarm | AlarmCancel):
        _check_own_safety(identity, message.body)
    if isinstance(message.body, IncidentClose) and role is not Role.COMMAND:
        raise RoleRefused("closing a side's incident needs the role command", role=role)
    if isinstance(message.body, LeadChange) and message.body.state is LeadState.HOST_B:
        _check_lead(identity, role, message.body)


def _check_own_safety(identity: Identity, body: Alarm | AlarmCancel) -> None:
    if isinstance(body, Alarm) and body.unit not in (None, identity.unit, identity.name):
        raise RoleRefused("an observer may raise an alarm for its own safety only", role="observer")


def _check_lead(identity: Identity, role: Role, body: LeadChange) -> None:
    """Shiprider: the lead passes only by the word of the designated officer of the side entered."""
    if identity.country != body.host_b:
        raise RoleRefused(
            f"only a designated officer of {body.host_b} can confirm its lead", role=role
        )
    if not body.designated_officer:
        raise RoleRefused("the confirmation must name the designated officer", role=role)


def may_pass_on(handling: Handling, reader: Identity, to: str) -> bool:
    """Whether `reader` may hand a message on to the country or agency `to` outside the channel.

    The originator controls: no list means no, the third-party caveat means no, an observer never.
    """
    if handling.third_party or reader.role in (Role.OBSERVER, Role.AUDITOR):
        return False
    return to in handling.releasable_to
