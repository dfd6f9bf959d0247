"""The crosswalk as a table, generated from the codecs so that it cannot grow old."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from protocols.formats.registry import FORMATS


def describe(*, with_rows: bool) -> list[dict[str, Any]]:
    """Every format, in the registry's order, as values for a program."""
    described = []
    for entry in FORMATS.values():
        line: dict[str, Any] = {
            "name": entry.name,
            "title": entry.title,
            "reads": list(entry.reads),
            "writes": entry.writes,
            "media_type": entry.media_type,
        }
        if with_rows:
            line["crosswalk"] = [
                {"field": row.field, "home": row.home, "catch": row.catch}
                for row in entry.crosswalk()
            ]
        described.append(line)
    return described


def table_text(described: list[dict[str, Any]]) -> str:
    """The same for people: Markdown tables, the formats first."""
    head = ("format", "what it is", "reads", "writes", "media type")
    rows: list[tuple[str, ...]] = [
        (line["name"], line["title"], ", ".join(line["reads"]), line["writes"], line["media_type"])
        for line in described
    ]
    parts = ["\n".join(_table(head, rows))]
    if all("crosswalk" in line for line in described):
        parts += _crosswalks(described)
    return "\n\n".join(parts)


def _crosswalks(described: list[dict[str, Any]]) -> Iterable[str]:
    """One table over all formats: each canonical field or kind, and its home in each."""
    homes: dict[str, dict[str, str]] = {}
    for line in described:
        for row in line["crosswalk"]:
            cell = row["home"] or "—"
            if row["catch"]:
                cell += f" ({row['catch']})"
            homes.setdefault(row["field"], {})[line["name"]] = cell
    names = [line["name"] for line in described]
    for title, wanted in (("Fields", False), ("Kinds", True)):
        rows: list[tuple[str, ...]] = [
            (field, *(cells.get(name, "—") for name in names))
            for field, cells in homes.items()
            if field.startswith("kind ") is wanted
        ]
        yield "\n".join([f"## {title}", "", *_table(("canonical", *names), rows)])


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> Iterable[str]:
    yield "| " + " | ".join(head) + " |"
    yield "|" + "---|" * len(head)
    for row in rows:
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |"
