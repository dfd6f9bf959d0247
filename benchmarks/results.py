"""The one file of results, `benchmarks/RESULTS.md`: each benchmark rewrites its own section."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

RESULTS = Path(__file__).with_name("RESULTS.md")
TITLE = """# Results

Written by `python -m benchmarks`; ratios count, absolute figures are for orientation.
"""


def write_section(name: str, rows: Sequence[Sequence[str]], note: str = "") -> None:
    """Replace or append the section `## name`: a table, its first row the heading, and a note."""
    text = RESULTS.read_text(encoding="utf-8") if RESULTS.exists() else TITLE
    heading, *body = rows
    lines = [f"## {name}", "", _row(heading), _row(["---"] * len(heading)), *map(_row, body), ""]
    if note:
        lines += [note, ""]
    parts = text.split("\n## ")
    kept = [part for part in parts[1:] if part.partition("\n")[0].strip() != name]
    sections = [parts[0].rstrip(), *(f"## {part.rstrip()}" for part in kept)]
    RESULTS.write_text("\n\n".join([*sections, "\n".join(lines).rstrip()]) + "\n", encoding="utf-8")


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(str(cell) for cell in cells) + " |"
