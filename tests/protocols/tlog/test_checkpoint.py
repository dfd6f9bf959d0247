"""Checkpoints: what is signed, by whom, and that no change goes unseen."""

from __future__ import annotations

import base64
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.errors import CheckpointWrong
from protocols.tlog.checkpoint import (
    ED25519,
    MLDSA44,
    Checkpoint,
    CheckpointSigner,
    NoteSignature,
    VerifierKey,
    add_signatures,
    open_note,
    parse_note,
)

ORIGIN = "crossband/hub-nogales"
ROOT = sha256(b"a tree").digest()


@pytest.fixture(scope="module")
def signer() -> CheckpointSigner:
    return CheckpointSigner(ORIGIN, Ed25519PrivateKey.generate(), MLDSA44PrivateKey.generate())


@pytest.fixture(scope="module")
def note(signer: CheckpointSigner) -> str:
    return signer(42, ROOT)


def test_the_note_text(note: str) -> None:
    lines = note.split("\n")
    assert lines[:4] == [ORIGIN, "42", base64.b64encode(ROOT).decode(), ""]
    assert all(line.startswith(f"— {ORIGIN} ") for line in lines[4:6])
    assert note.endswith("\n")


def test_both_keys_sign(signer: CheckpointSigner, note: str) -> None:
    checkpoint, signed = open_note(note, signer.verifier_keys)
    assert checkpoint == Checkpoint(ORIGIN, 42, ROOT)
    assert [key.algorithm for key in signed] == [ED25519, MLDSA44]


def test_one_known_key_is_enough(signer: CheckpointSigner, note: str) -> None:
    for key in signer.verifier_keys:
        assert open_note(note, [key])[1] == (key,)


def test_a_published_note_verifies() -> None:
    """The example note of the Go sumdb/note documentation, made by another implementation."""
    key = VerifierKey.parse("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
    text = (
        "If you think cryptography is the answer to your problem,\n"
        "then you don't know what your problem is.\n"
    )
    signature = base64.b64decode(
        "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
    )
    assert signature[:4] == key.key_id
    assert key.verify(Checkpoint("", 0, b""), text, signature[4:])
    assert not key.verify(Checkpoint("", 0, b""), text + " ", signature[4:])


def test_key_ids_follow_the_specification(signer: CheckpointSigner) -> None:
    for key in signer.verifier_keys:
        material = ORIGIN.encode() + b"\n" + bytes([key.algorithm]) + key.public_key
        assert key.key_id == sha256(material).digest()[:4]
        assert VerifierKey.parse(str(key)) == key
        assert str(key).startswith(f"{ORIGIN}+{key.key_id.hex()}+")


def test_ml_dsa_signs_the_cosigned_message(signer: CheckpointSigner, note: str) -> None:
    from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey

    line = parse_note(note)[2][1]
    name = ORIGIN.encode()
    message = b"subtree/v1\n\x00" + bytes([len(name)]) + name + bytes(8)
    message += bytes([len(name)]) + name + bytes(8) + (42).to_bytes(8, "big") + ROOT
    key = MLDSA44PublicKey.from_public_bytes(signer.verifier_keys[1].public_key)
    assert line.signature[:8] == bytes(8)
    key.verify(line.signature[8:], message)


def test_unknown_signatures_are_carried_and_ignored(signer: CheckpointSigner, note: str) -> None:
    witness = CheckpointSigner("rcmp.example/witness", Ed25519PrivateKey.generate())
    carried = add_signatures(note, [NoteSignature("rcmp.example/witness", b"1234", bytes(72))])
    assert open_note(carried, signer.verifier_keys)[0].size == 42
    assert len(parse_note(carried)[2]) == 3
    with pytest.raises(CheckpointWrong, match="No known key"):
        open_note(note, witness.verifier_keys)


def test_a_wrong_signature_of_a_known_key_rejects_the_note(
    signer: CheckpointSigner, note: str
) -> None:
    other = signer(43, ROOT)
    mixed = parse_note(note)[1] + "\n" + other.split("\n\n", 1)[1]
    with pytest.raises(CheckpointWrong, match="signature of"):
        open_note(mixed, signer.verifier_keys)
    ed_only_wrong = note.replace("\n42\n", "\n41\n", 1)
    with pytest.raises(CheckpointWrong, match="signature of"):
        open_note(ed_only_wrong, signer.verifier_keys)


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_no_changed_character_goes_unseen(
    signer: CheckpointSigner, note: str, data: st.DataObject
) -> None:
    end_of_first_line = note.index("\n", note.index("\n\n") + 2)
    at = data.draw(st.integers(0, end_of_first_line))
    character = data.draw(st.characters(codec="utf-8").filter(lambda other: other != note[at]))
    with pytest.raises(CheckpointWrong):
        open_note(note[:at] + character + note[at + 1 :], signer.verifier_keys[:1])


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no signature lines"),
        ("a\n1\n" + "A" * 43 + "=\n\n", "no signature lines|em dash"),
        ("a\n01\n" + "A" * 43 + "=\n\n— a AAAAAAAA\n", "decimal"),
        ("a\n²\n" + "A" * 43 + "=\n\n— a AAAAAAAA\n", "decimal"),
        ("a\n1\nAAAA\n\n— a AAAAAAAA\n", "32 bytes"),
        ("a\n1\n" + "A" * 42 + "B=\n\n— a AAAAAAAA\n", "canonical"),
        ("a\n1\n\n— a AAAAAAAA\n", "one line each"),
        ("a\n1\n" + "A" * 43 + "=\n\n- a AAAAAAAA\n", "em dash"),
        ("a\n1\n" + "A" * 43 + "=\n\n— a AAAA\n", "too short"),
        ("a\n1\n" + "A" * 43 + "=\n\n— a ????\n", "base64"),
        ("a\r\n1\n" + "A" * 43 + "=\n\n— a AAAAAAAA\n", "control"),
        ("a\n1\n" + "A" * 43 + "=\n\n" + "— a AAAAAAAA\n" * 33, "more than"),
        ("a" * 300_000, "larger"),
    ],
)
def test_what_is_no_checkpoint(text: str, says: str) -> None:
    with pytest.raises(CheckpointWrong, match=says):
        parse_note(text)


@pytest.mark.parametrize(
    "text", ["", "a", "a+b", "a+00000000+", "a+00000000+????", "a b+00000000+AQ==", "a+0+BQ=="]
)
def test_what_is_no_key(text: str) -> None:
    with pytest.raises(CheckpointWrong):
        VerifierKey.parse(text)


def test_a_key_with_another_id_is_refused(signer: CheckpointSigner) -> None:
    name, _, material = str(signer.verifier_keys[0]).split("+", 2)
    with pytest.raises(CheckpointWrong, match="id it claims"):
        VerifierKey.parse(f"{name}+00000000+{material}")


@pytest.mark.parametrize(
    "text", ["ñ+1+ñ", "\udcff+00000000+AQ==", "a\x7f+00000000+AQ==", "\x9ba+1+"]
)
def test_keys_in_letters_that_no_key_has(text: str) -> None:
    with pytest.raises(CheckpointWrong):
        VerifierKey.parse(text)


def test_a_delete_character_is_a_control_character(note: str) -> None:
    with pytest.raises(CheckpointWrong, match="control"):
        parse_note(note.replace(ORIGIN, ORIGIN + "\x7f", 1))


def test_the_missing_ml_dsa_line_is_told_by_who_signed(signer: CheckpointSigner, note: str) -> None:
    text, _, lines = note.rpartition("\n\n")
    shortened = text + "\n\n" + lines.split("\n")[0] + "\n"
    assert open_note(shortened, signer.verifier_keys)[1] == signer.verifier_keys[:1]
