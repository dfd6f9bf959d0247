"""ts-mls, an implementation that shares no code with ours, in one group with it, both ways."""

from __future__ import annotations

import base64
import itertools
import random
from dataclasses import dataclass, field

import pytest

ALL_SUITES = (1, 2, 3, 4, 5, 6, 7)
NUMBERS = itertools.count()


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


@dataclass
class Person:
    """One member: a name, and the implementation that it runs on."""

    peer: object
    name: str
    package: str = ""

    def call(self, op, **fields):
        return self.peer.call(self.name, op, **fields)


@dataclass
class Room:
    """A group whose members run on different implementations; everything said is checked by all."""

    suite: int
    members: list[Person] = field(default_factory=list)

    def person(self, peer) -> Person:
        found = Person(peer, f"p{next(NUMBERS)}")
        made = found.call("keypackage", identity=found.name, suite=self.suite)
        found.package = made["keyPackage"]
        return found

    def found(self, peer) -> Person:
        founder = self.person(peer)
        founder.call("create", groupId=b64(b"room " + founder.name.encode()))
        self.members = [founder]
        return founder

    def deliver(self, sender: Person, message: str) -> None:
        for member in self.members:
            if member is not sender:
                member.call("process", message=message)

    def commit(self, by: Person, joining: tuple[Person, ...] = (), apart=False, **fields):
        """A commit that everybody processes; who joins does so by its Welcome."""
        if joining:
            fields["add"] = [person.package for person in joining]
        made = by.call("commit", treeInWelcome=not apart, **fields)
        for person in joining:
            more = {"tree": made["tree"]} if apart else {}
            person.call("join", welcome=made["welcome"], **more)
        self.deliver(by, made["commit"])
        by.call("merge")
        self.members += joining
        self.agree()
        return made

    def agree(self) -> None:
        states = [member.call("info")["state"] for member in self.members]
        assert all(state == states[0] for state in states[1:])
        assert {entry["identity"] for entry in states[0]["members"]} == {
            member.name for member in self.members
        }
        label, context = "crossband interop", b64(b"case 17")
        secrets = {
            member.call("export", label=label, context=context, length=48)["secret"]
            for member in self.members
        }
        assert len(secrets) == 1

    def talk(self) -> None:
        for sender in self.members:
            said = b64(f"observation by {sender.name}".encode())
            message = sender.call("encrypt", data=said, aad=b64(b"header"))["message"]
            for member in self.members:
                if member is not sender:
                    heard = member.call("decrypt", message=message)
                    assert (heard["data"], heard["aad"]) == (said, b64(b"header"))

    def leaf(self, person: Person) -> int:
        entries = person.call("info")["state"]["members"]
        return next(entry["leaf"] for entry in entries if entry["identity"] == person.name)

    def remove(self, by: Person, gone: Person) -> None:
        leaf = self.leaf(gone)
        self.members.remove(gone)
        self.commit(by, remove=[leaf])


@pytest.fixture
def peers(ours, theirs):
    return {"ours": ours, "theirs": theirs}


def test_ts_mls_offers_the_suites_of_the_rfc(peers):
    assert peers["ours"].call("me", "hello")["suites"] == list(ALL_SUITES)
    assert peers["theirs"].call("me", "hello")["suites"] == list(ALL_SUITES)


@pytest.mark.parametrize("suite", ALL_SUITES)
@pytest.mark.parametrize("founder", ["ours", "theirs"])
def test_found_add_talk_update_remove(peers, suite, founder):
    guest = "theirs" if founder == "ours" else "ours"
    room = Room(suite)
    first = room.found(peers[founder])
    second = room.person(peers[guest])
    room.commit(first, joining=(second,))
    room.talk()
    third, fourth = room.person(peers["ours"]), room.person(peers["theirs"])
    room.commit(second, joining=(third, fourth), apart=True)
    room.talk()
    for member in list(room.members):
        room.commit(member)
    room.talk()
    room.remove(second, third)
    room.remove(first, fourth)
    room.talk()


@pytest.mark.parametrize("public", [True, False], ids=["public", "private"])
def test_handshakes_in_the_clear_and_encrypted(peers, public):
    room = Room(2)
    alice = room.found(peers["ours"])
    bob, carol = room.person(peers["theirs"]), room.person(peers["ours"])
    room.commit(alice, joining=(bob, carol), public=public)
    for committer in (bob, alice, carol, bob):
        room.commit(committer, public=public, aad=b64(b"why"))
    room.talk()


@pytest.mark.parametrize("apart", [False, True], ids=["tree in welcome", "tree apart"])
@pytest.mark.parametrize("adder", ["ours", "theirs"])
def test_joining_with_the_tree_inside_and_apart(peers, adder, apart):
    room = Room(2)
    room.found(peers[adder])
    for guest in ("ours", "theirs", "ours", "theirs"):
        room.commit(room.members[0], joining=(room.person(peers[guest]),), apart=apart)
    room.talk()


@pytest.mark.parametrize("proposer", ["ours", "theirs"])
@pytest.mark.parametrize("public", [True, False], ids=["public", "private"])
def test_proposals_by_reference(peers, proposer, public):
    committer = "theirs" if proposer == "ours" else "ours"
    room = Room(2)
    speaker = room.found(peers[proposer])
    actor, gone = room.person(peers[committer]), room.person(peers[committer])
    room.commit(speaker, joining=(actor, gone))
    guest = room.person(peers[proposer])
    for fields in ({"add": guest.package}, {"remove": room.leaf(gone)}):
        message = speaker.call("propose", public=public, **fields)["message"]
        room.deliver(speaker, message)
    room.members.remove(gone)
    made = actor.call("commit")
    guest.call("join", welcome=made["welcome"])
    room.deliver(actor, made["commit"])
    actor.call("merge")
    room.members.append(guest)
    room.agree()
    room.talk()


@pytest.mark.parametrize("committer", ["ours", "theirs"])
def test_a_pre_shared_key_in_a_commit_and_in_its_welcome(peers, committer):
    room = Room(2)
    first = room.found(peers[committer])
    others = tuple(room.person(peers[kind]) for kind in ("ours", "theirs"))
    name, secret = b64(b"case 17"), b64(b"shared over the telephone, 32 b.")
    for person in (first, *others):
        person.call("psk", pskId=name, secret=secret)
    room.commit(first, joining=others, psk=[name])
    room.commit(others[0], psk=[name])
    message = others[1].call("propose", psk=name)["message"]
    room.deliver(others[1], message)
    room.commit(first)
    room.talk()


@pytest.mark.parametrize("joiner", ["ours", "theirs"])
@pytest.mark.parametrize("teller", ["ours", "theirs"])
@pytest.mark.parametrize("apart", [False, True], ids=["tree inside", "tree apart"])
def test_joining_by_an_external_commit(peers, joiner, teller, apart):
    room = Room(2)
    first = room.found(peers[teller])
    other = room.person(peers["theirs" if teller == "ours" else "ours"])
    made = room.commit(first, joining=(other,))
    guest = room.person(peers[joiner])
    info = first.call("groupinfo", tree=not apart)["groupInfo"]
    more = {"tree": made["tree"]} if apart else {}
    commit = guest.call("external-join", groupInfo=info, **more)["commit"]
    room.deliver(guest, commit)
    room.members.append(guest)
    room.agree()
    room.talk()
    room.commit(guest)
    room.talk()


@pytest.mark.parametrize("joiner", ["ours", "theirs"])
def test_a_lost_member_comes_back_by_replacing_its_own_leaf(peers, joiner):
    room = Room(2)
    first = room.found(peers["ours"])
    room.commit(first, joining=(room.person(peers["theirs"]),))
    lost = room.person(peers[joiner])
    room.commit(first, joining=(lost,))
    info = first.call("groupinfo")["groupInfo"]
    made = lost.call("keypackage", identity=lost.name)
    lost.package = made["keyPackage"]
    commit = lost.call("external-join", groupInfo=info, resync=True)["commit"]
    room.deliver(lost, commit)
    room.agree()
    room.talk()


def test_an_external_proposal_made_by_ts_mls_is_taken_by_ours(peers):
    """The other way does not exist: ts-mls reads external_senders without its vector length."""
    room = Room(2)
    alice = room.person(peers["ours"])
    outsider, gone, guest = (room.person(peers[kind]) for kind in ("theirs", "ours", "theirs"))
    key = outsider.call("sigkey")
    sender = {"signaturePublicKey": key["signPub"], "identity": "hub"}
    alice.call("create", groupId=b64(b"watched"), extensions=[{"externalSenders": [sender]}])
    room.members = [alice]
    made = alice.call("commit", add=[gone.package])
    gone.call("join", welcome=made["welcome"])
    alice.call("merge")
    info = alice.call("groupinfo")["groupInfo"]
    message = outsider.call(
        "external-propose", groupInfo=info, remove=1, signKey=key["signKey"], signPub=key["signPub"]
    )["message"]
    room.members = [alice, gone]
    room.deliver(guest, message)
    alice.call("commit", merge=True)
    assert [entry["identity"] for entry in alice.call("info")["state"]["members"]] == [alice.name]


def test_eight_members_of_both_kinds_and_shuffled_committers(peers):
    shuffle = random.Random(9420)
    room = Room(2)
    first = room.found(peers["theirs"])
    room.commit(first, joining=tuple(room.person(peers["ours"]) for _ in range(2)))
    for step in range(14):
        committer = shuffle.choice(room.members)
        action = shuffle.choice(("add", "add", "update", "remove", "swap"))
        others = [member for member in room.members if member is not committer]
        newcomer = room.person(peers[shuffle.choice(("ours", "theirs"))])
        if action == "add" and len(room.members) < 8:
            room.commit(committer, joining=(newcomer,), apart=step % 2 == 0)
        elif action == "remove" and len(others) > 1:
            room.remove(committer, shuffle.choice(others))
        elif action == "swap" and len(others) > 1:
            gone = shuffle.choice(others)
            leaf = room.leaf(gone)
            room.members.remove(gone)
            room.commit(committer, joining=(newcomer,), remove=[leaf])
        else:
            room.commit(committer, public=step % 3 != 0)
    room.talk()
