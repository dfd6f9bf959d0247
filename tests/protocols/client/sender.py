"""A program that a test kills: sends numbered texts, starting after those that it sent before."""

from __future__ import annotations

import asyncio
import sys

from protocols.client.client import Client
from protocols.client.device import Device
from protocols.messages.envelope import compose
from protocols.messages.kinds import Text
from protocols.messages.values import LanguageText


async def send_up_to(folder: str, last: int) -> None:
    """Prints each number once it is queued, and `all` when everything is in the log."""
    async with Client(Device.open(folder)) as client:
        for number in range(len(client.fates("nogales")), last):
            words = Text(text=LanguageText(text=f"n{number}"))
            await client.send("nogales", compose(client.device.identity, words))
            print(number, flush=True)
            await asyncio.sleep(0.002)  # a pace at which the test can kill it half-way
        for fate in client.fates("nogales"):
            await client.until(lambda name=fate.message_id: client.fate(name).seq > 0)
        print("all", flush=True)


if __name__ == "__main__":
    asyncio.run(send_up_to(sys.argv[1], int(sys.argv[2])))
