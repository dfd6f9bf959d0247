"""`crossband mls-peer`: our MLS driven from outside, one JSON object a line in and out.

For tests of other RFC 9420 implementations against this one, in either role; binary fields are
standard base64. `requests` is the table of operations, `operations` what each does, `members`
whom they do it to, `lines` the loop. The peer keeps everything in memory and takes every basic
credential at its word: it is a test instrument, never part of a channel.
"""

from __future__ import annotations

import argparse
import sys

from hub.console import OK, Console, Subparsers, command


def register(subparsers: Subparsers) -> None:
    """Add `crossband mls-peer`."""
    command(
        subparsers, "mls-peer", _serve, help="drive the MLS implementation by JSON lines, for tests"
    )


def _serve(arguments: argparse.Namespace, console: Console) -> int:
    from hub.mls_peer.lines import serve

    serve(sys.stdin.buffer, sys.stdout.buffer)
    return OK
