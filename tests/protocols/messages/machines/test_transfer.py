"""A transfer moves responsibility only once it is done."""

from __future__ import annotations

from protocols.messages.machines.transfer import TRANSFER


def test_the_table_is_this_one() -> None:
    assert set(TRANSFER.rows()) == {
        ("OFFERED", "accept", "ACCEPTED"),
        ("OFFERED", "reject", "REJECTED"),
        ("OFFERED", "abort", "ABORTED"),
        ("ACCEPTED", "finish", "DONE"),
        ("ACCEPTED", "abort", "ABORTED"),
    }
