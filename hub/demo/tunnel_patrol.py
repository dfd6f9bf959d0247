"""Steps 1 and 2: the mirrored patrol, and a partner that is not heard from."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec

from hub.demo.company import Company
from hub.demo.us_dispatch import Seen
from protocols.codes import label

PATROL: Final = "MP-07"
SECTOR: Final = "Nogales West"
INTERVAL: Final = 6
"""Seconds between check-ins in this plan; half an hour is usual, and every plan may set its own."""
GRACE: Final = 2
LEGS: Final = (
    ("Morley", (31.3340, -110.9370), (31.3320, -110.9370)),
    ("Nelson", (31.3340, -110.9440), (31.3320, -110.9440)),
    ("West Arch", (31.3340, -110.9511), (31.3320, -110.9511)),
)


def _plan() -> dict[str, Any]:
    start = datetime.now(UTC)
    legs = []
    for index, (name, north, south) in enumerate(LEGS):
        window = (start + timedelta(hours=index), start + timedelta(hours=index + 1))
        legs.append(
            {
                "name": name,
                "waypoint_north": {"lat": north[0], "lon": north[1]},
                "waypoint_south": {"lat": south[0], "lon": south[1]},
                "window": {"start": window[0].isoformat(), "end": window[1].isoformat()},
            }
        )
    return {
        "kind": "patrol.plan",
        "sector": SECTOR,
        "pair": {
            "north": {"unit": "BP-7", "country": "US"},
            "south": {"unit": "GN-3", "country": "MX"},
        },
        "legs": legs,
        "tolerances": {
            "checkin_interval": INTERVAL,
            "checkin_grace": GRACE,
            "amber_before": 1,
        },
    }


async def patrol_plan(company: Company) -> None:
    """1. The plan goes out; GN acknowledges with units; the observer sees no waypoints."""
    programme, dispatch, c5 = company.programme, company.dispatch, company.c5
    programme.step(1, "06:00", "USBP sends patrol plan MP-07, three legs")
    programme.sends("USBP dispatch", "CoT", f"b-m-r {PATROL}, {SECTOR}, three legs")
    await dispatch.send("b-m-r", _plan(), remarks=f"{PATROL} {SECTOR}", patrol=PATROL)

    alert = await programme.expect("C5 reads the plan", lambda: c5.find("patrol.plan"))
    programme.sees("C5 Sonora", "CAP es", f"{alert.headline}\n{alert.description}")
    line = await programme.expect("GN-3 reads it in Spanish", lambda: company.gn3.read(SECTOR))
    programme.sees("GN-3", "pantalla", line)
    line = await programme.expect("BP-7 reads it in English", lambda: company.agent.read(SECTOR))
    programme.sees("BP-7", "screen", line)

    seen = await programme.expect(
        "the observer reads it", lambda: company.observer.find("patrol.plan")
    )
    programme.sees("RCMP observer", "écran fr", company.observer.screen(seen.message))
    legs = msgspec.to_builtins(seen.message.body)["legs"]
    programme.check(all("window" in leg for leg in legs), "the observer sees sector and windows")
    hidden = all("waypoint_north" not in leg and "waypoint_south" not in leg for leg in legs)
    programme.check(
        hidden and len(seen.message.stubs) > 0, "waypoints are withheld from it, and it says so"
    )

    programme.sends("C5 Sonora", "CAP", "Ack · GN-3, GN-4")
    await c5.post(
        "Acuse de plan",
        "Desplegamos GN-3 y GN-4.",
        type_="Ack",
        note="Desplegamos GN-3 y GN-4.",
        about=alert,
        parameters={"units.0": "GN-3", "units.1": "GN-4"},
    )
    ack = await programme.expect(
        "the US dispatch sees the plan accepted, with units",
        lambda: (
            dispatch.find("patrol.ack", accepted=True, units=["GN-3", "GN-4"])
            or dispatch.find("patrol.ack", units=["GN-3", "GN-4"])
        ),
    )
    programme.sees("USBP dispatch", "CoT en", ack.remarks)


async def partner_missed(company: Company) -> None:
    """2. GN-3 passes the grace: an alarm on both sides, latched until somebody acts."""
    programme, dispatch, c5 = company.programme, company.dispatch, company.c5
    programme.step(2, "19:20", "GN-3 is not heard from")
    programme.note(
        f"(check-in every {INTERVAL} s with {GRACE} s grace here, 30 min and 5 min usually)"
    )
    for name, terminal in (("BP-7", company.agent), ("GN-3", company.gn3)):
        programme.sends(name, "terminal", "check-in (F9)")
        await terminal.type("/checkin")
    await programme.expect(
        "both halves have checked in",
        lambda: sum(seen.kind == "checkin" for seen in dispatch.seen) >= 2 or None,
    )

    def missed(level: str) -> Any:
        return next(
            (
                seen
                for seen in reversed(dispatch.seen)
                if seen.body.get("alarm_class") == "PARTNER_MISSED"
                and seen.body.get("unit") == "GN-3"
                and seen.body.get("reason", {}).get("text") == label("alarm_level", level, "en")
            ),
            None,
        )

    amber = await programme.expect(
        "PARTNER_MISSED is amber at the US dispatch", lambda: missed("AMBER")
    )
    programme.sees("USBP dispatch", "CoT en", _alarm_line(amber))
    await company.agent.type("/checkin")
    red = await programme.expect("then red", lambda: missed("RED"))
    programme.sees("USBP dispatch", "CoT en", _alarm_line(red))
    alert = await programme.expect(
        "and at the C5", lambda: c5.find("alarm", alarm_class="PARTNER_MISSED", unit="GN-3")
    )
    programme.sees("C5 Sonora", "CAP es", alert.headline)

    programme.sends("GN-3", "terminal", "check-in (F9), 19:27")
    await company.gn3.type("/checkin")
    still = await programme.expect(
        "GN-3 answers; the alarm stays until somebody acknowledges it",
        lambda: company.agent.read("↓", "GN-3"),
    )
    programme.sees("BP-7", "screen", still)
    await _calm(company)


async def _calm(company: Company) -> None:
    """The desk acknowledges and sets the check-ins back to half an hour for the night."""
    programme, dispatch = company.programme, company.dispatch
    programme.sends("BP-7", "terminal", "acknowledge (F2)")
    since = len(dispatch.seen)
    await company.agent.type("/ack")
    await programme.expect(
        "acknowledged by name",
        lambda: next((one for one in dispatch.seen[since:] if one.kind == "alarm.ack"), None),
    )
    tolerances = {"checkin_interval": 1800, "checkin_grace": 300, "amber_before": 60}
    programme.sends("USBP dispatch", "CoT", "check-ins every 30 min again")
    await dispatch.send(
        "b-m-p-s-m", {"kind": "patrol.amend", "tolerances": tolerances}, patrol=PATROL
    )
    await programme.expect("GN-3 reads the amendment", lambda: company.c5.find("patrol.amend"))


def _alarm_line(seen: Seen) -> str:
    """The alarm as the dispatcher's list has it: what, whose, how urgent."""
    level = seen.body.get("reason", {}).get("text", "")
    return f"{seen.remarks.splitlines()[0]} · {seen.body['unit']} · {level}"
