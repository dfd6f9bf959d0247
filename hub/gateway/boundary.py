"""The one place where a defect, ours or a library's, becomes an error that stops nothing else.

A gateway reads what strangers write and runs for months. A document that trips over a defect in a
codec, or a transport that fails to deliver, must cost that document alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from protocols.errors import CrossbandError, Trouble

log = structlog.get_logger(__name__)


@contextmanager
def boundary(doing: str) -> Iterator[None]:
    """Let errors of ours pass; turn everything else into `Trouble`, logged with its traceback.

    `doing` says what was being done, for the log.
    """
    try:
        yield
    except CrossbandError:
        raise
    except Exception as error:  # the boundary of every gateway
        log.exception("defect", doing=doing)
        raise Trouble(f"an internal error ({type(error).__name__}) while {doing}") from error
