"""The observer reads French, and its program folds what it has received."""

from __future__ import annotations

from pathlib import Path

from hub.demo.observer import Observer
from protocols.client.events import Received
from protocols.identity import Identity, Role
from protocols.messages import compose
from protocols.messages.kinds import EMERGENCY, Alarm, Body, IncidentOpen, IncidentUpdate
from protocols.messages.kinds import IncidentState as State

US = Identity("US", "uscbp", "Nogales", "gateway:cot@uscbp", Role.GATEWAY)
MX = Identity("MX", "c5son", "C5", "gateway:cap@c5son", Role.GATEWAY)


def observer(*said: tuple[Identity, Body]) -> Observer:
    watching = Observer(Path("nowhere"))
    for seq, (who, body) in enumerate(said, 1):
        message = compose(who, body, incident="NOG-1")
        received = Received(channel="n", seq=seq, time=seq * 1_000_000, sender=who, message=message)
        watching.received.append(received)
    return watching


def test_the_shared_state_is_folded_from_both_sides() -> None:
    opened = (US, IncidentOpen(incident_type="TUNNEL"))
    ours = (US, IncidentUpdate(state=State.ACTIVE))
    theirs = (MX, IncidentUpdate(state=State.ACTIVE))
    assert observer().shared_state("NOG-1") is None
    assert observer(opened).shared_state("NOG-1") == "REPORTED"
    assert observer(opened, theirs, ours).shared_state("NOG-1") == "ACTIVE"


def test_its_screen_is_french() -> None:
    watching = observer((MX, Alarm(alarm_class=EMERGENCY, unit="GN-3")))
    alarm = watching.emergency()
    assert alarm is not None
    assert "URGENCE" in watching.screen(alarm.message)
    assert watching.find("alarm", "NOG-1") is alarm
    assert watching.find("alarm", "NOG-2") is None
