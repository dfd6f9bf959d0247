"""Hosts are countries; names in a hand-off are personal data."""

from __future__ import annotations

import msgspec
import pytest

from protocols.messages.kinds import CustodyHandoff, LeadChange, LeadState
from protocols.messages.rules import marked


def test_hosts_are_countries() -> None:
    with pytest.raises(msgspec.ValidationError, match="host_b"):
        msgspec.convert(
            {"kind": "lead.change", "state": "HOST_B", "host_a": "US", "host_b": "rcmp"}, LeadChange
        )
    assert LeadChange(state=LeadState.CROSSING, host_a="US", host_b="CA").host_b == "CA"


def test_names_are_personal_and_counts_are_not() -> None:
    assert marked(CustodyHandoff, "personal") == ("/body/names",)
