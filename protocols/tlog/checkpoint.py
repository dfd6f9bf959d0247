"""Signed checkpoints: what the log says of itself, in a form that anybody can check.

A checkpoint is the body of C2SP tlog-checkpoint (origin, size, root) in a C2SP signed note. The
hub signs it with Ed25519 (signature type 0x01, over the note text) and, beside it, with ML-DSA-44
(type 0x06 of C2SP tlog-cosignature, over the `cosigned_message` structure with timestamp 0: a
log makes no statement of time). A note may carry more lines; those of unknown keys are ignored,
so other nations' witnesses can add theirs.
"""

from __future__ import annotations

import base64
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey, MLDSA44PublicKey

from protocols.errors import CheckpointWrong

ED25519 = 0x01
MLDSA44 = 0x06
MAX_NOTE = 256 * 1024
MAX_SIGNATURES = 32
_KEY_SIZE = {ED25519: 32, MLDSA44: 1312}
_SIGNATURE_SIZE = {ED25519: 64, MLDSA44: 8 + 2420}
_SUBTREE_LABEL = b"subtree/v1\n\x00"
_NO_TIME = bytes(8)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The tree head: whose log, how many entries, which root."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """The note text of C2SP tlog-checkpoint, three lines."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


@dataclass(frozen=True, slots=True)
class NoteSignature:
    """One signature line: the key's name, its 4-byte id, the signature as it stands."""

    name: str
    key_id: bytes
    signature: bytes

    def line(self) -> str:
        """The line as C2SP signed-note writes it."""
        return f"— {self.name} {base64.b64encode(self.key_id + self.signature).decode()}\n"


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key that may sign notes: its name, its signature type, its bytes."""

    name: str
    algorithm: int
    public_key: bytes

    def __post_init__(self) -> None:
        _check_name(self.name)
        if len(self.public_key) != _KEY_SIZE.get(self.algorithm, -1):
            raise CheckpointWrong(f"The note key {self.name} has an unknown type or a wrong size.")

    @property
    def key_id(self) -> bytes:
        """SHA-256(name ‖ newline ‖ type ‖ key), first four bytes (C2SP signed-note)."""
        material = self.name.encode() + b"\n" + bytes([self.algorithm]) + self.public_key
        return sha256(material).digest()[:4]

    def __str__(self) -> str:
        """The vkey text `name+key id in hex+base64 of type and key`."""
        material = base64.b64encode(bytes([self.algorithm]) + self.public_key).decode()
        return f"{self.name}+{self.key_id.hex()}+{material}"

    @classmethod
    def parse(cls, text: str) -> VerifierKey:
        """Read a vkey text; raises `CheckpointWrong` when it is malformed or its id is wrong."""
        name, _, rest = text.strip().partition("+")
        identifier, _, material = rest.partition("+")
        try:
            raw = base64.b64decode(material, validate=True)
        except ValueError:  # binascii.Error is one; letters beyond ASCII raise it plainly
            raise CheckpointWrong("The note key is not written as name+id+base64.") from None
        if not raw:
            raise CheckpointWrong("The note key is not written as name+id+base64.")
        key = cls(name, raw[0], raw[1:])
        if key.key_id.hex() != identifier.lower():
            raise CheckpointWrong(f"The note key {name} does not have the id it claims.")
        return key

    def verify(self, checkpoint: Checkpoint, text: str, signature: bytes) -> bool:
        """Whether this is the key's signature over the checkpoint whose note text is `text`."""
        if len(signature) != _SIGNATURE_SIZE[self.algorithm]:
            return False
        try:
            if self.algorithm == ED25519:
                Ed25519PublicKey.from_public_bytes(self.public_key).verify(signature, text.encode())
            else:
                message = _cosigned_message(self.name, signature[:8], checkpoint)
                MLDSA44PublicKey.from_public_bytes(self.public_key).verify(signature[8:], message)
        except InvalidSignature:
            return False
        return True


class CheckpointSigner:
    """The hub's keys for its own log; call it with size and root to get the signed note.

    `origin` is the log's name and the name of its keys, like `crossband/hub-nogales`.
    """

    def __init__(
        self,
        origin: str,
        ed25519: Ed25519PrivateKey,
        mldsa: MLDSA44PrivateKey | None = None,
    ) -> None:
        _check_name(origin)
        self.origin = origin
        self._ed25519 = ed25519
        self._mldsa = mldsa
        keys = [VerifierKey(origin, ED25519, ed25519.public_key().public_bytes_raw())]
        if mldsa is not None:
            keys.append(VerifierKey(origin, MLDSA44, mldsa.public_key().public_bytes_raw()))
        self.verifier_keys = tuple(keys)

    def __call__(self, size: int, root: bytes) -> str:
        """The signed note for a log of `size` entries with this root."""
        checkpoint = Checkpoint(self.origin, size, root)
        text = checkpoint.text()
        lines = [self._line(self.verifier_keys[0], self._ed25519.sign(text.encode()))]
        if self._mldsa is not None:
            message = _cosigned_message(self.origin, _NO_TIME, checkpoint)
            signature = _NO_TIME + self._mldsa.sign(message)
            lines.append(self._line(self.verifier_keys[1], signature))
        return text + "\n" + "".join(lines)

    @staticmethod
    def _line(key: VerifierKey, signature: bytes) -> str:
        return NoteSignature(key.name, key.key_id, signature).line()


def parse_note(note: str) -> tuple[Checkpoint, str, tuple[NoteSignature, ...]]:
    """Split a note into checkpoint, note text and signature lines; verifies nothing.

    Raises `CheckpointWrong` for what is not a signed checkpoint.
    """
    if len(note) > MAX_NOTE:
        raise CheckpointWrong("The checkpoint is larger than a signed note may be.")
    if any((character < " " and character != "\n") or character == "\x7f" for character in note):
        raise CheckpointWrong("The checkpoint contains control characters.")
    head, separator, tail = note.rpartition("\n\n")
    if not separator or not tail.endswith("\n"):
        raise CheckpointWrong("The checkpoint has no signature lines.")
    text = head + "\n"
    lines = tail[:-1].split("\n")
    if len(lines) > MAX_SIGNATURES:
        raise CheckpointWrong(f"The checkpoint has more than {MAX_SIGNATURES} signatures.")
    return _parse_text(text), text, tuple(_parse_line(line) for line in lines)


def open_note(note: str, keys: Iterable[VerifierKey]) -> tuple[Checkpoint, tuple[VerifierKey, ...]]:
    """The checkpoint of a note and which of the known keys signed it.

    C2SP signed-note: lines of unknown keys are ignored; a wrong signature of a known key rejects
    the note; so does having no known key at all. Raises `CheckpointWrong`.
    """
    checkpoint, text, signatures = parse_note(note)
    known = {(key.name, key.key_id): key for key in keys}
    signed: list[VerifierKey] = []
    for signature in signatures:
        key = known.get((signature.name, signature.key_id))
        if key is None or key in signed:
            continue
        if not key.verify(checkpoint, text, signature.signature):
            raise CheckpointWrong(f"The signature of {key.name} on this checkpoint is wrong.")
        signed.append(key)
    if not signed:
        raise CheckpointWrong("No known key has signed this checkpoint.")
    return checkpoint, tuple(signed)


def add_signatures(note: str, signatures: Sequence[NoteSignature]) -> str:
    """The note with more signature lines after those it has."""
    parse_note(note)
    return note + "".join(signature.line() for signature in signatures)


def _check_name(name: str) -> None:
    if not name or "+" in name or any(c.isspace() or not c.isprintable() for c in name):
        raise CheckpointWrong("A note key's name is not empty and has neither spaces nor plus.")


def _parse_text(text: str) -> Checkpoint:
    lines = text.split("\n")
    if len(lines) < 4 or not all(lines[:-1]) or lines[-1]:
        raise CheckpointWrong("A checkpoint has an origin, a size and a root, one line each.")
    origin, size, root = lines[:3]
    if not (size.isascii() and size.isdigit()) or (size[0] == "0" and size != "0"):
        raise CheckpointWrong("The size in the checkpoint is not a plain decimal number.")
    if len(size) > 19:
        raise CheckpointWrong("The size in the checkpoint is larger than any log.")
    return Checkpoint(origin, int(size), _decode(root, "root", 32))


def _parse_line(line: str) -> NoteSignature:
    parts = line.split(" ")
    if len(parts) != 3 or parts[0] != "—" or not parts[1]:
        raise CheckpointWrong("A signature line is an em dash, a name and a signature.")
    raw = _decode(parts[2], "signature", None)
    if len(raw) < 5:
        raise CheckpointWrong("A signature line is too short to hold a signature.")
    return NoteSignature(parts[1], raw[:4], raw[4:])


def _decode(text: str, what: str, size: int | None) -> bytes:
    try:
        raw = base64.b64decode(text, validate=True)
    except ValueError:
        raise CheckpointWrong(f"The {what} in the checkpoint is not base64.") from None
    if size is not None and len(raw) != size:
        raise CheckpointWrong(f"The {what} in the checkpoint does not have {size} bytes.")
    # Only one spelling, so that a note cannot be changed and still verify.
    if base64.b64encode(raw).decode() != text:
        raise CheckpointWrong(f"The {what} in the checkpoint is not canonical base64.")
    return raw


def _cosigned_message(name: str, timestamp: bytes, checkpoint: Checkpoint) -> bytes:
    """`cosigned_message` of C2SP tlog-cosignature for a whole tree (start 0, end its size)."""
    who = name.encode()
    origin = checkpoint.origin.encode()
    if len(who) > 255 or len(origin) > 255:
        raise CheckpointWrong("The origin or key name of the checkpoint is longer than 255 bytes.")
    return (
        _SUBTREE_LABEL
        + bytes([len(who)])
        + who
        + timestamp
        + bytes([len(origin)])
        + origin
        + struct.pack(">QQ", 0, checkpoint.size)
        + checkpoint.root
    )
