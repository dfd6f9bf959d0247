"""`python -m hub.relay --config hub.toml`: the relay alone, for service units.

The same as `crossband hub`, but nothing of the other rooms is even imported into the process.
"""

from __future__ import annotations

import argparse
import sys

from hub.console import REFUSED, USAGE, Console, Parser, Usage
from hub.relay.commands import register
from protocols.errors import CrossbandError


def main(words: list[str]) -> int:
    """Run; returns the exit status: 0 stopped as asked, 1 refused, 2 called wrongly."""
    console = Console(as_json="--json" in words)
    parser: argparse.ArgumentParser = Parser(prog="python -m hub.relay")
    register(parser.add_subparsers(dest="command"))
    try:
        arguments = parser.parse_args(["hub", *words])
        status: int = arguments.run(arguments, console)
    except Usage as error:
        console.misused(str(error))
        return USAGE
    except CrossbandError as error:
        console.failed(error)
        return REFUSED
    return status


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
