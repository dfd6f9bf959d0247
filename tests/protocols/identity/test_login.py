"""A login holds for one nonce, one hub and one TLS certificate, and no other."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ed25519

from protocols.errors import BadCertificate, BadLoginSignature
from protocols.identity import DeviceKey, login_content, server_end_point, verify_signature


def test_a_login_verifies_under_the_device_certificate(us: Any) -> None:
    for algorithm in ("p256", "ed25519"):
        key = DeviceKey.generate(algorithm)
        content = login_content(b"n" * 32, "nogales", us.root)
        signature = key.sign(content)
        verify_signature(us.device(key), signature, content)  # raises nothing
        assert signature


@pytest.mark.parametrize("changed", ["nonce", "hub", "certificate", "key", "empty"])
def test_a_login_for_something_else_is_refused(us: Any, key: DeviceKey, changed: str) -> None:
    wanted = login_content(b"n" * 32, "nogales", us.root)
    content = {
        "nonce": login_content(b"m" * 32, "nogales", us.root),
        "hub": login_content(b"n" * 32, "windsor", us.root),
        "certificate": login_content(b"n" * 32, "nogales", us.issuing),
    }.get(changed, wanted)
    signer = DeviceKey.generate() if changed == "key" else key
    signature = b"" if changed == "empty" else signer.sign(content)
    with pytest.raises(BadLoginSignature):
        verify_signature(us.device(key), signature, wanted)


def test_parts_cannot_be_shifted_into_each_other(us: Any) -> None:
    assert login_content(b"ab", "c", us.root) != login_content(b"a", "bc", us.root)


def test_the_binding_is_that_of_rfc_5929(us: Any, make_pki: Any) -> None:
    assert server_end_point(us.root) == hashlib.sha256(us.root).digest()
    sha384 = us.make_issuing(algorithm=hashes.SHA384())
    assert server_end_point(sha384) == hashlib.sha384(sha384).digest()
    edwards = make_pki(root_key=ed25519.Ed25519PrivateKey.generate()).root
    assert server_end_point(edwards) == hashlib.sha256(edwards).digest()
    with pytest.raises(BadCertificate):
        server_end_point(b"not a certificate")
