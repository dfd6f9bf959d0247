"""Encrypting and decrypting PrivateMessages: RFC 9420 section 6.3.

`unprotect` returns the content and the key that opened it; the caller consumes that key only
after it has verified the signature too.
"""

from dataclasses import dataclass

from protocols.mls.codec import Reader, write_opaque
from protocols.mls.errors import BadPadding, UnexpectedContent
from protocols.mls.secrettree import APPLICATION, HANDSHAKE, MessageKey, SecretTree
from protocols.mls.suites import Suite, random_bytes
from protocols.mls.wire import APPLICATION as APPLICATION_CONTENT
from protocols.mls.wire import (
    CONTENT_BY_TYPE,
    PRIVATE_MESSAGE,
    AuthenticatedContent,
    FramedContent,
    FramedContentAuthData,
    MemberSender,
    PrivateMessage,
    content_type,
    encode_message,
)


@dataclass(frozen=True, slots=True)
class SenderData:
    """Who sent a private message and with which key (section 6.3.2)."""

    leaf_index: int
    generation: int
    reuse_guard: bytes


def protect(
    suite: Suite,
    message: AuthenticatedContent,
    tree: SecretTree,
    sender_data_secret: bytes,
    padding_class: int = 0,
) -> bytes:
    """Encrypt a signed content; consumes the sender's next key; returns an MLSMessage.

    `padding_class` rounds the content up to a multiple of so many bytes; 0 adds none. The
    signature comes on top: its length tells nothing of the content, and counting it in would
    cost small messages a whole class.
    """
    content = message.content
    if not isinstance(content.sender, MemberSender):
        raise UnexpectedContent("Only members send private messages.")
    kind = content_type(content.content)
    key = tree.next_key(content.sender.leaf_index, _ratchet(kind))
    guard = random_bytes(4)
    said = CONTENT_BY_TYPE[kind].write(content.content)
    body = said + message.auth.encoded
    if padding_class > 1:
        body += bytes(-len(said) % padding_class)
    head = _head(content.group_id, content.epoch, kind)
    aad = head + write_opaque(content.authenticated_data)
    ciphertext = suite.aead_seal(key.key, _guarded(key.nonce, guard), aad, body)
    tree.consume(key)
    sender = key.leaf.to_bytes(4, "big") + key.generation.to_bytes(4, "big") + guard
    data_key, data_nonce = sender_data_key(suite, sender_data_secret, ciphertext)
    return encode_message(
        PrivateMessage(
            content.group_id,
            content.epoch,
            kind,
            content.authenticated_data,
            suite.aead_seal(data_key, data_nonce, head, sender),
            ciphertext,
        )
    )


def open_sender_data(
    suite: Suite, message: PrivateMessage, sender_data_secret: bytes
) -> SenderData:
    """Decrypt the sender data; raises BadCiphertext."""
    key, nonce = sender_data_key(suite, sender_data_secret, message.ciphertext)
    head = _head(message.group_id, message.epoch, message.content_type)
    plain = suite.aead_open(key, nonce, head, message.encrypted_sender_data)
    reader = Reader(plain)
    data = SenderData(reader.uint(4), reader.uint(4), reader.take(4))
    reader.finish()
    return data


def unprotect(
    suite: Suite,
    message: PrivateMessage,
    tree: SecretTree,
    sender: SenderData,
) -> tuple[AuthenticatedContent, MessageKey]:
    """Decrypt the content of a known sender; changes nothing.

    Raises BadCiphertext, BadPadding, ReplayedGeneration, GenerationTooFar or a MalformedMLS.
    """
    kind = message.content_type
    key = tree.find(sender.leaf_index, _ratchet(kind), sender.generation)
    head = _head(message.group_id, message.epoch, kind)
    aad = head + write_opaque(message.authenticated_data)
    nonce = _guarded(key.nonce, sender.reuse_guard)
    reader = Reader(suite.aead_open(key.key, nonce, aad, message.ciphertext))
    content = CONTENT_BY_TYPE[kind].read(reader)
    auth = FramedContentAuthData.read_for(reader, content)
    if any(reader.take(reader.end - reader.position)):
        raise BadPadding
    framed = FramedContent(
        message.group_id,
        message.epoch,
        MemberSender(sender.leaf_index),
        message.authenticated_data,
        content,
    )
    return AuthenticatedContent(PRIVATE_MESSAGE, framed, auth), key


def sender_data_key(suite: Suite, secret: bytes, ciphertext: bytes) -> tuple[bytes, bytes]:
    """The key and nonce of the sender data, bound to a sample of the ciphertext."""
    sample = ciphertext[: suite.hash_size]
    return (
        suite.expand_with_label(secret, b"key", sample, suite.key_size),
        suite.expand_with_label(secret, b"nonce", sample, suite.nonce_size),
    )


def _ratchet(kind: int) -> str:
    return APPLICATION if kind == APPLICATION_CONTENT else HANDSHAKE


def _head(group_id: bytes, epoch: int, kind: int) -> bytes:
    return write_opaque(group_id) + epoch.to_bytes(8, "big") + bytes((kind,))


def _guarded(nonce: bytes, guard: bytes) -> bytes:
    return bytes(left ^ right for left, right in zip(nonce[:4], guard, strict=True)) + nonce[4:]
