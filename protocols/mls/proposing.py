"""Sending proposals: signed, checked as their receivers will, cached, framed (RFC 9420 12.1)."""

from collections.abc import Iterable
from dataclasses import dataclass

from protocols.mls.checked import CheckedProposal
from protocols.mls.errors import (
    UnknownReference,
)
from protocols.mls.handshake import (
    Add,
    GroupContextExtensions,
    Proposal,
    Remove,
    Update,
)
from protocols.mls.keypackages import successor_leaf
from protocols.mls.leaf import Credential, Extension, KeyPackage, UpdateSource
from protocols.mls.member_framing import frame, sign_content
from protocols.mls.membership import Membership
from protocols.mls.public_group import PublicGroup
from protocols.mls.suites import KeyPair
from protocols.mls.wire import (
    PRIVATE_MESSAGE,
    PUBLIC_MESSAGE,
    Sender,
    expect,
)


@dataclass(frozen=True, slots=True)
class ReceivedProposal:
    """A proposal that was verified and cached; a commit may now refer to it."""

    reference: bytes
    proposal: Proposal
    sender: Sender
    epoch: int


class Proposing(Membership):
    """The part of a group that proposes."""

    __slots__ = ()

    def propose_add(self, key_package: bytes, *, now: int, public: bool = True) -> bytes:
        """Propose to add the client of a key package (an MLSMessage); returns an MLSMessage."""
        return self._propose(Add(expect(key_package, KeyPackage)), now, public)

    def propose_remove(self, leaf: int, *, now: int, public: bool = True) -> bytes:
        """Propose to remove the member at a leaf."""
        return self._propose(Remove(leaf), now, public)

    def propose_psk(self, name: bytes | int, *, now: int, public: bool = True) -> bytes:
        """Propose to inject an external key (id) or a resumption key (epoch)."""
        return self._propose(self._psk_proposal(name), now, public)

    def propose_extensions(
        self, extensions: Iterable[Extension], *, now: int, public: bool = True
    ) -> bytes:
        """Propose to replace the group context's extensions."""
        return self._propose(GroupContextExtensions(tuple(extensions)), now, public)

    def propose_update(
        self, *, now: int, credential: Credential | None = None, public: bool = True
    ) -> bytes:
        """Propose a fresh leaf of this member; another member's commit takes it."""
        epoch = self._live()
        pair = epoch.public.state.suite.generate_key_pair()
        old = epoch.public.state.tree.leaf(epoch.own_leaf)
        assert old is not None
        leaf = successor_leaf(
            old,
            self.signer,
            pair.public,
            UpdateSource(),
            self.group_id,
            epoch.own_leaf,
            credential,
        )
        return self._propose(Update(leaf), now, public, pair)

    def _propose(
        self, proposal: Proposal, now: int, public: bool, pair: KeyPair | None = None
    ) -> bytes:
        """Sign a proposal, check it as its receivers will, cache it, and frame it."""
        epoch = self._live()
        wire_format = PUBLIC_MESSAGE if public else PRIVATE_MESSAGE
        message = sign_content(epoch, self.signer, wire_format, proposal)
        checked = epoch.public.check_content(message, now)
        assert isinstance(checked, CheckedProposal)
        framed = frame(epoch, message)
        epoch.public = epoch.public.apply(checked)
        if pair is not None:
            self._own_updates[checked.reference] = pair
        return framed

    def discard_proposal(self, reference: bytes) -> None:
        """Take a proposal out of the cache, because it was refused on its way."""
        known = dict(self.public.proposals)
        if known.pop(reference, None) is None:
            raise UnknownReference
        self._epoch.public = PublicGroup(
            self.public.state, self.public.validator, self.public.policy, known
        )
        self._own_updates.pop(reference, None)
