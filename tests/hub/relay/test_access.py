"""Access: the table of roles, admission by policy, and what needs every owner."""

from __future__ import annotations

import pytest

from hub.relay.access import (
    MAY_SEND,
    Asking,
    ask,
    check_admission,
    check_create,
    check_membership_change,
    check_name,
    check_policy,
    check_send,
    open_with,
)
from protocols.errors import PolicyRefused, RoleRefused
from protocols.frames import Policy
from protocols.header import Act
from protocols.identity import Identity, Role

POLICY = Policy(owners=("uscbp", "mxgn"), agencies=("opp",), observers=("cbsa",))
AGENCIES = ("uscbp", "mxgn", "cbsa", "opp")


def who(role: Role, agency: str = "uscbp", name: str = "one") -> Identity:
    return Identity("US", agency, "unit", f"{name}@{agency}", role)


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("act", Act)
def test_the_table_of_acts_is_what_is_enforced(role: Role, act: Act) -> None:
    if act in MAY_SEND[role]:
        check_send(who(role), act)
    else:
        with pytest.raises(RoleRefused):
            check_send(who(role), act)


def test_observers_note_and_alarm_but_do_not_acknowledge() -> None:
    check_send(who(Role.OBSERVER), Act.ALARM)
    for act in (Act.ACK, Act.TASK, Act.COMMAND, Act.REPLY):
        with pytest.raises(RoleRefused):
            check_send(who(Role.OBSERVER), act)


@pytest.mark.parametrize("role", [Role.OBSERVER, Role.AUDITOR, Role.GATEWAY, Role.ARCHIVE])
def test_only_people_open_channels(role: Role) -> None:
    with pytest.raises(RoleRefused):
        check_create(who(role), POLICY, AGENCIES)


def test_who_opens_a_channel_owns_it() -> None:
    check_create(who(Role.COMMAND), POLICY, AGENCIES)
    with pytest.raises(PolicyRefused, match="among the owners"):
        check_create(who(Role.COMMAND, "opp"), POLICY, AGENCIES)


@pytest.mark.parametrize(
    "policy",
    [
        Policy(),
        Policy(owners=("nobody",)),
        Policy(owners=("uscbp",), suite=1),
        Policy(owners=("uscbp",), title="x" * 201),
        Policy(owners=("uscbp",), agencies=("opp",) * 64),
    ],
)
def test_a_policy_that_cannot_be(policy: Policy) -> None:
    with pytest.raises(PolicyRefused):
        check_policy(policy, AGENCIES)


@pytest.mark.parametrize("name", ["", "x" * 65, "a\nb", "\x1b[0m"])
def test_a_name_that_cannot_be(name: str) -> None:
    with pytest.raises(PolicyRefused):
        check_name(name)


def test_admission() -> None:
    check_admission(POLICY, who(Role.PARTICIPANT, "opp"))
    check_admission(POLICY, who(Role.OBSERVER, "cbsa"))
    check_admission(POLICY, who(Role.ARCHIVE))
    with pytest.raises(PolicyRefused, match="only send observers"):
        check_admission(POLICY, who(Role.PARTICIPANT, "cbsa"))
    with pytest.raises(PolicyRefused, match="not listed"):
        check_admission(POLICY, who(Role.COMMAND, "rcmp"))


def test_gateways_only_where_the_channel_is_gatewayed() -> None:
    gateway = who(Role.GATEWAY, name="gateway:cot")
    with pytest.raises(PolicyRefused, match="sealed"):
        check_admission(POLICY, gateway)
    check_admission(Policy(owners=("uscbp",), gatewayed=True), gateway)


def test_command_and_creator_change_membership() -> None:
    check_membership_change(who(Role.COMMAND), "other@uscbp")
    check_membership_change(who(Role.PARTICIPANT), "one@uscbp")
    with pytest.raises(RoleRefused):
        check_membership_change(who(Role.PARTICIPANT), "other@uscbp")


def test_a_channel_of_two_owners_opens_sealed() -> None:
    wish = Policy(owners=("uscbp", "mxgn"), gatewayed=True)
    standing = open_with(wish, "uscbp")
    assert not standing.policy.gatewayed
    assert standing.asked == wish
    assert standing.agreed == ("uscbp",)


def test_a_channel_of_one_owner_opens_as_asked() -> None:
    wish = Policy(owners=("uscbp",), gatewayed=True)
    assert open_with(wish, "uscbp") == Asking(wish)


@pytest.mark.parametrize(
    "wider",
    [
        Policy(owners=("uscbp", "mxgn"), agencies=("opp",), observers=("cbsa",), gatewayed=True),
        Policy(owners=("uscbp", "mxgn", "cbsa"), agencies=("opp",)),
        Policy(owners=("uscbp", "mxgn"), agencies=("opp", "cbsa")),
    ],
)
def test_what_widens_needs_every_owner(wider: Policy) -> None:
    standing = ask(Asking(POLICY), wider, who(Role.COMMAND), ())
    assert standing == Asking(POLICY, wider, ("uscbp",))
    standing = ask(standing, wider, who(Role.COMMAND), ())
    assert standing.policy == POLICY
    assert ask(standing, wider, who(Role.COMMAND, "mxgn"), ()) == Asking(wider)


def test_agreement_is_to_the_same_words() -> None:
    one = Policy(owners=("uscbp", "mxgn"), gatewayed=True)
    other = Policy(owners=("uscbp", "mxgn"), gatewayed=True, title="other")
    standing = ask(Asking(POLICY), one, who(Role.COMMAND), ())
    standing = ask(standing, other, who(Role.COMMAND, "mxgn"), ())
    assert standing.agreed == ("mxgn",)


def test_one_owner_may_narrow_unless_somebody_is_in_the_way() -> None:
    narrow = Policy(owners=("uscbp", "mxgn"))
    assert ask(Asking(POLICY), narrow, who(Role.COMMAND), ()) == Asking(narrow)
    with pytest.raises(PolicyRefused, match="opp"):
        ask(Asking(POLICY), narrow, who(Role.COMMAND), [who(Role.PARTICIPANT, "opp")])


def test_exercise_and_suite_never_change_and_only_command_decides() -> None:
    drill = Policy(owners=("uscbp", "mxgn"), exercise=True)
    with pytest.raises(PolicyRefused, match="fixed"):
        ask(Asking(POLICY), drill, who(Role.COMMAND), ())
    with pytest.raises(RoleRefused):
        ask(Asking(POLICY), POLICY, who(Role.PARTICIPANT), ())
    with pytest.raises(RoleRefused):
        ask(Asking(POLICY), POLICY, who(Role.COMMAND, "opp"), ())
