"""Only the value of a disclosure is personal; the record of it is for everybody."""

from __future__ import annotations

from protocols.messages.kinds import Disclosure, ReleaseDecision, ReleaseRequest
from protocols.messages.rules import marked


def test_the_value_alone_is_personal() -> None:
    assert marked(Disclosure, "personal") == ("/body/value",)
    assert marked(ReleaseRequest, "personal") == marked(ReleaseDecision, "personal") == ()


def test_a_request_has_room_for_item_basis_purpose_and_recipient() -> None:
    assert {"item", "basis", "purpose", "recipient"} <= set(ReleaseRequest.__struct_fields__)
