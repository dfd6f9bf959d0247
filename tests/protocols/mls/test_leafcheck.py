"""What a leaf must be and support before it enters a group."""

from dataclasses import replace

import pytest

from protocols.mls import errors
from protocols.mls.credentials import basic
from protocols.mls.keypackages import make_leaf, own_capabilities
from protocols.mls.leaf import (
    REQUIRED_CAPABILITIES,
    Extension,
    KeyPackageSource,
    RequiredCapabilities,
)
from protocols.mls.leafcheck import (
    LeafContext,
    check_capabilities,
    check_leaf,
    check_lifetime,
    check_successor,
    check_tree,
)
from protocols.mls.policy import Policy
from protocols.mls.suites import suite
from protocols.mls.tree import RatchetTree


@pytest.fixture
def context(trio):
    return LeafContext(suite(2), b"g", (), trio.validator)


def leaf_of(device, **changes):
    alice = device("alice")
    able = replace(own_capabilities(), **changes)
    key = suite(2).generate_key_pair().public
    source = KeyPackageSource(0, 10)
    return make_leaf(alice.signer, basic("alice"), key, source, capabilities=able)


def test_a_good_leaf_names_its_member(context, device):
    assert check_leaf(context, leaf_of(device), 0) == "alice"


def test_capabilities_cover_the_group_and_the_leaf_itself(context, device):
    for changes in (
        {"versions": (2,)},
        {"cipher_suites": (1,)},
        {"credentials": (2,)},
    ):
        with pytest.raises(errors.MissingCapability):
            check_leaf(context, leaf_of(device, **changes), 0)
    able = leaf_of(device, extensions=(0xF123,), proposals=(0xF456,))
    needs = RequiredCapabilities((0xF123,), (0xF456,), (1,)).encoded
    required = (Extension(REQUIRED_CAPABILITIES, needs),)
    check_capabilities(suite(2), able, required)
    with pytest.raises(errors.MissingCapability):
        check_capabilities(suite(2), leaf_of(device), required)
    with pytest.raises(errors.MissingCapability):
        check_capabilities(suite(2), leaf_of(device), (Extension(0xF123, b""),))


def test_signature_covers_every_field(context, device):
    leaf = leaf_of(device)
    with pytest.raises(errors.BadSignature):
        check_leaf(context, replace(leaf, credential=basic("mallory")), 0)
    with pytest.raises(errors.InvalidKey):
        check_leaf(context, replace(leaf, encryption_key=b"x"), 0)


def test_lifetime_in_unix_seconds():
    check_lifetime(KeyPackageSource(5, 10), 5, Policy())
    check_lifetime(KeyPackageSource(5, 10), 10, Policy())
    for moment in (4, 11):
        with pytest.raises(errors.ExpiredKeyPackage):
            check_lifetime(KeyPackageSource(5, 10), moment, Policy())
    with pytest.raises(errors.LifetimeTooLong):
        check_lifetime(KeyPackageSource(5, 10), 7, Policy(max_lifetime=4))


def test_successor_has_a_new_key_and_the_same_name(device):
    leaf = leaf_of(device)
    with pytest.raises(errors.DuplicateKey):
        check_successor(leaf, "alice", leaf, "alice")
    with pytest.raises(errors.IdentityChanged):
        check_successor(leaf, "alice", leaf_of(device), "mallory")


def test_unmerged_leaves_must_be_members_below(trio, context):
    trio.commit("alice")
    trio.add("alice", "dave", update=False)
    here = LeafContext(suite(2), trio.hub.group_id, (), trio.validator)
    good = RatchetTree.decode(suite(2), trio.hub.tree)
    assert check_tree(here, good)[3] == "dave"
    for unmerged in ((3, 3), (2, 1), (9,), (0, 3)):
        tree = good.copy()
        root = tree.nodes[tree.root]
        tree.nodes[tree.root] = replace(root, unmerged_leaves=unmerged)
        with pytest.raises((errors.MalformedTree, errors.BadParentHash)):
            check_tree(here, tree)
