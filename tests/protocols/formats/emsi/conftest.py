"""EMSI messages for the tests, and the hub's JSON schema as a validator."""

from __future__ import annotations

import json
import types
from pathlib import Path
from typing import Any

import jsonschema
import pytest


def tree(**more: Any) -> dict[str, Any]:
    """An alert of a fire service; `context` and `event` add to those parts."""
    context = {
        "ID": "a1", "MODE": "ACTUAL", "MSGTYPE": "ALERT", "CREATION": "2026-11-21T19:31:00-07:00",
        "ORIGIN": {"ORG_ID": "mx.c5.sonora", "USER_ID": "mesa3", "NAME": "C5 Sonora"},
    }  # fmt: skip
    etype = {"CATEGORY": ["FIR/CLA"], "ACTOR": ["PPL"], "LOCTYPE": ["OTH"]}
    event = {"ID": "E-7", "NAME": "Incendio", "ETYPE": etype, "STATUS": "IPR"}
    return {
        "CONTEXT": context | more.pop("context", {}),
        "EVENT": event | more.pop("event", {}),
        **more,
    }


def data(*, wrapped: bool = True, **more: Any) -> bytes:
    """The JSON of `tree`."""
    whole = tree(**more)
    return json.dumps({"emsi": whole} if wrapped else whole).encode()


@pytest.fixture(scope="session")
def emsis() -> types.SimpleNamespace:
    """The makers above."""
    return types.SimpleNamespace(tree=tree, data=data)


@pytest.fixture(scope="session")
def validator(shared: Path) -> jsonschema.Draft7Validator:
    """The schema of the SAMU hub."""
    schema = json.loads((shared / "corpus/emsi/schema/EMSI.schema.json").read_bytes())
    schema.pop("$id")
    return jsonschema.Draft7Validator(schema)
