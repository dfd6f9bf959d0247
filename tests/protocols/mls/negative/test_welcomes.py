"""Welcomes: altered on their way, and made wrongly by the member that adds."""

from __future__ import annotations

from dataclasses import replace
from unittest import mock

import pytest

from protocols.mls import committing, errors, wire
from protocols.mls.group import Group
from protocols.mls.public_framing import sign_with_label
from protocols.mls.tree import RatchetTree

NOW = 1_800_000_000


def made(lab, **options):
    """alice adds dave, not merged; the PendingCommit."""
    packages = [lab.dave.bundle.key_package]
    pending = lab.alice.commit(now=lab.now, add=packages, cached=False, **options)
    lab.alice.discard_pending()
    return pending


def join(lab, welcome, **options):
    given = {"bundle": lab.dave.bundle, "signer": lab.dave.signer, "now": lab.now, **options}
    return Group.join(welcome, validator=lab.room.validator, policy=lab.room.policy, **given)


def body(lab, **options):
    return wire.expect(made(lab, **options).welcome, wire.Welcome)


def flip(data, place=-1):
    broken = bytearray(data)
    broken[place] ^= 1
    return bytes(broken)


def altered(**fields):
    return lambda lab: wire.encode_message(
        _changed(body(lab), {name: (lab, value) for name, value in fields.items()})
    )


def _changed(welcome, fields):
    return replace(
        welcome,
        **{
            name: value(getattr(welcome, name)) if callable(value) else value
            for name, (_, value) in fields.items()
        },
    )


def entry(**fields):
    """The one entry for dave, altered."""

    def make(lab):
        welcome = body(lab)
        (one,) = welcome.secrets
        sealed = one.encrypted_group_secrets
        if "new_member" in fields:
            one = replace(one, new_member=fields["new_member"])
        rest = {
            name: value(getattr(sealed, name))
            for name, value in fields.items()
            if name != "new_member"
        }
        one = replace(one, encrypted_group_secrets=replace(sealed, **rest))
        return wire.encode_message(replace(welcome, secrets=(one,)))

    return make


def spliced(lab):
    """dave's secrets of one Welcome with the GroupInfo of another."""
    first, second = body(lab), body(lab)
    return wire.encode_message(replace(first, encrypted_group_info=second.encrypted_group_info))


def info(alter):
    """alice puts another GroupInfo into the Welcome, signed by herself."""

    def make(lab):
        original = committing.group_info

        def spoiled(group, leaf, secret, signer, **options):
            found = alter(original(group, leaf, secret, signer, **options), lab)
            if found.signature:
                return found
            signature = sign_with_label(signer, b"GroupInfoTBS", found.to_be_signed)
            return replace(found, signature=signature)

        with mock.patch.object(committing, "group_info", spoiled):
            return made(lab).welcome

    return make


def context(**fields):
    return info(
        lambda found, lab: replace(
            found, group_context=replace(found.group_context, **fields), signature=b""
        )
    )


def retreed(alter):
    """alice puts another tree into the Welcome, and its tree hash into the context."""

    def change(found, lab):
        suite = lab.alice.public.state.suite
        data = wire.find_extension(found.extensions, wire.RATCHET_TREE)
        tree = RatchetTree.decode(suite, data)
        alter(tree, lab)
        tree.hashes = [None] * len(tree.nodes)
        kept = [one for one in found.extensions if one.extension_type != wire.RATCHET_TREE]
        extension = wire.Extension(wire.RATCHET_TREE, tree.encode())
        return replace(
            found,
            group_context=replace(found.group_context, tree_hash=tree.root_hash),
            extensions=(extension, *kept),
            signature=b"",
        )

    return info(change)


def raw_tree(data):
    """A tree extension of these bytes, whatever the context says."""

    def change(found, lab):
        old = wire.find_extension(found.extensions, wire.RATCHET_TREE)
        kept = [one for one in found.extensions if one.extension_type != wire.RATCHET_TREE]
        extension = wire.Extension(wire.RATCHET_TREE, data(old) if callable(data) else data)
        return replace(found, extensions=(extension, *kept), signature=b"")

    return info(change)


def _wide(old):
    """As many blanks as would keep whoever hashes them busy for seconds."""
    size = (2 << 14) + 1
    return (size | 2 << 30).to_bytes(4, "big") + bytes(size)


def leaf_of_bob(**fields):
    """bob's leaf altered, in a tree whose parents are blank, so that no parent hash covers it."""

    def alter(tree, lab):
        tree.nodes[1::2] = [None] * len(tree.nodes[1::2])
        tree.nodes[2] = replace(tree.nodes[2], **fields)

    return retreed(alter)


def put(index, **fields):
    def alter(tree, lab):
        tree.nodes[index] = replace(tree.nodes[index], **fields)

    return retreed(alter)


def without_dave(tree, lab):
    tree.nodes[1::2] = [None] * len(tree.nodes[1::2])
    tree.nodes[6] = None


def secrets(alter):
    """alice tells dave other secrets."""

    def make(lab):
        original = committing.GroupSecrets

        def spoiled(*fields):
            return alter(original(*fields), lab)

        with mock.patch.object(committing, "GroupSecrets", spoiled):
            return made(lab).welcome

    return make


def unlisted_psk(found, lab):
    psk = wire.PreSharedKeyID(wire.ExternalPsk(b"unheard of"), bytes(32))
    return replace(found, psks=(psk,))


def branch_psk(found, lab):
    psk = wire.PreSharedKeyID(wire.ResumptionPsk(wire.USAGE_BRANCH, b"g", 0), bytes(32))
    return replace(found, psks=(psk,))


def bob_as_member_twice(tree, lab):
    """carol's leaf says that she is bob."""
    tree.nodes[1::2] = [None] * len(tree.nodes[1::2])
    leaf = replace(tree.nodes[4], credential=wire.BasicCredential(b"bob"))
    content = leaf.to_be_signed(lab.alice.group_id, 2)
    tree.nodes[4] = leaf.signed(sign_with_label(lab.room["carol"].signer, b"LeafNodeTBS", content))


def unsigned(lab):
    original = committing.group_info

    def spoiled(*arguments, **options):
        return replace(original(*arguments, **options), signature=b"")

    with mock.patch.object(committing, "group_info", spoiled):
        return made(lab).welcome


def signed_by(signer, leaf):
    def change(found, lab):
        found = replace(found, signer=leaf, signature=b"")
        made_up = sign_with_label(signer(lab), b"GroupInfoTBS", found.to_be_signed)
        return replace(found, signature=made_up)

    return info(change)


BAD = errors.BadCiphertext
ROWS = [
    # altered on its way
    ("another suite", errors.UnsupportedSuite, altered(cipher_suite=1)),
    ("a suite nobody knows", errors.UnsupportedSuite, altered(cipher_suite=0x0A0A)),
    ("nobody's secrets", errors.NotForThisClient, altered(secrets=())),
    ("somebody else's reference", errors.NotForThisClient, entry(new_member=bytes(32))),
    ("an empty reference", errors.NotForThisClient, entry(new_member=b"")),
    ("secrets altered", BAD, entry(ciphertext=flip)),
    ("secrets emptied", BAD, entry(ciphertext=lambda old: b"")),
    ("encapsulation altered", BAD, entry(kem_output=flip)),
    ("encapsulation emptied", BAD, entry(kem_output=lambda old: b"")),
    ("group info altered", BAD, altered(encrypted_group_info=flip)),
    ("group info cut", BAD, altered(encrypted_group_info=lambda old: old[:-1])),
    ("group info emptied", BAD, altered(encrypted_group_info=b"")),
    ("group info of another welcome", BAD, spliced),
    ("trailing byte", errors.TrailingBytes, lambda lab: made(lab).welcome + b"\x00"),
    ("a group info message", errors.UnknownWireFormat, lambda lab: made(lab).group_info),
    # the adding member's own doing: the GroupInfo
    ("unsigned", errors.EmptySignature, unsigned),
    ("signed by bob as alice", errors.BadSignature, signed_by(lambda lab: lab.bob.signer, 0)),
    ("signed by alice as bob", errors.BadSignature, signed_by(lambda lab: lab.alice.signer, 1)),
    ("signed by a blank leaf", errors.UnknownSender, signed_by(lambda lab: lab.alice.signer, 9)),
    ("another suite inside", errors.UnsupportedSuite, context(cipher_suite=1)),
    ("another group", errors.BadSignature, context(group_id=b"elsewhere")),
    ("another epoch", errors.BadConfirmationTag, context(epoch=9)),
    ("another transcript", errors.BadConfirmationTag, context(confirmed_transcript_hash=bytes(32))),
    ("another tree hash", errors.BadTreeHash, context(tree_hash=bytes(32))),
    ("other extensions", errors.BadConfirmationTag, context(extensions=())),
    (
        "an extension twice",
        errors.DuplicateExtension,
        context(extensions=(wire.Extension(10, b""),) * 2),
    ),
    (
        "an unsupported extension",
        errors.MissingCapability,
        context(extensions=(wire.Extension(0xF00D, b""),)),
    ),
    (
        "another confirmation tag",
        errors.BadConfirmationTag,
        info(lambda found, lab: replace(found, confirmation_tag=bytes(32), signature=b"")),
    ),
    (
        "no confirmation tag",
        errors.BadConfirmationTag,
        info(lambda found, lab: replace(found, confirmation_tag=b"", signature=b"")),
    ),
    (
        "info extension twice",
        errors.DuplicateExtension,
        info(lambda found, lab: replace(found, extensions=found.extensions * 2, signature=b"")),
    ),
    (
        "no tree",
        errors.MissingTree,
        info(lambda found, lab: replace(found, extensions=(), signature=b"")),
    ),
    # the tree
    ("tree of no nodes", errors.MalformedTree, raw_tree(b"\x00")),
    ("tree ends blank", errors.MalformedTree, raw_tree(b"\x01\x00")),
    ("tree of too many blanks", errors.MalformedTree, raw_tree(_wide)),
    ("tree cut", errors.Truncated, raw_tree(b"\x05\x00")),
    ("tree with more behind", errors.TrailingBytes, raw_tree(lambda old: old + b"\x00")),
    ("dave is not in it", errors.NotForThisClient, retreed(without_dave)),
    ("a parent's key", errors.BadParentHash, retreed(lambda tree, lab: _rekey(tree, 3))),
    ("a parent's hash", errors.BadParentHash, put(1, parent_hash=bytes(32))),
    ("unmerged leaf outside", errors.MalformedTree, put(1, unmerged_leaves=(2,))),
    ("unmerged leaf that is blank", errors.MalformedTree, put(3, unmerged_leaves=(7,))),
    ("unmerged leaves out of order", errors.MalformedTree, put(3, unmerged_leaves=(3, 2))),
    ("unmerged leaf twice", errors.MalformedTree, put(3, unmerged_leaves=(3, 3))),
    ("unmerged leaf not in between", errors.MalformedTree, put(3, unmerged_leaves=(1,))),
    (
        "a parent where a leaf belongs",
        errors.MalformedTree,
        retreed(lambda tree, lab: tree.nodes.__setitem__(2, tree.nodes[3])),
    ),
    (
        "a leaf where a parent belongs",
        errors.MalformedTree,
        retreed(lambda tree, lab: tree.nodes.__setitem__(3, tree.nodes[2])),
    ),
    (
        "bob's leaf altered",
        errors.BadSignature,
        leaf_of_bob(credential=wire.BasicCredential(b"chief")),
    ),
    ("bob's leaf unsigned", errors.EmptySignature, leaf_of_bob(signature=b"")),
    ("bob twice", errors.DuplicateMember, retreed(bob_as_member_twice)),
    # the secrets
    (
        "a path secret of another length",
        errors.BadUpdatePath,
        secrets(lambda found, lab: replace(found, path_secret=wire.PathSecret(b"short"))),
    ),
    (
        "a wrong path secret",
        errors.BadUpdatePath,
        secrets(lambda found, lab: replace(found, path_secret=wire.PathSecret(bytes(32)))),
    ),
    (
        "a wrong joiner secret",
        BAD,
        secrets(lambda found, lab: replace(found, joiner_secret=bytes(32))),
    ),
    ("a key that dave lacks", errors.MissingPsk, secrets(unlisted_psk)),
    ("a key for branching", errors.MissingPsk, secrets(branch_psk)),
]


def _rekey(tree, index):
    key = tree.suite.generate_key_pair().public
    tree.nodes[index] = replace(tree.nodes[index], encryption_key=key)


def test_refused(lab, row):
    welcome = row.make(lab)
    kept = lab.dave.bundle.to_bytes()
    lab.refuse(row.error, lambda: join(lab, welcome))
    assert lab.dave.bundle.to_bytes() == kept


def test_the_good_welcome_joins(lab):
    """So that the refusals above are for their reason."""
    assert join(lab, made(lab).welcome).own_leaf == 3


@pytest.mark.parametrize(
    ("now", "error"), [(NOW + 90_000, errors.ExpiredKeyPackage), (0, errors.ExpiredKeyPackage)]
)
def test_outside_the_time_of_the_key_package(lab, now, error):
    welcome = made(lab).welcome
    lab.refuse(error, lambda: join(lab, welcome, now=now))


def test_with_the_keys_of_somebody_else(lab):
    welcome = made(lab).welcome
    erin = lab.device("erin")
    lab.refuse(
        errors.NotForThisClient, lambda: join(lab, welcome, bundle=erin.bundle, signer=erin.signer)
    )
    lab.refuse(errors.BadKeyPackage, lambda: join(lab, welcome, signer=erin.signer))
    other = lab.device("dave", 1)
    lab.refuse(
        errors.UnsupportedSuite,
        lambda: join(lab, welcome, bundle=other.bundle, signer=other.signer),
    )


def test_with_another_tree_apart(lab):
    pending = made(lab, tree_in_welcome=False)
    stale = lab.alice.tree
    lab.refuse(errors.MissingTree, lambda: join(lab, pending.welcome))
    lab.refuse(errors.BadTreeHash, lambda: join(lab, pending.welcome, tree=stale))
    lab.refuse(errors.MalformedTree, lambda: join(lab, pending.welcome, tree=b"\x00"))
    assert join(lab, pending.welcome, tree=pending.tree).tree == pending.tree


def test_with_a_pre_shared_key_missing_or_wrong(lab):
    lab.alice.register_psk(b"case 17", b"s" * 32)
    welcome = made(lab, psks=[b"case 17"]).welcome
    lab.refuse(errors.MissingPsk, lambda: join(lab, welcome))
    lab.refuse(errors.BadCiphertext, lambda: join(lab, welcome, psks={b"case 17": b"t" * 32}))
