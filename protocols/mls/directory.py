"""What a directory of key packages does with them: validate, refer to, match with Welcomes."""

from dataclasses import dataclass

from protocols.mls.credentials import CredentialValidator
from protocols.mls.errors import UnsupportedSuite
from protocols.mls.leaf import Credential, KeyPackageSource
from protocols.mls.leafcheck import LeafContext, check_key_package_for
from protocols.mls.policy import DEFAULT_POLICY, Policy
from protocols.mls.public_framing import key_package_ref
from protocols.mls.suites import SUPPORTED, suite
from protocols.mls.wire import KeyPackage, Welcome, expect


@dataclass(frozen=True, slots=True)
class KeyPackageInfo:
    """What a directory of key packages needs to know of one; times in unix seconds."""

    ref: bytes
    identity: str
    credential: Credential
    signature_key: bytes
    last_resort: bool
    not_before: int
    not_after: int
    suite: int


def check_key_package(
    data: bytes, validator: CredentialValidator, now: int, policy: Policy = DEFAULT_POLICY
) -> KeyPackageInfo:
    """Validate a key package (an MLSMessage) for a directory; `now` in unix seconds.

    Raises a MalformedMLS, LeafRefused, CryptographyRefused or UnsupportedSuite.
    """
    package = expect(data, KeyPackage)
    if package.cipher_suite not in SUPPORTED:
        raise UnsupportedSuite(f"Cipher suite {package.cipher_suite:#06x} is not supported.")
    chosen = suite(package.cipher_suite)
    context = LeafContext(chosen, b"", (), validator)
    identity = check_key_package_for(context, package, now, policy)
    source = package.leaf_node.source
    assert isinstance(source, KeyPackageSource)
    return KeyPackageInfo(
        key_package_ref(chosen, package.encoded),
        identity,
        package.leaf_node.credential,
        package.leaf_node.signature_key,
        package.last_resort,
        source.not_before,
        source.not_after,
        package.cipher_suite,
    )


def welcome_refs(data: bytes) -> tuple[bytes, ...]:
    """The key package references that a Welcome (an MLSMessage) is addressed to."""
    return tuple(entry.new_member for entry in expect(data, Welcome).secrets)
