"""`crossband-patrol`: open the device folder, then the screens, or lines for a screen reader.

    crossband-patrol [--device-folder DIR] [--channel NAME] [--lang en|es|fr]
                     [--theme day|night|contrast] [--keys FILE] [--plain]

Exit status: 0 fine, 1 refused (one sentence and its remedy on standard error), 2 called wrongly.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence
from pathlib import Path


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(
        prog="crossband-patrol",
        description="The patrol agent's terminal client. It works without a link as well.",
    )
    made.add_argument(
        "--device-folder",
        type=Path,
        help="the folder that `crossband agency enroll` made for this device",
    )
    made.add_argument("--channel", default="", help="the channel to show first")
    made.add_argument("--lang", choices=("en", "es", "fr"), default=_language(), help="language")
    made.add_argument("--theme", choices=("day", "night", "contrast"), default="day")
    made.add_argument(
        "--keys",
        type=Path,
        help="other keys than the usual ones (default: keys.toml in the "
        "configuration folder; `?` in the client names it)",
    )
    made.add_argument("--plain", action="store_true", help="lines for a screen reader, no screens")
    return made


def _language() -> str:
    """The language that the environment asks for, if it is one of ours."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        chosen = os.environ.get(name, "")
        if chosen:
            return chosen[:2] if chosen[:2] in ("en", "es", "fr") else "en"
    return "en"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the client; returns the exit status."""
    given = parser().parse_args(arguments)
    from protocols.errors import ConfigurationError, CrossbandError
    from tui_client import labels
    from tui_client.words import Words

    try:
        asyncio.run(_run(given))
    except CrossbandError as error:
        words = Words(given.lang)
        sentence, remedy = labels.explain(error.code, error.detail, error.remedy, words)
        where = ""  # a file's line has no translation, and no sentence helps without it
        if isinstance(error, ConfigurationError) and error.detail not in sentence:
            where = f" ({error.detail})"
        sys.stderr.write(f"{sentence} {remedy}{where}\n")
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


async def _run(given: argparse.Namespace) -> None:
    from platformdirs import user_config_path, user_data_path

    from protocols.client.client import Client
    from protocols.client.device import Device
    from tui_client import keys
    from tui_client.opening import local_zone, open_model, read_history

    usual = user_config_path("crossband") / "keys.toml"
    keymap = keys.read(given.keys or usual, required=given.keys is not None)
    folder = given.device_folder or user_data_path("crossband") / "device"
    async with Client(Device.open(folder)) as client:
        events = client.events()
        plain = given.plain or not sys.stdout.isatty()
        model = open_model(client, given.channel, zone=local_zone(), whole=plain)
        model.keys = keymap
        if plain:
            from tui_client.plain import LineMode, standard_input

            mode = LineMode(client, model, given.lang, write=sys.stdout.write)
            await mode.run(events, standard_input())
            return
        from tui_client.app import CrossbandApp

        app = CrossbandApp(
            client,
            model,
            events,
            reading=read_history(client, model),
            language=given.lang,
            theme=given.theme,
        )
        await app.run_async()


if __name__ == "__main__":
    sys.exit(main())
