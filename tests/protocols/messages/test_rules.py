"""Who may say what, and who may pass on."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from protocols.errors import RoleRefused
from protocols.header import Act
from protocols.identity import Identity, Role
from protocols.messages import Handling, Message, Originator, compose
from protocols.messages.kinds import (
    KINDS,
    Alarm,
    AlarmAck,
    AssistRequest,
    IncidentClose,
    LeadChange,
    LeadState,
    Medical,
    PatrolPlan,
    Person,
    Text,
)
from protocols.messages.rules import check_sender, marked, may_pass_on, speaking_role

Party = dict[str, Identity]


@pytest.mark.parametrize("kind", KINDS)
def test_an_observer_says_only_what_the_registry_lets_it(
    kind: str, party: Party, whole: Callable[[type], Message]
) -> None:
    message = whole(KINDS[kind].body)
    if KINDS[kind].observers:
        quiet = compose(party["rcmp"], Text()) if "alarm" in kind else message
        check_sender(party["rcmp"], quiet)
    else:
        with pytest.raises(RoleRefused, match=f"an observer may not send {kind}"):
            check_sender(party["rcmp"], message)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("who", ["auditor", "archive"])
def test_auditors_and_archives_read_only(
    kind: str, who: str, party: Party, whole: Callable[[type], Message]
) -> None:
    message = whole(KINDS[kind].body)
    if message.act is Act.RECEIPT:
        check_sender(party[who], message)
    else:
        with pytest.raises(RoleRefused, match="reads only"):
            check_sender(party[who], message)


def test_an_observer_may_not_acknowledge_nor_task(party: Party) -> None:
    for body in (AlarmAck(alarm="x"), AssistRequest(capability="K9"), PatrolPlan()):
        with pytest.raises(RoleRefused):
            check_sender(party["rcmp"], compose(party["rcmp"], body))


def test_an_observer_alarms_for_its_own_safety_only(party: Party) -> None:
    own = compose(party["rcmp"], Alarm(alarm_class="SAFETY", unit="C Division"))
    check_sender(party["rcmp"], own)
    check_sender(party["rcmp"], compose(party["rcmp"], Alarm(alarm_class="SAFETY")))
    with pytest.raises(RoleRefused, match="own safety"):
        check_sender(
            party["rcmp"], compose(party["rcmp"], Alarm(alarm_class="SAFETY", unit="GN-3"))
        )


def test_closing_needs_command(party: Party) -> None:
    with pytest.raises(RoleRefused, match="needs the role command"):
        check_sender(party["agent"], compose(party["agent"], IncidentClose()))
    check_sender(party["usbp"], compose(party["usbp"], IncidentClose()))


def test_a_gateway_speaks_as_its_desk_unless_its_message_names_a_narrower_role(
    party: Party,
) -> None:
    closing = compose(party["cap"], IncidentClose())
    assert speaking_role(party["cap"], closing) is Role.COMMAND
    check_sender(party["cap"], closing)
    for role in (Role.PARTICIPANT, Role.OBSERVER, Role.AUDITOR):
        narrow = replace(closing, originator=Originator(unit="GN-3", role=role))
        assert speaking_role(party["cap"], narrow) is role
        with pytest.raises(RoleRefused):
            check_sender(party["cap"], narrow)


def test_a_device_that_is_no_gateway_gains_nothing_by_an_originator(party: Party) -> None:
    claimed = compose(party["agent"], IncidentClose(), originator=Originator(role=Role.COMMAND))
    with pytest.raises(RoleRefused):
        check_sender(party["agent"], claimed)


def test_the_lead_passes_only_by_the_side_entered(party: Party) -> None:
    confirm = LeadChange(
        state=LeadState.HOST_B, host_a="US", host_b="CA", designated_officer="Sgt. 4471"
    )
    check_sender(party["rider"], compose(party["rider"], confirm))
    with pytest.raises(RoleRefused, match="designated officer of CA"):
        check_sender(party["usbp"], compose(party["usbp"], confirm))
    unnamed = replace(confirm, designated_officer=None)
    with pytest.raises(RoleRefused, match="must name"):
        check_sender(party["rider"], compose(party["rider"], unnamed))


def test_marks_are_found_wherever_they_stand() -> None:
    assert set(marked(PatrolPlan, "operational")) == {
        "/body/legs/*/waypoint_north", "/body/legs/*/waypoint_south", "/body/rendezvous",
        "/body/channel_primary", "/body/channel_fallback", "/body/abort_word",
    }  # fmt: skip
    assert "/body/person/name" in marked(KINDS["bolo"].body, "personal")
    assert marked(Person, "personal")
    assert {"/body/patients", "/body/triage", "/body/signs"} <= set(marked(Medical, "life_safety"))
    assert "/body/heads" in marked(Alarm, "life_safety")


def test_passing_on_needs_the_originators_word(party: Party) -> None:
    released = Handling(releasable_to=("CA",))
    assert may_pass_on(released, party["usbp"], "CA")
    assert not may_pass_on(released, party["usbp"], "GT")
    assert not may_pass_on(Handling(), party["usbp"], "CA")
    assert not may_pass_on(replace(released, third_party=True), party["usbp"], "CA")
    assert not may_pass_on(released, party["rcmp"], "CA")
