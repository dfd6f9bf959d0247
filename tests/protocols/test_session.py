"""Sessions as playbooks: what one end says goes into the other; nothing else moves them."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.agency.authority import Authority
from hub.tls import self_signed
from protocols import frames
from protocols.clock import system_clock
from protocols.errors import MalformedFrame, TooManyConnections, UnexpectedFrame
from protocols.frames import JSON, MSGPACK, Codec, HubSender, Login, Ready, Refusal, Subscribe
from protocols.identity import RevocationStatement, Role, Roots
from protocols.identity.roots import certificates_from_pem
from protocols.session import (
    ClientSession,
    Established,
    LoggedIn,
    LoginFailed,
    Rejected,
    ServerSession,
    SessionState,
    StatementGiven,
)
from tests.scenario.member import Member, issue

READY = Ready("unit@uscbp", 5, (), 0, HubSender(b"key", b"credential"))
NONCE = bytes(range(32))
NOW = system_clock()


class Stage:
    """An agency, its device, and a hub certificate."""

    def __init__(self, folder: Path) -> None:
        seconds = NOW // 1_000_000
        self.authority = Authority.create(folder, agency="uscbp", country="US", now=seconds)
        self.roots = Roots([self.authority.root])
        unit = issue(self.authority, "unit", Role.PARTICIPANT, now=NOW)
        self.unit = Member(*unit, roots=self.roots)
        self.certificate = _der(self_signed("localhost", "hub")[1])
        self.other_certificate = _der(self_signed("localhost", "other")[1])

    def server(self, codec: Codec = MSGPACK, now: int = NOW) -> ServerSession:
        return ServerSession(
            codec,
            hub="hub-test",
            certificate=self.certificate,
            roots=self.roots,
            nonce=NONCE,
            now=now,
        )

    def client(
        self, codec: Codec = MSGPACK, *, certificate: bytes = b"", hub: str = "hub-test"
    ) -> ClientSession:
        return ClientSession(
            codec,
            device=self.unit.name,
            chain=self.unit.chain,
            sign=self.unit.key.sign,
            certificate=certificate or self.certificate,
            hub=hub,
            now=NOW,
        )

    def login(self) -> bytes:
        """A good answer to the challenge."""
        client = self.client()
        client.receive(self.server().data_to_send()[0])
        return client.data_to_send()[0]


def _der(pem: bytes) -> bytes:
    return certificates_from_pem(pem)[0]


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    return Stage(tmp_path_factory.mktemp("agency") / "uscbp")


def said(session: ServerSession) -> list[frames.HubFrame]:
    """What the hub wants sent, decoded."""
    return [session.codec.decode_hub(data) for data in session.data_to_send()]


@pytest.mark.parametrize("codec", [MSGPACK, JSON])
def test_challenge_login_ready(stage: Stage, codec: Codec) -> None:
    server, client = stage.server(codec), stage.client(codec)
    (challenge,) = server.data_to_send()
    assert client.receive(challenge) is None
    (login,) = client.data_to_send()
    event = server.receive(login, NOW)
    assert isinstance(event, LoggedIn)
    assert event.identity == stage.unit.identity
    server.establish(READY)
    (ready,) = server.data_to_send()
    assert client.receive(ready) == Established(READY)
    client.send(Subscribe(1, "ch", 0))
    (subscribe,) = client.data_to_send()
    assert server.receive(subscribe, NOW) == Subscribe(1, "ch", 0)
    assert client.hub_time == NOW
    assert server.state is client.state is SessionState.ESTABLISHED


def refused(server: ServerSession, data: bytes, now: int = NOW) -> str:
    """The code with which a login is refused; the session is over."""
    server.data_to_send()
    event = server.receive(data, now)
    assert isinstance(event, Rejected)
    assert event.close
    assert server.state is SessionState.CLOSED
    (frame,) = said(server)
    assert isinstance(frame, Refusal)
    assert frame.code == event.error.code
    return frame.code


def test_a_login_for_another_nonce_or_hub_does_not_verify(stage: Stage) -> None:
    other = ServerSession(
        MSGPACK,
        hub="hub-test",
        certificate=stage.certificate,
        roots=stage.roots,
        nonce=bytes(32),
        now=NOW,
    )
    assert refused(other, stage.login()) == "bad_login_signature"


def test_a_login_relayed_by_somebody_with_another_certificate(stage: Stage) -> None:
    server, client = stage.server(), stage.client(certificate=stage.other_certificate)
    client.receive(server.data_to_send()[0])
    assert refused(server, client.data_to_send()[0]) == "bad_login_signature"


def test_a_name_that_is_not_in_the_certificate(stage: Stage) -> None:
    login = MSGPACK.decode_client(stage.login())
    assert isinstance(login, Login)
    forged = Login("chief@uscbp", login.chain, login.signature)
    assert refused(stage.server(), MSGPACK.encode(forged)) == "bad_certificate"


def test_another_agencys_root(stage: Stage, tmp_path: Path) -> None:
    seconds = NOW // 1_000_000
    stranger = Authority.create(tmp_path / "x", agency="rcmp", country="CA", now=seconds)
    login = Login("unit@rcmp", issue(stranger, "unit", now=NOW)[2], b"x")
    assert refused(stage.server(), MSGPACK.encode(login)) == "bad_certificate"


@pytest.mark.parametrize(
    ("chain", "code"), [((), "bad_certificate"), ((b"junk",), "bad_certificate")]
)
def test_a_chain_that_is_none(stage: Stage, chain: tuple[bytes, ...], code: str) -> None:
    login = MSGPACK.encode(Login(stage.unit.name, chain, b"x"))
    assert refused(stage.server(), login) == code


def test_an_expired_certificate(stage: Stage) -> None:
    later = NOW + 8 * 86_400 * 1_000_000
    server = stage.server(now=later)
    client = stage.client()
    client.receive(server.data_to_send()[0])
    assert refused(server, client.data_to_send()[0], later) == "certificate_expired"


def test_a_revoked_device(stage: Stage) -> None:
    roots = Roots([stage.authority.root])
    roots.revoke(stage.unit.name, NOW // 1_000_000)
    server = ServerSession(
        MSGPACK, hub="hub-test", certificate=stage.certificate, roots=roots, nonce=NONCE, now=NOW
    )
    assert refused(server, stage.login()) == "device_revoked"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"junk", "malformed_frame"),
        (MSGPACK.encode(Subscribe(1, "ch", 0)), "unexpected_frame"),
        (MSGPACK.encode(Login("x", (bytes(20_000),), b"")), "frame_too_large"),
    ],
)
def test_before_login_anything_else_ends_the_session(stage: Stage, data: bytes, code: str) -> None:
    assert refused(stage.server(), data) == code


def test_a_proven_session_takes_nothing_until_it_is_established(stage: Stage) -> None:
    server = stage.server()
    server.receive(stage.login(), NOW)
    assert refused(server, stage.login()) == "unexpected_frame"


def test_after_login_a_bad_frame_is_refused_and_the_session_lives(stage: Stage) -> None:
    server = stage.server()
    server.receive(stage.login(), NOW)
    server.establish(READY)
    server.data_to_send()
    for data, code in ((b"junk", "malformed_frame"), (stage.login(), "unexpected_frame")):
        event = server.receive(data, NOW)
        assert isinstance(event, Rejected)
        assert not event.close
        (frame,) = said(server)
        assert isinstance(frame, Refusal)
        assert frame.code == code
    assert server.receive(MSGPACK.encode(Subscribe(1, "ch", 0)), NOW) == Subscribe(1, "ch", 0)


def test_a_statement_may_come_at_any_time(stage: Stage) -> None:
    statement = RevocationStatement(agency="uscbp", device="unit@uscbp", at=1)
    body = statement.sign(stage.authority.issuing, stage.authority.key)
    server = stage.server()
    frame = MSGPACK.encode(frames.Statement(body))
    assert server.receive(frame, NOW) == StatementGiven(body)
    server.receive(stage.login(), NOW)
    server.establish(READY)
    assert server.receive(frame, NOW) == StatementGiven(body)
    client = stage.client()
    client.send(frames.Statement(body))
    assert client.data_to_send() == [frame]


def test_a_login_must_come_in_time(stage: Stage) -> None:
    server = stage.server()
    server.data_to_send()
    assert server.expire(server.deadline - 1) is None
    late = server.expire(server.deadline)
    assert late is not None
    assert late.close
    (frame,) = said(server)
    assert isinstance(frame, Refusal)
    assert frame.code == "login_timeout"
    assert server.expire(server.deadline) is None


def test_an_established_session_does_not_expire(stage: Stage) -> None:
    server = stage.server()
    server.receive(stage.login(), NOW)
    server.establish(READY)
    assert server.expire(server.deadline) is None


def test_a_proven_login_may_still_be_refused(stage: Stage) -> None:
    server, client = stage.server(), stage.client()
    client.receive(server.data_to_send()[0])
    server.receive(client.data_to_send()[0], NOW)
    assert server.refuse(TooManyConnections("ten already")).close
    event = client.receive(server.data_to_send()[0])
    assert event == LoginFailed("too_many_connections", "ten already", TooManyConnections.remedy)
    with pytest.raises(ValueError, match="proven"):
        server.establish(READY)


def test_a_client_does_not_sign_for_another_hub(stage: Stage) -> None:
    client = stage.client(hub="hub-elsewhere")
    event = client.receive(stage.server().data_to_send()[0])
    assert isinstance(event, LoginFailed)
    assert event.code == "bad_certificate"
    assert client.data_to_send() == []


def test_a_client_is_refused_in_words(stage: Stage) -> None:
    client = stage.client()
    client.receive(stage.server().data_to_send()[0])
    frame = MSGPACK.encode(Refusal(0, "device_revoked", "lost", "enrol again"))
    assert client.receive(frame) == LoginFailed("device_revoked", "lost", "enrol again")
    assert client.expire(NOW * 2) is None


def test_a_client_waits_no_longer_than_it_must(stage: Stage) -> None:
    client = stage.client()
    assert client.expire(client.deadline - 1) is None
    event = client.expire(client.deadline)
    assert event is not None
    assert event.code == "login_timeout"


def test_a_hub_out_of_order_is_not_believed(stage: Stage) -> None:
    challenge = stage.server().data_to_send()[0]
    early = stage.client()
    with pytest.raises(UnexpectedFrame):
        early.receive(MSGPACK.encode(READY))
    assert early.state is SessionState.CLOSED
    twice = stage.client()
    twice.receive(challenge)
    with pytest.raises(UnexpectedFrame):
        twice.receive(challenge)
    short = stage.client()
    with pytest.raises(UnexpectedFrame):
        short.receive(MSGPACK.encode(frames.Challenge(b"short", "hub-test", 1)))
    with pytest.raises(MalformedFrame):
        stage.client().receive(b"junk")


def test_nothing_is_sent_before_the_hub_is_ready(stage: Stage) -> None:
    with pytest.raises(UnexpectedFrame):
        stage.client().send(Subscribe(1, "ch", 0))


def test_a_nonce_has_32_bytes(stage: Stage) -> None:
    with pytest.raises(ValueError, match="32"):
        ServerSession(MSGPACK, hub="h", certificate=b"", roots=stage.roots, nonce=b"short", now=NOW)
