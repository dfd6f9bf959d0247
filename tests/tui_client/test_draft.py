"""A draft becomes a message with its handling, and the preview says who will not see what."""

from __future__ import annotations

import pytest

from protocols.clock import Clock, to_datetime
from protocols.errors import RoleRefused
from protocols.identity.names import Identity, Role
from protocols.messages import kinds
from protocols.messages.envelope import compose
from protocols.messages.values import Precedence, Side, Tlp
from tui_client.draft import Draft, names, preview
from tui_client.forms import FormFault

US = Identity("US", "uscbp", "Nogales Station", "patrol-7@uscbp", Role.PARTICIPANT)
MX = Identity("MX", "c5sonora", "C5 Sonora", "c5@c5sonora", Role.COMMAND)
CA = Identity("CA", "rcmp", "Liaison Ottawa", "observer-1@rcmp", Role.OBSERVER)
NOW = 1_772_652_660_000_000


def clock() -> int:
    return NOW


CLOCK: Clock = clock


def observed(**filled: str) -> Draft:
    given = {"activity": "carrying bags", "size": "2", "camera": "NOG-114", **filled}
    return Draft(kind="observation", filled=given)


def test_a_draft_becomes_a_message_with_its_handling() -> None:
    draft = observed(
        tlp="TLP:AMBER", side="US", point="31.33275, -110.9511", precedence="immediate",
        releasable_to="US MX", ack_wanted="yes", incident="NOG-1",
    )  # fmt: skip
    message = draft.message(US, CLOCK, language="en")
    assert message.handling.tlp is Tlp.AMBER
    assert message.handling.releasable_to == ("US", "MX")
    assert message.urgency is Precedence.IMMEDIATE
    assert message.ack_wanted
    assert message.incident == "NOG-1"
    assert message.location is not None
    assert message.location.point is not None
    assert message.location.side is Side.US
    assert message.location.side_asserted_by == "patrol-7"


def test_the_preview_names_what_each_reader_will_not_see() -> None:
    draft = observed(withhold="/body/camera", withhold_for="US")
    shown = preview(draft.message(US, CLOCK, language="en"), (US, MX, CA), (), to_datetime(NOW))
    assert [[stub.path for stub in one.stubs] for one in shown] == [
        [],
        ["/body/camera"],
        ["/body/camera"],
    ]


def test_the_preview_names_what_a_readers_format_has_no_place_for() -> None:
    message = observed().message(US, CLOCK, language="en")
    cap = Identity("MX", "c5sonora", "C5 Sonora", "gateway:cap@c5sonora", Role.GATEWAY)
    radio = Identity("MX", "c5sonora", "C5 Sonora", "gateway:radio@c5sonora", Role.GATEWAY)
    own, foreign, unknown = preview(message, (MX, cap, radio), (), to_datetime(NOW))
    assert (own.format, own.lost) == ("", ())
    assert foreign.format == "cap"
    assert "kind" in foreign.lost
    assert (unknown.format, unknown.lost) == ("", ())


def test_only_filled_fields_that_a_message_can_do_without_can_be_withheld() -> None:
    assert observed(point="31, -110").withholdable() == (
        "/body/activity", "/body/size", "/body/camera", "/location",
    )  # fmt: skip
    assert Draft(kind="checkin", filled={"unit": "P-7"}).withholdable() == ()


def test_an_incident_opened_here_gets_a_name_of_its_own() -> None:
    draft = Draft(kind="incident.open", filled={"incident_type": "TUNNEL"})
    assert draft.message(US, CLOCK, language="en").incident == "USCBP-20260304-1931"


def test_an_answer_is_tied_to_what_it_answers() -> None:
    request = compose(US, kinds.AssistRequest(capability="MEDICAL"), clock=CLOCK, incident="NOG-1")
    draft = Draft.answering("assist.reply", request)
    draft.filled["answer"] = "accepted"
    message = draft.message(MX, CLOCK, language="es")
    assert message.in_reply_to == request.id
    assert message.incident == "NOG-1"
    assert isinstance(message.body, kinds.AssistReply)
    assert message.body.assist == request.id
    later = Draft.answering("assist.deployed", message)
    assert later.filled["assist"] == request.id


def test_what_cannot_be_sent_says_why() -> None:
    with pytest.raises(FormFault, match="point"):
        observed(point="north of the wall").message(US, CLOCK, language="en")
    with pytest.raises(RoleRefused):
        observed().message(CA, CLOCK, language="fr")


def test_lists_of_readers_may_be_written_either_way() -> None:
    assert names("US, MX c5@c5sonora,") == ("US", "MX", "c5@c5sonora")
