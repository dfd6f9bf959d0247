"""The README says what is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hub.cli import build_parser

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()


def test_the_program_in_the_readme_is_the_one_that_is_tested() -> None:
    (program,) = re.findall(r"```python\n(.*?)\n```", README, flags=re.DOTALL)
    assert program == (ROOT / "docs/examples/listen.py").read_text().rstrip()
    assert len(program.splitlines()) <= 26


@pytest.mark.parametrize("room", re.findall(r"^\| `([a-z_/.]+)` \|", README, flags=re.MULTILINE))
def test_every_room_on_the_map_exists(room: str) -> None:
    if "/" in room:
        assert (ROOT / room).exists()


def test_every_room_is_on_the_map() -> None:
    rooms = [
        f"{path.parent.relative_to(ROOT)}/"
        for top in ("hub", "protocols")
        for path in (ROOT / top).glob("*/__init__.py")
    ]
    missing = [room for room in rooms if f"`{room}`" not in README and "mls_peer" not in room]
    assert missing == []


@pytest.mark.parametrize(
    "line", [line.strip() for line in README.splitlines() if line.startswith("    crossband ")]
)
def test_commands_in_the_readme_can_be_typed(line: str) -> None:
    words = line.split("#")[0].rstrip("\\ ").replace('"', "").split()[1:]
    command = next(word for word in words if not word.startswith("-"))
    choices = build_parser()._subparsers._group_actions[0].choices  # type: ignore[union-attr]
    assert command in (choices or ())


def test_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert (ROOT / target).exists() or target == "benchmarks/RESULTS.md", target
