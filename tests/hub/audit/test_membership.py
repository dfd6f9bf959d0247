"""Membership is followed through the handshakes in the log, and through nothing else."""

from __future__ import annotations

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from hub.agency.authority import Authority
from hub.agency.certificates import issue_device
from hub.audit.logfile import LogFile
from hub.audit.membership import ClaimedNames, Membership
from protocols.identity import DeviceKey, Identity, Role
from protocols.mls.credentials import x509_credential
from protocols.mls.group import Group
from protocols.tlog.entry import Kind

NOW = 1_800_000_000

PATROL, UNIT, OBSERVER = "patrol-7@uscbp", "gn-3@gn", "observer@rcmp"


def test_rosters_by_epoch(story) -> None:
    membership = Membership()
    with LogFile(story.path) as log:
        for _, channel, seq, kind, at, epoch, body in log.handshakes(10**9):
            membership.feed(channel, seq, kind, at, epoch, body)
    assert membership.faults == []
    assert membership.readers("nogales", 0) == (PATROL,)
    assert membership.readers("nogales", 1) == (PATROL, UNIT)
    assert membership.readers("nogales", 2) == (PATROL, UNIT, OBSERVER)
    assert membership.readers("nogales", 3) == (PATROL, OBSERVER)
    assert membership.readers("nogales", 4) is None
    assert membership.is_member("nogales", OBSERVER)
    assert not membership.is_member("nogales", UNIT)
    assert not membership.is_member("detroit", UNIT)


def test_a_handshake_that_does_not_hold_ends_what_is_known(story) -> None:
    membership = Membership()
    with LogFile(story.path) as log:
        rows = list(log.handshakes(10**9))
    for number, (_, channel, seq, kind, at, epoch, body) in enumerate(rows):
        changed = body[:-40] + bytes(40) if number == 2 else body
        membership.feed(channel, seq, kind, at, epoch, changed)
    (fault,) = membership.faults
    assert fault.startswith("nogales #4: ")
    assert membership.readers("nogales", 1) == (PATROL, UNIT)
    assert membership.readers("nogales", 2) is None
    assert not membership.is_member("nogales", PATROL)


def test_a_channel_that_begins_with_nonsense() -> None:
    membership = Membership()
    membership.feed("nogales", 0, Kind.CHANNEL, 1, 0, b"nonsense")
    membership.feed("nogales", 1, Kind.COMMIT, 1, 0, b"nonsense")
    assert len(membership.faults) == 1
    assert membership.readers("nogales", 0) is None


def agency(folder: Path) -> Authority:
    return Authority.create(folder, agency="uscbp", country="US", now=NOW)


def creation(authority: Authority, name: str = PATROL) -> bytes:
    """The GroupInfo of a channel made by a certified device."""
    key = DeviceKey.generate("p256")
    identity = Identity("US", "uscbp", "Nogales Station", name, Role.PARTICIPANT)
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), key.public_key)
    spki = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    chain = (issue_device(authority, identity, spki, NOW), authority.issuing)
    group = Group.create(
        b"nogales", 2, key, x509_credential(chain), validator=ClaimedNames(), now=NOW
    )
    return group.group_info()


def test_certified_names_are_checked_against_pinned_roots(tmp_path: Path) -> None:
    authority = agency(tmp_path / "uscbp")
    membership = Membership([authority.root])
    membership.feed("nogales", 0, Kind.CHANNEL, NOW * 1_000_000, 0, creation(authority))
    assert membership.faults == []
    assert membership.readers("nogales", 0) == (PATROL,)
    stranger = agency(tmp_path / "stranger")
    other = Membership([stranger.root])
    other.feed("nogales", 0, Kind.CHANNEL, NOW * 1_000_000, 0, creation(authority))
    assert len(other.faults) == 1


def test_without_roots_a_certificate_is_a_claim(tmp_path: Path) -> None:
    membership = Membership()
    body = creation(agency(tmp_path / "uscbp"))
    membership.feed("nogales", 0, Kind.CHANNEL, NOW * 1_000_000, 0, body)
    assert membership.readers("nogales", 0) == (PATROL,)


def test_pinned_roots_refuse_names_that_nobody_vouches_for(story, tmp_path: Path) -> None:
    membership = Membership([agency(tmp_path / "uscbp").root])
    with LogFile(story.path) as log:
        _, channel, seq, kind, at, epoch, body = next(log.handshakes(10**9))
        membership.feed(channel, seq, kind, at, epoch, body)
    assert len(membership.faults) == 1
