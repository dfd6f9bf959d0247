"""People who mean harm: nothing they send stops the hub, costs another a message, or shows more."""

from __future__ import annotations

import asyncio
import socket
import ssl
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives import serialization
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from hub.agency.certificates import issue_device
from hub.relay.access import check_name, check_policy
from hub.relay.effects import Append, Disconnect
from hub.relay.state import Limits
from hub.store.items import Revoke
from protocols import frames
from protocols.clock import system_clock
from protocols.errors import PolicyRefused
from protocols.frames import (
    JSON,
    MSGPACK,
    SUBPROTOCOL_JSON,
    SUBPROTOCOL_MSGPACK,
    Cannot,
    Directory,
    Handshake,
    Notice,
    Policy,
    Propose,
    Publish,
    Receipt,
    Refusal,
    Send,
    SetPolicy,
    SlowDown,
    Stage,
    Statement,
    Subscribe,
    Trace,
)
from protocols.identity import RevocationStatement, Role
from protocols.mls.credentials import x509_credential
from protocols.session import STATEMENTS_BEFORE_LOGIN
from tests.hub.relay.playbook import JOINT, Play, only, sent
from tests.scenario.caller import Caller
from tests.scenario.house import House
from tests.scenario.member import Member


@pytest.fixture
async def desk(play: Play) -> Member:
    """A command device with a channel of its own."""
    desk = play.member("desk", role=Role.COMMAND)
    await play.enter(desk)
    await play.open_channel(desk)
    return desk


# --- numbers and bytes --------------------------------------------------------------------------


@pytest.mark.parametrize("ref", [0, -1, 2**63, 2**64 - 1, 2**64, 10**30])
def test_a_ref_that_no_answer_could_carry_is_no_frame(ref: int) -> None:
    for raw in (f'["directory",{ref}]', f'["trace",{ref},"ch",1]'):
        with pytest.raises(frames.MalformedFrame):
            JSON.decode_client(raw)
    if 0 <= ref < 2**64:
        with pytest.raises(frames.MalformedFrame):
            MSGPACK.decode_client(MSGPACK.encode(Directory(ref)))


@pytest.mark.parametrize("seq", [-1, 2**63, 2**64 - 1])
def test_a_place_that_no_log_has_is_no_frame(seq: int) -> None:
    for frame in (
        Subscribe(1, "ch", seq),
        Trace(1, "ch", seq),
        Cannot("ch", seq, "x"),
        frames.Joined("ch", seq),
        Receipt("ch", Stage.SHOWN, (1, seq)),
    ):
        for codec in (MSGPACK, JSON):
            with pytest.raises(frames.MalformedFrame):
                codec.decode_client(codec.encode(frame))


def test_text_where_bytes_are_spoken_is_no_frame() -> None:
    with pytest.raises(frames.MalformedFrame):
        MSGPACK.decode_client("hello")
    with pytest.raises(frames.MalformedFrame):
        MSGPACK.decode_hub("hello")


@pytest.mark.parametrize("seq", [0, 3, 2**63 - 1, 2**64])
async def test_the_ledger_is_read_for_entries_that_are(play: Play, desk: Member, seq: int) -> None:
    done = await play.send(desk, Trace(1, "ch", seq))
    assert only(done, 1, Refusal).code == "unexpected_frame"


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(place=st.floats(0, 1, exclude_max=True), value=st.integers(0, 255), kind=st.integers(0, 5))
async def test_changed_bytes_are_refused_and_nothing_breaks(
    play: Play, place: float, value: int, kind: int
) -> None:
    if not play.seats:
        desk = play.member("desk", role=Role.COMMAND)
        await play.enter(desk)
        await play.open_channel(desk)
        commit = desk.handshake(1, "ch")
        desk.groups["ch"].discard_pending()
        opening = desk.creation(1, "other", JOINT, play.state.sender)
        play.things = (  # type: ignore[attr-defined]  # kept for the next example
            desk,
            commit,
            opening.group_info,
            desk.package(),
            desk.encrypt("ch", b"x"),
            play.statement(play.member("unit")),
        )
    desk, commit, info, package, message, statement = play.things  # type: ignore[attr-defined]

    def change(body: bytes) -> bytes:
        at = int(place * len(body))
        return body[:at] + bytes([value]) + body[at + 1 :]

    tampered: list[Any] = [
        Handshake(1, change(commit.body), commit.group_info),
        Handshake(2, commit.body, change(commit.group_info), change(package)),
        frames.Create(3, "other", JOINT, change(info)),
        Publish(4, (change(package),)),
        Send(5, change(message)),
        Propose(6, change(commit.body)),
    ]
    play.core.received(1, tampered[kind], system_clock())
    play.state.channels["ch"].busy = False
    play.core.statement(0, change(statement), system_clock())


async def test_a_group_that_has_a_past_opens_no_channel(play: Play, desk: Member) -> None:
    creation = desk.creation(1, "late", JOINT, play.state.sender)
    desk.handshake(2, "late")
    desk.groups["late"].merge_pending()
    info = desk.groups["late"].group_info()
    done = await play.send(desk, frames.Create(1, "late", creation.policy, info))
    assert only(done, 1, Refusal).code == "policy_refused"


# --- names --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "", " ", " ch", "ch ", "a  b", "a\nb", "a\x1b[31m", "a\x00", "x" * 65, "\u202ech",
        "a\u200bb", "cafe\u0301", "\u0440olice", "\ufeffch", "a\u2028b",
    ],
)  # fmt: skip
def test_names_that_deceive_are_refused(name: str) -> None:
    with pytest.raises(PolicyRefused):
        check_name(name)


@pytest.mark.parametrize("name", ["Túnel 3º", "équipe-1/nord", "..", "ᓄᓇᕗᑦ", "полиция", "a"])
def test_names_that_people_use_are_taken(name: str) -> None:
    check_name(name)


def test_a_title_is_printable() -> None:
    with pytest.raises(PolicyRefused):
        check_policy(Policy(title="a\x1b]0;b", owners=("uscbp",)), ["uscbp"])


async def test_names_reach_no_label(play: Play, desk: Member) -> None:
    evil = 'x"} 1\ncrossband_fake 1\n'
    for frame in (Subscribe(1, evil, 0), frames.Fetch(2, evil), frames.Claim(3, evil, "ch")):
        await play.send(desk, frame)
    assert "fake" not in play.state.metrics.render({})


# --- low roles ----------------------------------------------------------------------------------


async def test_an_observer_does_not_rise_by_renewing(play: Play, desk: Member) -> None:
    observer = play.member("rcmp", "cbsa", Role.OBSERVER)
    number = await play.enter(observer)
    await play.add(desk, observer)
    chain = _certify_again(play, observer, Role.COMMAND)
    frame = observer.handshake(1, "ch", credential=x509_credential(chain))
    done = await play.send(observer, frame)
    assert only(done, number, Refusal).code == "policy_refused"
    assert play.state.channels["ch"].members[observer.name].role is Role.OBSERVER


def _certify_again(play: Play, member: Member, role: Role) -> tuple[bytes, ...]:
    """The same device and key, with another role."""
    authority = play.authorities[member.identity.agency]
    spki = member.key.private.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    identity = msgspec.structs.replace(member.identity, role=role)
    return issue_device(authority, identity, spki, member.now()), authority.issuing


async def test_strangers_do_not_fill_the_queue_of_a_channel(play: Play, desk: Member) -> None:
    stranger = play.member("stranger")
    number = await play.enter(stranger)
    channel = play.state.channels["ch"]
    channel.busy = True
    frame = desk.handshake(1, "ch")
    done = play.core.received(number, frame, system_clock())
    assert only(done, number, Refusal).code == "not_a_member"
    done = play.core.received(number, SetPolicy(2, "ch", JOINT), system_clock())
    assert only(done, number, Refusal).code == "not_a_member"
    assert not channel.waiting


async def test_complaints_and_questions_are_rationed(play: Play, desk: Member) -> None:
    burst = int(play.state.limits.questions_burst)
    answers = [play.core.received(1, Directory(ref), system_clock()) for ref in range(1, burst + 3)]
    assert isinstance(sent(answers[-1], 1)[0], SlowDown)
    (slow,) = sent(await play.send(desk, Cannot("ch", 1, "x")), 1)
    assert isinstance(slow, (SlowDown, Refusal))


async def test_nobody_keeps_a_group_busy(play: Play, desk: Member) -> None:
    frame = desk.handshake(1, "ch")
    now = system_clock()
    play.state.changes.clear()
    for _ in range(int(play.state.limits.changes_burst)):
        play.state.check_changes(desk.name, now)
    (slow,) = sent(play.core.received(1, frame, now), 1)
    assert isinstance(slow, SlowDown)


async def test_what_one_connection_has_waiting_is_bounded(play: Play, desk: Member) -> None:
    seat = play.state.seats[1]
    bodies = [desk.encrypt("ch", b"x") for _ in range(4)]
    play.core.state.limits = Limits(in_flight=2)
    waiting = [
        effect
        for ref, body in enumerate(bodies[:3], 1)
        for effect in play.core.received(1, Send(ref, body), system_clock())
    ]
    assert seat.in_flight == 3
    (slow,) = sent(play.core.received(1, Send(9, bodies[3]), system_clock()), 1)
    assert (slow.ref, type(slow)) == (9, SlowDown)
    await play.run(waiting)
    assert seat.in_flight == 0


# --- revoked ------------------------------------------------------------------------------------


async def test_an_old_statement_neither_fills_the_log_nor_ends_new_connections(play: Play) -> None:
    unit = play.member("unit")
    body = play.statement(unit)
    await play.run(play.core.statement(0, body, system_clock()))
    await play.enter(unit)
    size = play.store.size
    done = await play.run(play.core.statement(7, body, system_clock()))
    assert only(done, 7, Notice).code == "statement_taken"
    assert not [one for one in done if isinstance(one, Disconnect)]
    assert play.store.size == size


async def test_a_second_revocation_outlives_a_restart(play: Play) -> None:
    unit, authority = play.member("unit"), play.authorities["uscbp"]
    first = unit.now() - 1000
    for at in (first, first + 500):
        statement = RevocationStatement(agency="uscbp", device=unit.name, at=at, reason="lost")
        body = statement.sign(authority.issuing, authority.key)
        await play.run(play.core.statement(0, body, system_clock()))
    play.restart()
    assert play.state.roots.revoked[unit.name] == first + 500


async def test_a_revocation_that_cannot_be_written_is_in_force_and_asked_for_again(
    play: Play,
) -> None:
    unit = play.member("unit")
    await play.enter(unit)
    (append,) = play.core.statement(7, play.statement(unit), system_clock())
    assert isinstance(append, Append)
    assert isinstance(append.item, Revoke)
    done = play.core.failed([append], system_clock())
    assert isinstance(sent(done, 7)[0], SlowDown)
    assert Disconnect(1, "revoked") in done


async def test_an_empty_seat_is_not_heard(play: Play, desk: Member) -> None:
    play.core.closed(1)
    assert play.core.received(1, Send(1, desk.encrypt("ch", b"x")), system_clock()) == []


# --- at the sockets -----------------------------------------------------------------------------


async def test_silent_connections_keep_nobody_out(house: House) -> None:
    folder = house.enrol("punctual", "uscbp")
    quiet = [
        await connect(house.url, ssl=house.context, subprotocols=[Subprotocol(SUBPROTOCOL_MSGPACK)])
        for _ in range(70)
    ]
    try:
        async with asyncio.timeout(8):
            caller = await Caller.login(house, folder)
        await caller.close()
    finally:
        for one in quiet:
            one.transport.abort()


async def test_text_on_a_binary_connection_and_junk_json_are_refused(house: House) -> None:
    for protocol, data in ((SUBPROTOCOL_MSGPACK, "hello"), (SUBPROTOCOL_JSON, b"\xff")):
        async with connect(
            house.url, ssl=house.context, subprotocols=[Subprotocol(protocol)]
        ) as wire:
            codec = MSGPACK if protocol == SUBPROTOCOL_MSGPACK else JSON
            codec.decode_hub(await wire.recv())
            await wire.send(data)
            refusal = codec.decode_hub(await wire.recv())
            assert isinstance(refusal, Refusal)
            assert refusal.code == "malformed_frame"
    assert "fault on a connection" not in house.hub_log()


async def test_statements_before_login_are_counted(house: House) -> None:
    async with connect(
        house.url, ssl=house.context, subprotocols=[Subprotocol(SUBPROTOCOL_MSGPACK)]
    ) as wire:
        await wire.recv()
        codes = []
        for _ in range(STATEMENTS_BEFORE_LOGIN + 1):
            await wire.send(MSGPACK.encode(Statement(b"junk")))
            answer = MSGPACK.decode_hub(await wire.recv())
            assert isinstance(answer, Refusal)
            codes.append(answer.code)
        assert "unexpected_frame" not in codes[:-1]
        assert codes[-1] == "unexpected_frame"
        with pytest.raises(ConnectionClosed):
            await wire.recv()


@pytest.mark.parametrize(
    "request_text",
    [
        "GET /health HTTP/1.1\r\nHost: h\r\nContent-Length: 44\r\n\r\n",
        "GET /health HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "GET /health HTTP/1.1\r\nHost: h\r\n\r\n",
        "POST /health HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n",
    ],
)
def test_one_request_one_answer(house: House, request_text: str) -> None:
    smuggled = "GET /metrics HTTP/1.1\r\nHost: h\r\n\r\n"
    with (
        socket.create_connection(("127.0.0.1", house.port), timeout=5) as raw,
        house.context.wrap_socket(raw, server_hostname="localhost") as wire,
    ):
        wire.sendall((request_text + smuggled).encode())
        answer = b""
        try:
            while data := wire.recv(65536):
                answer += data
        except (ssl.SSLError, ConnectionError):
            pass
    assert answer.count(b"HTTP/1.1 ") <= 1
    assert b"crossband_" not in answer


async def test_the_hub_is_alive_after_all_this(house: House) -> None:
    assert '"status":"ok"' in house.get("/health")
    assert "fault on a connection" not in house.hub_log()
    assert "stopping" not in house.hub_log()
