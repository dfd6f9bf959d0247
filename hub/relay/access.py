"""Who may do what in a channel: tables and small rules over identities, no state of their own.

    role         may send (acts)      add and remove others   join a sealed channel
    command      all                  yes                     yes
    participant  all                  as the creator only     yes
    gateway      all                  no                      no: gatewayed ones only
    observer     note, alarm, receipt no                      yes
    auditor      nothing              no                      yes
    archive      nothing              no                      yes

A device may always remove itself. Agencies that a policy lists as observers join with the role
observer only. Every function returns nothing when it allows, and raises when it does not.
"""

from __future__ import annotations

from collections.abc import Iterable
from unicodedata import name, normalize

import msgspec

from protocols.errors import PolicyRefused, RoleRefused
from protocols.frames import Policy
from protocols.header import Act
from protocols.identity import Identity, Role

ALL_ACTS = frozenset(Act)
MAY_SEND: dict[Role, frozenset[Act]] = {
    Role.COMMAND: ALL_ACTS,
    Role.PARTICIPANT: ALL_ACTS,
    Role.GATEWAY: ALL_ACTS,
    Role.OBSERVER: frozenset({Act.NOTE, Act.ALARM, Act.RECEIPT}),
    Role.AUDITOR: frozenset(),
    Role.ARCHIVE: frozenset(),
}
MAY_ACKNOWLEDGE = frozenset({Role.COMMAND, Role.PARTICIPANT, Role.GATEWAY})
"""Roles whose acknowledgement of an entry counts."""
MAY_CREATE = frozenset({Role.COMMAND, Role.PARTICIPANT})
SUITES = frozenset({2, 0xF002})
"""Suites that sign with ECDSA P-256, which is what the hub signs its Remove proposals with."""
NAME_BYTES = 64
TITLE_BYTES = 200
SCRIPTLESS = frozenset({"MASCULINE", "FEMININE", "MODIFIER"})
"""First words of the Unicode names of letters that go with any script: 3\u00ba, 2\u00aa."""
LIST_LIMIT = 64


class Asking(msgspec.Struct, frozen=True):
    """A policy in force, and one that is asked for but not yet agreed to by every owner."""

    policy: Policy
    asked: Policy | None = None
    agreed: tuple[str, ...] = ()


def check_send(identity: Identity, act: Act) -> None:
    """May this device send a message that does this? Raises `RoleRefused`."""
    if act not in MAY_SEND[identity.role]:
        raise RoleRefused(f"the role {identity.role} may not send {act.name.lower()} messages")


def check_name(channel: str) -> None:
    """Can a channel have this name? Raises `PolicyRefused`."""
    if not 0 < len(channel.encode()) <= NAME_BYTES or not channel.isprintable():
        raise PolicyRefused(f"a channel's name has 1 to {NAME_BYTES} printable bytes")
    if channel.split(" ") != channel.split() or normalize("NFC", channel) != channel:
        raise PolicyRefused("a channel's name has single spaces inside, and is in Unicode form NFC")
    scripts = {name(one, "").split(" ")[0] for one in channel if one.isalpha()}
    if len(scripts - SCRIPTLESS) > 1:
        raise PolicyRefused("a channel's name must not mix letters of several scripts")


def check_create(identity: Identity, policy: Policy, agencies: Iterable[str]) -> None:
    """May this device open a channel with this policy? `agencies` are those with a pinned root.

    Raises `RoleRefused` or `PolicyRefused`.
    """
    if identity.role not in MAY_CREATE:
        raise RoleRefused(f"the role {identity.role} may not open channels")
    check_policy(policy, agencies)
    if identity.agency not in policy.owners:
        raise PolicyRefused(f"{identity.agency} must be among the owners of a channel it opens")


def check_policy(policy: Policy, agencies: Iterable[str]) -> None:
    """Is this policy one that can be? Raises `PolicyRefused`."""
    known = set(agencies)
    named = (*policy.owners, *policy.agencies, *policy.observers)
    if not policy.owners:
        raise PolicyRefused("a channel needs at least one owner")
    if len(named) > LIST_LIMIT or len(policy.title.encode()) > TITLE_BYTES:
        raise PolicyRefused(f"a policy names at most {LIST_LIMIT} agencies, its title is short")
    if not policy.title.isprintable():
        raise PolicyRefused("a channel's title has a character that cannot be shown")
    for agency in named:
        if agency not in known:
            raise PolicyRefused(f"no root is pinned here for the agency {agency!r}")
    if policy.suite not in SUITES:
        raise PolicyRefused(f"suite {policy.suite} is none that this hub can sign removals for")


def check_admission(policy: Policy, identity: Identity) -> None:
    """May this device be a member under this policy? Raises `PolicyRefused`."""
    device, role = identity.device, identity.role
    if identity.agency in policy.owners or identity.agency in policy.agencies:
        if role is Role.GATEWAY and not policy.gatewayed:
            raise PolicyRefused(f"the channel is sealed and {device} is a gateway")
        return
    if identity.agency not in policy.observers:
        raise PolicyRefused(f"the agency of {device} is not listed in the channel's policy")
    if role is not Role.OBSERVER:
        raise PolicyRefused(f"{identity.agency} may only send observers, and {device} is none")


def check_membership_change(identity: Identity, creator: str) -> None:
    """May this device add or remove others? Raises `RoleRefused`."""
    if identity.role is not Role.COMMAND and identity.device != creator:
        raise RoleRefused("only command devices and the creator add and remove others")


def open_with(policy: Policy, agency: str) -> Asking:
    """The policy that a new channel starts with.

    Where several agencies own it, it opens sealed, and the wish for gateways waits for the others.
    """
    if policy.gatewayed and set(policy.owners) != {agency}:
        sealed = msgspec.structs.replace(policy, gatewayed=False)
        return Asking(sealed, policy, (agency,))
    return Asking(policy)


def ask(standing: Asking, wish: Policy, identity: Identity, members: Iterable[Identity]) -> Asking:
    """What stands after this device has asked for, or agreed to, a policy.

    What widens who can read (gateways, agencies, observers) or who decides (owners) needs every
    owner; the rest one of them. Raises `RoleRefused` or `PolicyRefused`.
    """
    policy = standing.policy
    if identity.role is not Role.COMMAND or identity.agency not in policy.owners:
        raise RoleRefused("a policy is decided by command devices of the owning agencies")
    if wish.exercise != policy.exercise or wish.suite != policy.suite:
        raise PolicyRefused("exercise flag and suite are fixed when a channel is opened")
    for member in members:
        check_admission(wish, member)
    if not _widens(policy, wish):
        return Asking(wish)
    before = standing.agreed if standing.asked == wish else ()
    agreed = tuple(sorted({*before, identity.agency}))
    if set(agreed) >= set(policy.owners):
        return Asking(wish)
    return Asking(policy, wish, agreed)


def _widens(policy: Policy, wish: Policy) -> bool:
    return (
        (wish.gatewayed and not policy.gatewayed)
        or set(wish.owners) != set(policy.owners)
        or not {*policy.owners, *policy.agencies} >= {*wish.owners, *wish.agencies}
        or not {*policy.owners, *policy.agencies, *policy.observers} >= set(wish.observers)
    )
