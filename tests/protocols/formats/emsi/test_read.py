"""Which kind a message is, and where and how many."""

from __future__ import annotations

import types
from typing import Any

import pytest

from protocols.formats.emsi.read import location_of, persons_of, read
from protocols.messages.kinds import (
    IncidentClose,
    IncidentOpen,
    IncidentState,
    IncidentUpdate,
    LogNote,
)
from protocols.messages.values import LanguageText, Location, PersonalData, Point, Precedence


def fields(emsis: types.SimpleNamespace, **more: Any) -> dict[str, Any]:
    return read(emsis.tree(**more), "json", {})


def test_an_alert_with_a_category_opens_an_incident(emsis: types.SimpleNamespace) -> None:
    found = fields(emsis, context={"FREETEXT": "humo", "URGENCY": "URGENT"})
    assert found["body"] == IncidentOpen(
        incident_type="FIRE",
        state=IncidentState.ACTIVE,
        summary=LanguageText(text="Incendio"),
        situation=LanguageText(text="humo"),
    )
    assert found["precedence"] is Precedence.IMMEDIATE
    assert found["incident"] == "E-7"
    assert isinstance(fields(emsis, event={"ETYPE": None})["body"], IncidentUpdate)


@pytest.mark.parametrize("action", ["ACK", "CANCEL", "ERROR"])
def test_an_answer_is_no_acceptance_of_ours(action: str, emsis: types.SimpleNamespace) -> None:
    found = fields(emsis, context={"MSGTYPE": action, "LINK": [{"ID": "b2"}]})
    assert found["body"] == LogNote(activity=action)
    assert [reference.id for reference in found["references"]] == ["b2"]


def test_a_completed_event_is_closed_and_one_on_hold_is_not(emsis: types.SimpleNamespace) -> None:
    closed = fields(emsis, event={"STATUS": "COM", "FREETEXT": "fini"})["body"]
    assert closed == IncidentClose(outcome=LanguageText(text="fini"))
    held = fields(emsis, context={"MSGTYPE": "UPDATE"}, event={"STATUS": "STOP"})["body"]
    assert isinstance(held, IncidentUpdate)
    assert held.state is None


def test_casualties_are_counted_once_or_not_at_all() -> None:
    one = {"CONTEXT": "INIT", "TRIAGERED": 1, "TRIAGEGREEN": "2"}
    assert persons_of({"CASUALTIES": [one]}) == 3
    assert persons_of({"CASUALTIES": [one, one]}) is None
    assert persons_of({"CASUALTIES": [{"TRIAGERED": "many", "TRIAGEGREEN": 2}]}) is None
    assert persons_of({"CASUALTIES": [{"TRIAGERED": float("nan")}]}) is None
    assert persons_of({}) is None


def place(kind: str, *points: tuple[float, float], **more: Any) -> dict[str, Any]:
    coordinates = [{"LAT": lat, "LONG": lon} for lat, lon in points]
    return {"EGEO": [{"POSITION": {"TYPE": kind, "COORD": coordinates} | more}]}


def test_places_are_points_with_their_words() -> None:
    assert location_of(place("POINT", (45.5, 4.5), NAME="Quai", ADDRESS=["None"])) == Location(
        point=Point(lat=45.5, lon=4.5), text=LanguageText(text="Quai")
    )
    assert location_of(place("CERCLE", (1, 1), (1, 2))) == Location(point=Point(lat=1, lon=1))
    ring = ((0.0, 0.0), (0.0, 2.0), (2.0, 2.0), (2.0, 0.0), (0.0, 0.0))
    assert location_of(place("POLYGON", *ring)) == Location(point=Point(lat=1, lon=1))
    for wrong in (place("POINT", (91, 0)), place("POINT", (1, 1), COORDSYS="EPSG-27572"), {}):
        assert location_of(wrong) is None


def test_contacts_are_personal_and_withheld(emsis: types.SimpleNamespace) -> None:
    crew = {"ID": "r", "CONTACTS": [{"TYPE": "PHNADD", "DETAIL": "+33 1"}]}
    handling = fields(emsis, RESOURCE=[crew])["handling"]
    assert handling.personal is PersonalData.CONTACT
    assert [caveat.path for caveat in handling.withheld] == ["/extensions/emsi"]
