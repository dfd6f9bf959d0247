"""The transports, one line each: which format they carry and how they are made.

A transport's module is imported when a configuration asks for it, so that a gateway loads only
what it needs.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from typing import TYPE_CHECKING, Final

import msgspec

from hub.gateway.adapter import Adapter, Edge
from hub.gateway.config import Connecting, GatewayConfig, Listening
from protocols.clock import Clock

if TYPE_CHECKING:
    from hub.gateway.webhook import Webhook

Make = Callable[[GatewayConfig, Edge, Clock], Adapter]


class Transport(msgspec.Struct, frozen=True):
    """One line of the registry. `format` is empty where the configuration says which."""

    format: str
    make: Make


def _cot(config: GatewayConfig, edge: Edge, clock: Clock) -> Adapter:
    from hub.gateway.cot_stream import CotAdapter

    return CotAdapter(_listening(config), edge, queue=config.file.queue, clock=clock)


def _tak_client(config: GatewayConfig, edge: Edge, clock: Clock) -> Adapter:
    from hub.gateway.tak_client import TakClientAdapter

    return TakClientAdapter(_connecting(config), edge, queue=config.file.queue, clock=clock)


def _cap(config: GatewayConfig, edge: Edge, clock: Clock) -> Adapter:
    from hub.gateway.cap_http import CapAdapter

    return CapAdapter(
        _listening(config),
        edge,
        language=config.file.language,
        webhooks=_webhooks(config, edge, clock),
    )


def _documents(config: GatewayConfig, edge: Edge, clock: Clock) -> Adapter:
    from hub.gateway.documents import DocumentsAdapter

    return DocumentsAdapter(
        _listening(config),
        edge,
        queue=config.file.queue,
        format_name=config.file.format,
        webhooks=_webhooks(config, edge, clock),
    )


def _ais(config: GatewayConfig, edge: Edge, clock: Clock) -> Adapter:
    from hub.gateway.ais_feed import AisAdapter

    return AisAdapter(
        edge,
        listening=config.listening,
        connecting=config.connecting,
        udp=config.file.udp,
        send_to=config.send_to,
        queue=config.file.queue,
        clock=clock,
    )


def _folder(config: GatewayConfig, edge: Edge, clock: Clock) -> Adapter:
    from hub.gateway.watched_folder import FolderAdapter

    file = config.file
    inbox, outbox = config.folder(file.inbox), config.folder(file.outbox)
    return FolderAdapter(inbox, outbox, edge, every=file.every, suffix=file.suffix)


def _native(config: GatewayConfig, edge: Edge, clock: Clock) -> Adapter:
    from hub.gateway.native_ws import NativeAdapter

    return NativeAdapter(_listening(config), edge, queue=config.file.queue)


TRANSPORTS: Final[dict[str, Transport]] = {
    "cot": Transport("cot", _cot),
    "tak-client": Transport("cot", _tak_client),
    "cap": Transport("cap", _cap),
    "documents": Transport("", _documents),
    "ais": Transport("ais", _ais),
    "ics-213": Transport("ics-213", _folder),
    "native": Transport("canonical", _native),
}


def format_name(config: GatewayConfig) -> str:
    """The name of the format that the gateway of this configuration speaks."""
    return config.file.format or TRANSPORTS[config.file.adapter].format


def _webhooks(config: GatewayConfig, edge: Edge, clock: Clock) -> tuple[Webhook, ...]:
    """The webhooks; how far each has come is kept beside the configuration, by its address."""
    if not config.webhooks:
        return ()
    from hub.gateway.webhook import Webhook

    return tuple(
        Webhook(
            one.url,
            edge,
            queue=config.file.queue,
            token=one.token,
            tls=one.tls,
            progress=config.folder(f"webhook-{sha256(one.url.encode()).hexdigest()[:12]}.seq"),
            clock=clock,
        )
        for one in config.webhooks
    )


def _listening(config: GatewayConfig) -> Listening:
    assert config.listening is not None  # `config.load` asks for the key
    return config.listening


def _connecting(config: GatewayConfig) -> Connecting:
    assert config.connecting is not None  # `config.load` asks for the key
    return config.connecting
