"""What announced purchases will break in a channel: a forecast that is made anew only when needed.

It looks at the newest messages of the channel, or at a sample set while there are few, on the day
by which every announced change has taken effect.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from protocols.clock import to_datetime
from protocols.foresight.forecast import Forecast, MemberForecast, forecast, last_change
from protocols.foresight.samples import samples
from protocols.messages.envelope import Message
from tui_client.room import Room

LOOKED_AT: Final = 40
"""Messages that a forecast in the client looks at; `crossband interop forecast` takes more."""
FEWEST: Final = 5
"""With fewer real messages than this the sample set is taken."""


@dataclass(slots=True)
class Outlook:
    """The forecast of one channel, and what it was made from."""

    room: Room
    _made_from: object = None
    _forecast: Forecast | None = None

    def at(self, now: int) -> Forecast | None:
        """The forecast as of `now` (UTC microseconds); None where no change is announced.

        Made anew when a notice or a member came or went, or a day on which something changes has
        come: not for every message.
        """
        notices = self.room.notices
        then = last_change(notices, to_datetime(now))
        made_from = (len(notices), self.room.roster, then)
        if made_from != self._made_from:
            self._made_from = made_from
            self._forecast = None
            if then is not None:
                self._forecast = forecast(
                    self.room.roster, notices, self._messages(), now=to_datetime(now), then=then
                )
        return self._forecast

    def of(self, device: str, now: int) -> MemberForecast | None:
        """What one member would lose; None where nothing."""
        made = self.at(now)
        breaking = (one for one in made.members if one.breaks) if made else ()
        return next((one for one in breaking if one.device == device), None)

    def _messages(self) -> tuple[Message, ...]:
        newest = self.room.ordered[-LOOKED_AT:]
        real = tuple(entry.message for entry in newest if entry.refused is None)
        return real if len(real) >= FEWEST else samples()
