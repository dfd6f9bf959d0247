"""The secret tree and its ratchets: each key used once, each secret deleted once consumed.

RFC 9420 sections 9 and 9.2. Reading is in two steps, so that a message which turns out to be
forged consumes nothing: `find` computes a key without changing anything, `consume` deletes it
and everything it was derived from, after decryption *and* signature have held.
"""

from dataclasses import dataclass, field

from protocols.mls import treemath
from protocols.mls.errors import GenerationTooFar, ReplayedGeneration
from protocols.mls.suites import Suite

HANDSHAKE, APPLICATION = "handshake", "application"
_KINDS = {HANDSHAKE: b"handshake", APPLICATION: b"application"}


@dataclass(slots=True, repr=False)
class Ratchet:
    """One sender's ratchet: the secret of the next generation, and skipped keys in the window."""

    secret: bytes
    generation: int = 0
    skipped: dict[int, tuple[bytes, bytes]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, repr=False)
class MessageKey:
    """A key and nonce found for one message, and the state that holds once it is consumed."""

    leaf: int
    kind: str
    generation: int
    key: bytes
    nonce: bytes
    after: Ratchet


class SecretTree:
    """The unconsumed secrets of one epoch.

    `nodes` holds tree secrets whose subtrees are untouched; `ratchets` those of opened leaves.
    `skip` is how many generations a message may lie ahead, `window` how many skipped keys are
    kept for messages that arrive late.
    """

    __slots__ = ("nodes", "ratchets", "skip", "suite", "window")

    def __init__(
        self,
        suite: Suite,
        nodes: dict[int, bytes],
        ratchets: dict[tuple[int, str], Ratchet],
        skip: int = 1024,
        window: int = 256,
    ) -> None:
        self.suite = suite
        self.nodes = nodes
        self.ratchets = ratchets
        self.skip = skip
        self.window = window

    @classmethod
    def start(
        cls,
        suite: Suite,
        encryption_secret: bytes,
        leaves: int,
        *,
        skip: int = 1024,
        window: int = 256,
    ) -> "SecretTree":
        """The tree of a new epoch, for a ratchet tree of this many leaves."""
        return cls(suite, {treemath.root(leaves): encryption_secret}, {}, skip, window)

    def next_key(self, leaf: int, kind: str) -> MessageKey:
        """The next unused generation of a ratchet: what a sender encrypts with."""
        self._open(leaf)
        return self.find(leaf, kind, self.ratchets[leaf, kind].generation)

    def find(self, leaf: int, kind: str, generation: int) -> MessageKey:
        """The key of one generation; nothing is changed.

        Raises ReplayedGeneration for a key that is gone, GenerationTooFar beyond `skip`.
        """
        ratchet = self.ratchets.get((leaf, kind)) or self._ratchet_of(leaf, kind)
        if generation < ratchet.generation:
            held = ratchet.skipped.get(generation)
            if held is None:
                raise ReplayedGeneration(f"Generation {generation} of leaf {leaf} is gone.")
            rest = {
                number: kept for number, kept in ratchet.skipped.items() if number != generation
            }
            after = Ratchet(ratchet.secret, ratchet.generation, rest)
            return MessageKey(leaf, kind, generation, *held, after)
        if generation - ratchet.generation > self.skip or generation >= 1 << 32:
            raise GenerationTooFar(
                f"Generation {generation} of leaf {leaf} is more than {self.skip} ahead."
            )
        secret, skipped = ratchet.secret, dict(ratchet.skipped)
        for number in range(ratchet.generation, generation):
            if number >= generation - self.window:
                skipped[number] = self._key_of(secret, number)
            secret = self._step(secret, number)
        while len(skipped) > self.window:
            del skipped[min(skipped)]
        key, nonce = self._key_of(secret, generation)
        after = Ratchet(self._step(secret, generation), generation + 1, skipped)
        return MessageKey(leaf, kind, generation, key, nonce, after)

    def consume(self, used: MessageKey) -> None:
        """Delete the key and all that it was derived from (section 9.2)."""
        self._open(used.leaf)
        self.ratchets[used.leaf, used.kind] = used.after

    # --- the tree above the ratchets ---

    def _ratchet_of(self, leaf: int, kind: str) -> Ratchet:
        """The first state of an unopened leaf's ratchet, computed without opening it."""
        node, path = self._start(leaf)
        secret = self.nodes[node]
        for below in path:
            secret = self._child(secret, below < node)
            node = below
        return Ratchet(self._ratchet_secret(secret, kind))

    def _open(self, leaf: int) -> None:
        """Replace the secrets above a leaf by those of its copath and the leaf's two ratchets."""
        if (leaf, HANDSHAKE) in self.ratchets:
            return
        node, path = self._start(leaf)
        secret = self.nodes.pop(node)
        for below in path:
            other = treemath.sibling(below)
            self.nodes[other] = self._child(secret, other < node)
            secret = self._child(secret, below < node)
            node = below
        for kind in _KINDS:
            self.ratchets[leaf, kind] = Ratchet(self._ratchet_secret(secret, kind))

    def _start(self, leaf: int) -> tuple[int, list[int]]:
        """The lowest node held above a leaf, and the way down from it."""
        node = treemath.leaf_to_node(leaf)
        path: list[int] = []
        while node not in self.nodes:
            if path and treemath.level(node) > 32:
                raise ReplayedGeneration(f"The secrets of leaf {leaf} are gone.")
            path.append(node)
            node = treemath.parent(node)
        return node, path[::-1]

    def _child(self, secret: bytes, left: bool) -> bytes:
        side = b"left" if left else b"right"
        return self.suite.expand_with_label(secret, b"tree", side, self.suite.hash_size)

    def _ratchet_secret(self, secret: bytes, kind: str) -> bytes:
        return self.suite.expand_with_label(secret, _KINDS[kind], b"", self.suite.hash_size)

    def _key_of(self, secret: bytes, generation: int) -> tuple[bytes, bytes]:
        suite = self.suite
        return (
            suite.derive_tree_secret(secret, b"key", generation, suite.key_size),
            suite.derive_tree_secret(secret, b"nonce", generation, suite.nonce_size),
        )

    def _step(self, secret: bytes, generation: int) -> bytes:
        return self.suite.derive_tree_secret(secret, b"secret", generation, self.suite.hash_size)
