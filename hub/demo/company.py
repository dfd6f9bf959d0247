"""The players of the tunnel story, ready to speak: who sits where, and what they speak."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

from hub.demo import cast
from hub.demo.c5 import C5
from hub.demo.house import House
from hub.demo.observer import Observer
from hub.demo.processes import Process
from hub.demo.programme import Programme
from hub.demo.terminal import Terminal
from hub.demo.us_dispatch import UsDispatch


class Company:
    """Everybody in the channel, and the programme that the audience reads."""

    def __init__(self, house: House, programme: Programme) -> None:
        self.house = house
        self.programme = programme
        self.dispatch = UsDispatch()
        self.c5 = C5()
        self.agent = Terminal(house.terminal(cast.US_AGENT))
        self.gn3 = Terminal(house.terminal(cast.GN_3))
        self.observer = Observer(house.device_folder(cast.OBSERVER))

    async def assemble(self) -> None:
        """Start hub, gateways and clients; open the channel; add everybody to it."""
        house, programme = self.house, self.programme
        house.make_agencies()
        house.make_hub()
        await house.cable.start()
        for member in cast.CAST:
            house.enrol(member)
        programme.note(
            f"crossband agency enroll …          {len(cast.CAST)} devices, one code each"
        )
        await house.start_hub()
        programme.note("crossband hub --config …           TLS, SQLite log")
        await house.open_channel()
        cot, cap = await self._start_ends()
        await house.add_members()
        us_port = (await cot.ready())["port"]
        mx_port = (await cap.ready())["port"]
        await self.dispatch.connect(us_port, house.gateway_certificate(cast.US_GATEWAY))
        await self.c5.connect(mx_port, house.gateway_certificate(cast.C5_GATEWAY))
        await self.observer.joined(cast.CHANNEL)
        await self._terminals_ready()
        await self._show_roster()

    async def _start_ends(self) -> tuple[Process, Process]:
        """Gateways and clients connect and show their key packages; nobody is a member yet."""
        house = self.house
        cot = await house.start_gateway(cast.US_GATEWAY, "cot", "en")
        cap = await house.start_gateway(cast.C5_GATEWAY, "cap", "es")
        self.programme.note("crossband gateway --config …       CoT for the US, CAP for the C5")
        folder = house.device_folder
        await self.agent.start(folder(cast.US_AGENT), cast.CHANNEL, "en")
        await self.gn3.start(folder(cast.GN_3), cast.CHANNEL, "es")
        self.programme.note("crossband-patrol …                 BP-7 in English, GN-3 in Spanish")
        await self.observer.open()
        await house.wait_for_devices(self.observer.client, [member.device for member in cast.ADDED])
        return cot, cap

    async def _terminals_ready(self) -> None:
        """Both terminals have been let in: asked who can read, they name everybody."""
        for terminal, who in ((self.agent, "BP-7"), (self.gn3, "GN-3")):
            asking = asyncio.create_task(_ask_again(terminal, "/r"))
            try:
                await self.programme.expect(
                    f"{who}'s terminal names the gateways among those who can read",
                    partial(terminal.read, cast.US_GATEWAY.device),
                )
            finally:
                asking.cancel()

    async def _show_roster(self) -> None:
        members = await self.house.roster(cast.US_DESK)
        names = [member["device"] for member in members]
        self.programme.sees("everybody", "roster", ", ".join(names))
        expected = sorted(member.device for member in cast.CAST)
        self.programme.check(sorted(names) == expected, "every member and both gateways are named")

    async def post_kind(self, event: str, said: str, kind: str, **values: str) -> dict[str, Any]:
        """A CAP alert of the C5 whose parameters say which kind it is."""
        named = {name.replace("__", "."): value for name, value in values.items()}
        self.programme.sends("C5 Sonora", "CAP", f"{event}: {said}" if said else event)
        return await self.c5.post(event, said, parameters={"kind": kind, **named})

    async def disperse(self) -> None:
        """Everybody hangs up; the processes stop."""
        closing = (self.agent.close(), self.gn3.close(), self.observer.close())
        await asyncio.gather(*closing, self.dispatch.close(), self.c5.close())
        await self.house.close()


async def _ask_again(terminal: Terminal, line: str) -> None:
    """A person who asks until there is an answer."""
    while True:
        await terminal.type(line)
        await asyncio.sleep(0.5)
