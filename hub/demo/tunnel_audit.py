"""Step 8: both sides close; an auditor who trusts nobody verifies and replays the log."""

from __future__ import annotations

import asyncio

from hub.demo import cast
from hub.demo.company import Company
from hub.demo.processes import run_command, run_for_lines
from hub.demo.tunnel_incident import INCIDENT


async def closing(company: Company) -> None:
    """8. Stabilised, then closed: shared only when both sides say so."""
    programme, dispatch = company.programme, company.dispatch
    programme.step(8, "22:30", "Both sides stabilise and close")
    for kind, state in (("incident.update", "STABILISED"), ("incident.close", "CLOSED")):
        programme.sends("USBP dispatch", "CoT", f"{kind} {state}")
        body = {"kind": kind, "state": state}
        await dispatch.send("b-m-p-s-m", body, remarks=state, incident=INCIDENT)
        await company.post_kind("Incidente", state, kind, incident=INCIDENT, state=state)
        await programme.expect(
            f"the shared state is {state}",
            lambda state=state: company.observer.shared_state(INCIDENT) == state or None,  # type: ignore[misc]
        )
    refused = company.observer.history().refused
    programme.check(not refused, "no step of the story was refused as illegal")


async def audit(company: Company) -> None:
    """9. A copy of the log, a public key, the observer's own record: they must agree."""
    programme, house = company.programme, company.house
    programme.step(9, "23:00", "The auditor verifies and replays the log")
    record = house.folder / "rcmp-record.jsonl"
    company.observer.client.export_record(record, cast.CHANNEL)
    copy = house.folder / "copy.sqlite"
    await asyncio.sleep(1.5)  # the hub signs its log once a second
    config = str(house.hub_folder / "hub.toml")
    await run_command("hub", "backup", str(copy), "--config", config)
    programme.note("crossband hub backup …              a copy, while the hub runs")
    key = str(house.hub_folder / "log.vkey")
    verdict = await run_command("audit", "verify", str(copy), "--key", key)
    programme.sees(
        "auditor", "verify", f"{verdict['entries']} entries, proven: {verdict['proven']}"
    )
    programme.check(
        verdict["proven"] is True and not verdict["unsigned"],
        "every entry, root, signature and number holds, to the last entry",
    )
    device = cast.OBSERVER.device
    *told, compared = await run_for_lines(
        *("audit", "replay", str(copy), "--as", device, "--record", str(record))
    )
    programme.sees("auditor", "replay", f"as {device}: {len(told)} entries it could read")
    programme.check(
        compared["compared"] > 0 and not compared["differences"],
        f"log and observer's record agree on {compared['compared']} messages, hash by hash",
    )
    refusals = await run_for_lines(
        *("audit", "replay", str(copy), "--kind", "refusal", "--device", device)
    )
    programme.check(len(refusals) > 0, "the observer's refused acknowledgement is in the log")
