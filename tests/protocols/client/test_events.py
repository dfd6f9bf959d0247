"""Events are plain values that two observers can compare."""

from __future__ import annotations

from protocols.client.events import ChannelView, Link, LinkState, Noticed
from protocols.frames import Policy


def test_only_an_up_link_is_up() -> None:
    assert [LinkState(link).up for link in Link] == [False, False, True]


def test_events_compare_by_value() -> None:
    assert Noticed("a", "b", "c") == Noticed("a", "b", "c", "")
    view = ChannelView(channel="x", state="member", live=True, cursor=1, epoch=2, policy=Policy())
    assert view.asked is None
    assert view.agreed == ()
