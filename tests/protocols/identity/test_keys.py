"""A key signs in MLS encoding, survives its file, and is refused where it cannot be read."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.errors import BadCertificate, KeyUnreadable
from protocols.identity import ALGORITHMS, DeviceKey, public_key_bytes
from protocols.identity.keys import Algorithm, accept_public, is_signed_by


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_key_survives_its_file(algorithm: Algorithm) -> None:
    key = DeviceKey.generate(algorithm)
    again = DeviceKey.from_pem(key.to_pem(b"secret"), b"secret")
    assert again.public_key == key.public_key
    assert again.algorithm == algorithm
    assert DeviceKey.from_pem(key.to_pem()).public_key == key.public_key


def test_public_keys_are_in_mls_encoding() -> None:
    point = DeviceKey.generate("p256").public_key
    assert (len(point), point[0]) == (65, 4)
    assert len(DeviceKey.generate("ed25519").public_key) == 32


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@given(data=st.binary(max_size=200))
@settings(max_examples=25, deadline=None)
def test_what_a_key_signs_verifies_and_nothing_else(algorithm: Algorithm, data: bytes) -> None:
    key, other = DeviceKey.generate(algorithm), DeviceKey.generate(algorithm)
    signature = key.sign(data)
    assert is_signed_by(key.private.public_key(), signature, data)
    assert not is_signed_by(key.private.public_key(), signature, data + b"x")
    assert not is_signed_by(key.private.public_key(), b"", data)
    assert not is_signed_by(other.private.public_key(), signature, data)


def test_a_locked_or_foreign_key_is_refused() -> None:
    key = DeviceKey.generate()
    with pytest.raises(KeyUnreadable, match="needs a passphrase"):
        DeviceKey.from_pem(key.to_pem(b"secret"))
    with pytest.raises(KeyUnreadable, match="needs no passphrase"):
        DeviceKey.from_pem(key.to_pem(), b"secret")
    with pytest.raises(KeyUnreadable, match="wrong"):
        DeviceKey.from_pem(key.to_pem(b"secret"), b"other")
    with pytest.raises(KeyUnreadable, match="wrong"):
        DeviceKey.from_pem(b"no key")
    for foreign in (ec.generate_private_key(ec.SECP384R1()), rsa.generate_private_key(65537, 2048)):
        pem = foreign.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        with pytest.raises(KeyUnreadable, match="neither"):
            DeviceKey.from_pem(pem)
        with pytest.raises(BadCertificate, match="neither"):
            accept_public(foreign.public_key())


def test_public_key_bytes_match_the_key() -> None:
    key = DeviceKey.generate()
    assert public_key_bytes(accept_public(key.private.public_key())) == key.public_key
