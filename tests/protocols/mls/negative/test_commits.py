"""Commits that a member signs and tags well, and that break a rule of RFC 9420 section 12."""

from __future__ import annotations

from dataclasses import replace

import pytest

from protocols.mls import errors, wire
from protocols.mls.public_framing import sign_with_label
from protocols.mls.public_group import check_key_package
from protocols.mls.suites import suite

DAY = 86_400
BAD_LIST = errors.InvalidProposalList


def listed(*proposals):
    return lambda lab: lab.propose(*proposals)


def add(**changes):
    return lambda lab: adding(lab, lab.package(**changes))


def adding(lab, *packages):
    """A commit that only adds needs no path, so nothing but the key package is at fault."""
    return lab.forge(wire.Commit(tuple(map(_add, packages)), None))


def _add(package):
    return wire.Add(wire.expect(package, wire.KeyPackage))


def by_reference(*makers):
    """The hub and everybody take these proposals; alice commits all of them by reference."""

    def make(lab):
        references = [_taken(lab, *maker(lab)) for maker in makers]
        return lab.propose(*map(wire.ProposalRef, references))

    return make


def _taken(lab, by, message):
    lab.room.propose(by, message)
    return list(lab.room.hub.proposals)[-1]


def update_of(name):
    return lambda lab: (name, lab.room[name].propose_update(now=lab.now))


def removal_by(name, leaf):
    return lambda lab: (name, lab.room[name].propose_remove(leaf, now=lab.now))


def then(reference, *proposals):
    """One proposal by reference, others by value."""

    def make(lab):
        known = wire.ProposalRef(_taken(lab, *reference(lab)))
        return lab.propose(known, *proposals)

    return make


def old_reference(lab):
    reference = _taken(lab, *removal_by("bob", 2)(lab))
    lab.room.commit("bob", cached=False)
    return lab.propose(wire.ProposalRef(reference))


def twice_by_reference(lab):
    reference = wire.ProposalRef(_taken(lab, *removal_by("bob", 2)(lab)))
    return lab.propose(reference, reference)


def psk(name=b"case 17", nonce=bytes(32)):
    return wire.PreSharedKey(wire.PreSharedKeyID(wire.ExternalPsk(name), nonce))


def resumption(usage=wire.USAGE_APPLICATION, group=b"tunnel-nogales", epoch=1):
    identifier = wire.PreSharedKeyID(wire.ResumptionPsk(usage, group, epoch), bytes(32))
    return wire.PreSharedKey(identifier)


def gce(*extensions):
    return wire.GroupContextExtensions(
        tuple(wire.Extension(kind, data) for kind, data in extensions)
    )


def required(extensions=(), proposals=(), credentials=()):
    data = wire.RequiredCapabilities(extensions, proposals, credentials).encoded
    return gce((wire.REQUIRED_CAPABILITIES, data))


def no_path(*proposals):
    return lambda lab: lab.forge(wire.Commit(proposals, None))


def unknown_type(lab):
    """A proposal type that nobody defines, in a commit by value."""
    message = lab.propose(wire.Remove(2))
    known = b"\x01\x00\x03\x00\x00\x00\x02"
    assert message.count(known) == 1
    return message.replace(known, b"\x01\xf0\x0b\x00\x00\x00\x02")


def two_updates_of_carol(lab):
    makers = (update_of("carol"), update_of("carol"))
    return by_reference(*makers)(lab)


def same_leaf_key(lab):
    """dave's leaf carries bob's encryption key."""
    leaf = lab.bob.public.state.tree.leaf(1)
    return adding(lab, lab.package(leaf_encryption_key=leaf.encryption_key))


def twin(name):
    return lambda lab: adding(lab, lab.package(lab.device(name)))


def with_key_of(name):
    def make(lab):
        lab.dave.signer = lab.room[name].signer
        return adding(lab, lab.dave.publish().key_package)

    return make


def in_suite(number):
    return lambda lab: adding(lab, lab.device("dave", number).bundle.key_package)


def able(**lists):
    """dave's capabilities with some lists replaced."""

    def make(lab):
        package = wire.expect(lab.dave.bundle.key_package, wire.KeyPackage)
        able_to = replace(package.leaf_node.capabilities, **lists)
        return adding(lab, lab.package(leaf_capabilities=able_to))

    return make


def init_key_reused(lab):
    package = wire.expect(lab.dave.bundle.key_package, wire.KeyPackage)
    return adding(lab, lab.package(init_key=package.leaf_node.encryption_key))


X509 = wire.X509Credential((wire.Certificate(b"not a certificate"),))
COMPRESSED = b"\x02" + bytes(32)
OFF_CURVE = b"\x04" + bytes(64)
NOW = 1_800_000_000

ROWS = [
    # section 12.2, a regular commit
    ("removes its committer", BAD_LIST, listed(wire.Remove(0))),
    ("removes nobody", BAD_LIST, listed(wire.Remove(3))),
    ("removes beyond the tree", BAD_LIST, listed(wire.Remove(2**32 - 1))),
    ("removes twice", BAD_LIST, listed(wire.Remove(2), wire.Remove(2))),
    ("refers twice to one proposal", BAD_LIST, twice_by_reference),
    ("the committer's own update", BAD_LIST, by_reference(update_of("alice"))),
    ("two updates of one member", BAD_LIST, two_updates_of_carol),
    ("updates and removes a member", BAD_LIST, then(update_of("carol"), wire.Remove(2))),
    ("removes by value and by reference", BAD_LIST, then(removal_by("bob", 2), wire.Remove(2))),
    ("its own removal by reference", BAD_LIST, by_reference(removal_by("bob", 0))),
    ("an unknown reference", errors.UnknownReference, listed(wire.ProposalRef(bytes(32)))),
    ("an empty reference", errors.UnknownReference, listed(wire.ProposalRef(b""))),
    ("a reference of the last epoch", errors.UnknownReference, old_reference),
    ("an external init", BAD_LIST, listed(wire.ExternalInit(bytes(65)))),
    ("re-initialisation", errors.UnsupportedOperation, listed(wire.ReInit(b"g", 1, 2, ()))),
    (
        "re-initialisation twice",
        BAD_LIST,
        listed(wire.ReInit(b"g", 1, 2, ()), wire.ReInit(b"g", 1, 2, ())),
    ),
    ("an unknown proposal type", errors.UnknownProposal, unknown_type),
    ("extensions twice", BAD_LIST, listed(gce(), gce())),
    # pre-shared keys
    ("a key that nobody holds", errors.MissingPsk, listed(psk(b"unheard of")), None),
    ("a key named twice", BAD_LIST, listed(psk(), psk())),
    ("a nonce too short", BAD_LIST, listed(psk(nonce=bytes(31)))),
    ("a nonce too long", BAD_LIST, listed(psk(nonce=bytes(33)))),
    ("no nonce", BAD_LIST, listed(psk(nonce=b""))),
    ("a key for branching", BAD_LIST, listed(resumption(wire.USAGE_BRANCH))),
    ("a key for re-initialisation", BAD_LIST, listed(resumption(wire.USAGE_REINIT))),
    ("a key of another group", errors.MissingPsk, listed(resumption(group=b"else")), None),
    ("a key of an epoch before", errors.MissingPsk, listed(resumption(epoch=0)), None),
    ("a key of an epoch to come", errors.MissingPsk, listed(resumption(epoch=2)), None),
    # extensions of the group context
    ("one extension twice", errors.DuplicateExtension, listed(gce((10, b""), (10, b"")))),
    ("an unsupported extension", errors.MissingCapability, listed(gce((0xF00D, b"")))),
    ("requirements cut short", errors.Truncated, listed(gce((3, b"\x07")))),
    ("requirements with more behind", errors.TrailingBytes, listed(gce((3, bytes(4))))),
    ("an unsupported requirement", errors.MissingCapability, listed(required((0xF00D,)))),
    ("a required proposal", errors.MissingCapability, listed(required((), (0xF00D,)))),
    ("a required credential", errors.MissingCapability, listed(required((), (), (0xF00D,)))),
    ("external senders cut short", errors.Truncated, listed(gce((5, b"\x40\x50")))),
    (
        "external senders without length",
        errors.UnknownCredential,
        listed(gce((5, bytes.fromhex("0401ff0101")))),
    ),
    # whether there is a path
    ("removal without a path", errors.PathRequired, no_path(wire.Remove(2))),
    ("extensions without a path", errors.PathRequired, no_path(gce())),
    ("nothing at all", errors.PathRequired, no_path()),
    # who is added
    ("adds a member again", errors.DuplicateMember, twin("bob")),
    ("adds its committer again", errors.DuplicateMember, twin("alice")),
    (
        "adds one client twice",
        errors.DuplicateMember,
        lambda lab: adding(lab, *[lab.package()] * 2),
    ),
    ("adds bob's signature key", errors.DuplicateKey, with_key_of("bob")),
    ("adds bob's encryption key", errors.DuplicateKey, same_leaf_key),
    (
        "expired",
        errors.ExpiredKeyPackage,
        add(leaf_source=wire.KeyPackageSource(NOW - DAY, NOW - 1)),
    ),
    (
        "not valid yet",
        errors.ExpiredKeyPackage,
        add(leaf_source=wire.KeyPackageSource(NOW + 1, NOW + DAY)),
    ),
    (
        "ends before it begins",
        errors.ExpiredKeyPackage,
        add(leaf_source=wire.KeyPackageSource(NOW + 1, NOW - 1)),
    ),
    (
        "valid for ever",
        errors.LifetimeTooLong,
        add(leaf_source=wire.KeyPackageSource(0, 2**64 - 1)),
    ),
    ("leaf of an update", errors.BadLeafSource, add(leaf_source=wire.UpdateSource())),
    ("leaf of a commit", errors.BadLeafSource, add(leaf_source=wire.CommitSource(b""))),
    ("of another version", errors.BadKeyPackage, add(version=2)),
    ("of another suite by name", errors.UnsupportedSuite, add(cipher_suite=1)),
    ("of another suite", errors.UnsupportedSuite, in_suite(1)),
    ("of a suite nobody knows", errors.UnsupportedSuite, add(cipher_suite=0x0A0A)),
    ("init key is the leaf's", errors.BadKeyPackage, init_key_reused),
    ("init key empty", errors.InvalidKey, add(init_key=b"")),
    ("init key compressed", errors.InvalidKey, add(init_key=COMPRESSED)),
    ("init key off the curve", errors.InvalidKey, add(init_key=OFF_CURVE)),
    ("leaf key off the curve", errors.InvalidKey, add(leaf_encryption_key=OFF_CURVE)),
    ("signature key off the curve", errors.InvalidKey, add(leaf_signature_key=OFF_CURVE)),
    ("package unsigned", errors.EmptySignature, add(signature=b"")),
    ("package signed wrongly", errors.BadSignature, add(signature=b"0" * 70)),
    ("leaf unsigned", errors.EmptySignature, add(leaf_signature=b"")),
    ("leaf signed wrongly", errors.BadSignature, add(leaf_signature=b"0" * 70)),
    ("certificate where a name belongs", errors.CredentialRefused, add(leaf_credential=X509)),
    (
        "one package extension twice",
        errors.DuplicateExtension,
        add(extensions=(wire.Extension(10, b""),) * 2),
    ),
    (
        "one leaf extension twice",
        errors.DuplicateExtension,
        add(leaf_extensions=(wire.Extension(10, b""),) * 2),
    ),
    (
        "leaf extension it does not list",
        errors.MissingCapability,
        add(leaf_extensions=(wire.Extension(0xF00D, b""),)),
    ),
    ("cannot do the suite", errors.MissingCapability, able(cipher_suites=(1,))),
    ("cannot do the version", errors.MissingCapability, able(versions=(2,))),
    ("cannot do its own credential", errors.MissingCapability, able(credentials=(2,))),
]


def test_refused(lab, row):
    lab.handshake(row)


KEY_PACKAGES = ROWS[[name for name, *_ in ROWS].index("expired") :]


@pytest.mark.parametrize("entry", KEY_PACKAGES, ids=lambda entry: entry[0])
def test_the_directory_refuses_the_same_key_packages(lab, entry):
    """What may not be added may not be published either; only the group's own suite is its own."""
    name, error, make = entry
    commit = wire.expect(make(lab), wire.PublicMessage).content.content
    package = wire.encode_message(commit.proposals[0].key_package)

    def publish():
        check_key_package(package, lab.room.validator, lab.now)

    if name == "of another suite":
        publish()
    elif name == "of another suite by name":
        lab.refuse(errors.InvalidKey, publish)
    else:
        lab.refuse(error, publish)


def test_a_wrong_pre_shared_key_shows_at_the_confirmation_tag(lab):
    lab.alice.register_psk(b"case 17", b"s" * 32)
    lab.bob.register_psk(b"case 17", b"t" * 32)
    message = lab.commit(psks=[b"case 17"], update=False)
    lab.refuse(errors.BadConfirmationTag, lambda: lab.bob.process(message, lab.now))


@pytest.mark.parametrize("number", [1, 4])
def test_a_point_of_small_order_does_not_enter_the_tree(channel, device, now, number):
    """Were it there, nobody could encrypt a path to it, and so nobody could commit."""
    room = channel("alice", "bob", suite_id=number)
    mallory = device("mallory", number)
    for point in (
        bytes(suite(number).kem.enc_size),
        b"\x01" + bytes(suite(number).kem.enc_size - 1),
    ):
        with pytest.raises(errors.InvalidKey):
            suite(number).check_hpke_key(point)
        package = wire.expect(mallory.bundle.key_package, wire.KeyPackage)
        leaf = replace(package.leaf_node, encryption_key=point)
        signature = sign_with_label(mallory.signer, b"LeafNodeTBS", leaf.to_be_signed(b"", 0))
        package = replace(package, leaf_node=leaf.signed(signature))
        signature = sign_with_label(mallory.signer, b"KeyPackageTBS", package.to_be_signed)
        spoiled = wire.encode_message(replace(package, signature=signature))
        before = room.hub.to_bytes()
        with pytest.raises(errors.InvalidKey):
            room["alice"].commit(now=now, add=[spoiled])
        with pytest.raises(errors.InvalidKey):
            check_key_package(spoiled, room.validator, now)
        assert room.hub.to_bytes() == before
