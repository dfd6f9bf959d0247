"""Key packages, revocations and enrolment codes: the small tables around who may take part.

Each method decides one item inside the open transaction and logs what it did through `append`.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable

import apsw
import msgspec

from hub.store import items
from hub.store.items import Result
from hub.store.rows import ask
from protocols.tlog.entry import Kind

WRONG_GUESSES = 5
"""After this many wrong hashes a code is burnt."""

Append = Callable[..., items.Committed]


class KeyTables:
    """The tables `key_packages`, `revoked` and `enrolment_codes` within one transaction."""

    def __init__(self, connection: apsw.Connection, append: Append) -> None:
        self._connection = connection
        self._append = append

    def put(self, item: items.PutKeyPackages) -> Result:
        """Add packages; drop the device's expired ones and an older last-resort one."""
        execute = self._connection.execute
        execute(
            "DELETE FROM key_packages WHERE device = ? AND not_after <= ?", (item.device, item.at)
        )
        if any(package.last_resort for package in item.packages):
            execute("DELETE FROM key_packages WHERE device = ? AND last_resort = 1", (item.device,))
        for package in item.packages:
            execute(
                "INSERT OR IGNORE INTO key_packages (ref, device, last_resort, not_after, body) "
                "VALUES (?, ?, ?, ?, ?)",
                (package.ref, item.device, package.last_resort, package.not_after, package.body),
            )
        body = msgspec.json.encode(
            {"action": "publish", "refs": [package.ref.hex() for package in item.packages]}
        )
        return self._append(Kind.KEY_PACKAGE, item.device, item.at, body=body, meta=item.meta)

    def claim(self, item: items.ClaimKeyPackage) -> Result:
        """Give the oldest one-time package that still holds, else the last-resort one."""
        found = ask(
            self._connection,
            "SELECT id, ref, body, last_resort FROM key_packages WHERE device = ? "
            "AND not_after > ? ORDER BY last_resort, id LIMIT 1",
            (item.target, item.at),
        )
        if not found:
            return items.NoKeyPackage(item.target)
        number, ref, body, last_resort = found[0]
        if not last_resort:
            self._connection.execute("DELETE FROM key_packages WHERE id = ?", (number,))
        ((remaining,),) = ask(
            self._connection,
            "SELECT count(*) FROM key_packages WHERE device = ? AND last_resort = 0 "
            "AND not_after > ?",
            (item.target, item.at),
        )
        told = msgspec.json.encode({"action": "claim", "of": item.target, "ref": ref.hex()})
        committed = self._append(Kind.KEY_PACKAGE, item.device, item.at, body=told, meta=item.meta)
        return items.Claimed(ref, body, bool(last_resort), remaining, committed.index)

    def revoke(self, item: items.Revoke) -> Result:
        """Note the revocation and withdraw the key packages of a device revoked as a whole."""
        self._connection.execute(
            "INSERT INTO revoked VALUES (?, ?, ?, ?) ON CONFLICT (device, serial) "
            "DO UPDATE SET at = excluded.at, reason = excluded.reason WHERE excluded.at > at",
            (item.device, item.serial, item.since or item.at, item.reason),
        )
        if not item.serial:
            self._connection.execute("DELETE FROM key_packages WHERE device = ?", (item.device,))
        body = msgspec.json.encode(
            {"device": item.device, "serial": item.serial, "reason": item.reason}
        )
        return self._append(Kind.REVOCATION, item.by, item.at, body=body, meta=item.meta)

    def put_code(self, item: items.PutEnrolmentCode) -> Result:
        """Keep the hash of a fresh code."""
        self._connection.execute(
            "INSERT OR IGNORE INTO enrolment_codes (code_id, code_hash, device, expires) "
            "VALUES (?, ?, ?, ?)",
            (item.code_id, item.code_hash, item.device, item.expires),
        )
        if not self._connection.changes():
            return items.CodeRefused("exists")
        body = msgspec.json.encode(
            {
                "action": "code",
                "code": item.code_id,
                "device": item.device,
                "expires": item.expires,
            }
        )
        return self._append(Kind.ENROLMENT, item.by, item.at, body=body, meta=item.meta)

    def use_code(self, item: items.UseEnrolmentCode) -> Result:
        """Spend a code on one certificate request; a wrong hash is counted, five burn the code."""
        found = ask(
            self._connection,
            "SELECT code_hash, device, expires, wrong, used_at FROM enrolment_codes "
            "WHERE code_id = ?",
            (item.code_id,),
        )
        if not found:
            return items.CodeRefused("unknown")
        code_hash, device, expires, wrong, used_at = found[0]
        if wrong >= WRONG_GUESSES:
            return items.CodeRefused("burnt")
        if not hmac.compare_digest(code_hash, item.code_hash):
            self._connection.execute(
                "UPDATE enrolment_codes SET wrong = wrong + 1 WHERE code_id = ?", (item.code_id,)
            )
            return items.CodeRefused("wrong")
        if used_at is not None:
            return items.CodeRefused("used")
        if item.at > expires:
            return items.CodeRefused("expired")
        self._connection.execute(
            "UPDATE enrolment_codes SET used_at = ?, request_hash = ? WHERE code_id = ?",
            (item.at, item.request_hash, item.code_id),
        )
        body = msgspec.json.encode(
            {"action": "used", "code": item.code_id, "request": item.request_hash.hex()}
        )
        committed = self._append(Kind.ENROLMENT, device, item.at, body=body, meta=item.meta)
        return items.CodeUsed(device, committed.index)
