"""Every message that travels between widgets, screens and the app, in one place."""

from __future__ import annotations

from textual.message import Message

from protocols.messages.envelope import Message as Canonical


class ModelChanged(Message):
    """The client's model has changed in these areas (names as in `model.AREAS`)."""

    def __init__(self, areas: frozenset[str]) -> None:
        super().__init__()
        self.areas = areas


class EntryChosen(Message):
    """Somebody wants to read one message in full."""

    def __init__(self, message_id: str) -> None:
        super().__init__()
        self.message_id = message_id


class Seen(Message):
    """These messages have been on the screen."""

    def __init__(self, message_ids: tuple[str, ...]) -> None:
        super().__init__()
        self.message_ids = message_ids


class Composed(Message):
    """A message is written, checked and to be sent to the channel on the screen."""

    def __init__(self, message: Canonical) -> None:
        super().__init__()
        self.message = message


class AlarmHandled(Message):
    """Somebody clicked on one of the alarm bar's keys: `acknowledge` or `silence`."""

    def __init__(self, deed: str) -> None:
        super().__init__()
        self.deed = deed
