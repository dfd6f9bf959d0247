"""Joins a channel and prints its messages: python listen.py DEVICE_FOLDER CHANNEL [LANGUAGE]"""
# ruff: noqa: T201  printing is what it is for

import asyncio
import sys

from protocols.client.client import Client
from protocols.client.device import Device
from protocols.messages.render import one_line


async def listen(folder: str, channel: str, language: str = "en") -> None:
    async with Client(Device.open(folder)) as client:
        await client.joined(channel)
        print("readable by", ", ".join(member.device for member in client.roster(channel)))
        async for received in client.messages(channel, after=0):
            print(f"#{received.seq} {received.sender.device}", end=": ")
            print(received.refused or one_line(received.message, language), flush=True)


if __name__ == "__main__":
    asyncio.run(listen(*sys.argv[1:]))
