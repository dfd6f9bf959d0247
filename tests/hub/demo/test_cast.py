"""The cast is one that the agencies could enrol."""

from __future__ import annotations

from hub.demo import cast
from protocols.identity import Identity, Role
from protocols.identity.names import check_identity


def test_every_member_is_a_valid_identity_of_its_agency() -> None:
    for member in cast.CAST:
        country = cast.AGENCIES[member.agency]
        check_identity(
            Identity(country, member.agency, member.unit, member.device, Role(member.role))
        )
    assert len({member.device for member in cast.CAST}) == len(cast.CAST)


def test_everybody_but_the_desks_is_added_and_observers_are_third_country() -> None:
    desks = {cast.US_DESK, cast.C5_DESK}
    assert set(cast.CAST) == set(cast.ADDED) | desks
    assert set(cast.OBSERVERS).isdisjoint(cast.OWNERS)
    assert ":" not in cast.C5_GATEWAY.folder
