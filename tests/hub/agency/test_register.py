"""The register is replaced whole, under a lock, or not at all."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from hub.agency.register import KEPT, Code, Register
from protocols.errors import ConfigurationError
from protocols.identity import Role


def code(digest: bytes, expires: int = 1000) -> Code:
    return Code(digest=digest, name="patrol-7@uscbp", role=Role.OBSERVER, unit="N", expires=expires)


def test_a_change_is_kept_and_private(tmp_path: Path) -> None:
    with Register(tmp_path).change(0) as book:
        book.codes.append(code(b"a"))
    assert Register(tmp_path).read().find(b"a") == code(b"a")
    assert Register(tmp_path).read().find(b"b") is None
    assert (tmp_path / "register.json").stat().st_mode & 0o777 == 0o600


def test_an_error_changes_nothing(tmp_path: Path) -> None:
    register = Register(tmp_path)
    with register.change(0) as book:
        book.codes.append(code(b"a"))
    before = (tmp_path / "register.json").read_bytes()

    def fail() -> None:
        with register.change(0) as book:
            book.codes.clear()
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    assert (tmp_path / "register.json").read_bytes() == before


def test_old_codes_are_forgotten(tmp_path: Path) -> None:
    register = Register(tmp_path)
    with register.change(0) as book:
        book.codes.append(code(b"a", expires=10))
    with register.change(10 + KEPT) as book:
        assert book.find(b"a") is not None
    assert register.read().find(b"a") is None


def test_a_damaged_register_is_named(tmp_path: Path) -> None:
    (tmp_path / "register.json").write_text('{"version": 1, "cods": []}')
    with pytest.raises(ConfigurationError, match=r"register\.json is damaged"):
        Register(tmp_path).read()


def test_changes_wait_for_each_other(tmp_path: Path) -> None:
    def add(name: bytes) -> None:
        with Register(tmp_path).change(0) as book:
            book.codes.append(code(name))

    threads = [threading.Thread(target=add, args=(bytes([n]),)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {one.digest for one in Register(tmp_path).read().codes} == {bytes([n]) for n in range(8)}
