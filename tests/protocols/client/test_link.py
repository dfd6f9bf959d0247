"""Whom the link believes, what ends it, and how long it waits."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any

import msgspec
import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st

from hub.tls import self_signed
from protocols.client.device import Device
from protocols.client.link import Backoff, check_pinned, open_link, tls_context
from protocols.clock import system_clock
from protocols.errors import BadCertificate, ConfigurationError, LinkDown
from protocols.frames import Devices, Directory
from protocols.identity import Role
from protocols.identity.roots import certificates_from_pem
from tests.scenario.house import House


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_waits_grow_to_a_bound_and_start_over(chances: list[float]) -> None:
    values = iter(chances)
    backoff = Backoff(lambda: next(values, 0.5), first=1, last=8)
    for attempt in range(len(chances)):
        step = min(2.0**attempt, 8)
        assert step / 2 <= backoff.next() <= step
    backoff.reset()
    assert backoff.next() <= 1


def test_tls_is_1_3_and_a_pin_excludes_everybody_else() -> None:
    pem = self_signed("127.0.0.1", "hub")[1]
    pinned = certificates_from_pem(pem)
    context = tls_context(pinned)
    assert context.minimum_version is ssl.TLSVersion.TLSv1_3
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.cert_store_stats()["x509"] == 1
    check_pinned(pinned[0], pinned)
    other = certificates_from_pem(self_signed("127.0.0.1", "hub")[1])[0]
    with pytest.raises(BadCertificate, match=r"hub\.pem"):
        check_pinned(other, pinned)


def test_an_authority_is_believed_for_the_name_it_certified() -> None:
    authority = certificates_from_pem(trustme.CA().cert_pem.bytes())
    assert tls_context(authority).check_hostname
    check_pinned(b"whatever it issued", authority)


def test_without_a_pin_the_system_decides() -> None:
    assert tls_context(()).check_hostname
    with pytest.raises(ConfigurationError):
        tls_context([b"no certificate"])


async def test_a_login_on_a_real_hub(tmp_path: Path) -> None:
    with House(tmp_path) as house:
        device = Device.open(house.enrol("dispatch", "uscbp", Role.COMMAND))
        async with open_link(device, house.url, system_clock) as link:
            assert link.ready.device == "dispatch@uscbp"
            link.send([Directory(7)])
            assert await link.receive() == [Devices(7, ())]
            house.kill()
            with pytest.raises(LinkDown, match="ended"):
                await link.receive()
        with pytest.raises(LinkDown, match="cannot be reached"):
            await _connect(device, house.url)


async def test_another_hub_than_the_pinned_one_is_refused(tmp_path: Path) -> None:
    with House(tmp_path) as house:
        device = Device.open(house.enrol("dispatch", "uscbp"))
        other = tuple(certificates_from_pem(self_signed("127.0.0.1", "hub")[1]))
        with pytest.raises(BadCertificate):
            await _connect(msgspec.structs.replace(device, hub_certificates=other), house.url)
        with pytest.raises(BadCertificate):
            await _connect(msgspec.structs.replace(device, hub_certificates=()), house.url)
        with pytest.raises(BadCertificate, match="another-hub"):
            await _connect(msgspec.structs.replace(device, hub_name="another-hub"), house.url)


async def _connect(device: Device, hub: str) -> Any:
    async with open_link(device, hub, system_clock) as link:
        return link
