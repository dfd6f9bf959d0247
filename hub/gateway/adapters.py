"""The transports, one line each: which format they carry and how they are made."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from hub.gateway.adapter import Adapter, Edge
from hub.gateway.cap_http import CapAdapter
from hub.gateway.config import GatewayConfig
from hub.gateway.cot_stream import CotAdapter
from hub.gateway.native_ws import NativeAdapter
from protocols.clock import Clock

Make = Callable[[GatewayConfig, Edge, Clock], Adapter]


class Transport(msgspec.Struct, frozen=True):
    """One line of the registry."""

    format: str
    make: Make


def _cot(config: GatewayConfig, edge: Edge, clock: Clock) -> Adapter:
    return CotAdapter(config.listening, edge, queue=config.file.queue, clock=clock)


def _cap(config: GatewayConfig, edge: Edge, clock: Clock) -> Adapter:
    return CapAdapter(config.listening, edge, language=config.file.language)


def _native(config: GatewayConfig, edge: Edge, clock: Clock) -> Adapter:
    return NativeAdapter(config.listening, edge, queue=config.file.queue)


TRANSPORTS: dict[str, Transport] = {
    "cot": Transport("cot", _cot),
    "cap": Transport("cap", _cap),
    "native": Transport("canonical", _native),
}
