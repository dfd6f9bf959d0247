"""What crosses the wire: bytes and values, no I/O (`protocols.client` excepted)."""
