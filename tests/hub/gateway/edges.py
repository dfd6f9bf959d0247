"""An edge for tests of the transports: it reads documents with a real bridge and records them."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from hub.gateway.adapter import Taken, Unsaid
from hub.gateway.bridge import Bridge, Parcel
from hub.gateway.config import Listening
from hub.gateway.counters import Counters
from hub.gateway.crossing import Crossing
from hub.gateway.replies import resolve
from hub.gateway.shelf import Shelf
from hub.gateway.words import explained_error
from hub.tls import self_signed
from protocols.client.fates import Fate, RecipientFate
from protocols.errors import CrossbandError
from protocols.formats.codec import Format, Settings
from protocols.formats.registry import FORMATS
from protocols.formats.translate import Unsayable
from protocols.frames import Stage
from protocols.identity import Identity
from protocols.messages import Message
from protocols.messages.kinds import Presence, Read, Receipt
from tests.hub.gateway.parties import C5, DISPATCH, clock

LOOPBACK = "127.0.0.1"


def bridge(
    format_: str | Format = "cot",
    identity: Identity = DISPATCH,
    *,
    language: str = "en",
    carry: bool = True,
    unsayable: Unsayable = Unsayable.REFUSE,
    members: tuple[str, ...] = (),
    stopped: Callable[[str, str], None] = lambda way, rule: None,
    **rules: Any,
) -> Bridge:
    """A real bridge at noon."""
    return Bridge(
        identity,
        FORMATS[format_] if isinstance(format_, str) else format_,
        Settings(language=language, carry_canonical=carry),
        Crossing(**rules),
        resolve=resolve,
        clock=clock,
        unsayable=unsayable,
        members=lambda: members,
        stopped=stopped,
    )


class RecordingEdge:
    """What a gateway offers its transport, with a list in place of the channel."""

    def __init__(self, format_: str, *, shelf: int = 10) -> None:
        self.bridge = bridge(format_, C5 if format_ == "cap" else DISPATCH)
        self.shelf = Shelf(shelf)
        self.counters = Counters()
        self.title = "gateway · nogales"
        self.taken: list[tuple[Message, str]] = []
        self.refused: list[tuple[str, bytes]] = []
        self.fates: dict[str, Fate] = {}
        self.unsaid_messages: list[Unsaid] = []
        self.not_delivered: list[tuple[Parcel, str, str]] = []
        self.serving = True

    @property
    def settings(self) -> Settings:
        return self.bridge.settings

    async def take(
        self,
        document: bytes,
        source: str,
        format: Format | None = None,  # noqa: A002 - the field's own word
    ) -> Taken:
        try:
            message = self.bridge.incoming(document, format)
        except CrossbandError as error:
            self.refused.append((error.code, document))
            raise
        self.taken.append((message, source))
        if isinstance(message.body, Presence | Receipt | Read):
            return Taken(message, None)
        self.bridge.entered(message)
        there = (RecipientFate("gn-3@c5son", Stage.DECRYPTED),)
        fate = Fate(
            message_id=message.id, channel="nogales", number=1, queued_at=0, recipients=there
        )
        self.fates[message.id] = fate
        return Taken(message, fate)

    @property
    def unsaid(self) -> Sequence[Unsaid]:
        return self.unsaid_messages

    def refuse(
        self,
        document: bytes,
        source: str,
        error: CrossbandError,
        format: Format | None = None,  # noqa: A002 - the field's own word
        *,
        size: int | None = None,
    ) -> None:
        self.counters.refused(error.code)
        self.refused.append((error.code, document))

    def undelivered(self, parcel: Parcel, receiver: str, error: CrossbandError) -> None:
        self.not_delivered.append((parcel, receiver, error.code))

    def fate(self, message_id: str) -> Fate | None:
        return self.fates.get(message_id)

    def notice(self, sentence: str) -> Parcel | None:
        return self.bridge.notice(sentence)

    def said(self, error: CrossbandError) -> str:
        return explained_error(error, "en")

    def gauges(self) -> Mapping[str, float]:
        return {"serving": int(self.serving), "link_up": 1, "waiting": 0, "shelf": len(self.shelf)}

    def parcel(self, message: Message) -> Parcel:
        """A message from the channel, on the shelf."""
        parcel = self.bridge.parcel(message, 7)
        self.shelf.put(parcel)
        return parcel


def open_listening(token: str = "") -> Listening:
    """A loopback address without TLS."""
    return Listening(LOOPBACK, 0, None, token)


def tls_listening(folder: Path) -> tuple[Listening, ssl.SSLContext]:
    """A loopback address with TLS, and what a client that pins its certificate uses."""
    key, certificate = self_signed(LOOPBACK, "gateway")
    (folder / "tls.pem").write_bytes(certificate)
    (folder / "tls.key.pem").write_bytes(key)
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(folder / "tls.pem", folder / "tls.key.pem")
    client = ssl.create_default_context(cafile=str(folder / "tls.pem"))
    return Listening(LOOPBACK, 0, server), client
