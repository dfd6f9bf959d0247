"""What the engine tells a program: a closed set of values, in the order in which it happened."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from protocols.client.fates import Fate
from protocols.errors import CrossbandError
from protocols.frames import Policy
from protocols.identity import Identity
from protocols.messages.envelope import Message


class Link(StrEnum):
    """Whether the hub can be reached."""

    DOWN = "down"
    CONNECTING = "connecting"
    UP = "up"


class LinkState(msgspec.Struct, frozen=True):
    """The link as it is. Times in UTC microseconds; `retry_at` is 0 unless it is down."""

    link: Link = Link.DOWN
    since: int = 0
    retry_at: int = 0
    reason: str = ""
    hub: str = ""

    @property
    def up(self) -> bool:
        """Whether frames can go out now."""
        return self.link is Link.UP


class ChannelView(msgspec.Struct, frozen=True, kw_only=True):
    """A channel as this device knows it.

    `state` is `creating`, `member`, `rejoining`, `left` or `outside` (never in, but told of it);
    `live` says that everything the hub has is here. `asked` is a policy that waits for the owners
    not among `agreed`. `sealed`: the policy admits no gateway *and* the verified tree holds none;
    show this, not the policy alone, which is only what the hub says.
    """

    channel: str
    state: str
    live: bool
    cursor: int
    epoch: int
    policy: Policy
    asked: Policy | None = None
    agreed: tuple[str, ...] = ()
    sealed: bool = True


class Received(msgspec.Struct, frozen=True, kw_only=True):
    """One message of a channel's log. `time` is the hub's, UTC microseconds.

    `sender` comes from the MLS leaf, whatever the payload claims. `refused` is the reason, as an
    error code, for which the message must be shown as refused and not be acted on. `raw_hash` is
    the SHA-256 of the delivered body. `own`: it was sent from this device.
    """

    channel: str
    seq: int
    time: int
    sender: Identity
    message: Message
    refused: str | None = None
    raw_hash: bytes = b""
    epoch: int = 0
    own: bool = False


class FateChanged(msgspec.Struct, frozen=True):
    """What became of a message that was sent from here."""

    fate: Fate


class LinkChanged(msgspec.Struct, frozen=True):
    """The link came or went."""

    state: LinkState


class RosterChanged(msgspec.Struct, frozen=True):
    """Who can read a channel changed; `joined` and `left` are members as certified."""

    channel: str
    joined: tuple[Identity, ...]
    left: tuple[Identity, ...]
    epoch: int = 0


class ChannelChanged(msgspec.Struct, frozen=True):
    """A channel's policy, or this device's place in it, changed."""

    channel: str
    state: ChannelView


class Noticed(msgspec.Struct, frozen=True):
    """Something that the person at this device must know. Codes as in the error tree."""

    code: str
    detail: str
    remedy: str
    channel: str = ""


class Done(msgspec.Struct, frozen=True):
    """An operation asked of the engine has ended; `error` is why not, or None.

    `answer` is a frame of the hub where the operation asked for one.
    """

    operation: int
    error: CrossbandError | None = None
    answer: object = None


Event = Received | FateChanged | LinkChanged | RosterChanged | ChannelChanged | Noticed | Done
