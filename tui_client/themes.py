"""Three palettes: day, night (red, keeps the eyes dark-adapted) and contrast (WCAG AAA).

A palette gives the surfaces of the screen and, for every tone of `safe_text`, a style. Tones
differ by weight, underline or reverse as well as by colour, and the words say the state anyway.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours of one theme; `tones` in the toolkit's style notation."""

    name: str
    dark: bool
    background: str
    surface: str
    foreground: str
    accent: str
    danger: str
    tones: dict[str, str]


def _tones(
    *, quiet: str, strong: str, good: str, warn: str, bad: str, paper: str, accent: str,
    alarm: str, acked: str, nations: tuple[str, str, str], tlp: tuple[str, str, str, str],
    chosen: str, bar: str, exercise: str,
) -> dict[str, str]:  # fmt: skip
    return {
        "quiet": quiet,
        "strong": f"bold {strong}",
        "title": f"bold {accent}",
        "good": good,
        "warn": f"bold {warn}",
        "bad": f"bold {bad}",
        "alarm": f"bold {alarm}",
        "acked": f"bold {acked}",
        "US": nations[0],
        "MX": nations[1],
        "CA": nations[2],
        "stub": f"italic {quiet}",
        "strange": f"bold {paper} on {warn}",
        "own": f"italic {strong}",
        "key": f"bold {accent}",
        "exercise": f"bold {exercise}",
        "tlp_red": f"bold {tlp[0]} on black",
        "tlp_amber": f"bold {tlp[1]} on black",
        "tlp_green": f"bold {tlp[2]} on black",
        "tlp_clear": f"bold {tlp[3]} on black",
        "chosen": chosen,
        "refused": f"strike {bad}",
        "bar": bar,
    }


# TLP colours are those of FIRST's TLP 2.0 table.
_TLP = ("#ff2b2b", "#ffc000", "#33ff00", "#ffffff")

DAY: Final = Palette(
    "day", True, "#10161d", "#18212b", "#d3dce4", "#7fb2dd", "#b3261e",
    _tones(
        quiet="#7c8a97", strong="#f2f6f9", good="#8cc99b", warn="#f0b95a", bad="#ff8a76",
        paper="#10161d", accent="#8fbfe6", alarm="#ffffff on #b3261e", acked="#10161d on #d9a441",
        nations=("#9cc4f0", "#9ed6a8", "#e6a9b8"), tlp=_TLP, chosen="bold #ffffff on #2d4a66",
        bar="#b4c0cb on #1d2833", exercise="#10161d on #c9a2f2",
    ),
)  # fmt: skip

NIGHT: Final = Palette(
    "night", True, "#0b0302", "#150605", "#c4503f", "#d9604c", "#ff6a55",
    _tones(
        quiet="#a8523f", strong="#f0806b", good="#b8564a", warn="#e8804a", bad="#ff7a66",
        paper="#0b0302", accent="#d9604c", alarm="#1a0000 on #ff6a55", acked="#1a0500 on #b8553a",
        nations=("#d0685a", "#c87848", "#d08a80"), tlp=("#ff5040", "#e07840", "#c86450", "#e09080"),
        chosen="bold #ffb0a0 on #4a1410", bar="#b8503f on #1c0806", exercise="#1a0000 on #d08a80",
    ),
)  # fmt: skip

CONTRAST: Final = Palette(
    "contrast", True, "#000000", "#000000", "#ffffff", "#ffff00", "#ff6060",
    _tones(
        quiet="#cfcfcf", strong="#ffffff", good="#7dff9a", warn="#ffd400", bad="#ff9c9c",
        paper="#000000", accent="#ffff00", alarm="#000000 on #ff6060", acked="#000000 on #ffd400",
        nations=("#9fd0ff", "#9dffb0", "#ffb3c7"), tlp=_TLP, chosen="bold #000000 on #ffffff",
        bar="#ffffff on #262626", exercise="#000000 on #e0b8ff",
    ),
)  # fmt: skip

PALETTES: Final = {palette.name: palette for palette in (DAY, NIGHT, CONTRAST)}


def after(name: str) -> str:
    """The theme that follows in the cycle of the theme key."""
    names = list(PALETTES)
    return names[(names.index(name) + 1) % len(names)] if name in names else names[0]
