"""Proving and replaying what happened, from a copy of the log and two public keys.

`verify` needs the standard library and `cryptography` alone; `replay` follows who could read what.
"""
