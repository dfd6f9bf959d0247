"""Personal data: asked for, decided by whoever holds it, disclosed, and every step on record."""

from __future__ import annotations

from msgspec.structs import replace

from protocols.errors import IllegalTransition, MalformedMessage, RoleRefused
from protocols.messages.folds.state import Fold, State, find
from protocols.messages.kinds import Body, Disclosure, ReleaseDecision, ReleaseRequest
from protocols.messages.records import DisclosureRecord, Entry, ReleaseRecord


def requested(state: State, entry: Entry, body: ReleaseRequest) -> None:
    """A request; without a basis and a purpose it is none."""
    if not body.basis or body.purpose is None:
        raise MalformedMessage("/body: a request names its basis and its purpose")
    state.releases[entry.message.id] = ReleaseRecord(
        id=entry.message.id,
        item=body.item,
        asked_by=entry.sender,
        asked_at=entry.time,
        about=body.about,
    )


def decided(state: State, entry: Entry, body: ReleaseDecision) -> None:
    """The originator decides: the agency whose message it is, else any but the one asking."""
    record = find(state.releases, body.request, "release.request")
    holder = state.senders.get(record.about or "")
    own = entry.sender.agency == (holder.agency if holder else None)
    if holder is not None and not own:
        raise RoleRefused(f"only {holder.agency} decides on what it holds")
    if entry.sender.agency == record.asked_by.agency:
        raise RoleRefused("nobody grants a request of its own", role=entry.sender.role)
    if record.state != "REQUESTED":
        raise IllegalTransition(f"the request is {record.state} already", state=record.state)
    state.releases[record.id] = replace(
        record,
        state="GRANTED" if body.granted else "DECLINED",
        decided_by=entry.sender,
        decided_at=entry.time,
        reason=body.reason,
    )


def disclosed(state: State, entry: Entry, body: Disclosure) -> None:
    """The ledger's line. A disclosure against a decision, or without basis, is refused and kept."""
    if not body.recipients or not body.basis or body.purpose is None:
        raise MalformedMessage("/body: a disclosure names recipients, basis and purpose")
    record = find(state.releases, body.request, "release.request") if body.request else None
    if record is not None and record.state not in ("GRANTED", "DISCLOSED"):
        raise IllegalTransition(f"the request is {record.state}, not granted", state=record.state)
    if record is not None and record.decided_by and record.decided_by.agency != entry.sender.agency:
        raise RoleRefused(f"only {record.decided_by.agency} discloses what it granted")
    state.disclosures.append(
        DisclosureRecord(
            message=entry.message.id,
            item=body.item,
            by=entry.sender,
            at=entry.time,
            recipients=body.recipients,
            basis=body.basis,
            purpose=body.purpose.text,
            request=body.request,
        )
    )
    if record is not None:
        state.releases[record.id] = replace(record, state="DISCLOSED")


FOLDS: dict[type[Body], Fold] = {
    ReleaseRequest: requested,
    ReleaseDecision: decided,
    Disclosure: disclosed,
}
