"""A running client gets its new certificate from a real agency service and uses it everywhere."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

import pytest
from cryptography.hazmat.primitives import serialization

from hub.agency.authority import BACKDATED, Authority
from hub.agency.certificates import issue_device
from hub.agency.service import serve
from protocols.client import renewal
from protocols.client.client import Client
from protocols.client.device import Device
from protocols.client.events import Noticed
from protocols.clock import system_clock
from protocols.frames import Policy, Stage
from protocols.identity import Role, renewal_due
from protocols.identity.roots import certificates_to_pem
from protocols.messages.envelope import compose
from protocols.messages.kinds import Text
from protocols.messages.values import LanguageText
from protocols.mls.credentials import chain_of
from tests.scenario.house import House

T = TypeVar("T")
HERE = "127.0.0.1"
HALF_HOUR = 1800


async def soon(work: Awaitable[T]) -> T:
    """A bound for a test that hangs; nothing is measured."""
    return await asyncio.wait_for(work, 30)


@asynccontextmanager
async def service(authority: Authority) -> AsyncIterator[str]:
    port: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    task = asyncio.create_task(
        serve(
            authority,
            host=HERE,
            port=0,
            names=[HERE],
            clock=lambda: int(time.time()),
            ready=port.set_result,
        )
    )
    try:
        yield f"https://{HERE}:{await port}"
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def shorten(folder: Path, authority: Authority, url: str) -> Device:
    """Gives the device a certificate whose half-life is in half an hour, and its agency's URL."""
    device = Device.open(folder)
    spki = device.key.private.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    life = 2 * int(BACKDATED.total_seconds()) + 2 * HALF_HOUR
    leaf = issue_device(authority, device.identity, spki, int(time.time()), life=life)
    (folder / "chain.pem").write_bytes(certificates_to_pem([leaf, authority.issuing]))
    with (folder / "device.toml").open("a") as file:
        file.write(f'agency_url = "{url}"\n')
    return Device.open(folder)


@pytest.mark.parametrize("role", [Role.COMMAND, Role.OBSERVER])
async def test_a_running_client_renews_and_its_leaf_follows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, role: Role
) -> None:
    monkeypatch.setattr(renewal, "LOOK_SECONDS", 0.02)
    ahead = 0

    def clock() -> int:
        return system_clock() + ahead

    with House(tmp_path) as house:
        authority = house.authorities["uscbp"]
        async with service(authority) as url:
            folder = house.enrol("patrol-7", "uscbp", role)
            old = shorten(folder, authority, url)
            assert renewal_due(old.chain[0]) > time.time()
            mx_device = Device.open(house.enrol("desk", "mxgn", Role.COMMAND))
            async with Client(mx_device) as mx, Client(old, clock=clock) as us:
                await soon(mx.create("nogales", Policy(owners=("mxgn",), agencies=("uscbp",))))
                await soon(us.connect_once())
                await soon(mx.add("nogales", ["patrol-7@uscbp"]))
                await soon(us.joined("nogales"))
                epoch = us.channel("nogales").epoch
                assert _leaf(mx) == old.chain
                ahead = (HALF_HOUR + 60) * 1_000_000
                await soon(us.until(lambda: us.device.chain != old.chain))
                assert us.device.not_after > old.not_after
                await soon(mx.until(lambda: _leaf(mx) == us.device.chain))
                assert mx.channel("nogales").epoch == epoch + 1
                assert us.device.key.public_key == old.key.public_key
                ahead = 0
                us.engine.disconnected()
                assert us._wire is not None
                await us._wire._socket.close()
                await soon(us.until(lambda: not us.link.up))
                us.try_again()
                await soon(us.wait_ready())  # with the new chain
                await soon(us.joined("nogales"))
                sent = await mx.send(
                    "nogales", compose(mx_device.identity, Text(text=LanguageText(text="seen?")))
                )
                assert (await soon(sent.settled(Stage.DECRYPTED))).recipients[0].reason == ""
    assert Device.open(folder).chain == us.device.chain


def _leaf(client: Client) -> tuple[bytes, ...]:
    """The certificate chain that the tree shows for the renewed device."""
    group = client.engine._desk.channels["nogales"].group
    assert group is not None
    (leaf,) = group.leaves(["patrol-7@uscbp"])
    (member,) = [one for one in group._group.members() if one.leaf == leaf]
    return chain_of(member.credential)


async def test_an_agency_out_of_reach_is_told_and_tried_again_with_the_network(
    tmp_path: Path,
) -> None:
    house = House(tmp_path)
    folder = house.enrol("patrol-7", "uscbp")
    device = shorten(folder, house.authorities["uscbp"], "https://127.0.0.1:1")
    late = (HALF_HOUR + 60) * 1_000_000
    async with Client(device, clock=lambda: system_clock() + late) as client:
        events = client.events()
        for _ in range(2):
            notice = await soon(_notice(events, "link_down"))
            assert "agency" in notice.detail
            assert notice.remedy
            client.try_again()


async def _notice(events: object, code: str) -> Noticed:
    async for event in events:  # type: ignore[attr-defined] # the client's events
        if isinstance(event, Noticed) and event.code == code:
            return event
    raise AssertionError("the client ended")
