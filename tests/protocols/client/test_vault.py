"""Values open with their key at their place, and with nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.client.vault import Vault
from protocols.errors import LocalStoreError

VAULT = Vault(bytes(range(32)))


@given(st.binary(max_size=300), st.binary(max_size=40))
@settings(max_examples=50, deadline=None)
def test_round_trip(value: bytes, place: bytes) -> None:
    sealed = VAULT.seal(value, place)
    assert VAULT.open(sealed, place) == value
    assert sealed != VAULT.seal(value, place)
    with pytest.raises(LocalStoreError):
        VAULT.open(sealed, place + b"x")


@pytest.mark.parametrize("broken", [b"", b"short", bytes(60)])
def test_nonsense_is_refused(broken: bytes) -> None:
    with pytest.raises(LocalStoreError):
        VAULT.open(broken, b"place")


def test_another_key_does_not_open() -> None:
    with pytest.raises(LocalStoreError):
        Vault(bytes(32)).open(VAULT.seal(b"v", b"p"), b"p")


def test_names_are_hidden_and_stable() -> None:
    assert VAULT.hide("nogales") == VAULT.hide("nogales")
    assert VAULT.hide("nogales") != VAULT.hide("nogalez")
    assert VAULT.hide("nogales") != Vault(bytes(32)).hide("nogales")


def test_passphrase_and_salt_both_count() -> None:
    sealed = Vault.from_passphrase("one", b"s" * 16).seal(b"v", b"p")
    assert Vault.from_passphrase("one", b"s" * 16).open(sealed, b"p") == b"v"
    with pytest.raises(LocalStoreError):
        Vault.from_passphrase("one", b"t" * 16).open(sealed, b"p")


def test_a_key_of_the_wrong_length_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "k"
    path.write_bytes(b"short")
    path.chmod(0o600)
    with pytest.raises(LocalStoreError, match="32"):
        Vault.from_key_file(path, create=False)
    with pytest.raises(LocalStoreError, match="cannot be used"):
        Vault.from_key_file(tmp_path / "absent", create=False)
