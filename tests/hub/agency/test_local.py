"""The folder answers exactly as the service does."""

from __future__ import annotations

from hub.agency.authority import Authority
from hub.agency.enrolment import offer_code
from hub.agency.local import LocalAgency
from protocols.identity import DeviceKey, Role, Roots, verify_chain
from protocols.identity.enrolment import make_renewal, make_request


def test_a_device_on_the_same_machine(authority: Authority, now: int) -> None:
    offered = offer_code(authority, name="desk", role=Role.COMMAND, unit="Tucson", now=now)
    agency, key = LocalAgency(authority, lambda: now), DeviceKey.generate()
    offered.code.check_root(agency.root())
    issued = agency.enrol(make_request(key, offered.code))
    renewed = agency.renew(make_renewal(key, issued.chain))
    for chain in (issued.chain, renewed.chain):
        assert verify_chain(chain, Roots([agency.root()]), now) == offered.identity
