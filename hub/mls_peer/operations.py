"""What each operation of the peer does to a member; one function an operation, one table.

Every function takes a member and a decoded request and returns the reply's fields. It raises a
CrossbandError and leaves the member as it was, or it succeeds: groups refuse without a trace, and
where one request is several steps it works on a copy of the group.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import version
from typing import Any, Final

from hub.mls_peer import requests
from hub.mls_peer.credentials import credential_of, key_for
from hub.mls_peer.members import (
    POLICY,
    VALIDATOR,
    Member,
    Reply,
    copy_of,
    extensions_of,
    now_seconds,
    state_of,
    with_psks,
)
from protocols.errors import MalformedRequest, NotReady
from protocols.mls.group import Group, StagedCommit, new_key_package
from protocols.mls.public_group import external_proposal, welcome_refs
from protocols.mls.signer import SoftwareSigner
from protocols.mls.suites import HYBRID, SUPPORTED, suite
from protocols.mls.wire import (
    Add,
    GroupInfo,
    KeyPackage,
    Remove,
    expect,
    read_external_senders,
)

HOUR, DAY = 3600, 86_400
LIFETIME: Final = 90 * DAY


def hello(member: Member, request: requests.Request) -> Reply:
    """The suites of RFC 9420 that we support."""
    numbers = [number for number in SUPPORTED if number != HYBRID]
    return {"suites": numbers, "version": version("crossband")}


def keypackage(member: Member, request: requests.KeyPackageRequest) -> Reply:
    """A new key package; one signature key for each identity and signature scheme."""
    if (request.identity is None) == (request.x5c is None):
        raise MalformedRequest("A key package takes either `identity` or `x5c`.")
    credential = credential_of(request.identity, request.x5c)
    scheme = suite(request.suite).signature.name
    name = (scheme, request.identity or "")
    if request.x5c is None:
        signer = member.signer_of.get(name) or SoftwareSigner.generate(request.suite)
    else:
        signer = key_for(request.x5c, member.signers)
    now = now_seconds()
    start = now - HOUR if request.not_before is None else request.not_before
    bundle = new_key_package(
        request.suite,
        signer,
        credential,
        not_before=start,
        not_after=now + LIFETIME if request.not_after is None else request.not_after,
        last_resort=request.last_resort,
    )
    if request.x5c is None:
        member.signer_of[name] = signer
    member.signers[signer.public_key] = signer
    member.packages[bundle.ref] = member.last = bundle
    return {
        "keyPackage": bundle.key_package,
        "ref": bundle.ref,
        "signaturePublicKey": signer.public_key,
    }


def create(member: Member, request: requests.CreateRequest) -> Reply:
    """A new group of one."""
    package, signer = member.last_package
    member.group = Group.create(
        request.group_id,
        package.cipher_suite,
        signer,
        package.leaf_node.credential,
        validator=VALIDATOR,
        now=now_seconds(),
        extensions=extensions_of(request.extensions),
        policy=POLICY,
    )
    return with_psks(member)


def commit(member: Member, request: requests.CommitRequest) -> Reply:
    """A commit, pending unless `merge`."""
    group = copy_of(member.in_group)
    if isinstance(request.proposals, list):
        for message in request.proposals:
            if message not in member.proposals:
                group.process(message, now_seconds())
    psks = [request.psk] if isinstance(request.psk, bytes) else request.psk
    pending = group.commit(
        now=now_seconds(),
        add=request.add,
        remove=request.remove,
        extensions=None if request.gce is None else extensions_of(request.gce),
        psks=psks,
        cached=request.proposals is not False,
        aad=request.aad,
        public=request.public,
        tree_in_welcome=request.tree_in_welcome,
    )
    if request.merge:
        group.merge_pending()
    member.group = group
    reply: Reply = {"commit": pending.commit, "tree": pending.tree, "state": state_of(group)}
    if pending.welcome is not None:
        reply["welcome"] = pending.welcome
    return reply


def add(member: Member, request: requests.AddRequest) -> Reply:
    """Add and merge."""
    return commit(member, requests.CommitRequest(add=request.key_packages, merge=True))


def merge(member: Member, request: requests.Request) -> Reply:
    """Merge the pending commit."""
    member.in_group.merge_pending()
    return {"state": state_of(member.in_group)}


def discard(member: Member, request: requests.Request) -> Reply:
    """Forget the pending commit."""
    member.in_group.discard_pending()
    return {"state": state_of(member.in_group)}


def join(member: Member, request: requests.JoinRequest) -> Reply:
    """Join by the Welcome for one of the member's key packages, which is used up by it."""
    named = [
        member.packages[ref] for ref in welcome_refs(request.welcome) if ref in member.packages
    ]
    bundle = named[0] if named else member.last
    if bundle is None:
        raise NotReady("The member has no key package.")
    signer = member.signers[bundle.package.leaf_node.signature_key]
    member.group = Group.join(
        request.welcome,
        bundle,
        signer,
        tree=request.tree,
        psks=member.psks,
        validator=VALIDATOR,
        now=now_seconds(),
        policy=POLICY,
    )
    if not bundle.package.last_resort:
        member.packages.pop(bundle.ref, None)
    return {"state": state_of(member.group)}


def encrypt(member: Member, request: requests.EncryptRequest) -> Reply:
    """An application message."""
    return {"message": member.in_group.encrypt(request.data, aad=request.aad)}


def decrypt(member: Member, request: requests.MessageRequest) -> Reply:
    """What an application message says, and who says it."""
    message = member.in_group.decrypt(request.message)
    return {
        "data": message.data,
        "sender": message.sender,
        "generation": message.generation,
        "aad": message.aad,
        "epoch": message.epoch,
    }


def process(member: Member, request: requests.MessageRequest) -> Reply:
    """Take a proposal, or a commit and merge it; the echo of the pending commit merges that."""
    group = member.in_group
    if group.pending is not None and group.pending.commit == request.message:
        group.merge_pending()
        return {"kind": "commit", "state": state_of(group)}
    found = group.process(request.message, now_seconds())
    if isinstance(found, StagedCommit):
        group.merge(found)
        return {"kind": "commit", "state": state_of(group)}
    member.proposals.add(request.message)
    return {"kind": "proposal", "state": state_of(group)}


def propose(member: Member, request: requests.ProposeRequest) -> Reply:
    """A proposal, cached here too."""
    group, now, public = member.in_group, now_seconds(), request.public
    if [request.add, request.remove, request.psk].count(None) != 2:
        raise MalformedRequest("A proposal takes exactly one of `add`, `remove` and `psk`.")
    if request.add is not None:
        message = group.propose_add(request.add, now=now, public=public)
    elif request.remove is not None:
        message = group.propose_remove(request.remove, now=now, public=public)
    else:
        assert request.psk is not None
        message = group.propose_psk(request.psk, now=now, public=public)
    member.proposals.add(message)
    return {"message": message}


def groupinfo(member: Member, request: requests.GroupInfoRequest) -> Reply:
    """The GroupInfo of this epoch, with external_pub."""
    return {"groupInfo": member.in_group.group_info(with_tree=request.tree)}


def external_join(member: Member, request: requests.ExternalJoinRequest) -> Reply:
    """Join from outside; the member is in the new epoch at once."""
    package, signer = member.last_package
    pending, group = Group.external_join(
        request.group_info,
        signer,
        package.leaf_node.credential,
        tree=request.tree,
        resync=request.resync,
        validator=VALIDATOR,
        now=now_seconds(),
        policy=POLICY,
    )
    member.group = group
    return {"commit": pending.commit, **with_psks(member)}


def external_propose(member: Member, request: requests.ExternalProposeRequest) -> Reply:
    """A proposal by an external sender of the group; needs no membership."""
    if (request.add is None) == (request.remove is None):
        raise MalformedRequest("An external proposal takes either `add` or `remove`.")
    context = expect(request.group_info, GroupInfo).group_context
    keys = [sender.signature_key for sender in read_external_senders(context.extensions)]
    if request.sign_pub not in keys:
        raise NotReady("The group lists no external sender with this key.")
    if request.add is not None:
        proposal: Add | Remove = Add(expect(request.add, KeyPackage))
    else:
        assert request.remove is not None
        proposal = Remove(request.remove)
    message = external_proposal(
        context.group_id,
        context.epoch,
        proposal,
        SoftwareSigner.for_suite(context.cipher_suite, request.sign_key),
        sender_index=keys.index(request.sign_pub),
    )
    return {"message": message}


def export(member: Member, request: requests.ExportRequest) -> Reply:
    """A secret of the exporter."""
    secret = member.in_group.exporter(request.label, request.context, request.length)
    return {"secret": secret}


def psk(member: Member, request: requests.PskRequest) -> Reply:
    """Hold a pre-shared key, for the group and for joining one."""
    member.psks[request.psk_id] = request.secret
    if member.group is not None:
        member.group.register_psk(request.psk_id, request.secret)
    return {}


def sigkey(member: Member, request: requests.SigkeyRequest) -> Reply:
    """A new signature key pair; the member keeps it for a key package with `x5c`."""
    last = 2 if member.last is None else member.last.package.cipher_suite
    signer = SoftwareSigner.generate(last if request.suite is None else request.suite)
    member.signers[signer.public_key] = signer
    return {"signKey": signer.private_key, "signPub": signer.public_key}


def info(member: Member, request: requests.Request) -> Reply:
    """Where the member stands."""
    return {"state": state_of(member.in_group)}


OPERATIONS: Final[dict[str, Callable[[Member, Any], Reply]]] = {
    "hello": hello,
    "keypackage": keypackage,
    "create": create,
    "commit": commit,
    "add": add,
    "merge": merge,
    "discard": discard,
    "join": join,
    "encrypt": encrypt,
    "decrypt": decrypt,
    "process": process,
    "propose": propose,
    "groupinfo": groupinfo,
    "external-join": external_join,
    "external-propose": external_propose,
    "export": export,
    "psk": psk,
    "sigkey": sigkey,
    "info": info,
}
