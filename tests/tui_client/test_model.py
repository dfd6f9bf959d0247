"""The model without a screen: events in, areas and answers out."""

from __future__ import annotations

from protocols.client.events import (
    FateChanged,
    Link,
    LinkChanged,
    LinkState,
    Noticed,
    Received,
    RosterChanged,
)
from protocols.client.fates import Fate, FateState
from protocols.errors import RoleRefused
from protocols.messages.envelope import compose
from protocols.messages.kinds import Text
from protocols.messages.values import LanguageText, Tlp


def test_a_message_is_taken_once(nogales) -> None:
    model = nogales.model()
    count = model.count()
    last = [event for event in nogales.tell("active").events if isinstance(event, Received)][-1]
    assert model.apply(last) == frozenset()
    assert model.count() == count


def test_events_name_the_areas_that_they_change(nogales) -> None:
    model = nogales.model("morning", "19:15")
    assert "link" in model.apply(LinkChanged(LinkState(Link.DOWN)))
    assert model.apply(Noticed("rate_limited", "too often", "wait")) == {"notice"}
    assert model.notice is not None
    assert model.notice.trouble
    assert model.dismiss_notice() == {"notice"}
    assert model.notice is None


def test_the_roster_follows_joins_and_leaves(nogales) -> None:
    model = nogales.model()
    assert [member.country for member in model.roster()] == ["CA", *["MX"] * 3, *["US"] * 4]
    assert model.roster()[-1].device.startswith("gateway:")
    model.apply(RosterChanged(nogales.channel, (), (nogales.rcmp,), 8))
    assert nogales.rcmp not in model.roster()


def test_an_own_message_waits_behind_the_log_until_the_hub_has_ordered_it(nogales) -> None:
    model = nogales.model()
    body = Text(text=LanguageText(text="on my way"))
    message = compose(nogales.me, body, clock=model.clock, id=nogales.identifier(77))
    count = model.count()
    model.composed(nogales.channel, message)
    fate = Fate(message_id=message.id, channel=nogales.channel, number=99, queued_at=1)
    model.apply(FateChanged(fate))
    assert model.queued == 1
    assert model.count() == count + 1
    entry = model.entry_at(count)
    assert entry is not None
    assert (entry.seq, entry.own) == (0, True)
    model.apply(
        Received(
            channel=nogales.channel, seq=99, time=model.clock(), sender=nogales.me, message=message,
            own=True,
        )
    )  # fmt: skip
    assert model.count() == count + 1
    settled = Fate(
        message_id=message.id, channel=nogales.channel, number=99, queued_at=1,
        state=FateState.ON_DISK, seq=99, time=2,
    )  # fmt: skip
    model.apply(FateChanged(settled))
    assert model.queued == 0
    assert model.fates()[-1].state is FateState.ON_DISK


def test_what_wants_me_comes_most_urgent_first_and_goes_round(nogales) -> None:
    model = nogales.model("emergency", "19:53")
    ids = nogales.tell("emergency").ids
    assert model.wants_me() == [ids["emergency"], ids["plan"], ids["request"]]
    first = [model.next_wanted() for _ in range(4)]
    assert first == [ids["emergency"], ids["plan"], ids["request"], ids["emergency"]]


def test_the_highest_marking_stands_in_the_heading(nogales) -> None:
    assert nogales.model("morning").highest_marking is None
    assert nogales.model("cue").highest_marking is Tlp.AMBER


def test_a_message_that_is_written_belongs_to_the_incident_and_patrol_of_now(nogales) -> None:
    assert nogales.model("morning").context() == {"patrol": "MP-07"}
    assert nogales.model().context() == {"incident": nogales.incident, "patrol": "MP-07"}


def test_a_failure_becomes_a_notice(nogales) -> None:
    model = nogales.model()
    model.fail(RoleRefused("an observer may not send alarm.ack"))
    assert model.notice is not None
    assert model.notice.code == "role_refused"
    model.tell("done.sent")
    assert not model.notice.trouble
