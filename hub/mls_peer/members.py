"""A member as the peer keeps it: keys, key packages, pre-shared keys, a group; and its state."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from hub.mls_peer.credentials import AnyCredential, credential_of
from hub.mls_peer.requests import PeerExtension
from protocols.errors import MalformedRequest, NotReady
from protocols.mls import state
from protocols.mls.group import Group, KeyPackageBundle
from protocols.mls.policy import Policy
from protocols.mls.signer import SoftwareSigner
from protocols.mls.wire import Extension, ExternalSender, KeyPackage, external_senders

POLICY: Final = Policy(
    allow_external_join=True, external_proposals=frozenset({1, 3}), max_lifetime=None
)
"""As open as RFC 9420 is: what the product refuses beyond it is not the peer's business."""
VALIDATOR: Final = AnyCredential()

Reply = dict[str, object]
"""The fields of a reply, but for `id` and `ok`."""


@dataclass
class Member:
    """One member: its keys, unused key packages (the last one last), pre-shared keys, group."""

    signers: dict[bytes, SoftwareSigner] = field(default_factory=dict)
    signer_of: dict[tuple[str, str], SoftwareSigner] = field(default_factory=dict)
    packages: dict[bytes, KeyPackageBundle] = field(default_factory=dict)
    last: KeyPackageBundle | None = None
    psks: dict[bytes, bytes] = field(default_factory=dict)
    proposals: set[bytes] = field(default_factory=set)
    """Proposal messages that the group took or made already."""
    group: Group | None = None

    @property
    def in_group(self) -> Group:
        """The member's group; raises NotReady."""
        if self.group is None:
            raise NotReady("The member is in no group.")
        return self.group

    @property
    def last_package(self) -> tuple[KeyPackage, SoftwareSigner]:
        """The last key package and the key that signed it; raises NotReady."""
        if self.last is None:
            raise NotReady("The member has no key package.")
        package = self.last.package
        return package, self.signers[package.leaf_node.signature_key]


def now_seconds() -> int:
    """The time of day, in unix seconds."""
    return int(time.time())


def copy_of(group: Group) -> Group:
    """A group of its own in the same state, so that several steps succeed or fail as one."""
    return state.load(state.dump(group), group.signer, VALIDATOR, POLICY)


def with_psks(member: Member) -> Reply:
    """Tell a new group the keys that the member holds; the reply with its state."""
    for name, secret in member.psks.items():
        member.in_group.register_psk(name, secret)
    return {"state": state_of(member.in_group)}


def extensions_of(listed: Iterable[PeerExtension]) -> tuple[Extension, ...]:
    """Extensions as they stand in a group context; raises MalformedRequest."""
    found = []
    for one in listed:
        if one.external_senders is not None:
            senders = [
                ExternalSender(sender.signature_public_key, credential_of(sender.identity, None))
                for sender in one.external_senders
            ]
            found.append(external_senders(tuple(senders)))
        elif one.type is not None and one.data is not None:
            found.append(Extension(one.type, one.data))
        else:
            raise MalformedRequest("An extension takes `type` and `data`, or `externalSenders`.")
    return tuple(found)


def state_of(group: Group) -> Reply:
    """The state as others see it; a removed member has no epoch authenticator any more."""
    public = group.public
    return {
        "groupId": group.group_id,
        "epoch": group.epoch,
        "epochAuthenticator": group.epoch_authenticator if group.active else b"",
        "treeHash": public.tree_hash,
        "confirmedTranscriptHash": public.confirmed_transcript_hash,
        "members": [
            {"leaf": member.leaf, "identity": member.identity} for member in group.members()
        ],
        "active": group.active,
    }
