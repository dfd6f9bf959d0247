"""External senders, external joiners, and whoever pretends to be one."""

from __future__ import annotations

from dataclasses import replace

from protocols.mls import errors, wire
from protocols.mls.group import Group
from protocols.mls.policy import Policy
from protocols.mls.signer import SoftwareSigner
from protocols.mls.suites import suite

HUB = wire.ExternalSenderIndex(0)
NOBODY = errors.UnauthorizedProposal
BAD_LIST = errors.InvalidProposalList
OPEN = Policy(allow_external_join=True)


def hub_says(content, sender=HUB):
    return lambda lab: lab.outside(content, sender)


def hub_adds(lab):
    return lab.outside(wire.Add(wire.expect(lab.package(), wire.KeyPackage)), HUB)


def hub_updates(lab):
    leaf = wire.expect(lab.package(), wire.KeyPackage).leaf_node
    return lab.outside(wire.Update(leaf), HUB)


def hub_commits(lab):
    return lab.outside(wire.Commit((wire.Remove(2),), lab.path()), HUB)


def stranger(lab):
    return lab.outside(wire.Remove(2), HUB, SoftwareSigner.generate())


def dave_proposes_himself(lab):
    add = wire.Add(wire.expect(lab.package(), wire.KeyPackage))
    return lab.outside(add, wire.NewMemberProposal(), lab.dave.signer)


def dave_joins(lab):
    return lab.external(lab.dave, resync=False)


def back(*change, **fields):
    """carol comes back, with the list of proposals altered."""
    return lambda lab: lab.external(alter=change[0] if change else None, **fields)


def proposals(alter):
    return back(lambda commit: replace(commit, proposals=tuple(alter(list(commit.proposals)))))


class Liar:
    """What a dishonest client tells itself: this key is of that identity."""

    def __init__(self, key, identity):
        self.key, self.identity = key, identity

    def validate(self, credential, signature_key):
        if signature_key == self.key:
            return self.identity
        return credential.identity.decode()


def replacing(victim):
    """dave joins with his own credential, in the place of somebody else."""

    def make(lab):
        pending, _ = Group.external_join(
            lab.alice.group_info(),
            lab.dave.signer,
            lab.dave.credential,
            resync=True,
            validator=Liar(lab.dave.signer.public_key, victim),
            now=lab.now,
        )
        return pending.commit

    return make


def with_reference(lab):
    lab.room.propose("bob", lab.bob.propose_remove(2, now=lab.now))
    reference = wire.ProposalRef(next(iter(lab.room.hub.proposals)))
    return proposals(lambda old: [old[0], reference])(lab)


def with_add(lab):
    add = wire.Add(wire.expect(lab.package(), wire.KeyPackage))
    return proposals(lambda old: [*old, add])(lab)


def with_update(lab):
    leaf = wire.expect(lab.package(), wire.KeyPackage).leaf_node
    return proposals(lambda old: [*old, wire.Update(leaf)])(lab)


def resigned(signer):
    """The good commit of carol, signed by somebody else."""

    def make(lab):
        commit = wire.expect(lab.external(), wire.PublicMessage).content.content
        return lab.outside(commit, wire.NewMemberCommit(), signer(lab))

    return make


def as_member(lab):
    commit = wire.expect(lab.external(), wire.PublicMessage).content.content
    return lab.forge(commit)


def stale(lab):
    message = lab.external()
    lab.room.commit("bob")
    return message


def altered_tag(lab):
    """An outsider who alters the confirmation tag: there is no membership tag here to stop it."""
    return lab.edit(lab.external(), None, {"confirmation_tag": bytes(32)})


ROWS = [
    # external senders
    ("adds", NOBODY, hub_adds),
    ("updates", NOBODY, hub_updates),
    ("changes extensions", NOBODY, hub_says(wire.GroupContextExtensions(()))),
    ("re-initialises", errors.UnsupportedOperation, hub_says(wire.ReInit(b"g", 1, 2, ()))),
    ("joins", NOBODY, hub_says(wire.ExternalInit(bytes(65)))),
    (
        "injects a key",
        NOBODY,
        hub_says(wire.PreSharedKey(wire.PreSharedKeyID(wire.ExternalPsk(b"x"), bytes(32)))),
    ),
    ("commits", errors.UnexpectedContent, hub_commits),
    ("removes nobody", BAD_LIST, hub_says(wire.Remove(3))),
    (
        "is not in the list",
        errors.UnknownSender,
        hub_says(wire.Remove(2), wire.ExternalSenderIndex(1)),
    ),
    (
        "far beyond the list",
        errors.UnknownSender,
        hub_says(wire.Remove(2), wire.ExternalSenderIndex(2**32 - 1)),
    ),
    ("signed by a stranger", errors.BadSignature, stranger),
    ("a new member proposes itself", NOBODY, dave_proposes_himself),
    # external commits
    ("joins without replacing a leaf", errors.ExternalCommitRefused, dave_joins),
    ("replaces the leaf of another identity", errors.ExternalCommitRefused, replacing("carol")),
    ("no external init", BAD_LIST, proposals(lambda old: old[1:])),
    ("two external inits", BAD_LIST, proposals(lambda old: [old[0], *old])),
    ("no removal", errors.ExternalCommitRefused, proposals(lambda old: old[:1])),
    ("removes nobody's leaf", BAD_LIST, proposals(lambda old: [old[0], wire.Remove(7)])),
    ("replaces the leaf of who checks", errors.ExternalCommitRefused, replacing("bob")),
    ("replaces the leaf of the teller", errors.ExternalCommitRefused, replacing("alice")),
    ("removes two", errors.ExternalCommitRefused, proposals(lambda old: [*old, wire.Remove(1)])),
    ("removes one twice", errors.ExternalCommitRefused, proposals(lambda old: [*old, old[1]])),
    ("removes by reference", BAD_LIST, with_reference),
    ("adds too", BAD_LIST, with_add),
    ("updates too", BAD_LIST, with_update),
    (
        "changes extensions too",
        BAD_LIST,
        proposals(lambda old: [*old, wire.GroupContextExtensions(())]),
    ),
    (
        "injects an unknown key",
        errors.MissingPsk,
        proposals(
            lambda old: [
                *old,
                wire.PreSharedKey(wire.PreSharedKeyID(wire.ExternalPsk(b"x"), bytes(32))),
            ]
        ),
        None,
    ),
    ("has no path", errors.UnexpectedContent, back(path=None)),
    (
        "init key emptied",
        errors.InvalidKey,
        proposals(lambda old: [wire.ExternalInit(b""), old[1]]),
        None,
    ),
    (
        "init key off the curve",
        errors.InvalidKey,
        proposals(lambda old: [wire.ExternalInit(b"\x04" + bytes(64)), old[1]]),
        None,
    ),
    (
        "another init key",
        errors.BadConfirmationTag,
        proposals(lambda old: [wire.ExternalInit(_point()), old[1]]),
        None,
    ),
    ("signed by a member", errors.BadSignature, resigned(lambda lab: lab.alice.signer)),
    ("signed by the hub", errors.BadSignature, resigned(lambda lab: lab.hub_key)),
    ("of the last epoch", errors.WrongEpoch, stale),
    ("with another confirmation tag", errors.BadConfirmationTag, altered_tag, None),
    ("sent by a member", BAD_LIST, as_member),
]


def _point():
    return suite(2).generate_key_pair().public


def test_refused(lab, row):
    lab.handshake(row)


def test_the_good_external_commit_is_taken(lab):
    """So that the refusals above are for their reason."""
    message = lab.external()
    assert lab.bob.process(message, lab.now).external
    assert lab.room.hub.check(message, now=lab.now).removed[0].identity == "carol"


def test_group_infos_that_nobody_joins_by(lab):
    """An external joiner refuses what does not hold; an outsider cannot sign another."""
    info = wire.expect(lab.alice.group_info(), wire.GroupInfo)
    bare = wire.expect(lab.alice.group_info(with_tree=False), wire.GroupInfo)

    def join(found):
        carol = lab.room.devices["carol"]
        Group.external_join(
            found if isinstance(found, bytes) else wire.encode_message(found),
            carol.signer,
            carol.credential,
            resync=True,
            validator=lab.room.validator,
            now=lab.now,
            policy=OPEN,
        )

    context = info.group_context
    kept = tuple(one for one in info.extensions if one.extension_type != wire.EXTERNAL_PUB)
    for error, found in (
        (errors.BadSignature, replace(info, signature=b"0" * 70)),
        (errors.EmptySignature, replace(info, signature=b"")),
        (errors.BadSignature, replace(info, confirmation_tag=bytes(32))),
        (errors.BadSignature, replace(info, extensions=kept)),
        (errors.BadSignature, replace(info, signer=1)),
        (errors.UnknownSender, replace(info, signer=3)),
        (errors.UnknownSender, replace(info, signer=2**32 - 1)),
        (errors.BadSignature, replace(info, group_context=replace(context, epoch=9))),
        (errors.BadTreeHash, replace(info, group_context=replace(context, tree_hash=b""))),
        (errors.UnsupportedSuite, replace(info, group_context=replace(context, cipher_suite=99))),
        (errors.DuplicateExtension, replace(info, extensions=info.extensions * 2)),
        (errors.MissingTree, bare),
        (errors.UnknownWireFormat, lab.commit()),
    ):
        lab.refuse(error, lambda found=found: join(found))
