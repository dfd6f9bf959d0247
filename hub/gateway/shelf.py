"""The newest parcels of a gateway, for clients of its system that connect later or ask again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator

from hub.gateway.bridge import Parcel
from protocols.messages import Message
from protocols.messages.kinds import Position


class Shelf:
    """Parcels, oldest first; the oldest leave when there are more than `size`.

    Of each track only the newest position stays, so that a patrol on the move pushes nothing else
    off the shelf.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self._parcels: OrderedDict[str, Parcel] = OrderedDict()

    def put(self, parcel: Parcel) -> None:
        """Add a parcel. The same message again replaces it in its place; a newer position of a
        track takes the older one away."""
        place = _place(parcel.message)
        before = self._parcels.get(place)
        if before is not None and before.message.id != parcel.message.id:
            del self._parcels[place]
        self._parcels[place] = parcel
        while len(self._parcels) > self.size:
            self._parcels.popitem(last=False)

    def find(self, message_id: str) -> Parcel | None:
        """The parcel of a message, or None."""
        return next((one for one in self._parcels.values() if one.message.id == message_id), None)

    def __iter__(self) -> Iterator[Parcel]:
        return iter(tuple(self._parcels.values()))

    def __len__(self) -> int:
        return len(self._parcels)


def _place(message: Message) -> str:
    if isinstance(message.body, Position) and message.body.track:
        return f"{message.sender.device} {message.body.track}"
    return message.id
