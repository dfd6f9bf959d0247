"""What reading a written document back gives is carried; everything else of the message is lost.

A codec that reads as well as it writes need not say what it carries: it shows it. So a mapping that
is forgotten on either side is a loss on paper, never a silence.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from protocols.formats.account import stated
from protocols.formats.codec import STRANGER
from protocols.formats.losses import Losses, differing
from protocols.messages.envelope import Loss, Message


def losses(
    message: Message,
    back: Message,
    *,
    own: str,
    reasons: Mapping[str, str],
    otherwise: str,
) -> tuple[Loss, ...]:
    """What of `message` is not in `back`, which its document was read as.

    `own`: the extension that writing has put back, or "". `reasons`: why a field of the envelope,
    or what is left of it, is lost; `otherwise`: why any other is. A sender that reading names as
    the originator is the same one.
    """
    said, found = stated(message, own), msgspec.to_builtins(back)
    found["language"] = back.language
    if message.originator is None and "originator" in found and message.sender != STRANGER:
        found["sender"] = found["originator"]
    lost = Losses()
    reasoned = [(field, reason) for field, reason in reasons.items() if field in said]
    for field, reason in reasoned:
        lost.add_all(differing(said.pop(field), found.get(field), field), reason)
    for field, value in said.items():
        lost.add_all(differing(value, found.get(field), field), otherwise)
    return lost.take()
