"""A snapshot of an incident that is known already is an update of it.

Formats that send snapshots (EIDO, EMSI) have no flag that says "new": every one of them reads as
`incident.open`. Whether it opens anything depends on what the channel knows, and the gateway knows
that. The state in which every incident begins says nothing about one that is under way, so it is
not taken back to it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec

from protocols.messages import Loss, Message
from protocols.messages.kinds import IncidentOpen, IncidentState, IncidentUpdate
from protocols.messages.values import LanguageText

ONE_TEXT: Final = "an update has one text, the situation; this one is in another language"


def as_update(message: Message, known: Callable[[str], bool]) -> Message:
    """The update that an opening of a known incident is; any other message as it is.

    `known` says whether an incident of that id was opened in the channel.
    """
    body = message.body
    if not isinstance(body, IncidentOpen) or not message.incident or not known(message.incident):
        return message
    situation, left = _one_text(body)
    update = IncidentUpdate(
        state=None if body.state is IncidentState.REPORTED else body.state,
        incident_type=body.incident_type,
        priority=body.priority,
        lead=body.lead,
        situation=situation,
        persons=body.persons,
        hazards=body.hazards,
    )
    losses = message.losses
    if left is not None:
        losses = (*losses, Loss(field="/body/summary", value=left.text, reason=ONE_TEXT))
    return msgspec.structs.replace(message, body=update, losses=losses)


def _one_text(body: IncidentOpen) -> tuple[LanguageText | None, LanguageText | None]:
    """Summary and situation as one text, and what of them has no place in it."""
    summary, situation = body.summary, body.situation
    if summary is None or situation is None or summary == situation:
        return situation or summary, None
    if summary.language != situation.language:
        return situation, summary
    both = f"{summary.text}\n{situation.text}"
    return LanguageText(text=both, language=situation.language), None
