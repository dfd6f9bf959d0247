"""HKDF (RFC 5869) and the labelled form of it that HPKE uses (RFC 9180 section 4)."""

import hmac


def extract(hash_name: str, salt: bytes, ikm: bytes) -> bytes:
    """HKDF-Extract."""
    return hmac.digest(salt, ikm, hash_name)


def expand(hash_name: str, secret: bytes, info: bytes, length: int) -> bytes:
    """HKDF-Expand to `length` bytes."""
    block = hmac.digest(secret, info + b"\x01", hash_name)
    output = block
    counter = 2
    while len(output) < length:
        block = hmac.digest(secret, block + info + bytes((counter,)), hash_name)
        output += block
        counter += 1
    return output[:length]


def labeled_extract(
    hash_name: str, suite_id: bytes, salt: bytes, label: bytes, ikm: bytes
) -> bytes:
    """LabeledExtract (RFC 9180 section 4)."""
    return extract(hash_name, salt, b"HPKE-v1" + suite_id + label + ikm)


def labeled_expand(
    hash_name: str, suite_id: bytes, prk: bytes, label: bytes, info: bytes, length: int
) -> bytes:
    """LabeledExpand (RFC 9180 section 4)."""
    head = length.to_bytes(2, "big") + b"HPKE-v1" + suite_id + label
    return expand(hash_name, prk, head + info, length)
