"""Write `docs/asyncapi.json` anew: `python -m docs.asyncapi`."""

from __future__ import annotations

from pathlib import Path

from protocols.asyncapi import text

if __name__ == "__main__":
    Path(__file__).with_suffix(".json").write_text(text(), encoding="utf-8")
