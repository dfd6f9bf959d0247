"""Who could read what: membership followed through the log's own handshakes.

Each channel begins with the GroupInfo of its creation; every proposal and commit after it is
checked as a relay checks it (signatures, tree, transcript), so the roster of each epoch is proven
by the log and not told by the hub. Names come from the members' certificates; with the agencies'
roots the certificates are checked too, without them the names are only what the leaves claim.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from cryptography import x509
from cryptography.x509.oid import NameOID

from hub.audit.logfile import Row
from protocols.errors import CrossbandError, MLSError, RecordWrong
from protocols.identity import ChainValidator, Roots
from protocols.mls.public_group import (
    BasicValidator,
    CheckedProposal,
    Credential,
    CredentialValidator,
    PublicGroup,
    chain_of,
)
from protocols.tlog.entry import Kind

_MICROSECONDS = 1_000_000


class ClaimedNames:
    """Takes each leaf's name as its certificate states it, without asking who issued it."""

    def __init__(self) -> None:
        self._basic = BasicValidator()

    def validate(self, credential: Credential, signature_key: bytes) -> str:
        """The common name of the device's certificate, or a basic credential's identity."""
        try:
            chain = chain_of(credential)
        except MLSError:
            return self._basic.validate(credential, signature_key)
        try:
            subject = x509.load_der_x509_certificate(chain[0]).subject
            return str(subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)
        except (ValueError, IndexError, x509.InvalidVersion) as error:
            raise RecordWrong(f"A member's certificate cannot be read: {error}.") from error


@dataclass(slots=True)
class _Followed:
    group: PublicGroup | None
    epoch: int
    members: frozenset[str]
    rosters: dict[int, tuple[str, ...]] = field(default_factory=dict)
    fault: str = ""


class Membership:
    """Follows every channel of a log; feed it the handshakes in the log's order."""

    def __init__(self, roots: Sequence[bytes] = ()) -> None:
        """`roots` are the agencies' root certificates (DER); without any, names are claims."""
        self._now = 0
        self._validator: CredentialValidator = (
            ChainValidator(Roots(roots), lambda: self._now) if roots else ClaimedNames()
        )
        self._channels: dict[str, _Followed] = {}

    def feed(self, channel: str, seq: int, kind: int, at: int, epoch: int, body: bytes) -> None:
        """One channel, proposal or commit entry; `at` is UTC microseconds.

        A handshake that does not hold leaves the roster of its epoch and all later ones unknown;
        `fault` says why.
        """
        self._now = at
        followed = self._channels.get(channel)
        try:
            if kind == Kind.CHANNEL:
                _check_opening(channel, followed)
                group = PublicGroup.from_group_info(body, validator=self._validator)
                if group.group_id != channel.encode():
                    raise RecordWrong("The group it was opened with is that of another channel.")
                followed = self._channels[channel] = _Followed(group, group.epoch, frozenset())
                _note(followed, group)
            elif followed is not None and followed.group is not None:
                self._handshake(followed, at, body)
        except CrossbandError as error:
            if followed is None:
                followed = self._channels[channel] = _Followed(None, epoch, frozenset())
            followed.group = None
            followed.members = frozenset()
            followed.fault = f"{channel} #{seq}: {error.detail}"

    def _handshake(self, followed: _Followed, at: int, body: bytes) -> None:
        assert followed.group is not None
        checked = followed.group.check(body, now=at // _MICROSECONDS)
        if isinstance(checked, CheckedProposal):
            followed.group = followed.group.apply(checked)
        else:
            followed.group = checked.after
            _note(followed, checked.after)

    def readers(self, channel: str, epoch: int) -> tuple[str, ...] | None:
        """Every member of this epoch, by leaf; None where it could not be followed."""
        followed = self._channels.get(channel)
        return followed.rosters.get(epoch) if followed else None

    def is_member(self, channel: str, device: str) -> bool:
        """Whether the device is a member at this point of the log."""
        followed = self._channels.get(channel)
        return followed is not None and device in followed.members

    def could_read(self, row: Row, device: str) -> bool:
        """Whether this entry was delivered to the device and it held the epoch's keys.

        Ask before the entry itself is fed: who joins by a commit begins after it, and who leaves
        by one still gets it.
        """
        channel, seq, kind, epoch = row[1], row[2], row[3], row[9]
        if not seq or not self.is_member(channel, device):
            return False
        if kind != Kind.APPLICATION:
            return True
        return device in (self.readers(channel, epoch) or ())

    @property
    def faults(self) -> list[str]:
        """Why a channel could not be followed to its end, one sentence each."""
        return [followed.fault for followed in self._channels.values() if followed.fault]


def _check_opening(channel: str, followed: _Followed | None) -> None:
    """A second opening would put another roster in the place of the one that was followed."""
    if followed is not None:
        raise RecordWrong(f"The channel {channel} is opened a second time.")


def _note(followed: _Followed, group: PublicGroup) -> None:
    names = tuple(member.identity for member in group.members())
    followed.epoch = group.epoch
    followed.members = frozenset(names)
    followed.rosters[group.epoch] = names
