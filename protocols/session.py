"""A connection from challenge to established, as two machines without a socket.

Both ends work alike: put in the bytes of one WebSocket message with `receive` and get back one
event; take what is to be written from `data_to_send`; ask `expire` when time has passed. Nothing
here reads a clock, a socket or a file.

    hub                                     client
    challenge(nonce, hub, time)       →
                                      ←     login(device, chain, signature)
    ready(…) or refused(…) and close  →
    any frame of the hub              ↔     any frame of a client

The signature covers nonce, hub name and the hash of the hub's TLS certificate (the
tls-server-end-point binding of RFC 5929 section 4), so a login that somebody relays from another
connection or another hub does not verify. A `statement` proves itself and may come before login.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum

import msgspec

from protocols.errors import (
    BadCertificate,
    CrossbandError,
    FrameRefused,
    LoginRefused,
    LoginTimeout,
    UnexpectedFrame,
)
from protocols.frames import (
    LOGIN_FRAME_LIMIT,
    LOGIN_SECONDS,
    Challenge,
    ClientFrame,
    Codec,
    HubFrame,
    Login,
    Ready,
    Refusal,
    Statement,
    refusal,
)
from protocols.identity import Identity, Roots, login_content, verify_chain, verify_signature

NONCE_BYTES = 32
STATEMENTS_BEFORE_LOGIN = 16
"""Statements that somebody unknown may hand in on one connection; each costs signatures."""
_MICROSECONDS = 1_000_000


class SessionState(Enum):
    """Where a session stands; each machine uses the states that it can be in."""

    OPENING = "opening"
    CHALLENGED = "challenged"
    PROVEN = "proven"
    ESTABLISHED = "established"
    CLOSED = "closed"


class LoggedIn(msgspec.Struct, frozen=True):
    """The client has proven who it is; answer with `establish`."""

    identity: Identity
    chain: tuple[bytes, ...]


class StatementGiven(msgspec.Struct, frozen=True):
    """Somebody handed in an agency's signed statement; its own signature decides."""

    body: bytes


class Rejected(msgspec.Struct, frozen=True):
    """What came was not taken; the refusal is already among the data to send.

    `close` says that the connection must end once that data is written.
    """

    error: CrossbandError
    close: bool


class Established(msgspec.Struct, frozen=True):
    """The hub has accepted the login and says what it holds."""

    ready: Ready


class LoginFailed(msgspec.Struct, frozen=True):
    """The hub refused the login, or was not the hub that was expected; the session is over."""

    code: str
    detail: str
    remedy: str


ServerEvent = LoggedIn | StatementGiven | Rejected | ClientFrame
ClientEvent = Established | LoginFailed | HubFrame | None
CheckChain = Callable[[Sequence[bytes], Roots, int], Identity]


class ServerSession:
    """The hub's end of one connection.

    `hub` is the hub's name, `certificate` the DER of the certificate that clients see in TLS,
    `nonce` 32 fresh random bytes, `now` UTC microseconds. `check_chain` is `verify_chain` or a
    cache in front of it.
    """

    def __init__(
        self,
        codec: Codec,
        *,
        hub: str,
        certificate: bytes,
        roots: Roots,
        nonce: bytes,
        now: int,
        check_chain: CheckChain = verify_chain,
    ) -> None:
        if len(nonce) != NONCE_BYTES:
            raise ValueError(f"a nonce has {NONCE_BYTES} bytes")
        self.codec = codec
        self.state = SessionState.CHALLENGED
        self.identity: Identity | None = None
        self.deadline = now + LOGIN_SECONDS * _MICROSECONDS
        """When `expire` ends a session that is not yet proven, UTC microseconds."""
        self._hub = hub
        self._certificate = certificate
        self._roots = roots
        self._nonce = nonce
        self._check_chain = check_chain
        self._statements = 0
        self._out: list[bytes] = [codec.encode(Challenge(nonce, hub, now))]

    def receive(self, data: bytes | str, now: int) -> ServerEvent:
        """Take one WebSocket message; once established the event is the frame itself."""
        if self.state is SessionState.ESTABLISHED:
            try:
                frame = self.codec.decode_client(data)
            except FrameRefused as error:
                return self._reject(error, close=False)
            if isinstance(frame, Login):
                return self._reject(UnexpectedFrame("this connection is logged in"), close=False)
            return StatementGiven(frame.body) if isinstance(frame, Statement) else frame
        return self._receive_before_login(data, now)

    def establish(self, ready: Ready) -> None:
        """Answer a `LoggedIn` event: from here on every frame is taken."""
        if self.state is not SessionState.PROVEN:
            raise ValueError("only a proven session can be established")
        self.state = SessionState.ESTABLISHED
        self._out.append(self.codec.encode(ready))

    def refuse(self, error: LoginRefused) -> Rejected:
        """Refuse a login that was proven but cannot be taken (too many connections)."""
        return self._reject(error, close=True)

    def expire(self, now: int) -> Rejected | None:
        """End the session if its login is overdue; None while there is time or no need."""
        if self.state is not SessionState.CHALLENGED or now < self.deadline:
            return None
        return self._reject(
            LoginTimeout(f"no login within {LOGIN_SECONDS} seconds of the challenge"), close=True
        )

    def data_to_send(self) -> list[bytes]:
        """WebSocket messages to write, in order; they are handed out once."""
        out, self._out = self._out, []
        return out

    def _receive_before_login(self, data: bytes | str, now: int) -> ServerEvent:
        try:
            frame = self.codec.decode_client(data, LOGIN_FRAME_LIMIT)
            if isinstance(frame, Statement) and self._statements < STATEMENTS_BEFORE_LOGIN:
                self._statements += 1
                return StatementGiven(frame.body)
            if self.state is not SessionState.CHALLENGED or not isinstance(frame, Login):
                raise UnexpectedFrame("a login is expected before anything else")
            identity = self._prove(frame, now)
        except (FrameRefused, LoginRefused) as error:
            return self._reject(error, close=True)
        self.state = SessionState.PROVEN
        self.identity = identity
        return LoggedIn(identity, frame.chain)

    def _prove(self, login: Login, now: int) -> Identity:
        """Chain to a pinned root, the name claimed, and the challenge signed by its key."""
        identity = self._check_chain(login.chain, self._roots, now // _MICROSECONDS)
        if identity.device != login.device:
            raise BadCertificate(
                f"the certificate is that of {identity.device}, not of {login.device[:80]!r}"
            )
        content = login_content(self._nonce, self._hub, self._certificate)
        verify_signature(login.chain[0], login.signature, content)
        return identity

    def _reject(self, error: CrossbandError, *, close: bool) -> Rejected:
        self._out.append(self.codec.encode(refusal(0, error)))
        if close:
            self.state = SessionState.CLOSED
        return Rejected(error, close)


class ClientSession:
    """The client's end of one connection.

    `chain` is the device's certificate chain, leaf first; `sign` makes its signature;
    `certificate` is the DER of the certificate that the hub showed in TLS (or that is pinned, where
    a proxy ends TLS); `hub` the name that the hub must give, any if empty.
    """

    def __init__(
        self,
        codec: Codec,
        *,
        device: str,
        chain: Sequence[bytes],
        sign: Callable[[bytes], bytes],
        certificate: bytes,
        hub: str = "",
        now: int = 0,
    ) -> None:
        self.codec = codec
        self.state = SessionState.OPENING
        self.hub_time = 0
        """The hub's clock at the challenge, UTC microseconds."""
        self.deadline = now + LOGIN_SECONDS * _MICROSECONDS
        self._device = device
        self._chain = tuple(chain)
        self._sign = sign
        self._certificate = certificate
        self._hub = hub
        self._out: list[bytes] = []

    def receive(self, data: bytes | str) -> ClientEvent:
        """Take one WebSocket message; None when it is answered here and means nothing outside.

        Raises `MalformedFrame` where the hub sends what is no frame, and `UnexpectedFrame` where
        the frame does not belong; both end the session.
        """
        try:
            frame = self.codec.decode_hub(data)
            if self.state is SessionState.ESTABLISHED:
                return frame
            return self._receive_before_ready(frame)
        except FrameRefused:
            self.state = SessionState.CLOSED
            raise

    def send(self, frame: ClientFrame) -> None:
        """Queue a frame; raises `UnexpectedFrame` before the hub is ready."""
        if self.state is not SessionState.ESTABLISHED and not isinstance(frame, Statement):
            raise UnexpectedFrame("the hub has not accepted the login yet")
        self._out.append(self.codec.encode(frame))

    def expire(self, now: int) -> LoginFailed | None:
        """End a session whose hub neither challenged nor answered in time."""
        over = self.state in (SessionState.ESTABLISHED, SessionState.CLOSED)
        if over or now < self.deadline:
            return None
        return self._fail(LoginTimeout("the hub did not finish the login in time"))

    def data_to_send(self) -> list[bytes]:
        """WebSocket messages to write, in order; they are handed out once."""
        out, self._out = self._out, []
        return out

    def _receive_before_ready(self, frame: HubFrame) -> ClientEvent:
        if isinstance(frame, Challenge) and self.state is SessionState.OPENING:
            return self._answer(frame)
        if isinstance(frame, Ready) and self.state is SessionState.CHALLENGED:
            self.state = SessionState.ESTABLISHED
            return Established(frame)
        if isinstance(frame, Refusal):
            self.state = SessionState.CLOSED
            return LoginFailed(frame.code, frame.detail, frame.remedy)
        if isinstance(frame, Challenge | Ready):
            raise UnexpectedFrame("the hub's frames came in the wrong order")
        return frame

    def _answer(self, challenge: Challenge) -> LoginFailed | None:
        if self._hub and challenge.hub != self._hub:
            return self._fail(
                BadCertificate(f"this is the hub {challenge.hub!r}, not {self._hub!r}")
            )
        if len(challenge.nonce) != NONCE_BYTES:
            raise UnexpectedFrame(f"the challenge has {len(challenge.nonce)} bytes")
        content = login_content(challenge.nonce, challenge.hub, self._certificate)
        login = Login(self._device, self._chain, self._sign(content))
        self._out.append(self.codec.encode(login))
        self.hub_time = challenge.time
        self.state = SessionState.CHALLENGED
        return None

    def _fail(self, error: LoginRefused) -> LoginFailed:
        self.state = SessionState.CLOSED
        return LoginFailed(error.code, error.detail, error.remedy)
