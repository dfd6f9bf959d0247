"""One channel: order, folds, and what an own device adds to them."""

from __future__ import annotations

from msgspec.structs import replace

from protocols.client.fates import Fate, FateState
from protocols.clock import to_datetime
from protocols.frames import Stage
from protocols.messages.envelope import compose
from protocols.messages.kinds import AlarmAck, IncidentState, Position
from protocols.messages.machines.assistance import AssistState
from protocols.messages.values import Location, Point


def test_illegal_and_forbidden_messages_are_kept_as_refused(nogales) -> None:
    story = nogales.tell("emergency")
    ack = AlarmAck(alarm=story.ids["emergency"])
    story.message("observer_ack", "19:53", nogales.rcmp, ack, incident=nogales.incident)
    model = nogales.model("house")
    for event in story.events:
        model.apply(event)
    entry = model.entry(story.ids["observer_ack"])
    assert entry is not None
    assert entry.refused == "role_refused"
    assert "observer" in entry.sentence
    (line,) = [line for line in model.alarms() if line.name == story.ids["emergency"]]
    assert line.wants_me


def test_positions_are_in_the_picture_not_in_the_log(nogales) -> None:
    room = nogales.model("emergency", "19:53").room
    assert not any(isinstance(entry.message.body, Position) for entry in room.ordered)
    assert room.location_of("GN-3").point.lat == 31.3322
    assert room.history.units["GN-3"].status == "ON_SCENE"


def test_an_answer_takes_a_message_off_the_list(nogales) -> None:
    room = nogales.model().room
    ids = nogales.tell("active").ids
    assert list(room.asks) == [ids["plan"], ids["request"]]
    room.answered(ids["plan"])
    assert list(room.asks) == [ids["request"]]


def test_own_unit_leg_and_heads_come_from_plan_and_check_ins(nogales) -> None:
    room = nogales.model("morning").room
    assert room.own_unit() == "PATROL-7"
    assert room.heads_of("PATROL-7") == 3
    assert room.heads_of("GN-3") == 4
    assert room.leg_now(nogales.at("19:51")) == "Ephraim Canyon"
    assert nogales.model("house").room.own_unit() == "PATROL-7"


def test_incidents_have_a_state_for_each_side_and_go_round(nogales) -> None:
    room = nogales.model().room
    record = room.incident()
    assert record.sides == {"US": IncidentState.ACTIVE, "MX": IncidentState.ACTIVE}
    assert record.shared is IncidentState.ACTIVE
    assert room.incident(1) == record
    assert len(room.incidents[record.id]) == 7


def test_delivery_shows_a_request_as_received_and_nothing_more(nogales) -> None:
    from protocols.client.fates import Fate, FateState, RecipientFate
    from protocols.messages.kinds import AssistRequest

    story = nogales.tell("morning")
    story.message("help", "19:20", nogales.me, AssistRequest(capability="DRONE", to="MX"))
    model = nogales.model("house")
    for event in story.events:
        model.apply(event)
    assist = story.ids["help"]
    assert model.room.history.assists[assist].state is AssistState.SENT
    recipient = RecipientFate(nogales.c5.device, Stage.ACKNOWLEDGED, "", nogales.at("19:21"))
    model.apply_fate(
        Fate(
            message_id=assist, channel=nogales.channel, number=9, queued_at=1,
            state=FateState.ON_DISK, seq=6, recipients=(recipient,),
        )
    )  # fmt: skip
    record = model.room.history.assists[assist]
    assert record.state is AssistState.RECEIVED
    assert record.changed_at == to_datetime(nogales.at("19:21"))


def test_what_waits_is_newer_than_the_log_but_not_what_was_refused(nogales) -> None:
    model = nogales.model("emergency", "19:53")
    room = model.room
    logged = room.location_of("PATROL-7")
    there = Location(point=Point(lat=31.34, lon=-110.96))
    moved = compose(
        nogales.me, Position(unit="PATROL-7"), clock=lambda: nogales.at("19:52"),
        id=nogales.identifier(901), location=there,
    )  # fmt: skip
    model.composed(nogales.channel, moved)
    assert room.location_of("PATROL-7") == there
    fate = Fate(message_id=moved.id, channel=nogales.channel, number=901, queued_at=0)
    model.apply_fate(replace(fate, state=FateState.REFUSED, code="role_refused"))
    assert room.location_of("PATROL-7") == logged
    model.apply_fate(replace(fate, state=FateState.REPLACED))
    assert moved.id not in room.waiting
