"""A file is the old one or the new one, and a secret is its owner's alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from protocols.client.files import SECRET, make_private, read, read_secret, write_atomic
from protocols.errors import ConfigurationError, KeyUnreadable


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "a"
    write_atomic(path, b"one")
    write_atomic(path, b"two", SECRET)
    assert path.read_bytes() == b"two"
    assert path.stat().st_mode & 0o777 == 0o600
    assert [one.name for one in tmp_path.iterdir()] == ["a"]


def test_a_failed_write_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a"
    write_atomic(path, b"one")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_atomic(path, b"two")
    assert path.read_bytes() == b"one"
    assert [one.name for one in tmp_path.iterdir()] == ["a"]


def test_reading_names_what_is_missing_or_open(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="the key"):
        read(tmp_path / "none", "the key")
    write_atomic(tmp_path / "a", b"x")
    with pytest.raises(KeyUnreadable, match="0600"):
        read_secret(tmp_path / "a", "the key")
    (tmp_path / "a").chmod(0o600)
    assert read_secret(tmp_path / "a", "the key") == b"x"


def test_a_private_folder(tmp_path: Path) -> None:
    make_private(tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b").stat().st_mode & 0o777 == 0o700
