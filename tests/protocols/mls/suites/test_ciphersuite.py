"""Cipher suites: sealing in `cryptography` and the key schedule written here agree."""

import pytest

from protocols.mls.errors import BadCiphertext, InvalidKey, UnsupportedSuite
from protocols.mls.suites import HYBRID, SUPPORTED, same, sign_content, suite


@pytest.fixture(params=SUPPORTED)
def chosen(request):
    return suite(request.param)


def test_seal_and_open(chosen):
    pair = chosen.generate_key_pair()
    kem_output, ciphertext = chosen.encrypt_with_label(pair.public, b"part", b"ctx", b"text")
    opened = chosen.decrypt_with_label(pair, b"part", b"ctx", kem_output, ciphertext)
    assert opened == b"text"
    for label, context in ((b"other", b"ctx"), (b"part", b"other")):
        with pytest.raises(BadCiphertext):
            chosen.decrypt_with_label(pair, label, context, kem_output, ciphertext)
    with pytest.raises(BadCiphertext):
        chosen.decrypt_with_label(pair, b"part", b"ctx", kem_output[:-1], ciphertext)
    with pytest.raises(BadCiphertext):
        chosen.decrypt_with_label(pair, b"part", b"ctx", kem_output, ciphertext[:5])
    with pytest.raises(InvalidKey):
        chosen.encrypt_with_label(b"no key", b"part", b"ctx", b"text")


def test_own_key_schedule_opens_what_the_library_sealed(chosen):
    pair = chosen.generate_key_pair()
    kem_output, ciphertext = chosen.encrypt_with_label(pair.public, b"part", b"ctx", b"text")
    shared = chosen.kem.decap(kem_output, pair)
    key, nonce, _ = chosen._key_schedule(shared, sign_content(b"part", b"ctx"))
    assert chosen.aead_open(key, nonce, b"", ciphertext) == b"text"


def test_exports_agree(chosen):
    pair = chosen.generate_key_pair()
    kem_output, secret = chosen.export_to(pair.public, b"label")
    assert chosen.export_from(pair, kem_output, b"label") == secret
    assert chosen.export_from(pair, kem_output, b"other") != secret
    assert len(secret) == chosen.hash_size


def test_aead_binds_its_associated_data(chosen):
    key, nonce = bytes(chosen.key_size), bytes(chosen.nonce_size)
    sealed = chosen.aead_seal(key, nonce, b"aad", b"text")
    assert chosen.aead_open(key, nonce, b"aad", sealed) == b"text"
    with pytest.raises(BadCiphertext):
        chosen.aead_open(key, nonce, b"other", sealed)


def test_unknown_suites_are_refused():
    assert {1, 2, 3, 4, 5, 6, 7, HYBRID} == set(SUPPORTED)
    for number in (0, 8, 0x0A0A):
        with pytest.raises(UnsupportedSuite):
            suite(number)


def test_comparison():
    assert same(b"abc", b"abc")
    assert not same(b"abc", b"abd")
