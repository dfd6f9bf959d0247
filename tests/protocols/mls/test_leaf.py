"""Leaf nodes and key packages: what is signed, what extensions may be."""

from dataclasses import replace

import pytest

from protocols.mls import errors
from protocols.mls.leaf import (
    CREDENTIAL,
    EXTERNAL_SENDERS,
    CommitSource,
    Extension,
    ExternalSender,
    LeafNode,
    check_extensions,
    external_senders,
    find_extension,
    read_external_senders,
)


def test_group_and_index_are_signed_only_inside_a_group(device):
    leaf = device("alice").bundle.package.leaf_node
    assert leaf.to_be_signed(b"g", 1) == leaf.to_be_signed(b"h", 2)
    inside = replace(leaf, source=CommitSource(b"p"))
    assert inside.to_be_signed(b"g", 1) != inside.to_be_signed(b"g", 2)
    assert inside.to_be_signed(b"g", 1).endswith(b"\x01g\x00\x00\x00\x01")


def test_key_package_signs_all_but_its_signature(device):
    package = device("alice").bundle.package
    assert package.encoded.startswith(package.to_be_signed)
    assert replace(package, signature=b"").to_be_signed == package.to_be_signed
    assert not package.last_resort


def test_leaf_round_trips(device):
    leaf = device("alice").bundle.package.leaf_node
    assert LeafNode.decode(leaf.encoded) == leaf
    assert leaf.signed(b"x").signature == b"x"


def test_extension_lists():
    one, two = Extension(1, b"a"), Extension(1, b"b")
    check_extensions((one, Extension(2, b"")))
    with pytest.raises(errors.DuplicateExtension):
        check_extensions((one, two))
    assert find_extension((one,), 1) == b"a"
    assert find_extension((one,), 2) is None


def test_external_senders_round_trip(device):
    alice = device("alice")
    sender = ExternalSender(alice.signer.public_key, alice.credential)
    extension = external_senders((sender, sender))
    assert extension.extension_type == EXTERNAL_SENDERS
    assert read_external_senders((extension,)) == (sender, sender)
    assert read_external_senders(()) == ()


def test_unknown_credentials_are_named():
    with pytest.raises(errors.UnknownCredential):
        CREDENTIAL.decode(b"\x00\x09\x00")
