"""Which MLS cipher suites a device's key can sign in, and which of them it offers.

    key       suites                                                    offered in key packages
    P-256     2, and the hybrid post-quantum one (private use, 0xF002)  2
    Ed25519   1 and 3                                                   1

A channel has one suite from its beginning (its policy's). A device whose key cannot sign in it
cannot be added, and is told so by name.
"""

from __future__ import annotations

from typing import Final

from protocols.identity import DeviceKey
from protocols.mls.errors import UnsupportedSuite
from protocols.mls.suites import HYBRID

_SUITES: Final = {"p256": (2, HYBRID), "ed25519": (1, 3)}


def suites_of(key: DeviceKey) -> tuple[int, ...]:
    """The suites that this key signs in, the usual one first."""
    return _SUITES[key.algorithm]


def offered(key: DeviceKey) -> tuple[int, ...]:
    """The suites for which key packages are published.

    One: a hub gives out the oldest package of a device whatever its suite, so a second suite would
    make half of the claims useless. A hub that chooses by the channel's suite lets this be
    `suites_of`.
    """
    return suites_of(key)[:1]


def check_suite(key: DeviceKey, suite: int) -> None:
    """Raises `UnsupportedSuite` where this key cannot sign in the suite."""
    if suite not in suites_of(key):
        able = " and ".join(str(one) for one in suites_of(key))
        raise UnsupportedSuite(
            f"This device's {key.algorithm} key signs in the suites {able}, not in {suite}."
        )
