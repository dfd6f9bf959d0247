"""Acceptance scenario A, steps 1 to 8 and the audit, with every process for real."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_tunnel_at_nogales(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    played = subprocess.run(
        [sys.executable, "-m", "hub", "demo", "--headless", "--keep", str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    logs = {file.name: file.read_text(errors="replace")[-2000:] for file in folder.glob("*.log")}
    assert played.returncode == 0, f"{played.stdout}\n{played.stderr}\n{logs}"
    for step in range(10):
        assert f"── {step} · " in played.stdout
    assert "proven: True" in played.stdout
    assert played.stdout.count("✓") >= 55
