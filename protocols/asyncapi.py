"""The websocket protocol as an AsyncAPI 3.0 document, made from the frames themselves.

Layouts come from the structs of `protocols.frames` (arrays, so `prefixItems`), the meaning of each
frame from the table at the top of that file: neither is written down a second time. The document
speaks for the hub: it *receives* what clients send. Both subprotocols carry the same frames; byte
fields are base64 text in JSON and `bin` in MessagePack, which JSON Schema cannot say, so the
schemas describe the JSON form and the MessagePack messages say how they differ.

AsyncAPI 3.0.0 (asyncapi.com/docs/reference/specification/v3.0.0), JSON Schema 2020-12.
"""

from __future__ import annotations

import json
import re
from typing import Any, get_args

import msgspec

from protocols import frames
from protocols.frames import (
    SUBPROTOCOL_JSON,
    SUBPROTOCOL_MSGPACK,
    ClientFrame,
    Create,
    Handshake,
    HubFrame,
    Login,
    Publish,
    Statement,
)

Document = dict[str, Any]

GROUP_FRAMES = (Create, Handshake, Publish)
"""What may be as large as `GROUP_FRAME_LIMIT`."""

_SCHEMAS = "#/components/schemas/"
_ENCODINGS = {
    "json": (SUBPROTOCOL_JSON, "application/json", "Text frames; bytes are base64 (RFC 4648)."),
    "msgpack": (
        SUBPROTOCOL_MSGPACK,
        "application/vnd.msgpack",
        "Binary frames; bytes are the MessagePack type bin, where the schema says base64 text.",
    ),
}
_MEANING = 62
"""Where the last column of the table in `protocols.frames` begins, its indentation left off."""


def document() -> Document:
    """The whole AsyncAPI document; the same for the same frames."""
    messages = {
        f"{encoding}.{tag_of(kind)}": _message(kind, encoding)
        for encoding in _ENCODINGS
        for kind in (*get_args(ClientFrame), *get_args(HubFrame))
    }
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Crossband hub",
            "version": "1",
            "description": _introduction(),
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {"hub": _server()},
        "channels": {encoding: _channel(encoding) for encoding in _ENCODINGS},
        "operations": {
            name: operation
            for encoding in _ENCODINGS
            for name, operation in _operations(encoding).items()
        },
        "components": {"schemas": schemas(), "messages": messages},
        "x-limits": _limits(),
    }


def text() -> str:
    """The document as it is checked in: JSON, two spaces, one newline at the end."""
    return json.dumps(document(), indent=2, ensure_ascii=False) + "\n"


def tag_of(kind: type[Any]) -> str:
    """The first item of a frame's array."""
    return str(kind.__struct_config__.tag)


def schemas() -> dict[str, Document]:
    """JSON Schema of every frame and of what stands in frames, by the name of its struct.

    Array items are given the names of their fields as titles; a later version may append items,
    and readers pass over those that they do not know.
    """
    kinds = (*get_args(ClientFrame), *get_args(HubFrame))
    _, made = msgspec.json.schema_components(kinds, ref_template=_SCHEMAS + "{name}")
    for name, schema in sorted(made.items()):
        if "description" in schema:
            schema["description"] = " ".join(schema["description"].split())
        struct = getattr(frames, name)
        if "prefixItems" in schema:
            names = [field.name for field in msgspec.structs.fields(struct)]
            tagged = ["tag"] if len(schema["prefixItems"]) > len(names) else []
            for title, item in zip([*tagged, *names], schema["prefixItems"], strict=True):
                item["title"] = title
    return {name: dict(made[name]) for name in sorted(made)}


def meanings() -> dict[str, str]:
    """What the table of frames says of each tag."""
    found: dict[str, list[str]] = {}
    tag = ""
    for line in (frames.__doc__ or "").splitlines():
        row = line[4:] if line.startswith("    ") else ""
        if not row.strip() or row.startswith("tag "):
            if not row.strip():
                tag = ""
            continue
        if row[0] != " ":
            tag = row.split()[0]
        if tag and row[_MEANING:].strip():
            found.setdefault(tag, []).append(row[_MEANING:].strip())
    return {name: " ".join(parts) for name, parts in found.items()}


def _introduction() -> str:
    """What no single frame can say."""
    return (
        "A hub that orders, stores and fans out ciphertext; bodies are MLS messages (RFC 9420). "
        "Every frame is an array whose first item is its tag. The hub begins with `challenge`, the "
        "client answers with `login`, signed over the nonce, the hub's name and the hash of the "
        "hub's TLS certificate (tls-server-end-point, RFC 5929), and gets `ready` or `refused`. "
        "`ref` is a number of the client's choice, 1 or greater, unique among its unanswered "
        "frames; a frame that carries one is answered once. Times are UTC microseconds since 1970."
    )


def _server() -> Document:
    return {
        "host": "{host}:{port}",
        "pathname": "/",
        "protocol": "wss",
        "description": "TLS 1.3. GET /health, /metrics and /checkpoint answer on the same port.",
        "variables": {"host": {"default": "localhost"}, "port": {"default": "8443"}},
    }


def _channel(encoding: str) -> Document:
    subprotocol, _, described = _ENCODINGS[encoding]
    kinds = (*get_args(ClientFrame), *get_args(HubFrame))
    return {
        "address": "/",
        "title": subprotocol,
        "description": described,
        "servers": [{"$ref": "#/servers/hub"}],
        "messages": {
            tag_of(kind): {"$ref": f"#/components/messages/{encoding}.{tag_of(kind)}"}
            for kind in kinds
        },
        "bindings": {
            "ws": {
                "method": "GET",
                "headers": {
                    "type": "object",
                    "properties": {"Sec-WebSocket-Protocol": {"const": subprotocol}},
                },
                "bindingVersion": "0.1.0",
            }
        },
    }


def _message(kind: type[Any], encoding: str) -> Document:
    message: Document = {
        "name": tag_of(kind),
        "title": kind.__name__,
        "summary": meanings()[tag_of(kind)],
        "contentType": _ENCODINGS[encoding][1],
        "payload": {"$ref": _SCHEMAS + kind.__name__},
    }
    if kind in get_args(ClientFrame):
        message["x-max-bytes"] = _largest(kind)
    return message


def _largest(kind: type[Any]) -> int:
    if kind in GROUP_FRAMES:
        return frames.GROUP_FRAME_LIMIT
    return frames.LOGIN_FRAME_LIMIT if kind in (Login, Statement) else frames.FRAME_LIMIT


def _operations(encoding: str) -> dict[str, Document]:
    """One operation a client frame, with its answers; one for all that the hub sends unasked."""
    answers = _answers()
    channel = {"$ref": f"#/channels/{encoding}"}
    place = f"#/channels/{encoding}/messages/"
    operations: dict[str, Document] = {}
    for kind in get_args(ClientFrame):
        tag = tag_of(kind)
        operation: Document = {
            "action": "receive",
            "channel": channel,
            "messages": [{"$ref": place + tag}],
        }
        if tag in answers:
            operation["reply"] = {
                "channel": channel,
                "messages": [{"$ref": place + answer} for answer in answers[tag]],
            }
        operations[f"{encoding}.{tag}"] = operation
    operations[f"{encoding}.hub"] = {
        "action": "send",
        "channel": channel,
        "messages": [{"$ref": place + tag_of(kind)} for kind in get_args(HubFrame)],
    }
    return operations


def _answers() -> dict[str, tuple[str, ...]]:
    """Tags that answer a client frame: those that the table names, else `accepted`."""
    named = {"login": "ready"}
    for tag, meaning in meanings().items():
        if found := re.match(r"answer to (\w+)", meaning):
            named[found[1]] = tag
    answers: dict[str, tuple[str, ...]] = {}
    for kind in get_args(ClientFrame):
        tag = tag_of(kind)
        if tag == "login":
            answers[tag] = ("ready", "refused")
        elif "ref" in kind.__struct_fields__:
            answers[tag] = (named.get(tag, "accepted"), "refused", "slow_down")
    return answers


def _limits() -> Document:
    """Bytes, counts and seconds, as `protocols.frames` states them."""
    return {
        "loginSeconds": frames.LOGIN_SECONDS,
        "pingSeconds": frames.PING_SECONDS,
        "loginFrameBytes": frames.LOGIN_FRAME_LIMIT,
        "frameBytes": frames.FRAME_LIMIT,
        "groupFrameBytes": frames.GROUP_FRAME_LIMIT,
        "groupFrames": [tag_of(kind) for kind in GROUP_FRAMES],
        "connectionsPerDevice": frames.CONNECTIONS_PER_DEVICE,
        "keyPackagesPerDevice": frames.PACKAGES_PER_DEVICE,
        "outboxMessages": frames.OUTBOX_MESSAGES,
        "outboxBytes": frames.OUTBOX_BYTES,
        "outboxSeconds": frames.OUTBOX_SECONDS,
        "replayRows": frames.REPLAY_ROWS,
    }
