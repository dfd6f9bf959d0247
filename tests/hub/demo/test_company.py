"""What the C5's operator types becomes the parameters that name a kind."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest

from hub.console import Console
from hub.demo.company import Company
from hub.demo.house import House
from hub.demo.programme import Programme


async def test_names_with_dots_are_written_with_underscores(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = io.StringIO()
    company = Company(House(tmp_path, print), Programme(Console(out=out)))
    posted: list[tuple[str, dict[str, str]]] = []

    async def post(event: str, said: str, **how: Any) -> dict[str, Any]:
        posted.append((event, how["parameters"]))
        return {}

    monkeypatch.setattr(company.c5, "post", post)
    await company.post_kind("Parte", "listo", "incident.sitrep", location__point__lat="31.3")
    assert posted == [("Parte", {"kind": "incident.sitrep", "location.point.lat": "31.3"})]
    assert "Parte: listo" in out.getvalue()
