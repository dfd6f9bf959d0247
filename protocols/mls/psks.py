"""The pre-shared keys that a member holds: external ones by id, resumption ones by epoch.

RFC 9420 section 8.4. A key that is named and not held is an error, never skipped.
"""

from collections.abc import Mapping

from protocols.mls.epoch import Epoch, PastEpoch
from protocols.mls.errors import MissingPsk
from protocols.mls.handshake import (
    USAGE_APPLICATION,
    ExternalPsk,
    PreSharedKey,
    PreSharedKeyID,
    ResumptionPsk,
)
from protocols.mls.suites import Suite, random_bytes


def external_psk(identifier: PreSharedKeyID, secrets: Mapping[bytes, bytes]) -> bytes:
    """The secret of an external key; raises MissingPsk."""
    psk = identifier.psk
    secret = secrets.get(psk.psk_id) if isinstance(psk, ExternalPsk) else None
    if secret is None:
        raise MissingPsk
    return secret


def find_psk(
    identifier: PreSharedKeyID,
    secrets: Mapping[bytes, bytes],
    epoch: Epoch,
    past: Mapping[int, PastEpoch],
) -> bytes:
    """The secret of any key that a member can hold; raises MissingPsk."""
    psk = identifier.psk
    if isinstance(psk, ExternalPsk):
        return external_psk(identifier, secrets)
    context = epoch.public.state.context
    if psk.usage != USAGE_APPLICATION or psk.psk_group_id != context.group_id:
        raise MissingPsk
    if psk.psk_epoch == context.epoch:
        return epoch.secrets.resumption_psk
    kept = past.get(psk.psk_epoch)
    if kept is None:
        raise MissingPsk
    return kept.resumption_psk


def psk_proposal(name: bytes | int, group_id: bytes, suite: Suite) -> PreSharedKey:
    """A proposal for an external key (its id) or a resumption key (its epoch), with a new nonce."""
    psk: ExternalPsk | ResumptionPsk = (
        ResumptionPsk(USAGE_APPLICATION, group_id, name)
        if isinstance(name, int)
        else ExternalPsk(name)
    )
    return PreSharedKey(PreSharedKeyID(psk, random_bytes(suite.hash_size)))
