"""What they will see is what their own system reads, and what it does not."""

from __future__ import annotations

from datetime import UTC, datetime

from protocols.foresight.preview import as_seen_by
from protocols.formats.codec import Settings, derived_id
from protocols.formats.registry import FORMATS
from protocols.identity import Identity, Role
from protocols.messages.envelope import Caveat, Handling, Message, Sender
from protocols.messages.kinds import AssistRequest, Observation, Position, Text
from protocols.messages.values import LanguageText, Location, Point

SENT = datetime(2026, 11, 22, 19, 31, tzinfo=UTC)
DESK = Identity("US", "uscbp", "Nogales", "desk@uscbp", Role.COMMAND)
C5 = Identity("MX", "mxgn", "C5", "gateway:cap@mxgn", Role.GATEWAY)


def message(body: object, **fields: object) -> Message:
    name = derived_id(SENT, type(body).__name__)
    return Message(id=name, sender=Sender.of(DESK), sent=SENT, body=body, **fields)  # type: ignore[arg-type]  # names and types are Message's


def test_a_tak_screen_does_not_see_what_only_our_copy_carries() -> None:
    request = message(AssistRequest(capability="SEARCH", quantity=2), incident="TUN-1")
    preview = as_seen_by(request, FORMATS["cot"])
    assert b"__crossband" not in preview.document
    assert preview.seen is not None
    assert preview.seen.kind != "assist.request"
    assert {"kind", "incident"} <= set(preview.lost)


def test_a_format_that_cannot_say_it_is_an_answer() -> None:
    preview = as_seen_by(message(Position(unit="BP-7")), FORMATS["cap"])
    assert preview.refused is not None
    assert preview.refused.code == "not_representable"
    assert preview.document == b""
    assert preview.seen is None


def test_our_own_format_loses_nothing() -> None:
    said = message(Text(text=LanguageText(text="hola", language="es")), language="es")
    preview = as_seen_by(said, FORMATS["canonical"])
    assert preview.seen == said
    assert preview.losses == ()


def test_a_withheld_field_is_not_in_their_document() -> None:
    seen = message(
        Observation(size=2, camera="C-14"),
        handling=Handling(withheld=(Caveat(path="/body/camera"),)),
        location=Location(point=Point(lat=31.3, lon=-110.9)),
    )
    preview = as_seen_by(seen, FORMATS["cap"], Settings(language="es"), reader=C5)
    assert b"C-14" not in preview.document
    assert [stub.path for stub in preview.withheld] == ["/body/camera"]
    assert b"C-14" in as_seen_by(seen, FORMATS["cap"], reader=DESK).document
