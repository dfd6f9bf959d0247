"""Who can read, against what the hub says: the tree decides, and a contradiction is shown.

The roster of a channel is proven by MLS. Its policy is only what the hub says. So a channel is
sealed when its policy says so *and* nobody in its tree is a gateway. A member that the policy does
not admit means that the hub or a member does not keep the rules; nothing is taken away in silence:

- a gateway in a channel that is said to be sealed: what is to be sent waits (an emergency goes),
  and the device says why;
- any other member that the policy does not admit: the device says so.
"""

from __future__ import annotations

from collections.abc import Iterable

from protocols.frames import Policy
from protocols.identity import Identity, Role


def uninvited(policy: Policy, roster: Iterable[Identity]) -> tuple[Identity, ...]:
    """The members that the policy does not admit, in roster order.

    A policy without owners is none that the hub has told yet: it contradicts nobody.
    """
    if not policy.owners:
        return ()
    return tuple(one for one in roster if not _admitted(policy, one))


def unsealing(policy: Policy, roster: Iterable[Identity]) -> tuple[Identity, ...]:
    """The gateways in a channel that is said to be sealed."""
    if policy.gatewayed:
        return ()
    return tuple(one for one in uninvited(policy, roster) if one.role is Role.GATEWAY)


def _admitted(policy: Policy, member: Identity) -> bool:
    if member.role is Role.GATEWAY and not policy.gatewayed:
        return False
    if member.agency in policy.owners or member.agency in policy.agencies:
        return True
    return member.agency in policy.observers and member.role is Role.OBSERVER
