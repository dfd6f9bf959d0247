"""A device folder appears whole or not at all, and is renewed only by its own agency."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path

import pytest

from hub.agency.authority import Authority
from hub.agency.enrolment import Offer, offer_code
from hub.agency.local import LocalAgency
from protocols.client import renewal
from protocols.client.device import Device
from protocols.client.renewal import (
    Enrolment,
    HttpsAgency,
    enrol_device,
    keep_renewed,
    refusal_of,
    renew_device,
)
from protocols.errors import (
    BadCertificate,
    ConfigurationError,
    CrossbandError,
    DeviceRevoked,
    EnrolmentRefused,
    LinkDown,
    LocalStoreError,
    RateLimited,
)
from protocols.identity import Role, renewal_due
from protocols.identity.enrolment import EnrolmentCode, Issued

DAY = 86_400
NOW = int(time.time())


@pytest.fixture
def us(tmp_path: Path) -> Authority:
    return Authority.create(tmp_path / "us", agency="uscbp", country="US", now=NOW)


def offer(authority: Authority, name: str = "desk") -> Offer:
    return offer_code(authority, name=name, role=Role.COMMAND, unit="Tucson ñ", now=NOW)


def test_a_folder_is_made_whole(us: Authority, tmp_path: Path) -> None:
    wish = Enrolment(agency_url="https://ca.example", hub="wss://hub.example", hub_name='a "b"')
    agency = LocalAgency(us, lambda: NOW)
    identity = enrol_device(tmp_path / "desk", agency, offer(us).code, wish, NOW)
    device = Device.open(tmp_path / "desk")
    assert (device.identity, device.agency_url) == (identity, "https://ca.example")
    assert (device.hubs, device.hub_name) == (("wss://hub.example",), 'a "b"')
    assert (tmp_path / "desk").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "desk" / "key.pem").stat().st_mode & 0o777 == 0o600


def test_a_refusal_leaves_nothing_behind(us: Authority, tmp_path: Path) -> None:
    agency = LocalAgency(us, lambda: NOW)
    other = Authority.create(tmp_path / "ca", agency="rcmp", country="CA", now=NOW)
    for code in (EnrolmentCode.new(us.root), EnrolmentCode.new(other.root)):
        with pytest.raises(EnrolmentRefused):
            enrol_device(tmp_path / "desk", agency, code, Enrolment(), NOW)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["ca", "us"]


def test_a_device_is_never_overwritten(us: Authority, tmp_path: Path) -> None:
    agency = LocalAgency(us, lambda: NOW)
    enrol_device(tmp_path / "desk", agency, offer(us).code, Enrolment(), NOW)
    key = (tmp_path / "desk" / "key.pem").read_bytes()
    with pytest.raises(ConfigurationError, match="a device already"):
        enrol_device(tmp_path / "desk", agency, offer(us, "two").code, Enrolment(), NOW)
    assert (tmp_path / "desk" / "key.pem").read_bytes() == key
    (tmp_path / "papers").mkdir()
    (tmp_path / "papers" / "note").write_text("x")
    with pytest.raises(ConfigurationError, match="not empty"):
        enrol_device(tmp_path / "papers", agency, offer(us, "two").code, Enrolment(), NOW)


class Impostor:
    """Answers with whatever the test gives it."""

    def __init__(self, root: bytes, issued: Issued) -> None:
        self._root, self._issued = root, issued

    def root(self) -> bytes:
        return self._root

    def enrol(self, _: bytes) -> Issued:
        return self._issued

    def renew(self, _: bytes) -> Issued:
        return self._issued


def test_only_the_own_agencys_answer_is_taken(us: Authority, tmp_path: Path) -> None:
    agency = LocalAgency(us, lambda: NOW)
    folder = tmp_path / "desk"
    enrol_device(folder, agency, offer(us).code, Enrolment(), NOW)
    enrol_device(tmp_path / "two", agency, offer(us, "two").code, Enrolment(), NOW)
    ca = Authority.create(tmp_path / "ca", agency="rcmp", country="CA", now=NOW)
    rider = tmp_path / "rider"
    enrol_device(rider, LocalAgency(ca, lambda: NOW), offer(ca).code, Enrolment(), NOW)
    before = (folder / "chain.pem").read_bytes()
    for other in (tmp_path / "two", rider):
        impostor = Impostor(us.root, Issued(Device.open(other).chain, us.root))
        with pytest.raises(BadCertificate):
            renew_device(folder, NOW, agency=impostor, force=True)
        with pytest.raises(BadCertificate):
            enrol_device(tmp_path / "new", impostor, EnrolmentCode.new(us.root), Enrolment(), NOW)
    assert (folder / "chain.pem").read_bytes() == before
    assert not (tmp_path / "new").exists()


def test_renewal_at_half_life(us: Authority, tmp_path: Path) -> None:
    folder = tmp_path / "desk"
    enrol_device(folder, LocalAgency(us, lambda: NOW), offer(us).code, Enrolment(), NOW)
    first = Device.open(folder)
    due = renewal_due(first.chain[0])
    agency = LocalAgency(us, lambda: due)
    assert renew_device(folder, due - 1, agency=agency) is None
    fresh = renew_device(folder, due, agency=agency)
    assert fresh == Device.open(folder).chain
    assert Device.open(folder).key.public_key == first.key.public_key
    assert Device.open(folder).not_after > first.not_after
    with pytest.raises(ConfigurationError, match="agency_url"):
        renew_device(folder, NOW, force=True)


async def test_a_running_program_keeps_itself_renewed(
    us: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first attempt fails and is told, the second succeeds and is told."""
    folder = tmp_path / "desk"
    enrol_device(folder, LocalAgency(us, lambda: NOW), offer(us).code, Enrolment(), NOW)
    attempts: list[CrossbandError] = []
    done: asyncio.Future[tuple[bytes, ...]] = asyncio.get_running_loop().create_future()

    def attempt(path: Path, now: int, *, passphrase: bytes | None) -> tuple[bytes, ...] | None:
        if not attempts:
            raise LinkDown("the agency cannot be reached")
        return renew_device(
            path, now, agency=LocalAgency(us, lambda: NOW), force=True, passphrase=passphrase
        )

    monkeypatch.setattr(renewal, "renew_device", attempt)
    monkeypatch.setattr(renewal, "RETRY_SECONDS", 0)
    monkeypatch.setattr(renewal, "renewal_due", lambda _: 0 if not done.done() else NOW + DAY)
    task = asyncio.create_task(
        keep_renewed(folder, Device.open(folder).chain, done.set_result, attempts.append)
    )
    fresh = await asyncio.wait_for(done, 20)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert fresh == Device.open(folder).chain
    assert [error.code for error in attempts] == ["link_down"]


def test_refusals_travel_by_name() -> None:
    def answer(code: str) -> CrossbandError:
        return refusal_of(json.dumps({"code": code, "detail": "x"}).encode(), 403)

    assert isinstance(answer("device_revoked"), DeviceRevoked)
    assert isinstance(answer("enrolment_refused"), EnrolmentRefused)
    assert isinstance(answer("rate_limited"), RateLimited)
    assert isinstance(answer("configuration_error"), LinkDown)
    assert isinstance(answer("no_such_code"), LinkDown)
    for wrong in (b"", b"[]", b"{}", b"\xff"):
        assert isinstance(refusal_of(wrong, 502), LinkDown)


def test_an_agency_is_reached_by_https_alone() -> None:
    for url in ("http://ca.example", "ca.example", ""):
        with pytest.raises(ConfigurationError, match="https://"):
            HttpsAgency(url)
    with pytest.raises(ConfigurationError, match="not pinned"):
        HttpsAgency("https://ca.example").enrol(b"")


async def test_a_chain_renewed_by_somebody_else_is_taken_up(us: Authority, tmp_path: Path) -> None:
    folder = tmp_path / "desk"
    enrol_device(folder, LocalAgency(us, lambda: NOW), offer(us).code, Enrolment(), NOW)
    old = Device.open(folder).chain
    due = renewal_due(old[0])
    fresh = renew_device(folder, due, agency=LocalAgency(us, lambda: due))
    done: asyncio.Future[tuple[bytes, ...]] = asyncio.get_running_loop().create_future()
    task = asyncio.create_task(
        keep_renewed(folder, old, done.set_result, _unexpected, clock=lambda: due * 1_000_000)
    )
    assert await asyncio.wait_for(done, 20) == fresh
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def _unexpected(error: CrossbandError) -> None:
    raise AssertionError(error)


def test_a_full_disk_while_renewing_is_named_and_the_old_certificate_stays(
    us: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "desk"
    enrol_device(folder, LocalAgency(us, lambda: NOW), offer(us).code, Enrolment(), NOW)
    before = (folder / "chain.pem").read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(renewal, "write_atomic", full)
    with pytest.raises(LocalStoreError, match="No space left"):
        renew_device(folder, NOW, agency=LocalAgency(us, lambda: NOW), force=True)
    assert (folder / "chain.pem").read_bytes() == before
