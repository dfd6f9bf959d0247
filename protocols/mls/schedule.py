"""The key schedule: from init, commit and pre-shared secrets to an epoch's (RFC 9420 section 8)."""

from collections.abc import Sequence
from dataclasses import dataclass

from protocols.mls.suites import KeyPair, Suite
from protocols.mls.wire import GroupInfo, PreSharedKeyID

EXTERNAL_INIT_LABEL = b"MLS 1.0 external init secret"


@dataclass(slots=True, repr=False)
class EpochSecrets:
    """The secrets of one epoch that outlive its derivation (table 4), and the next init secret.

    The joiner, epoch and encryption secrets are not here: they are consumed while deriving, the
    encryption secret by handing it to the secret tree.
    """

    init_secret: bytes
    sender_data_secret: bytes
    exporter_secret: bytes
    epoch_authenticator: bytes
    external_secret: bytes
    membership_key: bytes
    resumption_psk: bytes


@dataclass(slots=True, repr=False)
class Derivation:
    """Everything one run of the key schedule yields; kept only while a commit is built or taken."""

    secrets: EpochSecrets
    joiner_secret: bytes
    welcome_secret: bytes
    encryption_secret: bytes
    confirmation_key: bytes


def joiner_secret(suite: Suite, init_secret: bytes, commit_secret: bytes, context: bytes) -> bytes:
    """joiner_secret of the epoch with this encoded GroupContext."""
    extracted = suite.extract(init_secret, commit_secret)
    return suite.expand_with_label(extracted, b"joiner", context, suite.hash_size)


def welcome_secret(suite: Suite, joiner: bytes, psk_secret: bytes) -> bytes:
    """welcome_secret, which opens the GroupInfo of a Welcome before the context is known."""
    return suite.derive_secret(suite.extract(joiner, psk_secret), b"welcome")


def derive(suite: Suite, joiner: bytes, psk_secret: bytes, context: bytes) -> Derivation:
    """The epoch's secrets from its joiner secret (figure 22)."""
    member = suite.extract(joiner, psk_secret)
    epoch = suite.expand_with_label(member, b"epoch", context, suite.hash_size)
    return derive_from_epoch_secret(suite, epoch, joiner, suite.derive_secret(member, b"welcome"))


def derive_from_epoch_secret(
    suite: Suite, epoch_secret: bytes, joiner: bytes = b"", welcome: bytes = b""
) -> Derivation:
    """The secrets under an epoch secret; a new group draws its first one at random (section 11)."""

    def secret(label: bytes) -> bytes:
        return suite.derive_secret(epoch_secret, label)

    return Derivation(
        EpochSecrets(
            init_secret=secret(b"init"),
            sender_data_secret=secret(b"sender data"),
            exporter_secret=secret(b"exporter"),
            epoch_authenticator=secret(b"authentication"),
            external_secret=secret(b"external"),
            membership_key=secret(b"membership"),
            resumption_psk=secret(b"resumption"),
        ),
        joiner,
        welcome,
        secret(b"encryption"),
        secret(b"confirm"),
    )


def psk_secret(suite: Suite, psks: Sequence[tuple[PreSharedKeyID, bytes]]) -> bytes:
    """The chained pre-shared key secret (section 8.4); all zeros for no key."""
    zero = bytes(suite.hash_size)
    secret = zero
    for index, (identifier, value) in enumerate(psks):
        label = identifier.encoded + index.to_bytes(2, "big") + len(psks).to_bytes(2, "big")
        extracted = suite.extract(zero, value)
        given = suite.expand_with_label(extracted, b"derived psk", label, suite.hash_size)
        secret = suite.extract(given, secret)
    return secret


def export(
    suite: Suite, exporter_secret: bytes, label: bytes, context: bytes, length: int
) -> bytes:
    """MLS-Exporter (section 8.5)."""
    secret = suite.derive_secret(exporter_secret, label)
    return suite.expand_with_label(secret, b"exported", suite.hash(context), length)


def external_key_pair(suite: Suite, external_secret: bytes) -> KeyPair:
    """The key pair that the whole group holds for external joins."""
    return suite.derive_key_pair(external_secret)


def seal_group_info(suite: Suite, welcome: bytes, group_info: GroupInfo) -> bytes:
    """The encrypted_group_info of a Welcome (12.4.3.1)."""
    key, nonce = _welcome_key(suite, welcome)
    return suite.aead_seal(key, nonce, b"", group_info.encoded)


def open_group_info(suite: Suite, welcome: bytes, encrypted: bytes) -> GroupInfo:
    """Open an encrypted_group_info; raises BadCiphertext or a MalformedMLS."""
    key, nonce = _welcome_key(suite, welcome)
    return GroupInfo.decode(suite.aead_open(key, nonce, b"", encrypted))


def _welcome_key(suite: Suite, welcome: bytes) -> tuple[bytes, bytes]:
    key = suite.expand_with_label(welcome, b"key", b"", suite.key_size)
    return key, suite.expand_with_label(welcome, b"nonce", b"", suite.nonce_size)
