"""Vectors crypto-basics: every labelled primitive of each cipher suite."""

import pytest

from protocols.mls.errors import BadSignature
from protocols.mls.public_framing import sign_with_label
from protocols.mls.signer import SoftwareSigner
from protocols.mls.suites import suite


def test_kdf_and_hashes(vectors, suite_id):
    chosen = suite(suite_id)
    for vector in vectors("crypto-basics", suite_id):
        one = vector["ref_hash"]
        assert chosen.ref_hash(one["label"].encode(), one["value"]) == one["out"]
        one = vector["expand_with_label"]
        label = one["label"].encode()
        assert (
            chosen.expand_with_label(one["secret"], label, one["context"], one["length"])
            == (one["out"])
        )
        one = vector["derive_secret"]
        assert chosen.derive_secret(one["secret"], one["label"].encode()) == one["out"]
        one = vector["derive_tree_secret"]
        label = one["label"].encode()
        assert (
            chosen.derive_tree_secret(one["secret"], label, one["generation"], one["length"])
            == one["out"]
        )


def test_signatures(vectors, suite_id):
    chosen = suite(suite_id)
    for vector in vectors("crypto-basics", suite_id):
        one = vector["sign_with_label"]
        label, content = one["label"].encode(), one["content"]
        chosen.verify_with_label(one["pub"], label, content, one["signature"])
        signer = SoftwareSigner.for_suite(suite_id, one["priv"])
        assert signer.public_key == one["pub"]
        own = sign_with_label(signer, label, content)
        chosen.verify_with_label(one["pub"], label, content, own)
        with pytest.raises(BadSignature):
            chosen.verify_with_label(one["pub"], label + b"x", content, own)


def test_public_key_encryption(vectors, suite_id):
    chosen = suite(suite_id)
    for vector in vectors("crypto-basics", suite_id):
        one = vector["encrypt_with_label"]
        label, context = one["label"].encode(), one["context"]
        pair = chosen.kem.load_private(one["priv"])
        assert pair.public == one["pub"]
        opened = chosen.decrypt_with_label(
            pair, label, context, one["kem_output"], one["ciphertext"]
        )
        assert opened == one["plaintext"]
        own = chosen.encrypt_with_label(one["pub"], label, context, one["plaintext"])
        assert chosen.decrypt_with_label(pair, label, context, *own) == one["plaintext"]
