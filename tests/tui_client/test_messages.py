"""Messages between the parts of the app carry what they say."""

from __future__ import annotations

from textual.message import Message

from tui_client import messages


def test_every_message_of_the_app_stands_in_this_file(nogales) -> None:
    assert messages.ModelChanged(frozenset({"log"})).areas == {"log"}
    assert messages.EntryChosen("x").message_id == "x"
    assert messages.Seen(("x",)).message_ids == ("x",)
    assert messages.AlarmHandled("silence").deed == "silence"
    made = nogales.model().entry_at(0).message
    assert messages.Composed(made).message is made
    kinds = [item for item in vars(messages).values() if isinstance(item, type)]
    own = [kind for kind in kinds if issubclass(kind, Message) and kind is not Message]
    assert len(own) == 5
