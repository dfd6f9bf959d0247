"""The device's side of `crossband agency`: key, enrolment with a code, renewal."""

from __future__ import annotations

import argparse
import getpass
import os
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives import serialization

from hub.agency.authority import Authority
from hub.console import OK, Console, Subparsers, Usage, command, texts
from protocols.client.files import SECRET, read, read_secret, write_atomic
from protocols.errors import ConfigurationError
from protocols.identity import ALGORITHMS, DeviceKey, renewal_due
from protocols.identity.enrolment import EnrolmentCode, key_fingerprint
from protocols.identity.profile import parse
from protocols.identity.roots import certificates_from_pem

if TYPE_CHECKING:
    from protocols.client.renewal import Agency

AGENCY: Final = "hub.agency"


def register(agency: Subparsers) -> None:
    """Add `key` and `renew`."""
    key = command(agency, "key", _key, help="make a device's key before it is enrolled")
    key.add_argument("file", type=Path)
    key.add_argument("--algorithm", choices=ALGORITHMS, default="p256")
    add_passphrase(key)

    renew = command(agency, "renew", _renew, help="get a device a new certificate")
    renew.add_argument("--device-folder", type=Path, required=True)
    renew.add_argument("--authority", type=Path, help="the agency's folder on this machine")
    renew.add_argument(
        "--if-due", action="store_true", help="only after half the certificate's life"
    )
    add_passphrase(renew)


def add_enroll_arguments(enroll: argparse.ArgumentParser) -> None:
    """The options of `enroll` that a device uses."""
    device = enroll.add_argument_group("on the device")
    device.add_argument("--device-folder", type=Path, help="the folder to make")
    device.add_argument("--code", help="the code that the agency gave")
    device.add_argument("--url", default="", help="the agency's https:// address")
    device.add_argument("--authority", type=Path, help="the agency's folder on this machine")
    device.add_argument("--hub", default="", help="the hub's wss:// address")
    device.add_argument("--hub-name", default="", help="the name that the hub must give")
    device.add_argument("--hub-certificate", type=Path, help="PEM that the hub's TLS leads to")
    device.add_argument(
        "--trust", type=Path, action="append", default=[], help="another agency's root; repeatable"
    )
    device.add_argument("--algorithm", choices=ALGORITHMS, default="p256")
    device.add_argument("--key-file", type=Path, help="a key made with `crossband agency key`")


def add_passphrase(parser: argparse.ArgumentParser) -> None:
    """The option --passphrase."""
    parser.add_argument("--passphrase", action="store_true", help="ask for the keys' passphrase")


def passphrase(
    arguments: argparse.Namespace, console: Console, *, new: bool = False
) -> bytes | None:
    """The passphrase from CROSSBAND_PASSPHRASE or typed (twice if `new`); None without one."""
    if stated := os.environ.get("CROSSBAND_PASSPHRASE"):
        return stated.encode()
    if not arguments.passphrase:
        return None
    words = texts(AGENCY)
    typed = getpass.getpass(console.text(words, "passphrase"))
    if new and typed != getpass.getpass(console.text(words, "passphrase_again")):
        raise Usage("the two passphrases differ")
    return typed.encode() or None


def stamp(seconds: int) -> str:
    """Unix seconds as people read them, in UTC."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%SZ")


def enroll(arguments: argparse.Namespace, console: Console) -> int:
    """`crossband agency enroll --device-folder ...`."""
    from protocols.client.renewal import Enrolment, HttpsAgency, enrol_device

    if not arguments.code or bool(arguments.url) == bool(arguments.authority):
        raise Usage("--device-folder needs --code and either --url or --authority")
    code = EnrolmentCode.parse(arguments.code)
    secret = passphrase(arguments, console)
    hub_certificate = b""
    if arguments.hub_certificate:
        hub_certificate = read(arguments.hub_certificate, "the hub's certificate")
        certificates_from_pem(hub_certificate)
    wish = Enrolment(
        agency_url=arguments.url,
        hub=arguments.hub,
        hub_name=arguments.hub_name,
        hub_certificate=hub_certificate,
        trusted=tuple(
            root
            for path in arguments.trust
            for root in certificates_from_pem(read(path, "an agency's root"))
        ),
        algorithm=arguments.algorithm,
        key=_read_key(arguments.key_file, secret),
        passphrase=secret,
    )
    agency: Agency
    if arguments.url:
        agency = service = HttpsAgency(arguments.url)
        service.believe(code)
    else:
        agency = _local(arguments.authority, secret)
    folder: Path = arguments.device_folder
    identity = enrol_device(folder, agency, code, wish, int(time.time()))
    leaf = certificates_from_pem((folder / "chain.pem").read_bytes())[0]
    end, due = _end(leaf), renewal_due(leaf)
    console.result(
        {"identity": identity, "folder": str(folder), "not_after": end, "renewal_due": due},
        console.text(
            texts(AGENCY),
            "enrolled",
            device=identity.device,
            folder=folder,
            not_after=stamp(end),
            due=stamp(due),
        ),
    )
    return OK


def _renew(arguments: argparse.Namespace, console: Console) -> int:
    from protocols.client.device import Device
    from protocols.client.renewal import renew_device

    folder: Path = arguments.device_folder
    secret = passphrase(arguments, console)
    agency = _local(arguments.authority, secret) if arguments.authority else None
    fresh = renew_device(
        folder, int(time.time()), agency=agency, force=not arguments.if_due, passphrase=secret
    )
    device = Device.open(folder, key_passphrase=secret)
    end, due = _end(device.chain[0]), renewal_due(device.chain[0])
    console.result(
        {"device": device.name, "renewed": bool(fresh), "not_after": end, "renewal_due": due},
        console.text(
            texts(AGENCY),
            "renewed" if fresh else "not_due",
            device=device.name,
            not_after=stamp(end),
            due=stamp(due),
        ),
    )
    return OK


def _key(arguments: argparse.Namespace, console: Console) -> int:
    file: Path = arguments.file
    if file.exists():
        raise ConfigurationError(f"{file} exists already: a key is never overwritten")
    key = DeviceKey.generate(arguments.algorithm)
    write_atomic(file, key.to_pem(passphrase(arguments, console, new=True)), SECRET)
    fingerprint = key_fingerprint(
        key.private.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    )
    console.result(
        {"file": str(file), "fingerprint": fingerprint},
        console.text(texts(AGENCY), "key", file=file, fingerprint=fingerprint),
    )
    return OK


def _local(folder: Path, secret: bytes | None) -> Agency:
    from hub.agency.local import LocalAgency

    def clock() -> int:
        return int(time.time())

    return LocalAgency(Authority.open(folder, passphrase=secret, now=clock()), clock)


def _read_key(path: Path | None, secret: bytes | None) -> DeviceKey | None:
    if path is None:
        return None
    return DeviceKey.from_pem(read_secret(path, "the device's key"), secret)


def _end(leaf: bytes) -> int:
    return int(parse(leaf).not_valid_after_utc.timestamp())
