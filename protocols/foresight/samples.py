"""A sample set: what an incident on the line typically sends, for a forecast without a history.

One message of each kind that carries content of its own, each with the fields that such a message
usually has. Their sender is nobody, and they never leave this process; they are marked as actual,
because the question is what happens to a message that counts.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from protocols.formats.codec import STRANGER, derived_id
from protocols.messages.envelope import Handling, Message
from protocols.messages.kinds import (
    EMERGENCY,
    Alarm,
    AlarmCancel,
    AssistAnswer,
    AssistDeployed,
    AssistProgress,
    AssistRelease,
    AssistReply,
    AssistRequest,
    Bolo,
    CheckIn,
    IncidentClose,
    IncidentOpen,
    IncidentSitrep,
    IncidentState,
    IncidentUpdate,
    Kind,
    Leg,
    LookoutSubject,
    Medical,
    Observation,
    Pair,
    PatrolPlan,
    Position,
    Team,
    Text,
    Triage,
    UnitState,
    UnitStatus,
    Vessel,
)
from protocols.messages.values import (
    Exercise,
    LanguageText,
    Location,
    NativeCode,
    Point,
    Precedence,
    Side,
    Tlp,
    Window,
)

_START: Final = datetime(2026, 1, 1, 6, 0, tzinfo=UTC)
_LINE: Final = Point(lat=31.33275, lon=-110.9511, ce=5.0)
_THERE: Final = Location(point=_LINE, side=Side.US, side_asserted_by="BP-7", monument="122")
_ASKED: Final = derived_id(_START, "sample", "assist")


def _say(text: str) -> LanguageText:
    return LanguageText(text=text, language="en")


def _bodies() -> list[tuple[Kind, dict[str, Any]]]:
    """Each body with what its envelope usually says besides."""
    window = Window(start=_START, end=_START + timedelta(hours=2))
    leg = Leg(name="1", waypoint_north=_LINE, waypoint_south=_LINE, window=window, dwell=600)
    pair = Pair(north=Team(unit="BP-7", country="US"), south=Team(unit="GN-3", country="MX"))
    coded = (NativeCode(system="apco", code="TUNNEL", label="Tunnel"),)
    incident = {"incident": "TUN-1", "location": _THERE}
    return [
        (PatrolPlan(sector="Nogales", pair=pair, legs=(leg,)), {"patrol": "MP-07"}),
        (CheckIn(unit="GN-3", leg="1", heads=4), {"patrol": "MP-07", "location": _THERE}),
        (Position(track="BP-7", unit="BP-7", course=270.0, speed=1.4), {"location": _THERE}),
        (UnitStatus(unit="BP-7", status=UnitState.ON_SCENE, heads=2), incident),
        (
            Observation(size=2, activity=_say("digging"), camera="C-14", hazards=("SMOKE",)),
            incident | {"observed": _START, "handling": Handling(tlp=Tlp.AMBER)},
        ),
        (
            IncidentOpen(incident_type="TUNNEL", priority=2, lead="US", summary=_say("exit found")),
            incident | {"codes": coded, "precedence": Precedence.IMMEDIATE},
        ),
        (
            IncidentUpdate(state=IncidentState.ACTIVE, situation=_say("two inside"), persons=2),
            incident,
        ),
        (IncidentSitrep(number=1, situation=_say("held"), needs=_say("light")), incident),
        (Alarm(alarm_class=EMERGENCY, unit="GN-3", reason=_say("collapse"), injured=1), incident),
        (AlarmCancel(alarm=_ASKED, remarks=_say("everybody out")), incident),
        (Medical(patients=1, triage=Triage.IMMEDIATE, injuries=_say("crushed leg")), incident),
        (
            AssistRequest(capability="SEARCH", to="MX", quantity=1, task=_say("find the entrance")),
            incident | {"ack_wanted": True},
        ),
        (AssistReply(assist=_ASKED, answer=AssistAnswer.ACCEPTED, units=("GN-3",)), incident),
        (
            AssistDeployed(assist=_ASKED, state=AssistProgress.EN_ROUTE, units=("GN-3",)),
            incident,
        ),
        (AssistRelease(assist=_ASKED), incident),
        (
            Bolo(
                subject=LookoutSubject.VESSEL,
                vessel=Vessel(name="Blue Heron"),
                reason=_say("left the port without clearance"),
            ),
            {"expires": _START + timedelta(hours=4)},
        ),
        (Text(subject=_say("radio"), text=_say("fall back to channel 2")), {}),
        (IncidentClose(disposition="RESOLVED"), incident),
    ]


def samples() -> tuple[Message, ...]:
    """The set, in the order of the story."""
    return tuple(
        Message(
            id=derived_id(_START + timedelta(minutes=number), "sample", str(number)),
            sender=STRANGER,
            sent=_START + timedelta(minutes=number),
            body=body,
            exercise=Exercise.ACTUAL,
            **fields,
        )
        for number, (body, fields) in enumerate(_bodies())
    )
