"""Where the event is: the incident's place before the caller's, and nobody's home."""

from __future__ import annotations

import types

from protocols.formats.eido.places import location_of
from protocols.messages.envelope import Loss
from protocols.messages.values import LanguageText, Location, Point

HERE = Point(lat=31.33275, lon=-110.9511)


def test_the_place_of_the_incident_comes_before_the_callers(eidos: types.SimpleNamespace) -> None:
    caller = eidos.location(
        eidos.point.replace("31.33275", "32"), **{"$id": "c1"},
        locationTypeDescriptionRegistryText="Caller",
    )  # fmt: skip
    document = eidos.document(
        incidentComponent=eidos.incident(locationReference=[{"$ref": "l1"}]),
        callComponent=[{"locationReference": [{"$ref": "c1"}]}],
        locationComponent=[caller, eidos.location()],
    )
    assert location_of(document, []) == Location(point=HERE)
    del document["incidentComponent"]["locationReference"]
    assert location_of(document, []) == Location(
        point=Point(lat=32, lon=-110.9511), text=LanguageText(text="Caller")
    )


def test_a_point_comes_before_words(eidos: types.SimpleNamespace) -> None:
    words = {"$id": "w1", "locationDescriptionText": "the wash"}
    refs = [{"$ref": "w1"}, {"$ref": "gone"}, {"$ref": "l1"}]
    document = eidos.document(
        incidentComponent=eidos.incident(locationReference=refs),
        locationComponent=[words, eidos.location()],
    )
    assert location_of(document, []) == Location(point=HERE)
    document["locationComponent"] = [words]
    assert location_of(document, []) == Location(text=LanguageText(text="the wash"))


def test_a_persons_home_is_not_where_the_event_is(eidos: types.SimpleNamespace) -> None:
    person = {"$id": "p1", "locationReference": [{"$ref": "l1"}]}
    document = eidos.document(
        incidentComponent=eidos.incident(),
        personComponent=[person],
        locationComponent=[eidos.location()],
    )
    assert location_of(document, []) is None


def test_the_only_unit_is_where_it_says(eidos: types.SimpleNamespace) -> None:
    unit = eidos.unit(unitLocationReference={"$ref": "l1"})
    document = eidos.document(
        emergencyResourceComponent=[unit], locationComponent=[eidos.location()]
    )
    assert location_of(document, []) == Location(point=HERE)
    document["emergencyResourceComponent"] = [unit, unit]
    assert location_of(document, []) is None


def test_a_location_by_reference_is_never_fetched(eidos: types.SimpleNamespace) -> None:
    away = {"$id": "l1", "locationByReferenceUrl": "https://lis.example.us/1"}
    losses: list[Loss] = []
    assert location_of(eidos.document(locationComponent=[away]), losses) is None
    assert losses == []
