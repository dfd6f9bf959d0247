"""Certificate chains as bytes: what cannot be read is refused (chains are in test_credentials)."""

import pytest

from protocols.mls.errors import CredentialRefused
from protocols.mls.suites.certificates import load_chain


def test_a_chain_has_a_limit_and_holds_certificates():
    with pytest.raises(CredentialRefused, match="1 to 2"):
        load_chain([], 2)
    with pytest.raises(CredentialRefused, match="1 to 2"):
        load_chain([b""] * 3, 2)
    with pytest.raises(CredentialRefused, match="cannot be read"):
        load_chain([b"\x30\x00"], 2)
