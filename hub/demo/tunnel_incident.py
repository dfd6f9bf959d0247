"""Steps 3 to 5: a camera cue, help asked and given, the exit and whose ground it is on."""

from __future__ import annotations

from typing import Final

from hub.demo.cast import PLACE
from hub.demo.company import Company

INCIDENT: Final = "NOG-0731"
CAMERA: Final = "NGL-CAM-14"
CATALOGO: Final = ("CNI", "20407")
"""A code of the C5's own catalogue: it travels as it is, whether or not we know it."""


async def camera_cue(company: Company) -> None:
    """3. Two persons and smoke: an observation, an incident, and a caveat on the camera."""
    programme, dispatch, c5 = company.programme, company.dispatch, company.c5
    programme.step(3, "19:31", "A USBP camera sees two persons and smoke")
    programme.sends(
        "USBP dispatch", "CoT", f"observation from {CAMERA}, the camera for US eyes only"
    )
    await dispatch.send(
        "a-u-G",
        {
            "kind": "observation",
            "size": 2,
            "activity": {"text": "Smoke from the drainage"},
            "sensor": "camera",
            "camera": CAMERA,
            "hazards": ["SMOKE"],
        },
        remarks="2 persons, smoke",
        point=PLACE,
        incident=INCIDENT,
        location={"point": {"lat": PLACE[0], "lon": PLACE[1]}},
        handling={
            "tlp": "TLP:AMBER",
            "withheld": [{"path": "/body/camera", "releasable_to": ["US"], "tlp": "TLP:RED"}],
        },
    )
    await dispatch.send(
        "b-m-p-s-m",
        {
            "kind": "incident.open",
            "incident_type": "TUNNEL",
            "state": "REPORTED",
            "priority": 2,
            "lead": "US",
            "summary": {"text": "Possible tunnel exit west of the port"},
        },
        remarks="TUNNEL reported",
        point=PLACE,
        incident=INCIDENT,
        location={"point": {"lat": PLACE[0], "lon": PLACE[1]}},
    )
    seen = await programme.expect("C5 reads the observation", lambda: c5.find("observation"))
    programme.sees("C5 Sonora", "CAP es", f"{seen.headline}\n{seen.description}")
    programme.check(
        CAMERA not in seen.description and CAMERA not in str(seen.parameters),
        "the camera's id has not left the US",
    )
    programme.check("TLP:RED" in seen.description, "a stub says who withholds it and why")
    line = await programme.expect(
        "BP-7, of the same agency, reads the camera's id", lambda: company.agent.read(CAMERA)
    )
    programme.sees("BP-7", "screen", line)
    opened = await programme.expect("C5 has the incident", lambda: c5.find("incident.open"))
    programme.sees("C5 Sonora", "CAP es", f"{opened.headline}\n{opened.description}")
    programme.check(
        "Possible tunnel exit" in opened.description, "with the original English in reach"
    )


async def assistance(company: Company) -> None:
    """4. Desk asks desk; received is not accepted; two units are named."""
    programme, dispatch, c5 = company.programme, company.dispatch, company.c5
    programme.step(4, "19:33", "USBP asks the C5 to find and secure the southern entrance")
    programme.sends("USBP dispatch", "CoT", "assist.request FIND_AND_SECURE, to C5 Sonora")
    request = await dispatch.send(
        "b-m-p-s-m",
        {
            "kind": "assist.request",
            "capability": "FIND_AND_SECURE",
            "to": "c5son",
            "quantity": 2,
            "task": {"text": "Find and secure the southern entrance"},
        },
        remarks="Find and secure the southern entrance",
        point=PLACE,
        incident=INCIDENT,
        location={"point": {"lat": PLACE[0], "lon": PLACE[1]}},
    )
    await programme.expect(
        "the dispatch sees it received (b-t-f-d)",
        lambda: next(
            (one for one in dispatch.seen if one.type == "b-t-f-d" and one.of == request), None
        ),
    )
    programme.check(dispatch.find("assist.reply") is None, "received is not accepted")
    asked = await programme.expect("C5's desk reads it", lambda: c5.find("assist.request"))
    programme.sees("C5 Sonora", "CAP es", f"{asked.headline}\n{asked.description}")

    programme.sends("C5 Sonora", "CAP", f"19:36 Ack · GN-3, GN-5 · Catálogo {CATALOGO[1]}")
    await c5.post(
        "Apoyo aceptado",
        "Van GN-3 y GN-5 al acceso sur.",
        type_="Ack",
        note="Van GN-3 y GN-5 al acceso sur.",
        about=asked,
        code=CATALOGO,
        parameters={"units.0": "GN-3", "units.1": "GN-5", "incident": INCIDENT},
    )
    reply = await programme.expect(
        "accepted, two units named",
        lambda: dispatch.find("assist.reply", answer="accepted", units=["GN-3", "GN-5"]),
    )
    programme.sees("USBP dispatch", "CoT en", reply.remarks)
    programme.check(CATALOGO[1] in str(reply.message), "the C5's own code stands beside it")


async def whose_ground(company: Company) -> None:
    """5. The exit is one metre north: a person says so, the map only hints."""
    programme, dispatch, c5 = company.programme, company.dispatch, company.c5
    programme.step(5, "19:45", "The exit is found one metre north of the line")
    place = f"point={PLACE[0]},{PLACE[1]}; side=US; monument=122 + 300 m W"
    programme.sends("BP-7", "terminal", "observation: the exit, side US, asserted by BP-7")
    await company.agent.type(
        f"/new observation size=0; activity=Tunnel exit, one metre north; {place}; "
        f"incident={INCIDENT}"
    )
    exit_ = await programme.expect(
        "the dispatch has the side as BP-7 asserts it",
        lambda: next(
            (
                one
                for one in dispatch.seen
                if one.kind == "observation"
                and one.message.get("location", {}).get("side") == "US"
                and one.message["location"].get("side_asserted_by")
            ),
            None,
        ),
    )
    programme.sees("USBP dispatch", "CoT en", exit_.remarks)
    hint = exit_.message["location"].get("computed_side")
    programme.check(hint in (None, "AT_LINE"), "what a map computes is never an assertion")

    await company.post_kind(
        "Acceso sur localizado",
        "Acceso localizado en el drenaje; se resguarda.",
        "incident.update",
        incident=INCIDENT,
        state="ACTIVE",
    )
    programme.sends("USBP dispatch", "CoT", "incident.update ACTIVE")
    await dispatch.send(
        "b-m-p-s-m",
        {
            "kind": "incident.update",
            "state": "ACTIVE",
            "situation": {"text": "Exit confirmed, entrance secured by GN"},
        },
        remarks="ACTIVE",
        point=PLACE,
        incident=INCIDENT,
    )
    await programme.expect(
        "both sides say ACTIVE, so the shared state is ACTIVE",
        lambda: company.observer.shared_state(INCIDENT) == "ACTIVE" or None,
    )
    seen = company.observer.find("incident.update", INCIDENT)
    if seen is not None:
        programme.sees("RCMP observer", "écran fr", company.observer.screen(seen.message))
    await programme.expect("C5 has it too", lambda: c5.find("incident.update"))
