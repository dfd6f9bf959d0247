"""What all kinds are made of: an immutable body whose tag is the kind's name."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta


class Body(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
    tag_field="kind",
):
    """Base of every kind. Fields are optional wherever a part of the story may come first."""


# The code lists that coded fields take their values from. An unknown code is allowed: it travels
# and shows as itself.
IncidentType = Annotated[str, Meta(extra={"codes": "incident_types"})]
Capability = Annotated[str, Meta(extra={"codes": "capabilities"})]
Reason = Annotated[str, Meta(extra={"codes": "reasons"})]
Disposition = Annotated[str, Meta(extra={"codes": "dispositions"})]
AlarmClass = Annotated[str, Meta(extra={"codes": "alarm_classes"})]
ReleaseBasis = Annotated[str, Meta(extra={"codes": "release_bases"})]
ReleaseItem = Annotated[str, Meta(extra={"codes": "release_items"})]
PermittedAction = Annotated[str, Meta(extra={"codes": "permitted_actions"})]
TransferSubject = Annotated[str, Meta(extra={"codes": "transfer_subjects"})]
