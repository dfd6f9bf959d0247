"""Many rows by few statements, none lost and none twice."""

from __future__ import annotations

import apsw
import pytest

from hub.store.rows import ask, insert_many


@pytest.mark.parametrize("count", [0, 1, 2, 3, 63, 64, 65, 127, 200])
def test_every_row_arrives_in_order(count: int) -> None:
    connection = apsw.Connection(":memory:")
    connection.execute("CREATE TABLE pairs (a, b)")
    values = [value for number in range(count) for value in (number, str(number))]
    insert_many(connection, "INSERT INTO pairs VALUES ", 2, values)
    assert ask(connection, "SELECT a, b FROM pairs ORDER BY rowid") == [
        (number, str(number)) for number in range(count)
    ]


def test_a_question_with_bindings() -> None:
    connection = apsw.Connection(":memory:")
    assert ask(connection, "SELECT ? + ?", (1, 2)) == [(3,)]
