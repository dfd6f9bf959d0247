"""An authority is made once, whole, private, and opens only as what it is."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from hub.agency.authority import Authority, read_root
from protocols.errors import (
    BadCertificate,
    CertificateExpired,
    ConfigurationError,
    CrossbandError,
    KeyUnreadable,
)
from protocols.identity import ALGORITHMS, Roots
from protocols.identity.chain import verify_authority
from protocols.identity.keys import Algorithm

YEAR = 365 * 86_400


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_an_authority_opens_again(tmp_path: Path, now: int, algorithm: Algorithm) -> None:
    made = Authority.create(
        tmp_path / "us", agency="uscbp", country="US", algorithm=algorithm, now=now
    )
    opened = Authority.open(tmp_path / "us", now=now)
    assert (opened.agency, opened.country) == ("uscbp", "US")
    assert (opened.root, opened.issuing) == (made.root, made.issuing)
    assert verify_authority(opened.issuing, Roots([opened.root]), now)[0] == "uscbp"
    assert read_root(tmp_path / "us") == made.root


def test_keys_are_private_and_may_be_locked(
    make_authority: Callable[..., Authority], now: int
) -> None:
    folder = make_authority(passphrase=b"secret").folder
    for name in ("root.key.pem", "issuing.key.pem"):
        assert (folder / name).stat().st_mode & 0o777 == 0o600
        assert b"ENCRYPTED" in (folder / name).read_bytes()
    assert folder.stat().st_mode & 0o777 == 0o700
    for wrong in (None, b"other"):
        with pytest.raises(KeyUnreadable):
            Authority.open(folder, passphrase=wrong, now=now)
    assert Authority.open(folder, passphrase=b"secret", now=now).agency == "uscbp"


def test_a_key_that_others_can_read_is_not_used(authority: Authority, now: int) -> None:
    (authority.folder / "issuing.key.pem").chmod(0o640)
    with pytest.raises(KeyUnreadable, match="0600"):
        Authority.open(authority.folder, now=now)


def test_the_root_key_can_be_kept_elsewhere(authority: Authority, now: int) -> None:
    (authority.folder / "root.key.pem").unlink()
    assert Authority.open(authority.folder, now=now).agency == "uscbp"


def test_an_authority_is_never_overwritten(authority: Authority, now: int) -> None:
    before = {path: path.read_bytes() for path in authority.folder.iterdir()}
    with pytest.raises(ConfigurationError, match="already"):
        Authority.create(authority.folder, agency="uscbp", country="US", now=now)
    assert {path: path.read_bytes() for path in authority.folder.iterdir()} == before


@pytest.mark.parametrize(("agency", "country"), [("US CBP", "US"), ("uscbp", "usa"), ("", "US")])
def test_names_that_cannot_be_make_nothing(
    tmp_path: Path, now: int, agency: str, country: str
) -> None:
    with pytest.raises(BadCertificate):
        Authority.create(tmp_path / "x", agency=agency, country=country, now=now)
    assert not (tmp_path / "x").exists()


def test_mixed_up_folders_are_refused(make_authority: Callable[..., Authority], now: int) -> None:
    us, ca = make_authority(), make_authority("rcmp", "CA")
    for name in ("issuing.key.pem", "issuing.pem", "root.pem"):
        original = (us.folder / name).read_bytes()
        shutil.copy(ca.folder / name, us.folder / name)
        with pytest.raises(CrossbandError):
            Authority.open(us.folder, now=now)
        (us.folder / name).write_bytes(original)
    shutil.copy(ca.folder / "authority.toml", us.folder / "authority.toml")
    with pytest.raises(ConfigurationError, match="two agencies"):
        Authority.open(us.folder, now=now)


def test_a_broken_folder_is_named(authority: Authority, now: int) -> None:
    (authority.folder / "issuing.pem").write_bytes(b"nothing")
    with pytest.raises(ConfigurationError, match=r"issuing\.pem"):
        Authority.open(authority.folder, now=now)
    (authority.folder / "issuing.pem").unlink()
    with pytest.raises(ConfigurationError, match=r"issuing\.pem"):
        Authority.open(authority.folder, now=now)
    with pytest.raises(ConfigurationError, match=r"authority\.toml"):
        Authority.open(authority.folder / "nowhere", now=now)


def test_an_authority_ends(authority: Authority, now: int) -> None:
    with pytest.raises(CertificateExpired):
        Authority.open(authority.folder, now=now + 6 * YEAR)
