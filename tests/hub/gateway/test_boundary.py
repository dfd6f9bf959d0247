"""Our errors pass the boundary; anything else becomes trouble with its cause."""

from __future__ import annotations

import asyncio

import pytest

from hub.gateway.boundary import boundary
from protocols.errors import MalformedDocument, Trouble


def test_errors_of_ours_pass_as_they_are() -> None:
    error = MalformedDocument("line 1")
    with pytest.raises(MalformedDocument) as caught, boundary("reading"):
        raise error
    assert caught.value is error


def test_a_defect_becomes_trouble_that_names_what_was_done() -> None:
    with pytest.raises(Trouble, match=r"KeyError.*reading") as caught, boundary("reading"):
        raise KeyError("x")
    assert isinstance(caught.value.__cause__, KeyError)


def test_cancellation_is_no_defect() -> None:
    with pytest.raises(asyncio.CancelledError), boundary("reading"):
        raise asyncio.CancelledError
