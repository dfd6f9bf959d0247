"""People with devices, a channel they share, and the hub beside it that checks every handshake."""

from dataclasses import dataclass, field, replace

import pytest

from protocols.mls import wire
from protocols.mls.credentials import BasicValidator, basic
from protocols.mls.group import Group, KeyPackageBundle, new_key_package
from protocols.mls.policy import DEFAULT_POLICY, Policy
from protocols.mls.public_framing import public_message, sign_framed
from protocols.mls.public_group import PublicGroup
from protocols.mls.signer import SoftwareSigner
from protocols.mls.suites import suite

NOW = 1_800_000_000


@dataclass
class Device:
    """One device: its key, its credential, its latest key package."""

    name: str
    suite: int = 2
    signer: SoftwareSigner = field(init=False)
    bundle: KeyPackageBundle = field(init=False)

    def __post_init__(self):
        self.signer = SoftwareSigner.generate(self.suite)
        self.bundle = self.publish()

    @property
    def credential(self):
        return basic(self.name)

    def publish(self, not_before=NOW - 60, not_after=NOW + 86_400, **options):
        return new_key_package(
            self.suite,
            self.signer,
            self.credential,
            not_before=not_before,
            not_after=not_after,
            **options,
        )


class Channel:
    """A group with all its members in one process, and the hub's public view of it."""

    def __init__(self, *names, suite_id=2, policy=DEFAULT_POLICY, extensions=()):
        self.suite_id, self.policy, self.validator = suite_id, policy, BasicValidator()
        self.devices, self.groups = {}, {}
        founder = self.device(names[0])
        self.groups[names[0]] = Group.create(
            b"tunnel-nogales",
            suite_id,
            founder.signer,
            founder.credential,
            validator=self.validator,
            now=NOW,
            extensions=extensions,
            policy=policy,
        )
        self.hub = PublicGroup.from_group_info(
            self.groups[names[0]].group_info(), validator=self.validator, policy=policy
        )
        if len(names) > 1:
            self.add(names[0], *names[1:])

    def device(self, name) -> Device:
        self.devices[name] = Device(name, self.suite_id)
        return self.devices[name]

    def __getitem__(self, name) -> Group:
        return self.groups[name]

    def join(self, name, welcome, **options):
        device = self.devices[name]
        return Group.join(
            welcome,
            device.bundle,
            device.signer,
            validator=self.validator,
            now=NOW,
            policy=self.policy,
            **options,
        )

    def add(self, by, *names, **options):
        packages = [self.device(name).bundle.key_package for name in names]
        pending = self.commit(by, add=packages, **options)
        for name in names:
            self.groups[name] = self.join(name, pending.welcome)
        return pending

    def commit(self, by, **options):
        """A commit that the hub accepts and everybody merges."""
        pending = self.groups[by].commit(now=NOW, **options)
        self.accept(by, pending)
        return pending

    def accept(self, by, pending):
        checked = self.hub.check(pending.commit, now=NOW)
        self.hub = self.hub.finish(checked, pending.group_info)
        for name, group in list(self.groups.items()):
            if name == by:
                group.merge_pending()
                continue
            group.merge(group.process(pending.commit, NOW))
            if not group.active:
                del self.groups[name]
        self.agree()

    def propose(self, by, message):
        """A proposal that the hub takes and everybody caches."""
        self.hub = self.hub.apply(self.hub.check(message, now=NOW))
        for name, group in self.groups.items():
            if name != by:
                group.process(message, NOW)

    def agree(self):
        assert len({group.epoch_authenticator for group in self.groups.values()}) == 1
        for group in self.groups.values():
            assert group.public.state.context == self.hub.state.context
            assert group.tree == self.hub.tree

    def say(self, by, data=b"shots heard", **options):
        message = self.groups[by].encrypt(data, **options)
        for name, group in self.groups.items():
            if name != by:
                assert group.decrypt(message).data == data
        return message

    def forge(self, by, content, *, signature=None, tag=b"", sender=None, signer=None):
        """A PublicMessage of a member who does not follow the rules, well tagged and signed."""
        group = self.groups[by]
        state = group.public.state
        framed = wire.FramedContent(
            state.context.group_id,
            state.context.epoch,
            wire.MemberSender(group.own_leaf) if sender is None else sender,
            b"",
            content,
        )
        if signature is None:
            signature = sign_framed(
                wire.PUBLIC_MESSAGE, framed, state.context.encoded, signer or group.signer
            )
        confirmation = tag if isinstance(content, wire.Commit) else None
        auth = wire.FramedContentAuthData(signature, confirmation)
        message = wire.AuthenticatedContent(wire.PUBLIC_MESSAGE, framed, auth)
        key = group._epoch.secrets.membership_key
        member = isinstance(framed.sender, wire.MemberSender)
        return public_message(
            suite(self.suite_id), message, state.context.encoded, key if member else None
        )

    def reframe(self, by, commit, **changes):
        """Another member's view of a commit whose auth was altered, with a fresh membership tag."""
        group = self.groups[by]
        body = wire.expect(commit, wire.PublicMessage)
        message = wire.AuthenticatedContent(
            wire.PUBLIC_MESSAGE, body.content, replace(body.auth, **changes)
        )
        state = group.public.state
        key = group._epoch.secrets.membership_key
        return public_message(state.suite, message, state.context.encoded, key)


@pytest.fixture
def now() -> int:
    """The time of the tests, in unix seconds."""
    return NOW


@pytest.fixture
def channel():
    """`channel("alice", "bob", suite_id=2, policy=..., extensions=...)`."""
    return Channel


@pytest.fixture
def device():
    """`device("alice", 2)`."""
    return Device


@pytest.fixture
def trio() -> Channel:
    """alice, bob and carol in one channel."""
    return Channel("alice", "bob", "carol")


@pytest.fixture
def open_policy() -> Policy:
    """A policy that lets anybody join from outside."""
    return Policy(allow_external_join=True)
