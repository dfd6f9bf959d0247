"""Errors in the words of a gateway's system."""

from __future__ import annotations

from protocols.codes import explain
from protocols.errors import CrossbandError


def explained(code: str, language: str) -> str:
    """What an error code means and what to do; a code that nobody knows stands for itself."""
    said = explain(code, language)
    return code if said is None else f"{said.sentence} {said.remedy}".strip()


def explained_error(error: CrossbandError, language: str) -> str:
    """The same for an error at hand, with what is particular about this case."""
    said = explain(error.code, language)
    if said is None:
        return f"{error.detail} {error.remedy}".strip()
    return f"{said.sentence} ({error.detail}) {said.remedy}".strip()
