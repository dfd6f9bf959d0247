"""The agency on the same machine: its folder answers instead of its web service."""

from __future__ import annotations

from collections.abc import Callable

from hub.agency.authority import Authority
from hub.agency.enrolment import enrol, renew
from protocols.identity.enrolment import Issued


class LocalAgency:
    """An opened authority as a device sees it. `clock` gives unix seconds."""

    def __init__(self, authority: Authority, clock: Callable[[], int]) -> None:
        self._authority = authority
        self._clock = clock

    def root(self) -> bytes:
        """The root certificate, DER."""
        return self._authority.root

    def enrol(self, request: bytes) -> Issued:
        """Answer a first request; raises as `hub.agency.enrolment.enrol`."""
        return enrol(self._authority, request, self._clock())

    def renew(self, body: bytes) -> Issued:
        """Answer a renewal; raises as `hub.agency.enrolment.renew`."""
        return renew(self._authority, body, self._clock())
