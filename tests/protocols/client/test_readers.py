"""The tree says who can read; a policy that says otherwise is contradicted by name."""

from __future__ import annotations

import pytest

from protocols.client.readers import uninvited, unsealing
from protocols.frames import Policy
from protocols.identity import Identity, Role

POLICY = Policy(owners=("uscbp",), agencies=("c5",), observers=("rcmp",))


def member(agency: str, role: Role) -> Identity:
    return Identity("US", agency, "Nogales", f"one@{agency}", role)


@pytest.mark.parametrize(
    ("agency", "role", "admitted"),
    [
        ("uscbp", Role.COMMAND, True),
        ("uscbp", Role.ARCHIVE, True),
        ("c5", Role.PARTICIPANT, True),
        ("rcmp", Role.OBSERVER, True),
        ("rcmp", Role.COMMAND, False),
        ("opp", Role.OBSERVER, False),
        ("uscbp", Role.GATEWAY, False),
    ],
)
def test_who_is_admitted(agency: str, role: Role, admitted: bool) -> None:
    one = member(agency, role)
    assert uninvited(POLICY, [one]) == (() if admitted else (one,))


def test_gateways_belong_into_gatewayed_channels_alone() -> None:
    gateway = member("uscbp", Role.GATEWAY)
    roster = [member("c5", Role.COMMAND), gateway]
    assert unsealing(POLICY, roster) == (gateway,)
    assert unsealing(Policy(owners=("uscbp",), gatewayed=True), roster) == ()
    assert unsealing(Policy(), roster) == ()
