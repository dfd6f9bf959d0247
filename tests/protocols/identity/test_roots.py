"""One root an agency, and only a real one; PEM both ways."""

from __future__ import annotations

from typing import Any

import pytest

from protocols.errors import BadCertificate, ConfigurationError, StatementRefused
from protocols.identity import DeviceKey, RevocationStatement, Roots
from protocols.identity.roots import certificates_from_pem, certificates_to_pem


def test_roots_come_from_pem(us: Any, ca: Any) -> None:
    roots = Roots.from_pem([certificates_to_pem([us.root]), certificates_to_pem([ca.root])])
    assert roots.of("uscbp") == us.root
    assert dict(roots.agencies) == {"uscbp": "US", "rcmp": "CA"}
    with pytest.raises(BadCertificate, match="no root is pinned"):
        roots.of("cbsa")


def test_only_a_self_signed_authority_can_be_pinned(us: Any, key: DeviceKey) -> None:
    for wrong in (us.issuing, us.device(key), b"nothing"):
        with pytest.raises(BadCertificate):
            Roots([wrong])


def test_two_roots_of_one_agency_are_a_mistake(us: Any, make_pki: Any) -> None:
    roots = us.roots
    roots.pin(us.root)
    with pytest.raises(ConfigurationError, match="two different roots"):
        roots.pin(make_pki().root)
    assert roots.of("uscbp") == us.root


def test_pem_round_trip(us: Any) -> None:
    both = [us.issuing, us.root]
    assert certificates_from_pem(certificates_to_pem(both)) == both
    with pytest.raises(BadCertificate):
        certificates_from_pem(b"-----BEGIN NOTHING-----")


def test_a_refused_statement_changes_nothing(us: Any, ca: Any, now: int) -> None:
    roots = us.roots
    statement = RevocationStatement(agency="uscbp", device="patrol-7@uscbp", at=now, reason="lost")
    with pytest.raises(StatementRefused):
        roots.add_revocation(statement.sign(ca.issuing, ca.issuing_key), now)
    assert roots.revoked == {}
    taken = roots.add_revocation(statement.sign(us.issuing, us.issuing_key), now)
    assert taken == statement
    assert roots.is_revoked("patrol-7@uscbp", now)
    assert not roots.is_revoked("patrol-7@uscbp", now + 1)
    assert not roots.is_revoked("patrol-8@uscbp", now)


def test_the_latest_revocation_counts(us: Any, now: int) -> None:
    roots = us.roots
    roots.revoke("patrol-7@uscbp", now)
    roots.revoke("patrol-7@uscbp", now - 100)
    assert roots.revoked["patrol-7@uscbp"] == now
