"""MLS leaves are admitted by certificate alone, and by the key in it."""

from __future__ import annotations

from typing import Any

import pytest

from protocols.identity import ChainValidator, DeviceKey
from protocols.mls.errors import CredentialRefused
from protocols.mls.leaf import BasicCredential, Certificate, X509Credential

DAY = 86_400


def credential(chain: Any) -> X509Credential:
    return X509Credential(tuple(Certificate(der) for der in chain))


def test_a_leaf_is_its_device(us: Any, key: DeviceKey, now: int) -> None:
    validator = ChainValidator(us.roots, lambda: now * 1_000_000)
    leaf = credential(us.chain(key))
    assert validator.validate(leaf, key.public_key) == "patrol-7@uscbp"
    assert validator.identity(leaf) == us.identity()


def test_another_key_a_bare_name_and_a_foreign_root_are_refused(
    us: Any, ca: Any, key: DeviceKey, now: int
) -> None:
    validator = ChainValidator(us.roots, lambda: now * 1_000_000)
    with pytest.raises(CredentialRefused, match="signature key"):
        validator.validate(credential(us.chain(key)), DeviceKey.generate().public_key)
    with pytest.raises(CredentialRefused, match="only certificates"):
        validator.validate(BasicCredential(b"patrol-7@uscbp"), key.public_key)
    with pytest.raises(CredentialRefused, match="only certificates"):
        validator.identity(BasicCredential(b"patrol-7@uscbp"))
    with pytest.raises(CredentialRefused) as refused:
        validator.validate(credential(ca.chain(key)), key.public_key)
    assert refused.value.facts == {"reason": "bad_certificate"}
    with pytest.raises(CredentialRefused):
        validator.identity(credential(ca.chain(key)))
    with pytest.raises(CredentialRefused):
        validator.validate(credential(()), key.public_key)


def test_time_has_grace_only_where_it_is_given(us: Any, key: DeviceKey, now: int) -> None:
    leaf, later = credential(us.chain(key)), now + 10 * DAY
    strict = ChainValidator(us.roots, lambda: later * 1_000_000)
    with pytest.raises(CredentialRefused, match="expired"):
        strict.validate(leaf, key.public_key)
    assert strict.identity(leaf) == us.identity()
    patient = ChainValidator(us.roots, lambda: later * 1_000_000, grace=30 * DAY)
    assert patient.validate(leaf, key.public_key) == "patrol-7@uscbp"


def test_a_revoked_device_gets_into_no_group(us: Any, key: DeviceKey, now: int) -> None:
    roots = us.roots
    roots.revoke("patrol-7@uscbp", now)
    validator = ChainValidator(roots, lambda: now * 1_000_000, grace=30 * DAY)
    with pytest.raises(CredentialRefused) as refused:
        validator.validate(credential(us.chain(key)), key.public_key)
    assert refused.value.facts == {"reason": "device_revoked"}
