"""The two rows on top: never wider than the screen, and what matters is never cut away."""

from __future__ import annotations

import pytest

from protocols.client.events import Link, LinkChanged, LinkState
from tui_client.rows import heading
from tui_client.words import LANGUAGES, Words


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("width", [80, 120])
def test_identity_marking_and_both_clocks(nogales, language: str, width: int) -> None:
    row = heading.identity(nogales.model(), Words(language), width)
    assert row.cells == width
    for part in ("US", "patrol-7@uscbp", "TLP:AMBER", "19:51:00Z", "12:51"):
        assert part in row.plain


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_link_row_counts_readers_queue_and_what_waits(nogales, language: str) -> None:
    row = heading.link(nogales.model(), Words(language), 80)
    assert row.cells == 80
    assert "nogales-line" in row.plain
    assert "8 " in row.plain
    assert "Alt+A" in row.plain


def test_without_a_link_it_says_when_it_tries_again(nogales) -> None:
    model = nogales.model()
    model.apply(LinkChanged(LinkState(Link.DOWN, 0, nogales.at("19:51:12"), "cut")))
    row = heading.link(model, Words("en"), 80)
    assert row.plain.startswith(" ○ No link · next try in 12 s · nogales-line")
    model.apply(LinkChanged(LinkState(Link.CONNECTING)))
    assert "◐ Connecting" in heading.link(model, Words("en"), 80).plain


def test_the_exercise_banner_fills_the_row(nogales) -> None:
    import msgspec

    model = nogales.model()
    assert heading.exercise(model, Words("en"), 80) is None
    room = model.room
    policy = msgspec.structs.replace(room.state.policy, exercise=True)
    room.state = msgspec.structs.replace(room.state, policy=policy)
    banner = heading.exercise(model, Words("es"), 80)
    assert banner.cells == 80
    assert "SIMULACRO" in banner.plain


def test_no_marking_means_this_channel_only() -> None:
    assert heading.marking(None, Words("en")).plain == "channel only"
