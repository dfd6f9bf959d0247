"""Signature schemes: encodings of keys, and that nothing but the right signature verifies."""

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from protocols.mls.errors import BadSignature, EmptySignature, InvalidKey
from protocols.mls.suites.signatures import SCHEMES, encode_signature_key


@pytest.fixture(params=sorted(SCHEMES))
def scheme(request):
    return SCHEMES[request.param]


def test_sign_and_verify(scheme):
    key = scheme.load_private(scheme.generate())
    public = scheme.public_of(key)
    signature = scheme.sign(key, b"content")
    scheme.verify(public, b"content", signature)
    with pytest.raises(EmptySignature):
        scheme.verify(public, b"content", b"")
    for bad in (signature[:-1], signature + b"\x00", b"\x00" * len(signature)):
        with pytest.raises(BadSignature):
            scheme.verify(public, b"content", bad)
    with pytest.raises(BadSignature):
        scheme.verify(public, b"other", signature)


def test_other_keys_are_refused(scheme):
    for public in (b"", b"\x02" + bytes(32), bytes(10)):
        if len(public) != 33 or scheme.curve is not None:
            with pytest.raises(InvalidKey):
                scheme.load_public(public)


def test_certificate_keys_are_encoded_as_in_leaves():
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    assert len(encode_signature_key(key)) == 65
    with pytest.raises(InvalidKey):
        encode_signature_key(rsa.generate_private_key(65537, 2048).public_key())
