"""Before it is sent, a message shows what each member will have of it."""

from __future__ import annotations

from datetime import UTC, datetime

from protocols.foresight.audience import audience
from protocols.formats.codec import derived_id
from protocols.identity import Identity, Role
from protocols.messages.envelope import Caveat, Handling, Message, Sender
from protocols.messages.kinds import (
    EquipmentChange,
    EquipmentNotice,
    Observation,
    Position,
    SpokenFormat,
)
from protocols.messages.values import LanguageText

NOW = datetime(2026, 11, 22, tzinfo=UTC)
DESK = Identity("US", "uscbp", "Nogales", "desk@uscbp", Role.COMMAND)
C5 = Identity("MX", "mxgn", "C5", "gateway:cap@mxgn", Role.GATEWAY)
GN3 = Identity("MX", "mxgn", "GN", "gn-3@mxgn", Role.PARTICIPANT)
RADIO = Identity("MX", "mxgn", "C5", "gateway:radio@mxgn", Role.GATEWAY)
ROSTER = (DESK, C5, GN3, RADIO)


def message(body: object, **fields: object) -> Message:
    return Message(id=derived_id(NOW, "x"), sender=Sender.of(DESK), sent=NOW, body=body, **fields)  # type: ignore[arg-type]  # names and types are Message's


def test_everyone_but_the_sender_has_a_preview_in_what_they_speak() -> None:
    seen = message(Observation(size=2, activity=LanguageText(text="digging")))
    heard = audience(seen, ROSTER, (), NOW)
    assert [one.member.device for one in heard] == [C5.device, GN3.device, RADIO.device]
    by_name = {one.member.device: one.preview for one in heard}
    cap, own = by_name[C5.device], by_name[GN3.device]
    assert cap is not None
    assert cap.format == "cap"
    assert "kind" in cap.lost
    assert own is not None
    assert own.losses == ()
    assert by_name[RADIO.device] is None


def test_what_is_withheld_and_what_is_refused_is_said() -> None:
    withheld = message(
        Observation(camera="C-14"), handling=Handling(withheld=(Caveat(path="/body/camera"),))
    )
    c5, *_ = audience(withheld, ROSTER, (), NOW)
    assert c5.preview is not None
    assert [stub.path for stub in c5.preview.withheld] == ["/body/camera"]
    c5, *_ = audience(message(Position(unit="BP-7")), ROSTER, (), NOW)
    assert c5.preview is not None
    assert c5.preview.refused is not None


def test_of_several_formats_the_best_counts() -> None:
    both = (SpokenFormat(format="cap"), SpokenFormat(format="cot"))
    body = EquipmentNotice(change=EquipmentChange.REPLACE, formats=both)
    notice = Message(id=derived_id(NOW, "n"), sender=Sender.of(C5), sent=NOW, body=body)
    c5, *_ = audience(message(Position(unit="BP-7")), ROSTER, (notice,), NOW)
    assert c5.preview is not None
    assert c5.preview.format == "cot"
