"""What a key can sign in, and that two Ed25519 devices talk in a suite of theirs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from protocols.client.events import Done, Received
from protocols.client.suites import check_suite, offered, suites_of
from protocols.frames import Claim, Create, Handshake, Package, Policy, Send
from protocols.identity import DeviceKey
from protocols.mls.errors import UnsupportedSuite
from protocols.mls.suites import HYBRID

SUITE_1 = Policy(owners=("uscbp", "c5"), suite=1)


def test_the_suites_of_a_key() -> None:
    p256, ed25519 = DeviceKey.generate("p256"), DeviceKey.generate("ed25519")
    assert (suites_of(p256), offered(p256)) == ((2, HYBRID), (2,))
    assert (suites_of(ed25519), offered(ed25519)) == ((1, 3), (1,))
    check_suite(p256, HYBRID)
    check_suite(ed25519, 3)
    with pytest.raises(UnsupportedSuite, match="ed25519 key signs in the suites 1 and 3, not in 2"):
        check_suite(ed25519, 2)


def test_ed25519_devices_talk_in_suite_1(agencies: Any, actor: Callable[..., Any]) -> None:
    from tests.protocols.client.conftest import Playbook

    book = Playbook(agencies, algorithm="ed25519")
    book.policy = SUITE_1
    us = actor("dispatch@uscbp", algorithm="ed25519")
    mx = actor("desk@c5", algorithm="ed25519")
    book.open(us)
    book.admit(us, mx)
    mx.events.clear()
    send = book.only(book.say(us, "twenty-five five nineteen"), Send)
    mx.get(book.log_message(send))
    assert mx.told(Received)[0].message.body.text.text == "twenty-five five nineteen"
    assert us.engine._desk.channels["nogales"].group._group.suite == 1


def test_a_channel_in_a_suite_of_other_keys_is_refused_by_name(book: Any, us: Any) -> None:
    book.connect(us, listed=False)
    us.engine.create("nogales", SUITE_1, us.now)
    assert not [frame for frame in us.settle() if isinstance(frame, Create)]
    (done,) = us.told(Done)
    assert isinstance(done.error, UnsupportedSuite)


def test_a_device_of_another_suite_is_not_added_and_named(
    book: Any, both: Any, actor: Callable[..., Any]
) -> None:
    us, _ = both
    guest = actor("gn-3@c5", algorithm="ed25519")
    package = book.packages(guest).packages[0]
    us.engine.add("nogales", ["gn-3@c5"], us.now)
    claim = book.only(us.settle(), Claim)
    sent = us.get(Package(claim.ref, "gn-3@c5", package))
    assert not [frame for frame in sent if isinstance(frame, Handshake)]
    (done,) = us.told(Done)
    assert isinstance(done.error, UnsupportedSuite)
    assert "gn-3@c5 is of suite 1; this channel is of suite 2" in done.error.detail


def test_the_hybrid_suite_can_be_opened_by_a_p256_device(book: Any, us: Any) -> None:
    book.policy = msgspec.structs.replace(book.policy, suite=HYBRID)
    book.open(us)
    assert us.engine._desk.channels["nogales"].group._group.suite == HYBRID
