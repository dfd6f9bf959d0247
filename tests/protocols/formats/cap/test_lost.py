"""What CAP cannot say of an alert: one loss each, and none for an alert that came from CAP."""

from __future__ import annotations

import types
from datetime import UTC, datetime

import pytest

from protocols.formats.cap import lost
from protocols.formats.losses import Losses
from protocols.messages.envelope import Message
from protocols.messages.kinds import Alert, AlertInfo, Resource
from protocols.messages.values import (
    Area,
    Circle,
    LanguageText,
    Moment,
    NativeCode,
    Parameter,
    Point,
)

SENT = datetime(2026, 11, 21, 19, 33, tzinfo=UTC)
HALF = datetime(2026, 11, 21, 19, 33, 0, 500_000, tzinfo=UTC)
POINT = Point(lat=1, lon=2, hae=3, ce=4)


def message(making: types.SimpleNamespace, body: Alert, **fields: object) -> Message:
    given: dict[str, object] = {
        "id": "019a9c3e-7a00-7000-8000-000000000001",
        "sender": making.sender,
        "sent": SENT,
        "body": body,
    }
    return Message(**(given | fields))  # type: ignore[arg-type]  # fields of Message


def fields_lost(making: types.SimpleNamespace, info: AlertInfo, **fields: object) -> list[str]:
    losses = Losses()
    lost.info_losses(info, message(making, Alert(infos=(info,)), **fields), "i", losses)
    return [loss.field for loss in losses.take()]


@pytest.mark.parametrize(
    ("info", "fields"),
    [
        (AlertInfo(event=" "), ["i.event"]),
        (AlertInfo(web=" http://x"), ["i.web"]),
        (AlertInfo(category=("Met", "")), ["i.category.1"]),
        (
            AlertInfo(event_codes=(NativeCode(system="a ", code="b", label="c"),)),
            ["i.event_codes.0.label", "i.event_codes.0.system"],
        ),
        (AlertInfo(parameters=(Parameter(name=" a", value="b"),)), ["i.parameters.0.name"]),
        (AlertInfo(expires=HALF), ["i.expires"]),
        (
            AlertInfo(resources=(Resource(description="", content=b"", size=-1),)),
            [f"i.resources.0.{name}" for name in ("description", "content", "size")],
        ),
        (
            AlertInfo(areas=(Area(description=LanguageText(text="", language="es")),)),
            ["i.areas.0.description.text", "i.areas.0.description.language"],
        ),
        (
            AlertInfo(areas=(Area(polygons=((POINT,),)),)),
            ["i.areas.0.polygons.0.0.hae", "i.areas.0.polygons.0.0.ce"],
        ),
        (
            AlertInfo(areas=(Area(circles=(Circle(centre=POINT, radius=1.0),)),)),
            ["i.areas.0.circles.0.centre.hae", "i.areas.0.circles.0.centre.ce"],
        ),
        (AlertInfo(event="x", web="http://x", expires=SENT), []),
    ],
)
def test_each_is_a_loss_with_its_field(
    info: AlertInfo, fields: list[str], making: types.SimpleNamespace
) -> None:
    assert fields_lost(making, info) == fields


def test_a_fraction_whose_words_are_kept_is_not_lost(making: types.SimpleNamespace) -> None:
    kept = {"/i/expires": Moment(text="2026-11-21T19:33:00.5Z", offset_given=True)}
    assert fields_lost(making, AlertInfo(expires=HALF), moments=kept) == []


def test_lists_that_cap_cannot_hold(making: types.SimpleNamespace) -> None:
    losses = Losses()
    body = Alert(addresses=('say "no" twice',), incidents=("one two",), note=" ")
    lost.list_losses(message(making, body, incident=""), body, None, losses)
    assert [loss.field for loss in losses.take()] == ["body.addresses.0", "incident", "body.note"]


def test_an_alert_without_infos_loses_the_fraction(making: types.SimpleNamespace) -> None:
    losses = Losses()
    lost.list_losses(message(making, Alert(), sent=HALF), Alert(), None, losses)
    assert [loss.field for loss in losses.take()] == ["sent"]
