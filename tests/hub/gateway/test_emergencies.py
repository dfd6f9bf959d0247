"""An emergency that is only said again stays at the edge; a real re-trigger does not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from hub.gateway.emergencies import SILENCE, Emergencies
from protocols.clock import to_datetime
from protocols.formats.cot.event import decode
from protocols.formats.times import zulu_text
from protocols.messages import Message
from protocols.messages.kinds import Alarm, AlarmCancel, Text
from tests.hub.gateway.parties import DISPATCH, GN3, NOON, says

SECOND = 1_000_000
EVENT = (
    '<event version="2.0" uid="{uid}" type="{type}" how="h-e" time="{time}" start="{time}" '
    'stale="{stale}"><point lat="{lat}" lon="{lon}" hae="0" ce="10" le="10"/><detail>'
    '<emergency type="{reason}">NOGALES 7</emergency><status battery="{battery}"/></detail></event>'
)


class Watch:
    """A clock that is moved by hand, and what it is for."""

    def __init__(self) -> None:
        self.now = NOON
        self.up = Emergencies(lambda: self.now)

    def hears(self, seconds: int = 0, **fields: Any) -> bool:
        """Whether an emergency crosses that is sent so many seconds after the last thing."""
        self.now += seconds * SECOND
        message = self.emergency(**fields)
        if self.up.again(message) is not None:
            return False
        self.up.note(message, self.now)
        return True

    def emergency(self, stale: int = 20, **fields: Any) -> Message:
        values = {
            "uid": "ANDROID-1-9-1-1",
            "type": "b-a-o-tbl",
            "lat": 31.33,
            "lon": -110.95,
            "reason": "911 Alert",
            "battery": self.now // SECOND % 100,
            "time": zulu_text(to_datetime(self.now)),
            "stale": zulu_text(to_datetime(self.now) + timedelta(seconds=stale)),
        }
        return decode(EVENT.format(**(values | fields)).encode())


def test_the_same_every_ten_seconds_crosses_once() -> None:
    watch = Watch()
    assert [watch.hears(10) for _ in range(200)] == [True] + [False] * 199


@pytest.mark.parametrize(
    "news",
    [
        {"lat": 31.3303},  # 33 m
        {"type": "b-a-o-opn"},
        {"reason": "Ring The Bell"},
        {"uid": "ANDROID-2-9-1-1"},
    ],
)
def test_what_is_new_crosses(news: dict[str, Any]) -> None:
    watch = Watch()
    assert watch.hears()
    assert watch.hears(10, **news)
    assert not watch.hears(10, **news)


def test_a_few_metres_are_no_news_but_they_add_up() -> None:
    watch = Watch()
    crossed = [watch.hears(10, lat=31.33 + 0.0001 * step) for step in range(7)]  # 11 m each
    assert crossed == [True, False, False, True, False, False, True]


def test_a_lost_fix_is_no_news_and_a_first_one_is() -> None:
    watch = Watch()
    assert watch.hears()
    assert not watch.hears(10, lat=0, lon=0)
    other = Watch()
    assert other.hears(lat=0, lon=0)
    assert other.hears(10)


@pytest.mark.parametrize("who", [DISPATCH, GN3])
def test_after_a_cancel_of_either_side_it_counts_again(who: Any) -> None:
    watch = Watch()
    assert watch.hears()
    watch.up.note(says(who, AlarmCancel(alarm="ANDROID-1-9-1-1")), watch.now)
    assert watch.hears(10)
    assert not watch.hears(10)


def test_a_cleared_condition_ends_it_too() -> None:
    watch = Watch()
    alarm = Alarm(alarm_class="CHECKIN_MISSED", alarm="MP-07.GN-3")
    first = says(GN3, alarm)
    watch.up.note(first, NOON)
    assert watch.up.again(says(GN3, alarm)) == first.id
    cleared = says(GN3, Alarm(alarm_class="CHECKIN_MISSED", alarm="MP-07.GN-3", active=False))
    assert watch.up.again(cleared) is None
    watch.up.note(cleared, NOON)
    assert watch.up.again(says(GN3, alarm)) is None


def test_after_a_long_silence_it_counts_again() -> None:
    watch = Watch()
    assert watch.hears()
    assert not watch.hears(SILENCE // SECOND - 1)
    assert not watch.hears(SILENCE // SECOND - 1)
    assert watch.hears(SILENCE // SECOND + 1)
    assert Watch().hears()
    long = Watch()
    assert long.hears(stale=3600)
    assert not long.hears(3000, stale=3600)


def test_an_old_echo_changes_nothing() -> None:
    watch = Watch()
    first = watch.emergency()
    cancel = says(DISPATCH, AlarmCancel(alarm="ANDROID-1-9-1-1"))
    watch.up.note(first, NOON)
    watch.up.note(cancel, NOON)
    watch.up.note(first, NOON)  # the hub's log says it again
    assert watch.hears(1)
    watch.up.note(cancel, NOON)
    assert not watch.hears(1)


def test_one_that_the_hub_refused_is_told_by_the_next() -> None:
    watch = Watch()
    first = watch.emergency()
    watch.up.note(first, NOON)
    watch.up.refused("another")
    assert not watch.hears(10)
    watch.up.refused(first.id)
    assert watch.hears(10)
    watch.up.refused(first.id)  # it is no longer the one that stands
    assert not watch.hears(10)


def test_other_kinds_are_none_of_its_business() -> None:
    watch = Watch()
    text = says(GN3, Text())
    watch.up.note(text, NOON)
    assert watch.up.again(text) is None
