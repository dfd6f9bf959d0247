"""Every adapter that a configuration may name is in the registry, with a format that exists."""

from __future__ import annotations

from typing import get_args, get_type_hints

from hub.gateway.adapters import TRANSPORTS
from hub.gateway.cap_http import CapAdapter
from hub.gateway.config import GatewayConfig, GatewayFile
from hub.gateway.cot_stream import CotAdapter
from hub.gateway.native_ws import NativeAdapter
from protocols.formats.registry import FORMATS
from tests.hub.gateway.edges import RecordingEdge, open_listening
from tests.hub.gateway.parties import clock

MADE = {"cot": CotAdapter, "cap": CapAdapter, "native": NativeAdapter}


def test_a_file_may_name_what_the_registry_holds() -> None:
    assert set(get_args(get_type_hints(GatewayFile)["adapter"])) == set(TRANSPORTS)


def test_each_is_made_for_its_format(tmp_path: object) -> None:
    for name, transport in TRANSPORTS.items():
        assert transport.format in FORMATS
        file = GatewayFile(device_folder="d", channel="c", adapter=name, listen="127.0.0.1:0")  # type: ignore[arg-type]  # a name of the registry
        config = GatewayConfig(
            file=file,
            device_folder=tmp_path,  # type: ignore[arg-type]  # not looked at
            dead_letters=tmp_path,  # type: ignore[arg-type]  # not looked at
            listening=open_listening(),
        )
        adapter = transport.make(config, RecordingEdge(transport.format), clock)
        assert type(adapter) is MADE[name]
