"""`crossband doctor`: looks at what usually goes wrong and says what to do about each.

Exit status 0 when nothing is bad; a thing to look at is no fault.
"""

from __future__ import annotations

import argparse
import re
import shutil
import sys
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Final, Literal

import msgspec

from hub.console import OK, REFUSED, Console, Subparsers, command, texts
from protocols.errors import CrossbandError

PYTHON: Final = (3, 11)
LEAST_FREE: Final = 0.10
"""Share of the disk below which a hub stops acknowledging."""
LITTLE_FREE: Final = 0.20
SYNCHRONIZED: Final = (
    Path("/run/systemd/timesync/synchronized"),
    Path("/run/chrony"),
    Path("/run/ntpd.pid"),
)
"""What the usual time services leave behind while they run."""

_Level = Literal["ok", "warning", "bad"]


class Finding(msgspec.Struct, frozen=True):
    """One thing that was looked at: how it is, in words, and what to do."""

    topic: str
    level: _Level
    text: str
    remedy: str = ""


def register(subparsers: Subparsers) -> None:
    """Add `crossband doctor`."""
    doctor = command(subparsers, "doctor", _doctor, help="check this machine and say what to do")
    doctor.add_argument("--device-folder", type=Path, help="check this device's certificate too")
    doctor.add_argument("--folder", type=Path, default=Path(), help="whose disk to check")


def _doctor(arguments: argparse.Namespace, console: Console) -> int:
    now = time.time()
    findings = [
        check_python(sys.version_info[:3], console),
        check_packages(required_packages(), console),
        check_disk(arguments.folder, console),
        check_clock(now, newest_file(), SYNCHRONIZED, console),
    ]
    if arguments.device_folder:
        findings.append(check_device(arguments.device_folder, now, console))
    console.result({"findings": findings}, _lines(findings, console))
    return REFUSED if any(finding.level == "bad" for finding in findings) else OK


def check_python(version: tuple[int, ...], console: Console) -> Finding:
    """Is Python new enough?"""
    words, shown = texts("hub"), ".".join(map(str, version))
    said = console.text(words, "python", version=shown)
    if version[:2] >= PYTHON:
        return Finding("python", "ok", said)
    return Finding("python", "bad", said, console.text(words, "python_fix"))


def required_packages() -> Iterator[str]:
    """The distributions that this one needs on this machine, without the optional ones."""
    for line in metadata.requires("crossband") or []:
        name, _, condition = line.partition(";")
        if "extra" not in condition and ("win32" not in condition or sys.platform != "win32"):
            yield re.split(r"[^A-Za-z0-9._-]", name.strip(), maxsplit=1)[0]


def check_packages(names: Iterable[str], console: Console) -> Finding:
    """Is every package installed?"""
    words, missing, count = texts("hub"), [], 0
    for name in names:
        count += 1
        try:
            metadata.version(name)
        except metadata.PackageNotFoundError:
            missing.append(name)
    if not missing:
        return Finding("packages", "ok", console.text(words, "packages", count=count))
    said = console.text(words, "packages_missing", names=", ".join(missing))
    return Finding("packages", "bad", said, console.text(words, "packages_fix"))


def check_disk(folder: Path, console: Console) -> Finding:
    """Is there room to write?"""
    usage = shutil.disk_usage(folder)
    free = usage.free / usage.total
    words, where = texts("hub"), folder.resolve()
    said = console.text(words, "disk", percent=int(free * 100), folder=where)
    level: _Level = "bad" if free < LEAST_FREE else "warning" if free < LITTLE_FREE else "ok"
    return Finding("disk", level, said, "" if level == "ok" else console.text(words, "disk_fix"))


def newest_file() -> float:
    """When this software was put here, unix seconds: a clock before that is wrong."""
    return Path(__file__).stat().st_mtime


def check_clock(now: float, not_before: float, signs: Iterable[Path], console: Console) -> Finding:
    """Is the clock possible, and does something keep it right? Times in unix seconds."""
    words, shown = texts("hub"), _stamp(now)
    fix = console.text(words, "clock_fix")
    if now < not_before:
        return Finding("clock", "bad", console.text(words, "clock_wrong", time=shown), fix)
    if not any(sign.exists() for sign in signs):
        said = console.text(words, "clock_unsynchronized", time=shown)
        return Finding("clock", "warning", said, fix)
    return Finding("clock", "ok", console.text(words, "clock", time=shown))


def check_device(folder: Path, now: float, console: Console) -> Finding:
    """Can the device folder be used, and how long does its certificate live?"""
    from protocols.client.device import Device
    from protocols.identity import renewal_due

    try:
        device = Device.open(folder)
    except CrossbandError as error:
        return Finding("device", "bad", error.detail, error.remedy)
    words, shown = texts("hub"), _stamp(device.not_after)
    values = {"device": device.name, "time": shown}
    if now > device.not_after:
        said = console.text(words, "device_expired", **values)
        return Finding("device", "bad", said, console.text(words, "device_enroll"))
    if now >= renewal_due(device.chain[0]):
        said = console.text(words, "device_due", **values)
        return Finding("device", "warning", said, console.text(words, "device_fix", folder=folder))
    return Finding("device", "ok", console.text(words, "device", **values))


def _lines(findings: Iterable[Finding], console: Console) -> Iterator[str]:
    words = texts("hub")
    width = max(len(words[level][console.language]) for level in ("ok", "warning", "bad"))
    for finding in findings:
        yield f"{words[finding.level][console.language].ljust(width)}  {finding.text}"
        if finding.remedy:
            yield f"{' ' * width}  {finding.remedy}"


def _stamp(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
