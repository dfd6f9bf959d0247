"""A whole house for tests: agencies, enrolled devices and a real hub process on loopback.

    with House(tmp_path) as house:                     # makes agencies and hub, starts the process
        folder = house.enrol("patrol-7", "uscbp", Role.COMMAND)
        ... house.url, house.get("/health") ...
        house.kill(); house.start()                    # the same log, the same port

`tls=False` has the hub listen as behind a proxy. Nothing is mocked: the hub is
`python -m hub.relay` with its own TLS certificate and SQLite log.
"""

from __future__ import annotations

import json
import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from hub.agency.authority import Authority
from hub.agency.enrolment import offer_code
from hub.agency.local import LocalAgency
from hub.relay.commands import make_hub
from protocols.client.renewal import Enrolment, enrol_device
from protocols.identity import RevocationStatement, Role

AGENCIES = {"uscbp": "US", "mxgn": "MX", "cbsa": "CA"}
ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 20


def unix_now() -> int:
    """Unix seconds."""
    return int(time.time())


def free_port() -> int:
    """A loopback port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class House:
    """Agencies, a hub and its devices below one folder. A context manager that starts and stops."""

    def __init__(
        self,
        folder: Path,
        *,
        agencies: Mapping[str, str] = AGENCIES,
        hub_name: str = "hub-test",
        limits: Mapping[str, float] | None = None,
        port: int = 0,
        tls: bool = True,
    ) -> None:
        self.folder = folder
        self.hub_name = hub_name
        self.port = port or free_port()
        self.tls = tls
        self.url = f"{'wss' if tls else 'ws'}://127.0.0.1:{self.port}/"
        self.authorities = {
            agency: Authority.create(
                folder / "agencies" / agency, agency=agency, country=country, now=unix_now()
            )
            for agency, country in agencies.items()
        }
        roots = {agency: folder / "agencies" / agency / "root.pem" for agency in agencies}
        self.hub_folder = folder / "hub"
        self.config = make_hub(self.hub_folder, hub_name, f"127.0.0.1:{self.port}", roots)
        if not tls:
            text = self.config.read_text()
            self.config.write_text(text.replace("[tls]", "[tls]\nbehind_proxy = true"))
        if limits:
            lines = ["", "[limits]", *(f"{key} = {value}" for key, value in limits.items())]
            with self.config.open("a") as file:
                file.write("\n".join(lines) + "\n")
        self.certificate = self.hub_folder / "tls.pem"
        self.log = self.hub_folder / "log.sqlite"
        self.process: subprocess.Popen[bytes] | None = None
        self.context = ssl.create_default_context(cafile=str(self.certificate))

    # --- devices --------------------------------------------------------------------------------

    def enrol(
        self, name: str, agency: str, role: Role = Role.PARTICIPANT, unit: str = "Test unit"
    ) -> Path:
        """Enrol a device (`patrol-7`, `gateway:cot`) and return its folder."""
        authority = self.authorities[agency]
        offer = offer_code(authority, name=name, role=role, unit=unit, now=unix_now())
        wish = Enrolment(
            hub=self.url,
            hub_name=self.hub_name,
            hub_certificate=self.certificate.read_bytes(),
            trusted=tuple(
                other.root for other in self.authorities.values() if other is not authority
            ),
        )
        folder = self.folder / "devices" / f"{name.replace(':', '-')}@{agency}"
        folder.parent.mkdir(parents=True, exist_ok=True)
        enrol_device(folder, LocalAgency(authority, unix_now), offer.code, wish, unix_now())
        return folder

    def revocation(self, device: str, reason: str = "lost") -> bytes:
        """The agency's signed statement that takes a device (`patrol-7@uscbp`) back."""
        agency = device.partition("@")[2]
        authority = self.authorities[agency]
        statement = RevocationStatement(agency=agency, device=device, at=unix_now(), reason=reason)
        return statement.sign(authority.issuing, authority.key)

    # --- the hub --------------------------------------------------------------------------------

    def start(self) -> None:
        """Start the hub process and wait until it answers."""
        errors = (self.hub_folder / "hub.log").open("ab")
        try:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "hub.relay", "--config", str(self.config), "--json"],
                cwd=ROOT,
                stdout=subprocess.PIPE,
                stderr=errors,
            )
        finally:
            errors.close()
        self._wait_until_ready()

    def _wait_until_ready(self) -> None:
        assert self.process is not None
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            self.process.wait()
            raise RuntimeError(f"the hub did not start:\n{self.hub_log()}")
        assert json.loads(line)["listening"].endswith(f":{self.port}/")
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                self.get("/health")
            except (urllib.error.URLError, ConnectionError):
                if time.monotonic() > deadline:
                    raise
            else:
                return

    def stop(self) -> int:
        """Ask the hub to stop (SIGTERM) and return its exit status."""
        return self._end(signal.SIGTERM)

    def kill(self) -> int:
        """Kill the hub (SIGKILL): it gets no chance to tidy up."""
        return self._end(signal.SIGKILL)

    def _end(self, how: signal.Signals) -> int:
        process, self.process = self.process, None
        if process is None:
            return 0
        process.send_signal(how)
        try:
            status = process.wait(timeout=START_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise
        finally:
            if process.stdout is not None:
                process.stdout.close()
        return status

    @property
    def pid(self) -> int:
        """The hub's process id."""
        assert self.process is not None
        return self.process.pid

    def get(self, path: str) -> str:
        """GET a path from the hub over TLS."""
        url = f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}{path}"
        context = self.context if self.tls else None
        with urllib.request.urlopen(url, context=context, timeout=5) as response:
            body: bytes = response.read()
        return body.decode()

    def metric(self, name: str) -> float:
        """One value of /metrics, without the prefix `crossband_`."""
        for line in self.get("/metrics").splitlines():
            key, _, value = line.rpartition(" ")
            if key == f"crossband_{name}":
                return float(value)
        return 0.0

    def hub_log(self) -> str:
        """What the hub wrote to standard error."""
        return (self.hub_folder / "hub.log").read_text(errors="replace")

    # --- with -----------------------------------------------------------------------------------

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.process is not None and self.stop() != 0 and error is None:
            raise RuntimeError(f"the hub ended badly:\n{self.hub_log()}")


def start_house(folder: Path, **options: object) -> House:
    """A house whose hub is running; call `stop` at the end."""
    house = House(folder, **options)  # type: ignore[arg-type]  # passed through as they are
    house.start()
    return house
