"""Cursor on Target and the TAK Protocol: events, written as XML or as protobuf."""
