"""Parameters of ours inside alerts: believed where they are alone, weighed where a desk wrote."""

from __future__ import annotations

import types
from datetime import UTC, datetime

import pytest

from protocols.errors import MalformedDocument
from protocols.formats.cap import alert as cap
from protocols.formats.cap import inside
from protocols.messages.envelope import Message, from_json, to_json
from protocols.messages.kinds import Alarm, AlertInfo, IncidentUpdate
from protocols.messages.values import Exercise, Parameter

HEAD = (
    '<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>C5-7</identifier>'
    "<sender>c5</sender><sent>2026-11-21T19:36:00-07:00</sent><status>{status}</status>"
    "<msgType>Alert</msgType><scope>Public</scope><info>{info}</info></alert>"
)
PAIR = "<parameter><valueName>{}</valueName><value>{}</value></parameter>"


def alert(*pairs: tuple[str, str], status: str = "Exercise", more: str = "") -> bytes:
    parameters = "".join(PAIR.format(*pair) for pair in pairs)
    return HEAD.format(status=status, info=parameters + more).encode()


def test_only_what_names_a_field_is_taken_out() -> None:
    names = ("crossband:incident", "crossband:nonsense", "incident", "crossband:handling.tlp")
    info = AlertInfo(parameters=tuple(Parameter(name=name, value="x") for name in names))
    ours, (rest,) = inside.taken_out((info,))
    assert [name for name, _ in ours] == ["crossband:incident", "crossband:handling.tlp"]
    assert [one.name for one in rest.parameters] == ["crossband:nonsense", "incident"]
    kind = Parameter(name="crossband:kind", value="alarm")
    ours, _ = inside.taken_out((AlertInfo(parameters=(*info.parameters, kind)),))
    assert len(ours) == 4
    assert inside.taken_out(()) == ([], ())


@pytest.mark.parametrize(
    ("status", "claimed", "read"),
    [
        ("Exercise", "actual", Exercise.EXERCISE),
        ("Exercise", "simulation", Exercise.SIMULATION),
        ("Draft", "not_stated", Exercise.NOT_STATED),
        ("Draft", "actual", Exercise.DRAFT),
        ("Test", "not_stated", Exercise.TEST),
        ("Test", "actual", Exercise.TEST),
        ("System", "actual", Exercise.SYSTEM),
        ("Exercise", "not_stated", Exercise.EXERCISE),
        ("Actual", "exercise", Exercise.ACTUAL),
    ],
)
def test_a_parameter_never_makes_an_exercise_real(
    status: str, claimed: str, read: Exercise
) -> None:
    kind = (("crossband:kind", "alarm"), ("crossband:alarm_class", "OTHER"))
    for pairs in (kind, ()):
        document = alert(*pairs, ("crossband:exercise", claimed), status=status)
        assert cap.decode(document).exercise is read


def test_a_desk_that_writes_by_hand_keeps_everything_it_wrote() -> None:
    message = cap.decode(
        alert(
            ("crossband:kind", "incident.update"),
            ("clave", "local"),
            more="<onset>soon</onset><area><areaDesc>Norte</areaDesc><polygon>?</polygon></area>",
        )
    )
    assert isinstance(message.body, IncidentUpdate)
    kept = str(message.extensions["cap"])
    assert all(word in kept for word in ("local", "soon", "Norte", "?"))
    assert {loss.field for loss in message.losses} == {
        "body.infos.0.onset",
        "body.infos.0.areas.0.polygon",
    }
    assert message.moments["/sent"].text == "2026-11-21T19:36:00-07:00"
    assert from_json(to_json(message)) == message


def test_a_claim_that_texts_were_made_from_parameters_is_checked() -> None:
    hidden = alert(
        ("crossband:rendered", "0" * 32),
        ("crossband:kind", "alarm"),
        ("crossband:alarm_class", "OTHER"),
        more="<description>come alone</description>",
    )
    message = cap.decode(hidden)
    assert isinstance(message.body, Alarm)
    assert "come alone" in str(message.extensions["cap"])
    assert message.original is not None
    assert message.original.data == hidden


@pytest.mark.parametrize(
    ("place", "text", "kept"),
    [
        ("/sent", "2026-11-22T02:36:00.5Z", True),
        ("/sent", "2027-01-01T00:00:00Z", False),
        ("/body/infos/9/expires", "2026-11-22T02:36:00.5Z", False),
        ("/body/infos/0/event", "2026-11-22T02:36:00.5Z", False),
        ("/sent", "never", False),
    ],
)
def test_a_moment_is_restored_only_where_it_is_the_same_second(
    place: str, text: str, kept: bool
) -> None:
    moments = f'{{"{place}":{{"text":"{text}","offset_given":true}}}}'
    message = cap.decode(alert(("crossband:moments", moments)))
    assert (message.sent.microsecond == 500_000) is kept
    assert message.sent.replace(microsecond=0) == datetime(2026, 11, 22, 2, 36, tzinfo=UTC)


@pytest.mark.parametrize(
    "pair",
    [
        ("crossband:moments", "["),
        ("crossband:incident.x", "1"),
        ("crossband:extensions", '{"a":1,"a":2}'),
        ("crossband:sent", "today"),
        ("crossband:target_area.0.ceiling", "inf"),
        ("crossband:target_area.0.ceiling", "1e999"),
        ("crossband:target_area.0.altitude", "NaN"),
    ],
)
def test_parameters_that_do_not_fit_are_refused_by_name(pair: tuple[str, str]) -> None:
    with pytest.raises(MalformedDocument, match="crossband:"):
        cap.decode(alert(pair))


def test_a_word_that_only_looks_like_no_number_is_a_word() -> None:
    assert cap.decode(alert(("crossband:incident", "INF-1"))).incident == "INF-1"


def test_what_a_gateway_wrote_is_read_by_another_in_its_own_name(
    making: types.SimpleNamespace,
) -> None:
    written = Message(
        id="019a9c3e-7a00-7000-8000-000000000001",
        sender=making.sender,
        sent=datetime(2026, 11, 21, 19, 33, tzinfo=UTC),
        body=Alarm(alarm_class="EMERGENCY"),
    )
    read = cap.decode(cap.encode(written).data)
    assert read == written or read.sender == written.sender
    assert read.extensions == {}
