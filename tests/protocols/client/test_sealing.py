"""What some may not see stays sealed; what does not hold is refused and says why."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from protocols.client.sealing import PAYLOAD_KINDS, payload_message, seal, unseal
from protocols.errors import HeaderRefused, MalformedMessage
from protocols.header import Act, franking_tag, unpack
from protocols.identity import Identity, Role
from protocols.ids import id_bytes
from protocols.messages import compact
from protocols.messages.envelope import Caveat, Handling, Message, compose
from protocols.messages.kinds import AlarmAck, Observation, Text
from protocols.messages.values import LanguageText

SENDER = Identity("US", "uscbp", "Nogales", "dispatch@uscbp", Role.COMMAND)
READER = Identity("MX", "c5", "Nogales", "desk@c5", Role.COMMAND)
EYES = Identity("CA", "rcmp", "Nogales", "eyes@rcmp", Role.OBSERVER)
ROSTER = (SENDER, READER, EYES)


class Keys:
    """A group whose sealing can be watched: leaf n is the n-th of the roster."""

    epoch = 3

    def __init__(self, reader: Identity) -> None:
        self.own_leaf = ROSTER.index(reader)

    def seal(self, devices: Any, value: bytes, context: bytes) -> list[tuple[int, bytes, bytes]]:
        leaves = [n for n, one in enumerate(ROSTER) if one.device in devices]
        return [(leaf, bytes([leaf]), bytes([leaf]) + context + value) for leaf in leaves]

    def open_sealed(self, epoch: int, output: bytes, sealed: bytes, context: bytes) -> bytes:
        assert (epoch, output) == (3, bytes([self.own_leaf]))
        return sealed.removeprefix(output + context)

    def franking_key(self, epoch: int, message_id: bytes) -> bytes:
        return b"%d" % epoch + message_id


def text(words: str, sender: Identity = SENDER, **fields: Any) -> Message:
    return compose(sender, Text(text=LanguageText(text=words)), **fields)


def caveated() -> Message:
    body = Observation(size=2, camera="CAM-17")
    handling = Handling(withheld=(Caveat(path="/body/camera", releasable_to=("US",)),))
    return compose(SENDER, body, handling=handling)


@pytest.mark.parametrize("reader", [READER, EYES])
def test_round_trip(reader: Identity) -> None:
    message = text("smoke at the fence", incident="TUN-1", operator="García")
    payload, head = seal(message, ROSTER, Keys(SENDER))
    assert unseal(payload, head, SENDER, 3, Keys(reader)).message == message
    assert unseal(payload, head, SENDER, 3, Keys(reader)).refused is None
    assert payload_message(payload, head, SENDER) == message


def test_a_short_text_fits_its_class() -> None:
    payload, _ = seal(text("x" * 80), ROSTER, Keys(SENDER))
    assert len(payload) <= 254


def test_a_withheld_field_opens_for_its_readers_only() -> None:
    message = caveated()
    payload, head = seal(message, ROSTER, Keys(SENDER))
    assert payload[:1] == PAYLOAD_KINDS[1]
    assert b"CAM-17" not in payload
    stubbed = unseal(payload, head, SENDER, 3, Keys(READER)).message
    assert stubbed.body.camera is None
    assert [stub.path for stub in stubbed.stubs] == ["/body/camera"]
    assert unseal(payload, head, SENDER, 3, Keys(SENDER)).message == message
    assert payload_message(payload, head, SENDER).stubs == stubbed.stubs


def test_a_part_that_does_not_open_stays_a_stub() -> None:
    payload, head = seal(caveated(), ROSTER, Keys(SENDER))
    packed, parts = msgspec.msgpack.decode(payload[1:])
    parts[0][1] = parts[0][1][:-1] + b"?"
    broken = payload[:1] + msgspec.msgpack.encode((packed, parts))
    shown = unseal(broken, _frank(head, broken), SENDER, 3, Keys(SENDER))
    assert [stub.path for stub in shown.message.stubs] == ["/body/camera"]


def test_the_leaf_says_who_sent_it() -> None:
    claimed = text("I am the dispatcher", sender=READER)
    payload, head = seal(claimed, ROSTER, Keys(SENDER))
    shown = unseal(payload, head, SENDER, 3, Keys(EYES)).message
    assert shown.sender.identity == SENDER


def test_another_act_in_the_header_is_refused_but_shown() -> None:
    message = text("an order that calls itself a note")
    payload, head = seal(message, ROSTER, Keys(SENDER))
    lying = msgspec.structs.replace(unpack(head), act=Act.COMMAND).pack()
    shown = unseal(payload, lying, SENDER, 3, Keys(READER))
    assert shown.refused == "act_mismatch"
    assert shown.message == message
    assert "COMMAND" in shown.detail


def test_a_role_that_may_not_is_refused_but_shown() -> None:
    message = compose(EYES, AlarmAck(alarm=text("x").id))
    payload, head = seal(message, ROSTER, Keys(EYES))
    shown = unseal(payload, head, EYES, 3, Keys(READER))
    assert shown.refused == "role_refused"
    assert shown.message == message


@pytest.mark.parametrize("change", ["payload", "epoch", "tag", "id"])
def test_the_franking_tag_binds_header_payload_and_epoch(change: str) -> None:
    payload, head = seal(text("words"), ROSTER, Keys(SENDER))
    header, epoch = unpack(head), 3
    if change == "payload":
        payload, _ = seal(text("other words"), ROSTER, Keys(SENDER))
    elif change == "epoch":
        epoch = 2
    elif change == "tag":
        header = msgspec.structs.replace(header, tag=bytes(32))
    else:
        header = msgspec.structs.replace(header, id=id_bytes(text("x").id))
    with pytest.raises(HeaderRefused, match="franking"):
        unseal(payload, header.pack(), SENDER, epoch, Keys(READER))


@pytest.mark.parametrize(
    "payload",
    [b"", b"\x00abc", b"\x03", b"\x01", b"\x01\xc1", b"\x02\x90", b"\x02" + b"\x93" * 400],
)
def test_nonsense_with_a_good_tag_is_malformed(payload: bytes) -> None:
    _, head = seal(text("words"), ROSTER, Keys(SENDER))
    with pytest.raises(MalformedMessage):
        unseal(payload, _frank(head, payload), SENDER, 3, Keys(READER))


def test_a_part_can_restore_but_never_add() -> None:
    message = text("plain")
    packed = compact.pack(message)
    keys = Keys(SENDER)
    genuine, head = seal(caveated(), ROSTER, keys)
    _, parts = msgspec.msgpack.decode(genuine[1:])
    payload = PAYLOAD_KINDS[1] + msgspec.msgpack.encode((packed, parts))
    shown = unseal(payload, _frank(head, payload), SENDER, 3, keys)
    assert shown.refused == "malformed_message"
    assert shown.message.body == message.body


def _frank(head: bytes, payload: bytes) -> bytes:
    header = unpack(head)
    tag = franking_tag(b"3" + header.id, payload)
    return msgspec.structs.replace(header, tag=tag).pack()
