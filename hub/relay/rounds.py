"""The results of one commit become effects: acknowledgements joined, deliveries in log order.

One `Accepted` frame per connection and commit, one `Deliver` per channel; only where a channel's
membership changes in the middle is its delivery cut, so that who has left gets nothing later.
"""

from __future__ import annotations

from hub.relay.effects import Deliver, Effect, Outgoing, Reply
from protocols.frames import Accepted, Ack


class Round:
    """Collects what follows from one commit; `finish` gives the effects in order."""

    def __init__(self) -> None:
        self._effects: list[Effect] = []
        self._acks: dict[int, list[Ack]] = {}
        self._deliveries: dict[str, list[Outgoing]] = {}

    def ack(self, connection: int, ref: int, seq: int, time: int) -> None:
        """This is on disk: tell who sent it (connection 0: nobody asked)."""
        if not connection:
            return
        acks = self._acks.get(connection)
        if acks is None:
            self._acks[connection] = [Ack(ref, seq, time)]
        else:
            acks.append(Ack(ref, seq, time))

    def deliver(self, channel: str, entry: Outgoing) -> None:
        """This entry goes to the channel's followers."""
        entries = self._deliveries.get(channel)
        if entries is None:
            self._deliveries[channel] = [entry]
        else:
            entries.append(entry)

    def settle(self, channel: str) -> None:
        """What has been delivered so far goes out before whatever is added next."""
        entries = self._deliveries.pop(channel, None)
        if entries:
            self._effects.append(Deliver(channel, entries))

    def add(self, *effects: Effect) -> None:
        """Anything else, after what has been added and settled before."""
        self._effects += effects

    def finish(self) -> list[Effect]:
        """Everything: first what was added, then deliveries, then acknowledgements."""
        effects = self._effects
        effects += [Deliver(channel, entries) for channel, entries in self._deliveries.items()]
        effects += [Reply(number, Accepted(tuple(acks))) for number, acks in self._acks.items()]
        return effects
