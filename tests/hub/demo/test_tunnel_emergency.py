"""What the story counts, it counts by message id."""

from __future__ import annotations

from types import SimpleNamespace

from hub.demo import tunnel_emergency
from hub.demo.us_dispatch import Seen


def seen(message_id: str) -> Seen:
    return Seen("b-m-p-s-m", "u", "", "", (0.0, 0.0), "", {"id": message_id})


def test_a_second_copy_and_a_wrong_order_would_be_noticed() -> None:
    screen = [seen("a"), seen("x"), seen("b"), seen("a")]
    company = SimpleNamespace(dispatch=SimpleNamespace(seen=screen))
    assert tunnel_emergency._of(company, ["a", "b"]) == ["a", "b", "a"]  # type: ignore[arg-type]  # only the screen is asked
