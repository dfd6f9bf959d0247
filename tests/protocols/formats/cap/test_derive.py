"""What an alert implies: the id it has here, what it answers, how urgent it is."""

from __future__ import annotations

from protocols.formats.cap.derive import answered, message_id, stated_language, summary
from protocols.messages.envelope import Reference
from protocols.messages.kinds import Alert, AlertAction, AlertInfo
from protocols.messages.values import Area, Circle, Location, Point, Precedence

OURS = "019a9c3e-7a00-7000-8000-000000000001"
OLD = Reference(sender="smn", id="a-1", sent="2018-10-20T04:15:00-05:00")
NEW = Reference(sender="smn", id="a-2", sent="2018-10-20T05:15:00-05:00")


def test_an_id_of_ours_is_that_id_and_another_is_derived() -> None:
    assert message_id(Reference(sender="x", id=OURS)) == OURS
    derived = message_id(OLD)
    assert derived == message_id(OLD)
    assert derived != message_id(NEW)
    random_uuid = "103ff55e-b538-49a2-a94a-64470ddea2cc"
    assert message_id(Reference(sender="x", id=random_uuid)) != random_uuid
    assert message_id(Reference(sender="x", id="y", sent="never"))


def test_an_update_replaces_and_an_ack_answers_the_newest() -> None:
    both = (NEW, OLD)
    assert answered(Alert(action=AlertAction.UPDATE), both) == {"supersedes": message_id(NEW)}
    assert answered(Alert(action=AlertAction.CANCEL), both) == {"supersedes": message_id(NEW)}
    assert answered(Alert(action=AlertAction.ACK), both) == {"in_reply_to": message_id(NEW)}
    assert answered(Alert(action=AlertAction.ERROR), (OLD,)) == {"in_reply_to": message_id(OLD)}
    assert answered(Alert(), both) == {}
    assert answered(Alert(action=AlertAction.ACK), ()) == {}


def test_the_language_that_cap_assumes() -> None:
    assert stated_language((AlertInfo(language="fr-CA"),)) == "fr-CA"
    assert stated_language((AlertInfo(),)) == "en-US"
    assert stated_language(()) == "und"


def test_the_envelope_of_an_alert() -> None:
    centre = Point(lat=-16.053, lon=-173.274)
    info = AlertInfo(
        urgency="Immediate",
        severity="Severe",
        areas=(
            Area(circles=(Circle(centre=centre, radius=5.0), Circle(centre=centre, radius=0.0))),
        ),
    )
    fields = summary((info,))
    assert fields["precedence"] is Precedence.IMMEDIATE
    assert fields["location"] == Location(point=centre)
    assert summary(()) == {}
    assert "precedence" not in summary((AlertInfo(urgency="Past", severity="Severe"),))
