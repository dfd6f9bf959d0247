"""Update paths, signed well by their committer, that do not fit the tree or its rules."""

from __future__ import annotations

from dataclasses import replace
from unittest import mock

from protocols.mls import errors, treekem, wire
from protocols.mls.public_framing import sign_with_label
from protocols.mls.suites import suite

OFF_CURVE = b"\x04" + bytes(64)
X509 = wire.X509Credential((wire.Certificate(b"not a certificate"),))


def leaf(**changes):
    return lambda lab: lab.repath(**changes)


def leaf_from(make):
    """Changes that are computed from the laboratory."""
    return lambda lab: lab.repath(**make(lab))


def nodes(alter):
    return lambda lab: lab.repath(nodes=alter)


def first(**changes):
    """The lowest node of the path, altered; values may be functions of the old."""

    def alter(listed):
        new = {
            name: value(getattr(listed[0], name)) if callable(value) else value
            for name, value in changes.items()
        }
        return [replace(listed[0], **new), *listed[1:]]

    return nodes(alter)


def sealed(**changes):
    """The first ciphertext of the lowest node, altered."""

    def alter(ciphertexts):
        new = {name: value(getattr(ciphertexts[0], name)) for name, value in changes.items()}
        return (replace(ciphertexts[0], **new), *ciphertexts[1:])

    return first(encrypted_path_secret=alter)


def flip(data):
    return data[:-1] + bytes((data[-1] ^ 1,))


def old_leaf(lab):
    return lab.alice.public.state.tree.leaf(0)


def signed_for(group_id=b"tunnel-nogales", index=0):
    def make(lab):
        def sign(node):
            return node.signed(
                sign_with_label(
                    lab.alice.signer, b"LeafNodeTBS", node.to_be_signed(group_id, index)
                )
            )

        return lab.repath(leaf=sign)

    return make


def able(lab, **lists):
    return {"capabilities": replace(old_leaf(lab).capabilities, **lists)}


def with_signature_key_of(name):
    """alice's new leaf carries another member's signature key, signed with it."""

    def make(lab):
        def change(node):
            other = lab.room[name].signer
            node = replace(node, signature_key=other.public_key)
            content = node.to_be_signed(lab.alice.group_id, 0)
            return node.signed(sign_with_label(other, b"LeafNodeTBS", content))

        return lab.repath(leaf=change)

    return make


def other_public_key(lab):
    """The whole commit is consistent, but the sealed path secrets do not lead to its keys."""
    suite = lab.alice.public.state.suite

    def unrelated(*_):
        return suite.generate_key_pair()

    with mock.patch.object(treekem, "node_key_pair", unrelated):
        return lab.commit()


def short_path_secret(lab):
    with mock.patch.object(treekem, "random_bytes", lambda size: bytes(range(size - 1))):
        return lab.commit()


def swap(listed):
    """The keys in the other order; each secret stays sealed to those that it belongs to."""
    keys = [node.encryption_key for node in listed]
    return [replace(node, encryption_key=key) for node, key in zip(listed, keys[::-1], strict=True)]


def one_more(listed):
    key = suite(2).generate_key_pair().public
    return [*listed, replace(listed[-1], encryption_key=key)]


def with_new_key(old_key):
    return lambda lab: lab.repath(
        encryption_key=lab.alice.public.state.tree.nodes[old_key].encryption_key
    )


BAD_PATH = errors.BadUpdatePath
ROWS = [
    # the nodes
    ("no nodes", BAD_PATH, nodes(lambda listed: [])),
    ("a node missing", BAD_PATH, nodes(lambda listed: listed[:-1])),
    ("a node too many", BAD_PATH, nodes(one_more)),
    ("nodes swapped", errors.BadParentHash, nodes(swap)),
    ("a key twice", errors.DuplicateKey, nodes(lambda listed: [listed[0]] * len(listed))),
    ("a key off the curve", errors.InvalidKey, first(encryption_key=OFF_CURVE)),
    ("an empty key", errors.InvalidKey, first(encryption_key=b"")),
    ("another public key", BAD_PATH, other_public_key, None),
    ("path secret too short", BAD_PATH, short_path_secret, None),
    ("a recipient left out", BAD_PATH, first(encrypted_path_secret=lambda old: old[1:])),
    ("a recipient too many", BAD_PATH, first(encrypted_path_secret=lambda old: (*old, old[0]))),
    ("ciphertext altered", errors.BadCiphertext, sealed(ciphertext=flip), None),
    ("ciphertext cut", errors.BadCiphertext, sealed(ciphertext=lambda old: old[:-1]), None),
    ("ciphertext emptied", errors.BadCiphertext, sealed(ciphertext=lambda old: b""), None),
    ("encapsulation altered", errors.BadCiphertext, sealed(kem_output=flip), None),
    (
        "encapsulation off the curve",
        errors.BadCiphertext,
        sealed(kem_output=lambda old: OFF_CURVE),
        None,
    ),
    ("encapsulation emptied", errors.BadCiphertext, sealed(kem_output=lambda old: b""), None),
    (
        "encapsulation longer",
        errors.BadCiphertext,
        sealed(kem_output=lambda old: old + b"\x00"),
        None,
    ),
    # the leaf
    (
        "parent hash of another tree",
        errors.BadParentHash,
        leaf(source=wire.CommitSource(bytes(32))),
    ),
    ("parent hash empty", errors.BadParentHash, leaf(source=wire.CommitSource(b""))),
    ("leaf of an update", errors.BadLeafSource, leaf(source=wire.UpdateSource())),
    ("leaf of a key package", errors.BadLeafSource, leaf(source=wire.KeyPackageSource(0, 2**40))),
    ("leaf unsigned", errors.EmptySignature, leaf(signature=b"")),
    ("leaf signed wrongly", errors.BadSignature, leaf(signature=b"0" * 70)),
    ("leaf signed for another place", errors.BadSignature, signed_for(index=1)),
    ("leaf signed for another group", errors.BadSignature, signed_for(group_id=b"elsewhere")),
    ("leaf key off the curve", errors.InvalidKey, leaf(encryption_key=OFF_CURVE)),
    ("leaf key not changed", errors.DuplicateKey, with_new_key(0)),
    ("leaf key of another member", errors.DuplicateKey, with_new_key(2)),
    ("another identity", errors.IdentityChanged, leaf(credential=wire.BasicCredential(b"chief"))),
    ("bob's identity", errors.IdentityChanged, leaf(credential=wire.BasicCredential(b"bob"))),
    ("bob's signature key", errors.DuplicateKey, with_signature_key_of("bob")),
    ("certificate where a name belongs", errors.CredentialRefused, leaf(credential=X509)),
    (
        "cannot do the suite",
        errors.MissingCapability,
        leaf_from(lambda lab: able(lab, cipher_suites=())),
    ),
    (
        "cannot do the version",
        errors.MissingCapability,
        leaf_from(lambda lab: able(lab, versions=())),
    ),
    (
        "cannot do its credential",
        errors.MissingCapability,
        leaf_from(lambda lab: able(lab, credentials=(2,))),
    ),
    ("extension twice", errors.DuplicateExtension, leaf(extensions=(wire.Extension(10, b""),) * 2)),
    (
        "extension it does not list",
        errors.MissingCapability,
        leaf(extensions=(wire.Extension(0xF00D, b""),)),
    ),
]


def test_refused(lab, row):
    lab.handshake(row)
