"""Distributions in JSON, as a national hub deploys them: the same message, the same JSON again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest

from protocols.errors import MalformedDocument, UnsupportedVersion
from protocols.formats import canonical
from protocols.formats.cap import alert as cap
from protocols.formats.codec import STRANGER, Settings
from protocols.formats.edxl_de.json_form import (
    as_xml,
    from_json,
    is_json,
    looks_like_json,
    readable,
    to_json,
)
from protocols.formats.edxl_de.read import Reader
from protocols.formats.edxl_de.write import Writer
from protocols.formats.losses import unaccounted
from protocols.messages.envelope import Message
from protocols.messages.envelope import to_json as message_json
from protocols.messages.kinds import AssistRequest, Text
from protocols.messages.values import Exercise

READER = Reader((canonical.FORMAT, cap.FORMAT))
WRITER = Writer(READER)


def hub(content: Any, **more: Any) -> bytes:
    document = {
        "distributionID": "fr.health.samuA_2608323d",
        "senderID": "fr.health.samuA",
        "dateTimeSent": "2026-03-01T10:00:00+01:00",
        "dateTimeExpires": "2026-03-02T10:00:00+01:00",
        "distributionStatus": "Exercise",
        "distributionKind": "Report",
        "descriptor": {
            "language": "fr-FR",
            "explicitAddress": {
                "explicitAddressScheme": "hubex",
                "explicitAddressValue": "fr.health.samuB",
            },
        },
        "content": [{"jsonContent": {"embeddedJsonContent": content}}],
    }
    return json.dumps(document | more).encode()


def request() -> Any:
    message = Message(
        id="00e8d4a5-1000-7000-b060-b28b4f9afe03",
        sender=STRANGER,
        sent=cap.decode(ALERT).sent,
        body=AssistRequest(capability="K9"),
    )
    return json.loads(message_json(message))


ALERT = b"""<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>a1</identifier>
<sender>s@x</sender><sent>2026-03-01T10:00:00-07:00</sent><status>Actual</status>
<msgType>Alert</msgType><scope>Public</scope></alert>"""


def test_a_document_of_ours_inside_is_the_message() -> None:
    data = hub(request())
    message = READER.decode(data)
    assert message.kind == "assist.request"
    assert message.exercise is Exercise.EXERCISE
    assert message.handling.recipients == ("fr.health.samuB",)
    again = WRITER.encode(message)
    assert READER.decode(again.data).extensions == message.extensions
    written = json.loads(again.data)
    assert written["descriptor"] == json.loads(data)["descriptor"]
    assert written["distributionStatus"] == "Exercise"


def test_what_nobody_here_reads_is_kept_and_written_again() -> None:
    odd = {"messageId": "m", "count": 3, "open": True, "none": None, "list": [], "empty": {}}
    data = hub(odd, priority=3, tags=["a"], flags={})
    message = READER.decode(data)
    assert isinstance(message.body, Text)
    held = msgspec.structs.replace(message, original=None)
    assert unaccounted(READER.leaves(data), held) == []
    again = WRITER.encode(message).data
    assert json.loads(again) == json.loads(data)
    assert msgspec.structs.replace(READER.decode(again), original=None) == held


def test_what_is_written_keeps_to_the_hubs_schema(shared: Path) -> None:
    folder = shared / "corpus/edxl-de/schema-2.0-samu"
    schema = json.loads((folder / "EDXL-DE-envelope-only.schema.json").read_text())
    data = hub(request())
    jsonschema.validate(json.loads(data), schema)
    jsonschema.validate(json.loads(WRITER.encode(READER.decode(data)).data), schema)


def test_another_format_inside_makes_it_xml() -> None:
    message = READER.decode(hub(request()))
    data = WRITER.encode(message, Settings(inside="cap", carry_canonical=False)).data
    assert data.startswith(b"<?xml")
    assert b"urn:crossband:json" not in data
    assert READER.decode(data).exercise is Exercise.EXERCISE


def test_the_tree_is_json_again_until_something_else_stands_in_it() -> None:
    root = from_json(hub({"a": 1}))
    assert is_json(root)
    assert json.loads(to_json(root)) == json.loads(hub({"a": 1}))
    as_xml(root)
    assert not is_json(root)


@pytest.mark.parametrize("data", [b"{}", b'{"distributionID": "x"}'])
def test_other_objects_are_no_distribution(data: bytes) -> None:
    with pytest.raises(UnsupportedVersion):
        READER.decode(data)


def test_refusals_say_where() -> None:
    with pytest.raises(MalformedDocument, match="/a b: this is no name"):
        READER.decode(hub({}, **{"a b": 1}))
    with pytest.raises(MalformedDocument, match="/edxlDistribution"):
        READER.decode(b'{"distributionID": "x", "senderID": "y"}')


def test_what_looks_like_json() -> None:
    assert looks_like_json(b'\xef\xbb\xbf {"a":1}')
    assert not looks_like_json(b"<a/>")
    assert readable('{"a": 1}')
    assert not readable("[1]")
