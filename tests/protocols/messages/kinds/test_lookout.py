"""What identifies a person is personal data; a deconfliction has room for nothing else."""

from __future__ import annotations

from protocols.messages.kinds import Bolo, Deconflict
from protocols.messages.rules import marked


def test_a_person_is_described_but_named_only_by_disclosure() -> None:
    assert set(marked(Bolo, "personal")) == {
        "/body/person/name", "/body/person/date_of_birth", "/body/person/document",
    }  # fmt: skip


def test_the_source_of_a_lookout_is_not_for_observers() -> None:
    assert marked(Bolo, "operational") == ("/body/information_source",)


def test_a_deconfliction_carries_window_and_contact_only() -> None:
    assert set(Deconflict.__struct_fields__) == {"window", "contact"}
