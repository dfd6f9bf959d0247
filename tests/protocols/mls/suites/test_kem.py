"""KEMs: what is encapsulated is opened by the right key alone, and keys are checked."""

import pytest

from protocols.mls.errors import InvalidKey
from protocols.mls.suites.kem import KEMS


@pytest.fixture(params=sorted(KEMS))
def kem(request):
    return KEMS[request.param]


def test_encapsulate_and_open(kem):
    pair, other = kem.derive(b"s" * 64), kem.derive(b"t" * 64)
    secret, enc = kem.encap(pair.public)
    assert len(enc) == kem.enc_size
    assert len(secret) == kem.secret_size
    assert kem.decap(enc, pair) == secret
    assert kem.decap(enc, other) != secret


def test_derivation_is_deterministic_and_keys_reload(kem):
    pair = kem.derive(b"s" * 64)
    assert kem.derive(b"s" * 64).public == pair.public
    assert kem.load_private(pair.private).public == pair.public
    assert len(pair.private) == kem.private_size


def test_bytes_that_are_no_keys_are_refused(kem):
    with pytest.raises(InvalidKey):
        kem.load_public(b"\x04" + bytes(7))
    with pytest.raises(InvalidKey):
        kem.load_private(bytes(kem.private_size + 1))
    with pytest.raises(InvalidKey):
        kem.decap(b"\x04short", kem.derive(b"s" * 64))


@pytest.mark.parametrize("name", ["p256", "p384", "p521"])
def test_points_must_be_uncompressed_and_on_the_curve(name):
    kem = KEMS[name]
    public = kem.derive(b"s" * 64).public
    compressed = bytes((2 + public[-1] % 2,)) + public[1 : 1 + len(public) // 2]
    with pytest.raises(InvalidKey):
        kem.load_public(compressed)
    with pytest.raises(InvalidKey):
        kem.load_public(public[:-1] + bytes((public[-1] ^ 1,)))


@pytest.mark.parametrize("name", ["x25519", "x448", "mlkem768x25519"])
def test_agreement_without_a_secret_is_refused(name):
    kem = KEMS[name]
    pair = kem.derive(b"s" * 64)
    enc = bytes(kem.enc_size)
    with pytest.raises(InvalidKey):
        kem.decap(enc, pair)
