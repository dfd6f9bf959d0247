"""A device in memory, with real MLS groups: it makes the frames that a client would send.

No socket and no file: what it needs to know of the hub is handed in (`sender`), and answers are
merged by calling `merged` or `process`. `Caller` puts a connection below it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cryptography.hazmat.primitives import serialization

from hub.agency.authority import Authority
from hub.agency.certificates import issue_device
from protocols import frames
from protocols.clock import system_clock
from protocols.frames import EntryKind, HubSender, Lane, Policy
from protocols.header import Act, Header
from protocols.identity import ChainValidator, DeviceKey, Identity, Role, Roots
from protocols.ids import uuid7
from protocols.mls.credentials import x509_credential
from protocols.mls.errors import MLSError
from protocols.mls.group import Group
from protocols.mls.keypackages import KeyPackageBundle, new_key_package
from protocols.mls.leaf import CREDENTIAL, ExternalSender, external_senders

SUITE = 2


def issue(
    authority: Authority,
    name: str,
    role: Role = Role.PARTICIPANT,
    unit: str = "Test unit",
    now: int | None = None,
) -> tuple[Identity, DeviceKey, tuple[bytes, ...]]:
    """A device's identity, key and chain, straight from its agency; `now` in UTC microseconds."""
    device = f"{name}@{authority.agency}"
    identity = Identity(authority.country, authority.agency, unit, device, role)
    key = DeviceKey.generate()
    spki = key.private.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    leaf = issue_device(
        authority, identity, spki, (system_clock() if now is None else now) // 1_000_000
    )
    return identity, key, (leaf, authority.issuing)


class Member:
    """One device and its groups."""

    def __init__(
        self, identity: Identity, key: DeviceKey, chain: Sequence[bytes], roots: Roots
    ) -> None:
        self.identity = identity
        self.key = key
        self.chain = tuple(chain)
        self.roots = roots
        self.validator = ChainValidator(roots, system_clock)
        self.credential = x509_credential(self.chain)
        self.groups: dict[str, Group] = {}
        self.bundles: list[KeyPackageBundle] = []

    @property
    def name(self) -> str:
        """The device id."""
        return self.identity.device

    def now(self) -> int:
        """Unix seconds."""
        return system_clock() // 1_000_000

    # --- frames ---------------------------------------------------------------------------------

    def new_group(self, channel: str, sender: HubSender | None) -> Group:
        """A group of this device alone, with the hub as external sender."""
        extensions = ()
        if sender is not None:
            credential = CREDENTIAL.decode(sender.credential)
            extensions = (external_senders((ExternalSender(sender.signature_key, credential),)),)
        return Group.create(
            channel.encode(),
            SUITE,
            self.key,
            self.credential,
            validator=self.validator,
            now=self.now(),
            extensions=extensions,
        )

    def creation(
        self, ref: int, channel: str, policy: Policy, sender: HubSender | None
    ) -> frames.Create:
        """Open a channel."""
        group = self.groups[channel] = self.new_group(channel, sender)
        return frames.Create(ref, channel, policy, group.group_info())

    def package(self, *, last_resort: bool = False, lifetime: int = 3600) -> bytes:
        """A new key package, kept for its Welcome."""
        bundle = new_key_package(
            SUITE,
            self.key,
            self.credential,
            not_before=self.now() - 60,
            not_after=self.now() + lifetime,
            last_resort=last_resort,
        )
        self.bundles.append(bundle)
        return bundle.key_package

    def handshake(self, ref: int, channel: str, **request: Any) -> frames.Handshake:
        """A commit, kept pending: `add` key packages, `remove` leaves…"""
        pending = self.groups[channel].commit(now=self.now(), **request)
        return frames.Handshake(ref, pending.commit, pending.group_info, pending.welcome)

    def leaf(self, channel: str, device: str) -> int:
        """The leaf of a member."""
        members = self.groups[channel].members()
        return next(one.leaf for one in members if one.identity == device)

    def accept_welcome(self, welcome: frames.Welcome) -> frames.Joined:
        """Join by whichever key package the Welcome is for."""
        problem: MLSError | None = None
        for bundle in self.bundles:
            try:
                self.groups[welcome.channel] = Group.join(
                    welcome.body, bundle, self.key, validator=self.validator, now=self.now()
                )
            except MLSError as error:
                problem = error
            else:
                return frames.Joined(welcome.channel, welcome.seq)
        assert problem is not None
        raise problem

    def process(self, channel: str, entry: frames.Entry) -> bytes | None:
        """Take an entry of somebody else: a message's content, None for a handshake."""
        group = self.groups[channel]
        if entry.kind is EntryKind.MESSAGE:
            return group.decrypt(entry.body).data
        taken = group.process(entry.body, self.now())
        if entry.kind is EntryKind.COMMIT:
            group.merge(taken)  # type: ignore[arg-type]  # a commit is staged
        return None

    def encrypt(
        self,
        channel: str,
        data: bytes,
        *,
        act: Act = Act.NOTE,
        lane: Lane = Lane.ROUTINE,
        expires: int = 0,
        message_id: bytes = b"",
    ) -> bytes:
        """A message for a channel, with its clear header."""
        header = Header(id=message_id or uuid7(system_clock()), act=act, lane=lane, expires=expires)
        return self.groups[channel].encrypt(data, aad=header.pack())
