"""Messaging Layer Security, RFC 9420: bytes in, values out, no I/O and no clock of its own.

A relay imports `public_group` and nothing else of this package; what it imports can reach no
module that derives or holds a secret. Members import `group`, `signer`, `credentials`, `state`.
"""
