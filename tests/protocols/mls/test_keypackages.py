"""Key packages: fresh keys, honest capabilities, private halves that fit."""

import pytest

from protocols.mls.errors import UnsupportedSuite
from protocols.mls.group import new_key_package
from protocols.mls.keypackages import KeyPackageBundle, own_capabilities, successor_leaf
from protocols.mls.leaf import DEFAULT_EXTENSIONS, DEFAULT_PROPOSALS, LAST_RESORT, UpdateSource
from protocols.mls.suites import SUPPORTED


def test_private_halves_fit(device):
    bundle = device("alice").bundle
    assert bundle.init_pair().public == bundle.package.init_key
    assert bundle.leaf_pair().public == bundle.package.leaf_node.encryption_key
    assert bundle.package.init_key != bundle.package.leaf_node.encryption_key
    assert KeyPackageBundle.from_bytes(bundle.to_bytes()) == bundle


def test_every_key_package_is_fresh(device):
    alice = device("alice")
    assert alice.publish().ref != alice.publish().ref
    assert alice.publish(last_resort=True).package.last_resort


def test_capabilities_name_no_defaults(device):
    able = own_capabilities()
    assert set(able.cipher_suites) > set(SUPPORTED)
    assert LAST_RESORT in able.extensions
    assert DEFAULT_EXTENSIONS.isdisjoint(able.extensions)
    assert DEFAULT_PROPOSALS.isdisjoint(able.proposals)
    assert {1, 2} < set(able.credentials)


def test_successor_keeps_what_does_not_change(device):
    alice = device("alice")
    old = alice.bundle.package.leaf_node
    new = successor_leaf(old, alice.signer, b"key", UpdateSource(), b"g", 3)
    assert (new.capabilities, new.credential) == (old.capabilities, old.credential)
    assert new.signature != old.signature


def test_unknown_suites_are_refused(device):
    alice = device("alice")
    with pytest.raises(UnsupportedSuite):
        new_key_package(99, alice.signer, alice.credential, not_before=0, not_after=1)


def test_private_keys_do_not_appear_in_logs(trio, device, now):
    bundle = device("alice").bundle
    assert repr(bundle) == f"KeyPackageBundle({bundle.ref.hex()})"
    epoch = trio["alice"]._epoch
    secret = repr(epoch.secrets.init_secret)
    for one in (epoch, epoch.secrets, trio["alice"], trio["alice"].commit(now=now)):
        assert secret not in repr(one)
