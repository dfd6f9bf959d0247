"""Every operation, in both roles, through the pipes of the real process."""

from __future__ import annotations

import base64
import time

import pytest

NAMES = ("alice", "bob", "carol")


def states(process, *names):
    return [process.call(name, "info")["state"] for name in names]


def agree(process, *names):
    first, *others = states(process, *names)
    assert all(other == first for other in others)
    return first


def test_hello_names_the_suites_of_the_rfc(process):
    reply = process.call("me", "hello")
    assert reply["suites"] == [1, 2, 3, 4, 5, 6, 7]
    assert reply["version"]


@pytest.mark.parametrize("suite", range(1, 8))
def test_two_members_of_every_suite(process, b64, suite):
    process.call("alice", "keypackage", identity="alice", suite=suite)
    process.call("alice", "create", groupId=b64(b"g"))
    package = process.call("bob", "keypackage", identity="bob", suite=suite)
    welcome = process.call("alice", "add", keyPackages=[package["keyPackage"]])["welcome"]
    process.call("bob", "join", welcome=welcome)
    agree(process, "alice", "bob")
    message = process.call("bob", "encrypt", data=b64(b"10-4"))["message"]
    assert process.call("alice", "decrypt", message=message)["data"] == b64(b"10-4")


def test_state_says_where_a_member_stands(trio, b64):
    state = agree(trio, *NAMES)
    assert state["groupId"] == b64(b"tunnel-nogales")
    assert state["epoch"] == 1
    assert state["members"] == [{"leaf": i, "identity": name} for i, name in enumerate(NAMES)]
    for name in ("epochAuthenticator", "treeHash", "confirmedTranscriptHash"):
        assert len(base64.b64decode(state[name])) == 32


def test_messages_tell_sender_generation_aad_and_epoch(trio, b64):
    trio.call("bob", "encrypt", data=b64(b"first"))
    message = trio.call("bob", "encrypt", data=b64(b"shots"), aad=b64(b"header"))["message"]
    heard = trio.call("carol", "decrypt", message=message)
    del heard["id"], heard["ok"]
    assert heard == {
        "data": b64(b"shots"),
        "sender": 1,
        "generation": 1,
        "aad": b64(b"header"),
        "epoch": 1,
    }
    trio.refused("carol", "decrypt", "ReplayedGeneration", message=message)
    trio.refused("bob", "decrypt", "OwnMessage", message=message)


def test_a_commit_is_merged_when_told(trio):
    made = trio.call("alice", "commit", remove=[2])
    assert made["state"]["epoch"] == 1
    assert "welcome" not in made
    assert trio.call("bob", "process", message=made["commit"])["kind"] == "commit"
    assert trio.call("alice", "merge")["state"] == states(trio, "bob")[0]
    gone = trio.call("carol", "process", message=made["commit"])["state"]
    assert gone["active"] is False
    trio.refused("carol", "encrypt", "RemovedFromGroup", data="")
    trio.refused("alice", "merge", "NothingPending")


def test_a_discarded_commit_leaves_nothing(trio):
    before = states(trio, "alice")
    trio.call("alice", "commit")
    assert [trio.call("alice", "discard")["state"]] == before
    trio.refused("alice", "discard", "NothingPending")


def test_the_own_echo_merges(trio):
    made = trio.call("alice", "commit", public=False)
    trio.call("bob", "process", message=made["commit"])
    trio.call("carol", "process", message=made["commit"])
    assert trio.call("alice", "process", message=made["commit"])["state"]["epoch"] == 2
    agree(trio, *NAMES)


def test_the_tree_travels_apart(trio):
    package = trio.call("dave", "keypackage", identity="dave")["keyPackage"]
    made = trio.call("alice", "commit", add=[package], treeInWelcome=False, merge=True)
    reply = trio.ask("dave", "join", welcome=made["welcome"])
    assert reply["error"].startswith("MissingTree: ")
    trio.call("dave", "join", welcome=made["welcome"], tree=made["tree"])
    agree(trio, "alice", "dave")


def test_a_key_package_joins_once_unless_it_is_a_last_resort(process, b64):
    process.call("alice", "keypackage", identity="alice")
    process.call("alice", "create", groupId=b64(b"g"))
    last = process.call("bob", "keypackage", identity="bob", lastResort=True)["keyPackage"]
    process.call("bob", "keypackage", identity="bob")
    welcome = process.call("alice", "add", keyPackages=[last])["welcome"]
    process.call("bob", "join", welcome=welcome)
    process.call("alice", "commit", remove=[1], merge=True)
    welcome = process.call("alice", "add", keyPackages=[last])["welcome"]
    process.call("bob", "join", welcome=welcome)
    agree(process, "alice", "bob")


@pytest.mark.parametrize("public", [True, False])
def test_proposals_are_taken_and_committed_by_reference(trio, public):
    package = trio.call("dave", "keypackage", identity="dave")["keyPackage"]
    proposed = [
        trio.call("bob", "propose", add=package, public=public)["message"],
        trio.call("bob", "propose", remove=2, public=public)["message"],
    ]
    assert trio.call("alice", "process", message=proposed[0])["kind"] == "proposal"
    made = trio.call("alice", "commit", proposals=proposed)
    for message in proposed:
        trio.call("carol", "process", message=message)
    trio.call("bob", "process", message=made["commit"])
    trio.call("alice", "merge")
    trio.call("dave", "join", welcome=made["welcome"])
    state = agree(trio, "alice", "bob", "dave")
    assert [entry["identity"] for entry in state["members"]] == ["alice", "bob", "dave"]
    assert trio.call("carol", "process", message=made["commit"])["state"]["active"] is False


def test_proposals_can_be_left_out(trio):
    trio.call("alice", "propose", remove=2)
    made = trio.call("alice", "commit", proposals=False, merge=True)
    assert len(made["state"]["members"]) == 3


def test_a_proposal_is_one_thing(trio):
    trio.refused("alice", "propose", "MalformedRequest")
    trio.refused("alice", "propose", "MalformedRequest", remove=1, psk="eA==")


def test_pre_shared_keys(trio, b64):
    name = b64(b"case 17")
    trio.refused("alice", "commit", "MissingPsk", psk=[name])
    for member in NAMES:
        trio.call(member, "psk", pskId=name, secret=b64(b"s" * 32))
    message = trio.call("carol", "propose", psk=name)["message"]
    trio.call("alice", "process", message=message)
    trio.call("bob", "process", message=message)
    made = trio.call("alice", "commit", psk=[name], merge=True)
    for member in ("bob", "carol"):
        trio.call(member, "process", message=made["commit"])
    agree(trio, *NAMES)
    package = trio.call("dave", "keypackage", identity="dave")["keyPackage"]
    trio.call("dave", "psk", pskId=name, secret=b64(b"s" * 32))
    made = trio.call("bob", "commit", add=[package], psk=name, merge=True)
    trio.call("dave", "join", welcome=made["welcome"])
    agree(trio, "bob", "dave")


@pytest.mark.parametrize("inside", [True, False])
def test_external_join_and_resync(trio, inside):
    made = trio.call("alice", "commit", merge=True)
    for name in ("bob", "carol"):
        trio.call(name, "process", message=made["commit"])
    info = trio.call("alice", "groupinfo", tree=inside)["groupInfo"]
    trio.call("dave", "keypackage", identity="dave")
    more = {} if inside else {"tree": made["tree"]}
    joined = trio.call("dave", "external-join", groupInfo=info, **more)
    for name in NAMES:
        trio.call(name, "process", message=joined["commit"])
    agree(trio, *NAMES, "dave")
    info = trio.call("bob", "groupinfo")["groupInfo"]
    again = trio.call("dave", "external-join", groupInfo=info, resync=True)
    for name in NAMES:
        trio.call(name, "process", message=again["commit"])
    assert len(agree(trio, *NAMES, "dave")["members"]) == 4


def test_external_join_needs_the_right_tree(trio):
    stale = trio.call("alice", "commit")["tree"]
    info = trio.call("alice", "groupinfo", tree=False)["groupInfo"]
    trio.call("dave", "keypackage", identity="dave")
    for error, more in (("MissingTree", {}), ("BadTreeHash", {"tree": stale})):
        reply = trio.ask("dave", "external-join", groupInfo=info, **more)
        assert reply["error"].startswith(f"{error}: ")


def test_external_senders_propose(process, b64):
    process.call("alice", "keypackage", identity="alice")
    package = process.call("bob", "keypackage", identity="bob")["keyPackage"]
    key = process.call("hub", "sigkey")
    sender = {"signaturePublicKey": key["signPub"], "identity": "hub"}
    process.call("alice", "create", groupId=b64(b"g"), extensions=[{"externalSenders": [sender]}])
    info = process.call("alice", "groupinfo")["groupInfo"]
    signed = {"groupInfo": info, "signKey": key["signKey"], "signPub": key["signPub"]}
    message = process.call("hub", "external-propose", add=package, **signed)["message"]
    process.call("alice", "process", message=message)
    made = process.call("alice", "commit", merge=True)
    process.call("bob", "join", welcome=made["welcome"])
    agree(process, "alice", "bob")
    other = process.call("hub", "sigkey")
    reply = process.ask(
        "hub", "external-propose", remove=1, **{**signed, "signPub": other["signPub"]}
    )
    assert reply["error"].startswith("NotReady: ")


def test_group_context_extensions(trio, b64):
    made = trio.call("alice", "commit", gce=[{"type": 10, "data": b64(b"")}], merge=True)
    for name in ("bob", "carol"):
        trio.call(name, "process", message=made["commit"])
    agree(trio, *NAMES)
    trio.refused("alice", "commit", "MissingCapability", gce=[{"type": 0xF00D, "data": ""}])
    trio.refused("alice", "commit", "MalformedRequest", gce=[{"type": 1}])


def test_exporters_agree_and_differ_by_label(trio, b64):
    ask = {"context": b64(b"case 17"), "length": 40}
    secrets = {trio.call(name, "export", label="radio", **ask)["secret"] for name in NAMES}
    assert len(secrets) == 1
    assert len(base64.b64decode(secrets.pop())) == 40
    assert trio.call("bob", "export", label="other", **ask)["secret"] not in secrets


def test_key_packages_outside_their_time_are_refused(trio):
    now = int(time.time())
    old = trio.call("dave", "keypackage", identity="dave", notBefore=1, notAfter=now - 60)
    trio.refused("alice", "commit", "ExpiredKeyPackage", add=[old["keyPackage"]])
    trio.refused("alice", "add", "ExpiredKeyPackage", keyPackages=[old["keyPackage"]])


def test_a_refused_operation_of_several_steps_leaves_no_step_behind(trio):
    proposal = trio.call("bob", "propose", remove=2)["message"]
    trio.refused("alice", "commit", "InvalidProposalList", proposals=[proposal], remove=[9])
    made = trio.call("alice", "commit", merge=True)
    assert len(made["state"]["members"]) == 3, "the proposal was not kept"


def test_a_member_without_what_it_needs_is_not_ready(process):
    for op, fields in (
        ("create", {"groupId": ""}),
        ("commit", {}),
        ("join", {"welcome": ""}),
        ("encrypt", {"data": ""}),
        ("info", {}),
    ):
        reply = process.ask("nobody", op, **fields)
        assert reply["ok"] is False, op
