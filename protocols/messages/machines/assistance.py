"""A request for help: sent, received, answered, on its way, released. Delivery is not acceptance.

An answer shows that the request has arrived, so SENT may be answered without a receipt before.
Units that deploy are named by it, so ACCEPTED may deploy at once. CANCELLED is possible until the
help has been released.
"""

from __future__ import annotations

from enum import StrEnum

from protocols.messages.machines.table import Table


class AssistState(StrEnum):
    """How far a request for help has come."""

    DRAFT = "DRAFT"
    SENT = "SENT"
    RECEIVED = "RECEIVED"
    ACCEPTED = "ACCEPTED"
    PARTIAL = "PARTIAL"
    DECLINED = "DECLINED"
    EXPIRED = "EXPIRED"
    RESOURCES_NAMED = "RESOURCES_NAMED"
    EN_ROUTE = "EN_ROUTE"
    ON_SCENE = "ON_SCENE"
    RELEASED = "RELEASED"
    DONE = "DONE"
    CANCELLED = "CANCELLED"


S = AssistState
_CANCEL = {"cancel": S.CANCELLED}
_ANSWERS = {
    "accept": S.ACCEPTED,
    "accept in part": S.PARTIAL,
    "decline": S.DECLINED,
    "expire": S.EXPIRED,
    **_CANCEL,
}
_DEPLOY = {"name units": S.RESOURCES_NAMED, "deploy": S.EN_ROUTE, "arrive": S.ON_SCENE, **_CANCEL}

ASSISTANCE: Table[AssistState] = Table(
    "assistance",
    S.DRAFT,
    {
        S.DRAFT: {"send": S.SENT, **_CANCEL},
        S.SENT: {"receive": S.RECEIVED, **_ANSWERS},
        S.RECEIVED: _ANSWERS,
        S.ACCEPTED: _DEPLOY,
        S.PARTIAL: {**_DEPLOY, "accept": S.ACCEPTED},
        S.RESOURCES_NAMED: _DEPLOY,
        S.EN_ROUTE: {"arrive": S.ON_SCENE, "release": S.RELEASED, **_CANCEL},
        S.ON_SCENE: {"release": S.RELEASED, **_CANCEL},
        S.RELEASED: {"finish": S.DONE},
    },
)
