"""`crossband agency ...`: what the people of an agency type, and the device's side of it.

    init FOLDER --agency NAME --country CC          make the authority
    enroll FOLDER --device NAME --role R --unit U   make a code for a device
    enroll --device-folder DIR --code C ...         the device: key, certificate, folder
    key FILE                                        the device: a key beforehand, to tie a code to
    renew --device-folder DIR                       the device: a new certificate, same key
    revoke FOLDER DEVICE --hub wss://...            take a device back
    list | root | serve FOLDER                      the register, the root to pin, the web service

The agency's folder is opened with the passphrase in CROSSBAND_PASSPHRASE, or asked for with
--passphrase; without either its keys are not encrypted.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import time
from pathlib import Path

from hub.agency import device_commands
from hub.agency.authority import Authority, read_root
from hub.agency.device_commands import AGENCY, add_passphrase, passphrase, stamp
from hub.agency.enrolment import offer_code
from hub.agency.register import Book, Register
from hub.console import OK, REFUSED, Console, Subparsers, Usage, command, group, table, texts
from protocols.errors import LinkDown, StatementRefused
from protocols.identity import ALGORITHMS, Role
from protocols.identity.roots import certificates_to_pem


def register(subparsers: Subparsers) -> None:
    """Add `crossband agency` and its commands."""
    agency = group(subparsers, "agency", help="certificate authority, enrolment, revocation")

    init = command(agency, "init", _init, help="make an agency's certificate authority")
    init.add_argument("folder", type=Path)
    init.add_argument("--agency", required=True, help="short name, for example uscbp")
    init.add_argument("--country", required=True, help="two letters, for example US")
    init.add_argument("--algorithm", choices=ALGORITHMS, default="p256")
    add_passphrase(init)

    enroll = command(agency, "enroll", _enroll, help="make a code, or use one on a device")
    enroll.add_argument("folder", type=Path, nargs="?", help="the agency's folder (makes a code)")
    enroll.add_argument("--device", help="the device's name, for example patrol-7")
    enroll.add_argument("--role", choices=[role.value for role in Role])
    enroll.add_argument("--unit", help="for example 'Nogales Station'")
    enroll.add_argument("--key", default="", help="fingerprint of the only key that may use it")
    device_commands.add_enroll_arguments(enroll)
    add_passphrase(enroll)

    device_commands.register(agency)

    revoke = command(agency, "revoke", _revoke, help="take a device back, at once")
    revoke.add_argument("folder", type=Path)
    revoke.add_argument("device")
    revoke.add_argument("--reason", default="", help="for people, at most 200 characters")
    revoke.add_argument("--hub", action="append", default=[], help="wss:// address; repeatable")
    revoke.add_argument("--hub-certificate", type=Path, help="PEM that the hub's TLS leads to")
    add_passphrase(revoke)

    listing = command(agency, "list", _list, help="who is enrolled, invited, revoked")
    listing.add_argument("folder", type=Path)

    root = command(agency, "root", _root, help="print the root certificate to pin")
    root.add_argument("folder", type=Path)

    serve = command(agency, "serve", _serve, help="answer devices over HTTPS")
    serve.add_argument("folder", type=Path)
    serve.add_argument("--host", default="127.0.0.1", help="address to listen on")
    serve.add_argument("--port", type=int, default=8444)
    serve.add_argument("--name", action="append", help="host name in its certificate; repeatable")
    add_passphrase(serve)


def _open(arguments: argparse.Namespace, console: Console) -> Authority:
    secret = passphrase(arguments, console)
    return Authority.open(arguments.folder, passphrase=secret, now=int(time.time()))


def _init(arguments: argparse.Namespace, console: Console) -> int:
    folder: Path = arguments.folder
    authority = Authority.create(
        folder,
        agency=arguments.agency,
        country=arguments.country,
        algorithm=arguments.algorithm,
        passphrase=passphrase(arguments, console, new=True),
        now=int(time.time()),
    )
    words = texts(AGENCY)
    root, key = folder / "root.pem", folder / "root.key.pem"
    fingerprint = hashlib.sha256(authority.root).hexdigest()
    console.result(
        {
            "agency": authority.agency,
            "country": authority.country,
            "folder": str(folder),
            "root": str(root),
            "fingerprint": fingerprint,
        },
        (
            console.text(
                words,
                "created",
                agency=authority.agency,
                country=authority.country,
                folder=folder,
            ),
            console.text(words, "fingerprint", fingerprint=fingerprint),
            console.text(words, "created_next", root=root, key=key),
        ),
    )
    return OK


def _enroll(arguments: argparse.Namespace, console: Console) -> int:
    if arguments.device_folder:
        if arguments.folder or arguments.device or arguments.role or arguments.unit:
            raise Usage("--device-folder takes a --code; names and role are the agency's to say")
        return device_commands.enroll(arguments, console)
    if not (arguments.folder and arguments.device and arguments.role and arguments.unit):
        raise Usage("give FOLDER, --device, --role and --unit, or --device-folder and --code")
    offer = offer_code(
        _open(arguments, console),
        name=arguments.device,
        role=Role(arguments.role),
        unit=arguments.unit,
        now=int(time.time()),
        key=arguments.key.lower().replace(":", ""),
    )
    words, identity = texts(AGENCY), offer.identity
    console.result(
        {"code": str(offer.code), "expires": offer.expires, "identity": identity},
        (
            console.text(
                words,
                "code",
                device=identity.device,
                role=identity.role.value,
                unit=identity.unit,
            ),
            "",
            f"    {offer.code}",
            "",
            console.text(words, "code_expires", expires=stamp(offer.expires)),
        ),
    )
    return OK


def _revoke(arguments: argparse.Namespace, console: Console) -> int:
    from hub.agency.revocation import deliver, revoke

    authority = _open(arguments, console)
    revoked = revoke(authority, arguments.device, arguments.reason, int(time.time()))
    words = texts(AGENCY)
    lines = [
        console.text(
            words,
            "revoked",
            device=revoked.device,
            at=stamp(revoked.at),
            statement=revoked.statement,
        )
    ]
    faults: dict[str, str] = {}
    for hub in arguments.hub:
        try:
            deliver(revoked.body, hub, arguments.hub_certificate)
        except (LinkDown, StatementRefused) as error:
            faults[hub] = error.detail
            lines.append(console.text(words, "not_told", hub=hub, detail=error.detail))
        else:
            lines.append(console.text(words, "told", hub=hub))
    if not arguments.hub:
        lines.append(console.text(words, "no_hub"))
    console.result(
        {
            "device": revoked.device,
            "at": revoked.at,
            "statement": str(revoked.statement),
            "told": [hub for hub in arguments.hub if hub not in faults],
            "not_told": faults,
        },
        lines,
    )
    return REFUSED if faults else OK


def _list(arguments: argparse.Namespace, console: Console) -> int:
    read_root(arguments.folder)  # a folder that is no authority is an error, not an empty list
    book, now = Register(arguments.folder).read(), int(time.time())
    words = texts(AGENCY)
    invited = [code for code in book.codes if not code.used and not code.withdrawn]
    rows = [
        [console.text(words, f"heading_{name}") for name in ("device", "role", "unit", "state")]
    ]
    for entry in sorted(book.devices.values(), key=lambda one: one.device):
        state, at = _state(book, entry.device, now)
        said = console.text(words, f"state_{state}", time=stamp(at))
        rows.append([entry.device, entry.role.value, entry.unit, said])
    for code in invited:
        if now < code.expires:
            said = console.text(words, "state_invited", time=stamp(code.expires))
            rows.append([code.name, code.role.value, code.unit, said])
    console.result(
        {
            "devices": [
                {**_plain(book, device), "state": _state(book, device, now)[0]}
                for device in sorted(book.devices)
            ],
            "invited": [
                {"device": code.name, "role": code.role, "unit": code.unit, "until": code.expires}
                for code in invited
                if now < code.expires
            ],
        },
        table(rows) if len(rows) > 1 else console.text(words, "nobody"),
    )
    return OK


def _state(book: Book, device: str, now: int) -> tuple[str, int]:
    """(`valid`, `expired` or `revoked`, the time that goes with it)."""
    entry = book.devices[device]
    if entry.revoked:
        return "revoked", entry.revoked
    return ("valid" if now <= entry.not_after else "expired"), entry.not_after


def _plain(book: Book, device: str) -> dict[str, str | int]:
    entry = book.devices[device]
    return {name: getattr(entry, name) for name in entry.__struct_fields__}


def _root(arguments: argparse.Namespace, console: Console) -> int:
    root = read_root(arguments.folder)
    pem = certificates_to_pem([root]).decode().rstrip()
    fingerprint = hashlib.sha256(root).hexdigest()
    console.result({"pem": pem, "fingerprint": fingerprint}, pem)
    if not console.as_json:
        console.note(console.text(texts(AGENCY), "fingerprint", fingerprint=fingerprint))
    return OK


def _serve(arguments: argparse.Namespace, console: Console) -> int:
    from hub.agency.service import serve

    authority, host = _open(arguments, console), arguments.host
    names = arguments.name or [host]

    def ready(port: int) -> None:
        value = {"agency": authority.agency, "host": names[0], "port": port}
        console.result(value, console.text(texts(AGENCY), "serving", **value))

    asyncio.run(
        serve(
            authority,
            host=host,
            port=arguments.port,
            names=names,
            clock=lambda: int(time.time()),
            ready=ready,
        )
    )
    return OK
