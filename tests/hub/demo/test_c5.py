"""The C5's system writes CAP that our gateway reads, and reads what our gateway writes."""

from __future__ import annotations

from hub.demo import c5
from protocols.formats.cap import alert as cap
from protocols.formats.codec import Settings
from protocols.identity import Identity, Role
from protocols.messages import compose
from protocols.messages.kinds import AssistRequest, IncidentSitrep

DESK = Identity("US", "uscbp", "Nogales Dispatch", "gateway:cot@uscbp", Role.GATEWAY)


def test_an_alert_with_a_kind_is_read_as_that_kind() -> None:
    document = c5._alert(
        "Situación", "Acceso <asegurado>", "Alert", "", None, None,
        {"kind": "incident.sitrep", "number": "2", "incident": "NOG-1"},
    )  # fmt: skip
    message = cap.decode(document.encode())
    assert isinstance(message.body, IncidentSitrep)
    assert message.body.number == 2
    assert message.incident == "NOG-1"
    assert message.language == "es-MX"


def test_an_ack_refers_to_what_the_screen_showed() -> None:
    asked = compose(DESK, AssistRequest(capability="FIND_AND_SECURE"), incident="NOG-1")
    seen = c5._screen(cap.encode(asked, Settings(language="es")).data)
    assert seen.kind == "assist.request"
    assert seen.parameters["crossband:body.capability"] == "FIND_AND_SECURE"
    document = c5._alert("Apoyo", "Va", "Ack", "Va", seen, ("CNI", "20407"), {})
    assert cap.decode(document.encode()).in_reply_to == asked.id


def test_the_newest_alert_of_a_kind_is_found_by_its_values() -> None:
    desk = c5.C5()
    for number in (1, 2):
        body = IncidentSitrep(number=number)
        shown = c5._screen(cap.encode(compose(DESK, body), Settings(language="es")).data)
        desk.seen[str(number)] = shown
    newest = desk.find("incident.sitrep")
    first = desk.find("incident.sitrep", number="1")
    assert newest is desk.seen["2"]
    assert first is desk.seen["1"]
    assert desk.find("incident.sitrep", number="3") is None
