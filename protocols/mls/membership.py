"""What a member holds of its group, and everything that can be asked of it without a change."""

from collections.abc import Sequence

from protocols.mls import epoch as epochs
from protocols.mls import schedule
from protocols.mls.checked import Member
from protocols.mls.committing import PendingCommit, group_info
from protocols.mls.epoch import Epoch, PastEpoch
from protocols.mls.errors import (
    EpochTooOld,
    MissingPsk,
    RemovedFromGroup,
    UnknownSender,
    WrongEpoch,
)
from protocols.mls.handshake import (
    PreSharedKey,
    PreSharedKeyID,
)
from protocols.mls.psks import find_psk, psk_proposal
from protocols.mls.public_group import PublicGroup
from protocols.mls.signer import Signer
from protocols.mls.suites import KeyPair
from protocols.mls.wire import (
    encode_message,
)

SEALED_LABEL = b"Crossband sealed part"


class Membership:
    """A member's state; `Group` adds the transitions."""

    __slots__ = ("_epoch", "_own_updates", "_past", "_pending", "_psks", "_removed", "signer")

    def __init__(self, epoch: Epoch, signer: Signer) -> None:
        """Use `create`, `join`, `external_join` or `state.load` instead."""
        self.signer = signer
        self._epoch = epoch
        self._past: dict[int, PastEpoch] = {}
        self._psks: dict[bytes, bytes] = {}
        self._own_updates: dict[bytes, KeyPair] = {}
        self._pending: PendingCommit | None = None
        self._removed = False

    @property
    def public(self) -> PublicGroup:
        """The public half of the current epoch."""
        return self._epoch.public

    @property
    def group_id(self) -> bytes:
        """The group's identifier."""
        return self.public.group_id

    @property
    def epoch(self) -> int:
        """The current epoch's number."""
        return self.public.epoch

    @property
    def suite(self) -> int:
        """The cipher suite's number."""
        return self.public.suite

    @property
    def own_leaf(self) -> int:
        """This member's leaf index."""
        return self._epoch.own_leaf

    @property
    def active(self) -> bool:
        """False once this member was removed."""
        return not self._removed

    @property
    def pending(self) -> PendingCommit | None:
        """The commit that was built and neither merged nor discarded."""
        return self._pending

    @property
    def proposals(self) -> tuple[bytes, ...]:
        """References of the proposals that are cached in this epoch."""
        return tuple(self.public.proposals)

    @property
    def tree(self) -> bytes:
        """The `ratchet_tree` of the current epoch."""
        return self.public.tree

    @property
    def epoch_authenticator(self) -> bytes:
        """Equal at all members of the same epoch (section 8.7)."""
        return self._live().secrets.epoch_authenticator

    def members(self) -> tuple[Member, ...]:
        """Every member, from left to right."""
        return self.public.members()

    def exporter(self, label: bytes | str, context: bytes, length: int) -> bytes:
        """A secret for use outside MLS, bound to this epoch (section 8.5)."""
        name = label.encode() if isinstance(label, str) else label
        epoch = self._live()
        secret = epoch.secrets.exporter_secret
        return schedule.export(epoch.public.state.suite, secret, name, context, length)

    def group_info(self, *, with_tree: bool = True) -> bytes:
        """A signed GroupInfo of this epoch with external_pub: an MLSMessage."""
        epoch = self._live()
        return encode_message(
            group_info(
                epoch.public,
                epoch.own_leaf,
                epoch.secrets.external_secret,
                self.signer,
                with_tree=with_tree,
            )
        )

    def _live(self) -> Epoch:
        if self._removed:
            raise RemovedFromGroup
        return self._epoch

    # --- pre-shared keys ---

    def register_psk(self, psk_id: bytes, secret: bytes) -> None:
        """Hold an external pre-shared key; `forget_psk` drops it."""
        self._psks[psk_id] = secret

    def forget_psk(self, psk_id: bytes) -> None:
        """Drop an external pre-shared key."""
        self._psks.pop(psk_id, None)

    def _psk(self, identifier: PreSharedKeyID) -> bytes:
        """The secret of a pre-shared key; raises MissingPsk."""
        return find_psk(identifier, self._psks, self._epoch, self._past)

    def _holds(self, identifier: PreSharedKeyID) -> bool:
        try:
            self._psk(identifier)
        except MissingPsk:
            return False
        return True

    def _psk_proposal(self, name: bytes | int) -> PreSharedKey:
        return psk_proposal(name, self.group_id, self.public.state.suite)

    # --- epochs ---

    def _enter(self, upcoming: Epoch) -> None:
        """Begin an epoch: keep a bounded past, forget what the old epoch alone was for."""
        past = epochs.close(self._epoch)
        self._past[past.epoch] = past
        oldest = upcoming.public.epoch - self.public.policy.past_epochs
        self._past = {number: kept for number, kept in self._past.items() if number >= oldest}
        self._epoch = upcoming
        self._own_updates = {}
        self._pending = None

    def _view(self, epoch: int) -> Epoch | PastEpoch:
        if epoch == self.epoch:
            return self._epoch
        if epoch > self.epoch:
            raise WrongEpoch(f"Epoch {epoch} has not begun here; this is epoch {self.epoch}.")
        past = self._past.get(epoch)
        if past is None:
            raise EpochTooOld
        return past

    # --- parts sealed to some members ---

    def seal(
        self, leaves: Sequence[int], plaintext: bytes, context: bytes
    ) -> list[tuple[int, bytes, bytes]]:
        """Encrypt to the leaf keys of some members: (leaf, kem_output, ciphertext) of each.

        Raises UnknownSender for a leaf without a member.
        """
        state = self._live().public.state
        sealed = []
        for index in leaves:
            leaf = state.tree.leaf(index)
            if leaf is None:
                raise UnknownSender(f"There is no member at leaf {index}.")
            parts = state.suite.encrypt_with_label(
                leaf.encryption_key, SEALED_LABEL, context, plaintext
            )
            sealed.append((index, *parts))
        return sealed

    def open_sealed(
        self, epoch: int, kem_output: bytes, ciphertext: bytes, context: bytes
    ) -> bytes:
        """Open what was sealed to this member's leaf in a recent epoch; raises BadCiphertext."""
        self._live()
        view = self._view(epoch)
        return self.public.state.suite.decrypt_with_label(
            view.leaf_key, SEALED_LABEL, context, kem_output, ciphertext
        )
