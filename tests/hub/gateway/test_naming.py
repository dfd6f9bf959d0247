"""A system is told of earlier messages by the names that it knows."""

from __future__ import annotations

from hub.gateway.naming import reference_in
from protocols.formats.registry import FORMATS
from protocols.messages import Reference, Source
from protocols.messages.kinds import Alarm, Text
from protocols.messages.values import LanguageText, Moment
from tests.hub.gateway.parties import C5, GN3, says


def test_what_the_system_wrote_keeps_its_name_and_the_time_as_it_wrote_it() -> None:
    message = says(
        C5,
        Text(text=LanguageText(text="hola")),
        source=Source(system="cad.example", id="E-1", format="eido"),
        moments={"/sent": Moment(text="2026-10-25T10:00:00-05:00", offset_given=True)},
    )
    expected = Reference(id="E-1", sender="cad.example", sent="2026-10-25T10:00:00-05:00")
    assert reference_in("eido", message) == expected
    own = Reference(id=message.id, sender=C5.device, sent=message.sent.isoformat())
    assert reference_in("edxl-rm", message) == own


def test_what_was_written_as_cap_has_the_name_that_the_alert_bears() -> None:
    message = says(GN3, Alarm(alarm_class="EMERGENCY", unit="GN-3"))
    back = FORMATS["cap"].decode(FORMATS["cap"].encode(message).data)
    named = reference_in("cap", message)
    assert named.id == message.id == back.id
    assert f"<sent>{named.sent}</sent>".encode() in FORMATS["cap"].encode(message).data
