"""The two ways the store speaks SQL: ask and get all rows, or insert many rows by few statements.

Few, because every call into SQLite lets go of the interpreter's lock, and a thread that waits for
it again behind a busy event loop can wait for milliseconds. SQLite keeps the statements prepared.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import apsw

_SIZES = (64, 32, 16, 8, 7, 6, 5, 4, 3, 2, 1)
"""Rows of one statement: small commits, of which there are many, need just one."""


def ask(
    connection: apsw.Connection, statement: str, bindings: Sequence[Any] = ()
) -> list[tuple[Any, ...]]:
    """All rows that answer the statement; the schema is strict, so columns have their types."""
    return connection.execute(statement, tuple(bindings)).fetchall()


def insert_many(
    connection: apsw.Connection, statement: str, columns: int, values: list[Any]
) -> None:
    """Run `statement` (`INSERT ... VALUES `) for the rows that stand end to end in `values`."""
    start, left = 0, len(values) // columns
    for rows in _SIZES:
        while left >= rows:
            end = start + rows * columns
            connection.execute(_for_rows(statement, columns, rows), values[start:end])
            start = end
            left -= rows


@cache
def _for_rows(statement: str, columns: int, rows: int) -> str:
    one = "(" + ",".join("?" * columns) + ")"
    return statement + ",".join([one] * rows)
