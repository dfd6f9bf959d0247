"""Steps 6 and 7: an officer is hurt, and the C5's link is cut."""

from __future__ import annotations

import asyncio
from typing import Any

from hub.demo.cast import CHANNEL, PLACE
from hub.demo.company import Company
from hub.demo.tunnel_incident import INCIDENT


async def emergency(company: Company) -> None:
    """6. GN-3 presses emergency; every station alarms; the count is taken."""
    programme, dispatch, c5 = company.programme, company.dispatch, company.c5
    programme.step(6, "19:52", "GN-3 presses emergency: collapse, one officer hurt")
    programme.sends("GN-3", "terminal", "on scene; F8 F8, «derrumbe, un oficial herido»")
    place = f"{PLACE[0]},{PLACE[1]}"
    await company.gn3.type(f"/new unit.status unit=GN-3; status=ON_SCENE; point={place}")
    await programme.expect(
        "GN-3's place is known to everybody", lambda: company.agent.read("GN-3", "on scene")
    )
    await company.gn3.type("/emergency derrumbe, un oficial herido")
    await company.gn3.type("/emergency derrumbe, un oficial herido")
    alarm = await programme.expect(
        "the dispatch has it as a CoT emergency (b-a-o)",
        lambda: dispatch.find("alarm", alarm_class="EMERGENCY"),
    )
    programme.check(alarm.type.startswith("b-a-o"), "which every TAK screen rings for")
    programme.sees("USBP dispatch", "CoT en", alarm.remarks)
    programme.check(alarm.point != (0.0, 0.0), "with GN-3's position")
    alert = await programme.expect(
        "the C5 alarms in Spanish", lambda: c5.find("alarm", alarm_class="EMERGENCY")
    )
    programme.sees("C5 Sonora", "CAP es", f"{alert.headline}\n{alert.description}")
    line = await programme.expect(
        "BP-7's alarm bar in English", lambda: company.agent.read("EMERGENCY", "GN-3")
    )
    programme.sees("BP-7", "screen", line)
    seen = await programme.expect(
        "the observer's screen in French", lambda: company.observer.emergency()
    )
    programme.sees("RCMP observer", "écran fr", company.observer.screen(seen.message))
    await _medical(company)
    await _head_count(company)
    await _observer_may_not(company, seen.message.id)


async def _medical(company: Company) -> None:
    """The MIST, with a caveat on the place that an emergency overrides."""
    programme, dispatch = company.programme, company.dispatch
    await company.post_kind(
        "Oficial lesionado",
        "",
        "medical",
        incident=INCIDENT,
        patients="1",
        triage="immediate",
        mechanism__text="Derrumbe de tierra",
        injuries__text="Fractura de pierna izquierda",
        signs__text="Consciente, pulso 110",
        treatment__text="Inmovilizado",
        location__point__lat=str(PLACE[0]),
        location__point__lon=str(PLACE[1]),
        handling__withheld__0__path="/location",
        handling__withheld__0__releasable_to__0="MX",
    )
    medical = await programme.expect("MIST arrives", lambda: dispatch.find("medical"))
    programme.sees("USBP dispatch", "CoT en", medical.remarks)
    programme.check(medical.point != (0.0, 0.0), "the location passes despite the caveat on it")


async def _head_count(company: Company) -> None:
    """Personnel accountability: incomplete, then complete."""
    programme, dispatch, c5 = company.programme, company.dispatch, company.c5
    programme.sends("USBP dispatch", "CoT", "par.request: everybody count heads")
    await dispatch.send("b-m-p-s-m", {"kind": "par.request"}, remarks="PAR", incident=INCIDENT)
    await programme.expect("C5 is asked to count", lambda: c5.find("par.request"))
    for accounted, word in (("4", "incomplete"), ("5", "complete")):
        await company.post_kind(
            "Conteo de personal",
            "",
            "par.reply",
            incident=INCIDENT,
            unit="GN",
            expected="5",
            accounted=accounted,
        )
        counted = await programme.expect(
            f"PAR comes back {word}",
            lambda accounted=accounted: dispatch.find("par.reply", accounted=int(accounted)),  # type: ignore[misc]
        )
        programme.sees("USBP dispatch", "CoT en", counted.remarks)


async def _observer_may_not(company: Company, alarm: str) -> None:
    programme = company.programme
    programme.sends("RCMP observer", "engine", "tries to acknowledge GN-3's emergency")
    fate = await company.observer.acknowledge_against_the_rules(CHANNEL, alarm)
    programme.sees("RCMP observer", "engine", f"{fate.code}: {fate.detail}")
    programme.check(fate.code == "role_refused", "refused by the hub; the refusal is in the log")


async def cut_link(company: Company) -> None:
    """7. Three messages wait while the link is down, and arrive once, in order."""
    programme, c5 = company.programme, company.c5
    programme.step(7, "20:10", "The C5's link to the hub is cut")
    since = len(company.gn3.lines)
    company.house.cable.pull()
    line = await programme.expect(
        "GN-3's terminal says that it is offline",
        lambda: company.gn3.read("Sin enlace", since=since),
    )
    programme.sees("GN-3", "pantalla", line)
    posted = [
        await company.post_kind(
            "Situación",
            f"Parte {number}: acceso sur asegurado",
            "incident.sitrep",
            incident=INCIDENT,
            number=str(number),
        )
        for number in (1, 2, 3)
    ]
    fates = [(await c5.fate(one["id"]))["state"] for one in posted]
    programme.sees("C5 Sonora", "fates", ", ".join(fates))
    programme.check(set(fates) <= {"queued", "sent"}, "each message shows that it waits")
    company.house.cable.plug()
    programme.note("the link is back")
    wanted = [one["id"] for one in posted]
    await programme.expect(
        "all three arrive", lambda: len(_of(company, wanted)) >= len(wanted) or None, within=45.0
    )
    await asyncio.sleep(1.0)  # time for a second copy to show itself, if there were one
    programme.check(_of(company, wanted) == wanted, "exactly once, and in the order of sending")
    await programme.expect(
        "their fates say: on disk",
        lambda: True if company.dispatch.find("incident.sitrep", number=3) else None,
    )
    states = [(await c5.fate(one["id"]))["state"] for one in posted]
    programme.check(states == ["on_disk"] * 3, "and the C5 sees so")
    await _personal_data(company)


def _of(company: Company, ids: list[str]) -> list[str]:
    """The ids of these messages in the order in which the dispatch saw them."""
    return [one.message["id"] for one in company.dispatch.seen if one.message.get("id") in ids]


async def _personal_data(company: Company) -> None:
    """A name is asked for and declined; the consulate gets nationality and count."""
    programme, dispatch, c5 = company.programme, company.dispatch, company.c5
    programme.sends("USBP dispatch", "CoT", "release.request: a detainee's name")
    await dispatch.send(
        "b-m-p-s-m",
        {
            "kind": "release.request",
            "item": "NAME",
            "basis": "AGREEMENT",
            "purpose": {"text": "Identify the detainee"},
            "recipient": "uscbp",
        },
        remarks="release.request",
        incident=INCIDENT,
    )
    asked = await programme.expect("C5 is asked", lambda: c5.find("release.request"))
    await c5.post(
        "Solicitud rechazada", "Sin fundamento.", type_="Error", note="Sin fundamento.", about=asked
    )
    decision = await programme.expect(
        "declined, and on record", lambda: dispatch.find("release.decision", granted=False)
    )
    programme.sees("USBP dispatch", "CoT en", decision.remarks)
    await company.post_kind(
        "Aviso consular", "", "consular.notice", incident=INCIDENT, nationality="MX", count="2"
    )
    notice = await programme.expect("consular notice", lambda: dispatch.find("consular.notice"))
    stated: dict[str, Any] = {key: notice.body[key] for key in notice.body if key != "kind"}
    programme.sees("USBP dispatch", "CoT en", notice.remarks)
    programme.check(
        stated == {"nationality": "MX", "count": 2}, "it carries nationality and count only"
    )
