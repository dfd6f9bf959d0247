"""The laboratory of the negative corpus: a channel, its hub, and what each attacker can do.

Attackers: the hub or an outsider (they alter bytes, and sign with keys of their own), and a member
(mallory's role is played by alice: she signs, tags and encrypts whatever she likes).

Each row of a corpus file is `row(name, error, make, hub=...)`. `make(lab)` returns the message;
`error` is what bob must answer, `hub` what the hub must (the same unless given; None where the hub
has no way to see the fault). Nobody's state may change by a byte.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from protocols.mls import state, wire
from protocols.mls.credentials import basic
from protocols.mls.group import Group
from protocols.mls.policy import Policy
from protocols.mls.private_framing import protect
from protocols.mls.public_framing import sign_framed, sign_with_label
from protocols.mls.signer import SoftwareSigner
from protocols.mls.suites import suite

NOW = 1_800_000_000
SAME = object()


@dataclass(frozen=True)
class Row:
    """One bad input and its answers."""

    name: str
    error: type[Exception]
    make: Callable[[Any], bytes]
    hub: Any = SAME


class Lab:
    """alice, bob and carol in a channel with its hub as external sender; dave stands outside."""

    def __init__(self, channel, device) -> None:
        self.hub_key = SoftwareSigner.generate()
        sender = wire.ExternalSender(self.hub_key.public_key, basic("hub"))
        self.room = channel(
            "alice",
            "bob",
            "carol",
            policy=Policy(skip=8, window=4, past_epochs=1),
            extensions=[wire.external_senders((sender,))],
        )
        self.device = device
        self.dave = self.room.device("dave")
        self.now = NOW

    # --- the good things that are then spoiled ---

    @property
    def alice(self) -> Group:
        return self.room["alice"]

    @property
    def bob(self) -> Group:
        return self.room["bob"]

    def package(self, device=None, **changes) -> bytes:
        """A key package, fields replaced (`leaf_*` in its leaf) and signed again by its device."""
        owner = self.dave if device is None else device
        package = wire.expect(owner.bundle.key_package, wire.KeyPackage)
        leaf = {name[5:]: value for name, value in changes.items() if name.startswith("leaf_")}
        outer = {name: value for name, value in changes.items() if not name.startswith("leaf_")}
        node = replace(package.leaf_node, **leaf)
        if "signature" not in leaf:
            node = node.signed(
                sign_with_label(owner.signer, b"LeafNodeTBS", node.to_be_signed(b"", 0))
            )
        package = replace(package, leaf_node=node, **outer)
        if "signature" not in outer:
            signature = sign_with_label(owner.signer, b"KeyPackageTBS", package.to_be_signed)
            package = replace(package, signature=signature)
        return wire.encode_message(package)

    def commit(self, by="alice", **options) -> bytes:
        """A good commit, not merged."""
        group = self.room[by]
        pending = group.commit(now=NOW, **{"cached": False, **options})
        group.discard_pending()
        return pending.commit

    # --- an outsider, or the hub ---

    def edit(self, message: bytes, content=None, auth=None, **outer) -> bytes:
        """A PublicMessage with fields replaced and nothing signed or tagged again."""
        body = wire.expect(message, wire.PublicMessage)
        framed = replace(body.content, **(content or {}))
        return wire.encode_message(
            replace(body, content=framed, auth=replace(body.auth, **(auth or {})), **outer)
        )

    def private(self, message: bytes, **fields) -> bytes:
        """A PrivateMessage with fields replaced."""
        return wire.encode_message(replace(wire.expect(message, wire.PrivateMessage), **fields))

    def outside(self, content, sender, signer=None) -> bytes:
        """A PublicMessage of somebody outside, signed with the given key (the hub's by default)."""
        context = self.bob.public.state.context
        framed = wire.FramedContent(context.group_id, context.epoch, sender, b"", content)
        bound = context.encoded if isinstance(sender, wire.NewMemberCommit) else b""
        key = self.hub_key if signer is None else signer
        signature = sign_framed(wire.PUBLIC_MESSAGE, framed, bound, key)
        tag = bytes(32) if isinstance(content, wire.Commit) else None
        auth = wire.FramedContentAuthData(signature, tag)
        return wire.encode_message(wire.PublicMessage(framed, auth, None))

    def external(self, device=None, alter=None, resync=True, **changes) -> bytes:
        """carol's device comes back from outside; `alter` edits the Commit, signed again."""
        owner = self.room.devices["carol"] if device is None else device
        pending, _ = Group.external_join(
            self.alice.group_info(),
            owner.signer,
            owner.credential,
            resync=resync,
            validator=self.room.validator,
            now=NOW,
            policy=Policy(allow_external_join=True),
        )
        commit = wire.expect(pending.commit, wire.PublicMessage).content.content
        if alter is None and not changes:
            return pending.commit
        commit = replace(commit, **changes) if alter is None else alter(commit)
        return self.outside(commit, wire.NewMemberCommit(), owner.signer)

    # --- a member ---

    def forge(self, content, **options) -> bytes:
        """Whatever alice wants to say, well signed and tagged; a commit with a made-up tag."""
        return self.room.forge("alice", content, **{"tag": bytes(32), **options})

    def propose(self, *proposals, **options) -> bytes:
        """A commit of these proposals by value, with alice's good path for something else."""
        return self.forge(wire.Commit(tuple(proposals), self.path()), **options)

    def path(self) -> wire.UpdatePath:
        """A path that alice made for an empty commit."""
        return wire.expect(self.commit(), wire.PublicMessage).content.content.path

    def repath(self, leaf=None, nodes=None, **changes) -> bytes:
        """An empty commit with a spoiled path; `changes` to its leaf, signed again by alice."""
        path = self.path()
        if changes:
            node = replace(path.leaf_node, **changes)
            if "signature" not in changes:
                content = node.to_be_signed(self.alice.group_id, self.alice.own_leaf)
                node = node.signed(sign_with_label(self.alice.signer, b"LeafNodeTBS", content))
            path = replace(path, leaf_node=node)
        if leaf is not None:
            path = replace(path, leaf_node=leaf(path.leaf_node))
        if nodes is not None:
            path = replace(path, nodes=tuple(nodes(list(path.nodes))))
        return self.forge(wire.Commit((), path))

    def seal(
        self, content, *, sender=0, signer=None, signature=None, aad=b"", signed=None
    ) -> bytes:
        """A PrivateMessage that alice makes with any member's ratchet: she holds them all."""
        copy = state.load(
            state.dump(self.alice), self.alice.signer, self.room.validator, self.room.policy
        )
        epoch = copy._epoch
        context = epoch.public.state.context
        member = wire.MemberSender(sender)
        framed = wire.FramedContent(context.group_id, context.epoch, member, aad, content)
        if signature is None:
            signature = sign_framed(
                wire.PRIVATE_MESSAGE,
                framed if signed is None else replace(framed, **signed),
                context.encoded,
                self.alice.signer if signer is None else signer,
            )
        tag = bytes(32) if isinstance(content, wire.Commit) else None
        auth = wire.FramedContentAuthData(signature, tag)
        message = wire.AuthenticatedContent(wire.PRIVATE_MESSAGE, framed, auth)
        secret = epoch.secrets.sender_data_secret
        return protect(suite(2), message, epoch.secret_tree, secret)

    # --- the verdict ---

    def refuse(self, error, action) -> None:
        """The action is refused with exactly this error, and nothing anywhere has changed."""
        before = self.states()
        with pytest.raises(error) as caught:
            action()
        assert caught.type is error
        assert self.states() == before

    def states(self) -> list[bytes]:
        """Every byte of every member's state and of the hub's."""
        members = [state.dump(group) for _, group in sorted(self.room.groups.items())]
        return [*members, self.room.hub.to_bytes()]

    def handshake(self, row: Row) -> None:
        """bob and the hub refuse the row's handshake."""
        message = row.make(self)
        self.refuse(row.error, lambda: self.bob.process(message, NOW))
        answer = row.error if row.hub is SAME else row.hub
        if answer is not None:
            self.refuse(answer, lambda: self.room.hub.check(message, now=NOW))


@pytest.fixture
def lab(channel, device) -> Lab:
    """A fresh laboratory."""
    return Lab(channel, device)


def pytest_generate_tests(metafunc) -> None:
    """`row` runs over the ROWS of its module."""
    if "row" in metafunc.fixturenames:
        rows = [Row(*entry[:3], **entry[3]) for entry in map(_entry, metafunc.module.ROWS)]
        assert len({row.name for row in rows}) == len(rows)
        metafunc.parametrize("row", rows, ids=[row.name for row in rows])


def _entry(entry):
    return (*entry, {}) if len(entry) == 3 else (*entry[:3], {"hub": entry[3]})
