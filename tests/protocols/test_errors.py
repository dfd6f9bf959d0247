"""The error tree is complete, drawn as it is, and speaks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from protocols import errors
from protocols.errors import CrossbandError


def tree(node: type[CrossbandError] = CrossbandError) -> Iterator[type[CrossbandError]]:
    """Every class of the tree that stands in `protocols.errors`, the root first."""
    yield node
    for child in node.__subclasses__():
        if child.__module__ == errors.__name__:
            yield from tree(child)


@pytest.mark.parametrize("error", list(tree()), ids=lambda error: error.__name__)
def test_every_error_has_a_sentence_a_code_and_a_remedy(error: type[CrossbandError]) -> None:
    raised = error()
    assert raised.detail.endswith(".") or error is CrossbandError
    assert raised.remedy.endswith(".")
    assert raised.code.islower()
    assert " " not in raised.code


def test_codes_are_unique() -> None:
    codes = [error().code for error in tree()]
    assert len(codes) == len(set(codes))


def test_the_drawing_in_the_docstring_is_the_tree() -> None:
    drawing = {line.lstrip("│ ├└─").split(" ")[0] for line in (errors.__doc__ or "").splitlines()}
    missing = [error.__name__ for error in tree() if error.__name__ not in drawing]
    assert missing == []


def test_facts_travel_with_the_error() -> None:
    error = errors.EpochConflict("another commit came first", epoch=7, from_seq=12)
    assert error.facts == {"epoch": 7, "from_seq": 12}
    assert error.code == "epoch_conflict"
    assert str(error) == "another commit came first"
