"""Private halves are there before the public ones leave, and go when they were used."""

from __future__ import annotations

import pytest

from protocols.client.packages import Packages
from protocols.client.store import Drop, Put
from protocols.frames import PACKAGES_PER_DEVICE
from protocols.identity import DeviceKey
from protocols.mls.credentials import basic
from protocols.mls.group import KeyPackageBundle, new_key_package

NOW = 1_800_000_000
WEEK = 7 * 24 * 3600


def make(last_resort: bool) -> KeyPackageBundle:
    return new_key_package(
        2,
        DeviceKey.generate(),
        basic(b"device"),
        not_before=NOW,
        not_after=NOW + WEEK,
        last_resort=last_resort,
    )


@pytest.fixture
def stock() -> Packages:
    packages = Packages()
    frame = packages.refill(1, PACKAGES_PER_DEVICE - 30, make, NOW + WEEK, NOW)
    assert frame is not None
    assert len(frame.packages) == 30
    assert frame.last_resort is not None
    return packages


def test_everything_published_is_kept_and_found_again(stock: Packages) -> None:
    changes = stock.take_changes()
    assert len(changes) == len(stock) == 31
    rows = [(change.name, change.value) for change in changes if isinstance(change, Put)]
    again = Packages.load(rows)
    reference = bytes.fromhex(rows[3][0])
    found = again.find([b"unknown", reference])
    assert found is not None
    assert found[0] == found[1].ref == reference
    assert again.find([b"unknown"]) is None


def test_a_used_package_is_forgotten(stock: Packages) -> None:
    rows = [change for change in stock.take_changes() if isinstance(change, Put)]
    reference = bytes.fromhex(rows[0].name)
    assert not stock.used(reference)
    assert stock.find([reference]) is None
    assert stock.take_changes() == [Drop(rows[0].table, rows[0].name)]


def test_a_used_last_resort_is_replaced_but_still_opens(stock: Packages) -> None:
    rows = [change for change in stock.take_changes() if isinstance(change, Put)]
    reference = bytes.fromhex(rows[-1].name)
    assert stock.refill(2, PACKAGES_PER_DEVICE, make, NOW + WEEK, NOW) is None
    assert stock.used(reference)
    frame = stock.refill(2, PACKAGES_PER_DEVICE, make, NOW + WEEK, NOW)
    assert frame is not None
    assert frame.packages == ()
    assert frame.last_resort is not None
    assert stock.find([reference]) is not None


def test_what_has_ended_is_forgotten(stock: Packages) -> None:
    stock.take_changes()
    frame = stock.refill(2, 0, make, NOW + 3 * WEEK, NOW + WEEK + 1)
    assert frame is not None
    assert len(frame.packages) == PACKAGES_PER_DEVICE
    assert len(stock) == PACKAGES_PER_DEVICE + 1
