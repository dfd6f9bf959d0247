"""The transparency log as bytes and values: entries, Merkle tree, signed checkpoints. No I/O.

Standard library and `cryptography` only, because the offline verifier stands on it alone.
"""
