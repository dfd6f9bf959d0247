"""The contract of a transport is kept by every transport, and by the gateway that it asks."""

from __future__ import annotations

import inspect

from hub.gateway.adapter import Adapter, Edge, Taken
from hub.gateway.cap_http import CapAdapter
from hub.gateway.cot_stream import CotAdapter
from hub.gateway.documents import DocumentsAdapter
from hub.gateway.native_ws import NativeAdapter
from hub.gateway.service import Gateway
from protocols.messages.kinds import Presence
from tests.hub.gateway.edges import RecordingEdge
from tests.hub.gateway.parties import DISPATCH, says


def members(contract: type) -> set[str]:
    return {name for name in vars(contract) if not name.startswith("_")}


def test_every_transport_keeps_the_contract() -> None:
    for transport in (CapAdapter, CotAdapter, DocumentsAdapter, NativeAdapter):
        for name in members(Adapter):
            assert hasattr(transport, name), (transport, name)
            asked = getattr(Adapter, name)
            if inspect.isfunction(asked):
                own = getattr(transport, name)
                assert inspect.iscoroutinefunction(own) == inspect.iscoroutinefunction(asked)


def test_the_gateway_and_the_recording_edge_offer_the_same() -> None:
    edge = RecordingEdge("cot")
    for name in members(Edge):
        assert hasattr(edge, name)
    offered = {name for name in members(Edge) if inspect.isfunction(getattr(Edge, name))}
    assert offered <= {name for name in dir(Gateway) if not name.startswith("_")}


def test_what_stays_at_the_edge_has_no_fate() -> None:
    assert Taken(says(DISPATCH, Presence()), None).fate is None
