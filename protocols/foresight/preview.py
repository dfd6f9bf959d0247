"""What they will see: a message the way a reader's own system will know it, losses included.

The message is first cut to what the reader may have, then written in the reader's format without
any copy of ours beside it, then read again as that format's own readers read it. What is in the
result is what arrives; what is not, stands in the losses.
"""

from __future__ import annotations

import msgspec

from protocols.errors import FormatRefused
from protocols.formats.codec import DEFAULT_SETTINGS, Format, Settings
from protocols.formats.translate import Unsayable, translate
from protocols.identity import Identity
from protocols.messages.envelope import Loss, Message, Stub
from protocols.messages.release import view


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """What one reader will have of a message.

    `refused` is set where their format cannot say it at all: then they get nothing, and `document`
    is empty. `seen` is the message that their document says, or None where nobody here reads their
    format (only writes it).
    """

    format: str
    document: bytes = b""
    seen: Message | None = None
    losses: tuple[Loss, ...] = ()
    withheld: tuple[Stub, ...] = ()
    refused: FormatRefused | None = None

    @property
    def lost(self) -> tuple[str, ...]:
        """The fields that do not arrive, each once, in order."""
        return tuple(dict.fromkeys(loss.field for loss in self.losses))


def as_seen_by(
    message: Message,
    target: Format,
    settings: Settings = DEFAULT_SETTINGS,
    *,
    reader: Identity | None = None,
    unsayable: Unsayable = Unsayable.REFUSE,
) -> Preview:
    """The preview for a reader of `target`; with `reader`, of what that member may have.

    Never raises for what a format cannot say: that is an answer, in `refused`.
    """
    allowed = message if reader is None else view(message, reader)
    plain = msgspec.structs.replace(settings, carry_canonical=False)
    try:
        written = translate(allowed, target, plain, unsayable=unsayable)
    except FormatRefused as refusal:
        return Preview(format=target.name, withheld=allowed.stubs, refused=refusal)
    data = written.encoded.data
    return Preview(
        format=written.format.name,
        document=data,
        seen=written.format.decode(data) if written.format.reads else None,
        losses=written.encoded.losses,
        withheld=allowed.stubs,
    )
