"""The canonical message: everybody translates to it and from it, and nobody to each other."""

from protocols.messages.envelope import (
    Caveat,
    Handling,
    Loss,
    Message,
    Original,
    Originator,
    Reference,
    SealedPart,
    Sender,
    Source,
    Stub,
    check_header,
    compose,
    from_json,
    to_json,
)

__all__ = [
    "Caveat",
    "Handling",
    "Loss",
    "Message",
    "Original",
    "Originator",
    "Reference",
    "SealedPart",
    "Sender",
    "Source",
    "Stub",
    "check_header",
    "compose",
    "from_json",
    "to_json",
]
