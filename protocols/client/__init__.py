"""The engine that the terminal client, gateways and other people's programs share.

client.py     the facade: one asynchronous object that a program uses
engine.py     frames in, frames and events out, nothing lost in between (sans-io)
channels.py   one channel as this device knows it: cursor, group, what is under way (sans-io)
groups.py     MLS on behalf of one channel: commits, echoes, conflicts, rejoining (sans-io)
packages.py   the stock of key packages with which others add this device (sans-io)
outbox.py     the offline queue, and what became of every message (sans-io)
sealing.py    canonical message to encrypted payload and back, with every check
store.py      the encrypted local store; vault.py seals its values
device.py     the device folder
link.py       the WebSocket, its certificate, and coming back after a cut
"""
