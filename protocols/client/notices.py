"""What agencies have announced about their equipment, found in the local store as it grows."""

from __future__ import annotations

from typing import Final

from protocols.client.reading import received_of
from protocols.client.store import Store, Table
from protocols.messages.envelope import Message
from protocols.messages.kinds import EquipmentNotice

_TAG: Final = b'"equipment.notice"'
"""A row without these bytes holds no notice, so that only a few have to be read."""
_STEP: Final = 1000


class Notices:
    """The equipment notices of each channel. A row is looked at once."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._seen: dict[str, int] = {}
        self._found: dict[str, list[Message]] = {}

    def of(self, channel: str) -> tuple[Message, ...]:
        """The notices of a channel, in its order; refused ones do not count."""
        found = self._found.setdefault(channel, [])
        while rows := self._store.after(
            Table.HISTORY, channel, self._seen.get(channel, 0), limit=_STEP
        ):
            for row in rows:
                if _TAG in row.value:
                    received = received_of(row)
                    if received.refused is None and isinstance(
                        received.message.body, EquipmentNotice
                    ):
                        found.append(received.message)
            self._seen[channel] = rows[-1].number
        return tuple(found)
