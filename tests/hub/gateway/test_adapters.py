"""Every adapter that a configuration may name is in the registry, with a format that exists."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest

from hub.gateway.adapters import TRANSPORTS, format_name
from hub.gateway.commands import ADAPTERS
from hub.gateway.config import Connecting, GatewayConfig, GatewayFile
from protocols.formats.registry import FORMATS
from tests.hub.gateway.edges import LOOPBACK, RecordingEdge, open_listening
from tests.hub.gateway.parties import clock

MADE: dict[str, tuple[str, str, dict[str, Any]]] = {
    "cot": ("cot_stream", "CotAdapter", {}),
    "tak-client": ("tak_client", "TakClientAdapter", {}),
    "cap": ("cap_http", "CapAdapter", {}),
    "documents": ("documents", "DocumentsAdapter", {"format": "cap"}),
    "ais": ("ais_feed", "AisAdapter", {"udp": True}),
    "ics-213": ("watched_folder", "FolderAdapter", {"inbox": "in", "outbox": "out"}),
    "native": ("native_ws", "NativeAdapter", {}),
}


def test_a_file_may_name_what_the_registry_holds() -> None:
    assert set(get_args(get_type_hints(GatewayFile)["adapter"])) == set(TRANSPORTS) == set(MADE)
    assert set(ADAPTERS) == set(TRANSPORTS)


@pytest.mark.parametrize("name", MADE)
async def test_each_is_made_for_its_format(tmp_path: Path, name: str) -> None:
    module, made, keys = MADE[name]
    file = GatewayFile(device_folder="d", channel="c", adapter=name, **keys)  # type: ignore[arg-type]  # a name of the registry
    config = GatewayConfig(
        path=tmp_path / "gateway.toml",
        file=file,
        device_folder=tmp_path,
        dead_letters=tmp_path,
        listening=open_listening() if name not in ("tak-client", "ics-213") else None,
        connecting=Connecting(LOOPBACK, 1, None) if name == "tak-client" else None,
    )
    assert format_name(config) in FORMATS
    adapter = TRANSPORTS[name].make(config, RecordingEdge(format_name(config)), clock)
    assert type(adapter) is getattr(import_module(f"hub.gateway.{module}"), made)
