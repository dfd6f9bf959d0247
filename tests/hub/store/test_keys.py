"""Who may take part: key packages given once, codes spent once, revocations kept."""

from __future__ import annotations

import json

from hub.store import items
from hub.store.items import (
    ClaimKeyPackage,
    CodeRefused,
    NewKeyPackage,
    PutEnrolmentCode,
    PutKeyPackages,
    UseEnrolmentCode,
)
from hub.store.sqlite import SqliteStore

UNIT = "gn-3@gn"
CLERK = "clerk@uscbp"


def packages(*refs: bytes, last: bool = False, until: int = 100) -> PutKeyPackages:
    made = tuple(NewKeyPackage(ref, b"body " + ref, until, last) for ref in refs)
    return PutKeyPackages(UNIT, made, 1)


def claim(at: int = 5) -> ClaimKeyPackage:
    return ClaimKeyPackage(UNIT, "patrol-7@uscbp", at)


async def test_one_time_packages_are_given_once_then_the_last_resort(store: SqliteStore) -> None:
    await store.commit([packages(b"a", b"b"), packages(b"z", last=True)])
    results = await store.commit([claim(), claim(), claim(), claim()])
    assert [
        (one.ref, one.body, one.last_resort, one.remaining)
        for one in results
        if isinstance(one, items.Claimed)
    ] == [
        (b"a", b"body a", False, 1),
        (b"b", b"body b", False, 0),
        (b"z", b"body z", True, 0),
        (b"z", b"body z", True, 0),
    ]


async def test_nobody_home(store: SqliteStore) -> None:
    assert await store.commit([claim()]) == [items.NoKeyPackage(UNIT)]


async def test_expired_packages_are_not_given(store: SqliteStore) -> None:
    await store.commit([packages(b"a", until=10), packages(b"z", last=True, until=10)])
    assert await store.commit([claim(10)]) == [items.NoKeyPackage(UNIT)]
    assert (await store.commit([claim(9)]))[0].ok


async def test_a_new_last_resort_replaces_the_old_one(store: SqliteStore) -> None:
    await store.commit([packages(b"old", last=True), packages(b"new", last=True)])
    (result,) = await store.commit([claim()])
    assert isinstance(result, items.Claimed)
    assert result.ref == b"new"


async def test_the_same_package_twice_is_one(store: SqliteStore) -> None:
    await store.commit([packages(b"a", b"a"), packages(b"a")])
    assert await store.key_package_count(UNIT, 5) == 1


async def test_a_claim_is_logged(store: SqliteStore) -> None:
    await store.commit([packages(b"a"), claim()])
    rows = store._reading.execute("SELECT device, body FROM entries ORDER BY idx").fetchall()
    assert json.loads(rows[0][1]) == {"action": "publish", "refs": ["61"]}
    assert rows[1][0] == "patrol-7@uscbp"
    assert json.loads(rows[1][1]) == {"action": "claim", "of": UNIT, "ref": "61"}


async def test_a_revoked_device_has_no_packages_left(store: SqliteStore) -> None:
    await store.commit([packages(b"a"), items.Revoke(UNIT, "clerk@gn", 2, serial="1F")])
    assert await store.key_package_count(UNIT, 5) == 1
    await store.commit([items.Revoke(UNIT, "clerk@gn", 3, reason="lost")])
    assert await store.key_package_count(UNIT, 5) == 0
    assert [one.serial for one in store.load().revoked] == ["1F", ""]


def code(at: int = 1, expires: int = 900) -> PutEnrolmentCode:
    return PutEnrolmentCode("K7", b"h" * 32, "patrol-8@uscbp", expires, CLERK, at)


def use(code_hash: bytes = b"h" * 32, at: int = 10, code_id: str = "K7") -> UseEnrolmentCode:
    return UseEnrolmentCode(code_id, code_hash, b"r" * 32, at)


async def test_a_code_is_spent_once(store: SqliteStore) -> None:
    made, again, used, twice = await store.commit([code(), code(), use(), use()])
    assert made.ok
    assert again == CodeRefused("exists")
    assert used == items.CodeUsed("patrol-8@uscbp", 1)
    assert twice == CodeRefused("used")


async def test_codes_that_are_not_good(store: SqliteStore) -> None:
    await store.commit([code()])
    assert await store.commit([use(code_id="K8")]) == [CodeRefused("unknown")]
    assert await store.commit([use(at=901)]) == [CodeRefused("expired")]
    assert await store.commit([use(b"x" * 32)]) == [CodeRefused("wrong")]
    assert (await store.commit([use(at=900)]))[0].ok


async def test_five_wrong_guesses_burn_a_code(store: SqliteStore) -> None:
    results = await store.commit([code(), *[use(b"x" * 32)] * 5, use()])
    assert results[1:] == [CodeRefused("wrong")] * 5 + [CodeRefused("burnt")]
