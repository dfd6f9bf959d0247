"""The AsyncAPI document is current, whole, and describes the frames that are really sent."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import jsonschema
import msgspec
import pytest

from protocols import frames
from protocols.asyncapi import GROUP_FRAMES, document, meanings, schemas, tag_of, text
from protocols.errors import FrameTooLarge
from protocols.frames import JSON, MSGPACK, ClientFrame, HubFrame

DOCUMENT = json.loads(text())
CHECKED_IN = Path(__file__).resolve().parents[2] / "docs" / "asyncapi.json"
CLIENT, HUB = get_args(ClientFrame), get_args(HubFrame)
POLICY = frames.Policy(title="Túnel", owners=("uscbp", "gn"), gatewayed=True)
STATE = frames.ChannelState("ch", 1, 9, 1, POLICY, ("uscbp",), POLICY)

SAMPLES: tuple[Any, ...] = (
    frames.Login("d", (b"leaf", b"root"), b"s"),
    frames.Statement(b"x"),
    frames.Create(1, "ch", POLICY, b"g"),
    frames.SetPolicy(2, "ch", frames.Policy()),
    frames.Subscribe(3, "ch", 0),
    frames.Send(4, b"\x00\xff"),
    frames.Handshake(5, b"c", b"g"),
    frames.Handshake(5, b"c", b"g", b"w"),
    frames.Propose(6, b"p"),
    frames.Publish(7, (b"k",)),
    frames.Publish(7, (), b"last"),
    frames.Claim(8, "d", "ch"),
    frames.Fetch(9, "ch"),
    frames.Directory(10),
    frames.Joined("ch", 4),
    frames.Receipt("ch", frames.Stage.SHOWN, (1, 2), "offline"),
    frames.Trace(11, "ch", 3),
    frames.Cannot("ch", 3, "bad_path"),
    frames.Challenge(bytes(32), "hub", 1),
    frames.Ready("d", 1, (STATE,), 50, frames.HubSender(b"k", b"c")),
    frames.Accepted((frames.Ack(1, 2, 3),)),
    frames.Refusal(1, "epoch_conflict", "another", "rebuild", {"epoch": 3, "by": "x"}),
    frames.Entry(1, 2, frames.EntryKind.COMMIT, b"body"),
    frames.CaughtUp("ch", 1),
    frames.Superseded("ch", (1, 2)),
    frames.Pruned("ch", 5),
    frames.Welcome("ch", 2, b"w"),
    frames.Package(1, "d", b"k"),
    frames.GroupInfo(1, "ch", 2, b"g"),
    frames.Devices(1, (frames.DeviceEntry("d", "gn", "MX", "participant", True, 3),)),
    frames.Ledger(1, "ch", 2, (frames.LedgerRow("d", frames.Stage.FAILED, "no keys", 1),)),
    frames.Channel("ch", STATE),
    frames.SlowDown(1, 250, "busy"),
    frames.Notice("closing", "x", "y"),
)


def resolve(reference: str) -> Any:
    found: Any = DOCUMENT
    for step in reference.removeprefix("#/").split("/"):
        found = found[step]
    return found


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for one in value.values():
            yield from references(one)
    elif isinstance(value, list):
        for one in value:
            yield from references(one)


def validator(kind: type[Any]) -> jsonschema.Draft202012Validator:
    schema = {"$ref": f"#/components/schemas/{kind.__name__}", "components": DOCUMENT["components"]}
    return jsonschema.Draft202012Validator(schema)


def test_the_document_that_is_checked_in_is_current() -> None:
    assert CHECKED_IN.read_text(encoding="utf-8") == text(), "run python -m docs.asyncapi"
    assert list(document()) == list(DOCUMENT)


def test_its_shape_is_that_of_asyncapi_3() -> None:
    assert DOCUMENT["asyncapi"] == "3.0.0"
    assert {"title", "version"} <= set(DOCUMENT["info"])
    allowed = {"asyncapi", "id", "info", "servers", "defaultContentType", "channels", "operations",
               "components"}  # fmt: skip
    assert {key for key in DOCUMENT if not key.startswith("x-")} <= allowed
    for server in DOCUMENT["servers"].values():
        assert {"host", "protocol"} <= set(server)
    for channel in DOCUMENT["channels"].values():
        assert all(set(one) == {"$ref"} for one in channel["messages"].values())
        assert all(one["$ref"].startswith("#/servers/") for one in channel["servers"])
    for message in DOCUMENT["components"]["messages"].values():
        assert {"name", "contentType", "payload"} <= set(message)
    assert all(resolve(reference) for reference in set(references(DOCUMENT)))


def test_operations_stay_within_their_channel() -> None:
    """AsyncAPI 3: messages of an operation are a subset of its channel's, by reference to it."""
    for name, operation in DOCUMENT["operations"].items():
        assert operation["action"] in {"send", "receive"}
        home = operation["channel"]["$ref"]
        assert home == f"#/channels/{name.partition('.')[0]}"
        for part in (operation, operation.get("reply", operation)):
            assert part["channel"]["$ref"] == home
            assert all(one["$ref"].startswith(f"{home}/messages/") for one in part["messages"])


@pytest.mark.parametrize("encoding", ["json", "msgpack"])
def test_every_frame_has_a_direction_in_both_subprotocols(encoding: str) -> None:
    operations = DOCUMENT["operations"]
    for kind in CLIENT:
        operation = operations[f"{encoding}.{tag_of(kind)}"]
        assert operation["action"] == "receive"
        assert ("ref" in kind.__struct_fields__) <= ("reply" in operation)
    sent = operations[f"{encoding}.hub"]
    assert sent["action"] == "send"
    assert [one["$ref"].rpartition("/")[2] for one in sent["messages"]] == [*map(tag_of, HUB)]
    title = {"json": frames.SUBPROTOCOL_JSON, "msgpack": frames.SUBPROTOCOL_MSGPACK}[encoding]
    assert DOCUMENT["channels"][encoding]["title"] == title
    answer = operations[f"{encoding}.claim"]["reply"]["messages"][0]["$ref"]
    assert answer.endswith("/package")


def test_every_frame_has_its_meaning_from_the_table() -> None:
    assert set(meanings()) == {tag_of(kind) for kind in (*CLIENT, *HUB)}
    assert meanings()["entry"] == "one entry of a channel's log"
    assert meanings()["statement"].endswith("proves itself, allowed before login")


def test_layouts_name_their_items_in_order() -> None:
    items = schemas()["Handshake"]["prefixItems"]
    assert [one["title"] for one in items] == ["tag", "ref", "body", "group_info", "welcome"]
    assert items[0]["enum"] == ["handshake"]


def test_schemas_are_json_schema() -> None:
    for schema in DOCUMENT["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)


def test_there_is_a_sample_of_every_frame() -> None:
    assert {type(sample) for sample in SAMPLES} == {*CLIENT, *HUB}


@pytest.mark.parametrize("frame", SAMPLES, ids=lambda frame: tag_of(type(frame)))
def test_real_frames_follow_their_schema_and_no_other(frame: Any) -> None:
    sent = json.loads(JSON.encode(frame))
    validator(type(frame)).validate(sent)
    others = [kind for kind in (*CLIENT, *HUB) if kind is not type(frame)]
    assert not [kind for kind in others if validator(kind).is_valid(sent)]


@pytest.mark.parametrize("frame", SAMPLES, ids=lambda frame: tag_of(type(frame)))
def test_messagepack_has_the_same_layout(frame: Any) -> None:
    """The same items; where the schema says base64 there are the bytes themselves."""

    def as_json(value: Any) -> Any:
        return msgspec.json.decode(msgspec.json.encode(value))

    sent = msgspec.msgpack.decode(MSGPACK.encode(frame))
    assert as_json(sent) == json.loads(JSON.encode(frame))
    validator(type(frame)).validate(as_json(sent))


def test_what_is_wrong_does_not_follow_the_schema() -> None:
    check = validator(frames.Send)
    assert check.is_valid(["send", 1, "AA=="])
    for wrong in (
        [],
        ["send"],
        ["send", 1],
        ["send", "1", "AA=="],
        ["send", 1, 5],
        {},
        ["sent", 1],
    ):
        assert not check.is_valid(wrong)


@pytest.mark.parametrize("kind", [frames.Create, frames.Handshake, frames.Publish, frames.Send])
def test_the_limits_are_those_that_the_codec_keeps(kind: type[Any]) -> None:
    large = bytes(frames.FRAME_LIMIT)
    made = {
        frames.Create: frames.Create(1, "c", POLICY, large),
        frames.Handshake: frames.Handshake(1, large, b""),
        frames.Publish: frames.Publish(1, (large,)),
        frames.Send: frames.Send(1, large),
    }[kind]
    message = DOCUMENT["components"]["messages"][f"msgpack.{tag_of(kind)}"]
    if kind in GROUP_FRAMES:
        assert message["x-max-bytes"] == frames.GROUP_FRAME_LIMIT
        assert MSGPACK.decode_client(MSGPACK.encode(made)) == made
    else:
        assert message["x-max-bytes"] == frames.FRAME_LIMIT
        with pytest.raises(FrameTooLarge):
            MSGPACK.decode_client(MSGPACK.encode(made))
    assert DOCUMENT["x-limits"]["groupFrames"] == [tag_of(one) for one in GROUP_FRAMES]
    assert set(frames._LARGE) == set(GROUP_FRAMES)
