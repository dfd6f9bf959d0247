"""The alarms of a channel as one device has to see them."""

from __future__ import annotations

from protocols.messages.envelope import compose
from protocols.messages.kinds import EMERGENCY, Alarm, AlarmAck
from protocols.messages.machines.alarm import AlarmState


def test_partner_missed_turns_red_and_stays_until_acknowledged(nogales) -> None:
    due, amber = nogales.model("morning", "19:19:30").alarms()
    assert (due.record.alarm_class, due.record.level) == ("CHECKIN_DUE", "AMBER")
    assert amber.record.alarm_class == "PARTNER_MISSED"
    assert amber.record.level == "AMBER"
    assert not amber.wants_me
    (red,) = nogales.model("morning", "19:21").alarms()[:1]
    assert (red.state, red.unit, red.country) == (AlarmState.UNACKED, "GN-3", "MX")
    (over,) = nogales.model("cue", "19:40").alarms()
    assert over.state is AlarmState.RTN_UNACKED
    assert over.wants_me


def test_an_emergency_stands_first(nogales) -> None:
    lines = nogales.model("emergency", "19:53").alarms()
    assert [line.record.alarm_class for line in lines] == [EMERGENCY, "PARTNER_MISSED"]
    assert lines[0].reason.language == "es"


def test_an_acknowledgement_that_waits_for_the_link_is_said_so(nogales) -> None:
    model = nogales.model("emergency", "19:53")
    name = model.alarms()[0].name
    message = compose(nogales.me, AlarmAck(alarm=name), clock=model.clock)
    model.composed(nogales.channel, message)
    line = model.alarms()[0]
    assert line.ack_waits
    assert line.state is AlarmState.UNACKED
    assert not line.wants_me


def test_an_own_emergency_shows_at_once_and_does_not_want_me(nogales) -> None:
    model = nogales.model()
    message = compose(nogales.me, Alarm(alarm_class=EMERGENCY), clock=model.clock)
    model.composed(nogales.channel, message)
    line = model.alarms()[0]
    assert line.own
    assert line.waits
    assert not line.wants_me


def test_silence_ends_by_itself_and_is_no_acknowledgement(nogales) -> None:
    model = nogales.model("emergency", "19:53")
    name = model.alarms()[0].name
    model.silence(name, nogales.at("19:55"))
    assert model.alarms()[0].silenced_until == nogales.at("19:55")
    assert model.alarms()[0].wants_me
    assert not model.alarms()[0].sounds
    model.clock = lambda: nogales.at("19:55:01")
    assert model.alarms()[0].silenced_until == 0
    assert model.alarms()[0].sounds
