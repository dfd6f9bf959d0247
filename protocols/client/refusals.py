"""A refusal that came in a frame, as the error it is: the tree of `protocols.errors`, read back."""

from __future__ import annotations

from collections.abc import Iterator

from protocols.errors import CrossbandError, LinkDown, LoginRefused, Refused, StoreUnavailable
from protocols.frames import Refusal
from protocols.mls import errors as _mls_errors

__all__ = ["error_of"]

assert _mls_errors  # its classes belong to the tree

_MEANT = (Refused, LoginRefused, StoreUnavailable, LinkDown)
_TAKEN = frozenset({"self", "detail"})
"""Names that an error's own arguments have."""
_DETAIL_LIMIT = 400
_CODE_LIMIT = 60


def _classes(base: type[CrossbandError]) -> Iterator[type[CrossbandError]]:
    for one in base.__subclasses__():
        yield one
        yield from _classes(one)


def error_of(refusal: Refusal) -> CrossbandError:
    """The error that a refusal names.

    A code that is not known here, or that only this side can mean (a local file, a setting),
    becomes a plain `Refused`: a hub cannot make this program believe that its own disk is broken.
    """
    facts = {name: value for name, value in refusal.facts.items() if name not in _TAKEN}
    detail = refusal.detail[:_DETAIL_LIMIT]
    for kind in _classes(CrossbandError):
        if not issubclass(kind, _MEANT):
            continue
        error = kind(detail, **facts)
        if error.code == refusal.code:
            return error
    return Refused(f"{refusal.code[:_CODE_LIMIT]}: {detail}", **facts)
