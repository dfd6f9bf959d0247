"""One TAK event in both of its forms, XML and protobuf frame, each made at most once.

However many clients a document is for, and whichever form each of them reads, it is converted once.
"""

from __future__ import annotations

from functools import cached_property
from typing import Final

from hub.gateway.boundary import boundary
from hub.gateway.cot_framing import FRAME
from hub.gateway.tak_control import MARK, Control, control
from protocols.errors import CrossbandError
from protocols.formats.codec import Format
from protocols.formats.cot import tak_message

TAK: Final[Format] = tak_message.FORMAT
"""The format of a frame, for the gateway's edge."""
OWN_FORMATS: Final = frozenset({"", "cot", "tak"})
"""Formats of a parcel that a TAK stream carries."""


class TakDocument:
    """A document as it came; the other form is made when somebody asks for it."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.is_frame = data[:1] == bytes([FRAME])

    @cached_property
    def xml(self) -> bytes:
        """As an XML event; raises a `CrossbandError` where it cannot be one."""
        if not self.is_frame:
            return self.data
        with boundary("reading a TAK frame"):
            return tak_message.to_xml(self.data)

    @cached_property
    def frame(self) -> bytes:
        """As a stream frame of TAK Protocol v1; raises a `CrossbandError` where it cannot be."""
        if self.is_frame:
            return self.data
        with boundary("writing a TAK frame"):
            return tak_message.from_xml(self.data)

    def form(self, *, protobuf: bool) -> bytes:
        """The document for a reader of protobuf, or of XML."""
        return self.frame if protobuf else self.xml

    def control(self) -> Control | None:
        """What the document says about the stream itself, if it does; what cannot be read says
        nothing here and is refused where it is read."""
        if MARK not in self.data:  # most are positions: not looked at twice
            return None
        try:
            return control(self.xml)
        except CrossbandError:
            return None
