"""The sample set is what an incident typically sends, and every format can be asked about it."""

from __future__ import annotations

from protocols.foresight.preview import as_seen_by
from protocols.foresight.samples import samples
from protocols.formats.registry import FORMATS
from protocols.messages.compact import pack


def test_the_samples_are_whole_messages_of_many_kinds() -> None:
    messages = samples()
    assert len({message.id for message in messages}) == len(messages)
    assert len({message.kind for message in messages}) == len(messages)
    assert all(pack(message) for message in messages)


def test_they_are_the_same_every_time() -> None:
    assert samples() == samples()


def test_every_format_answers_for_every_sample() -> None:
    for target in FORMATS.values():
        for message in samples():
            preview = as_seen_by(message, target)
            assert (preview.refused is None) == bool(preview.document), (target.name, message.kind)
