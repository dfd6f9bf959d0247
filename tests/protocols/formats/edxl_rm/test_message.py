"""EDXL-RM over the corpus and over every kind: what it reads, writes, refuses and loses."""

from __future__ import annotations

import types
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
import xmlschema
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from protocols.errors import FormatRefused, MalformedDocument, NotRepresentable, UnsupportedVersion
from protocols.formats.edxl_rm.message import FORMAT, decode, encode, leaves
from protocols.formats.losses import leaf_paths, unaccounted
from protocols.messages.envelope import Message
from protocols.messages.kinds import KINDS, AssistAnswer, AssistReply
from protocols.messages.values import Exercise

ASSISTANCE = ("assist.request", "assist.reply", "assist.deployed", "assist.release")


def samples(shared: Path) -> list[Path]:
    return sorted((shared / "corpus/edxl-rm/samples").glob("*.xml"))


def bare(message: Message) -> Message:
    return msgspec.structs.replace(message, original=None)


def plain(message: Message) -> dict[str, Any]:
    built = msgspec.to_builtins(message)
    built.setdefault("language", message.language)
    for name in ("original", "losses", "moments"):
        built.pop(name, None)
    return dict(leaf_paths(built))


@pytest.fixture(scope="module")
def valid(shared: Path) -> Any:
    """The faults of a document by its own schema, whose imports are wrong in their case."""
    folder = shared / "corpus/edxl-rm/schema-1.0"
    files = {path.name.lower(): path.as_uri() for path in folder.iterdir()}
    schemas: dict[str, xmlschema.XMLSchema10] = {}

    def faults(data: bytes) -> list[str]:
        root = etree.fromstring(data)
        name = etree.QName(root).localname
        if name not in schemas:
            schemas[name] = xmlschema.XMLSchema10(
                str(folder / f"EDXL-RM{name}.xsd"),
                uri_mapper=lambda uri: files.get(uri.rpartition("/")[2].lower(), uri),
                validation="lax",
            )
        text = etree.tostring(root, encoding="unicode")
        return [str(fault.reason) for fault in schemas[name].iter_errors(text)]

    return faults


def test_the_corpus_is_read(shared: Path) -> None:
    kinds = Counter(decode(path.read_bytes()).kind for path in samples(shared))
    assert kinds == {"assist.request": 2, "assist.reply": 2}


def test_two_samples_fail_their_own_schema_and_are_read_all_the_same(
    shared: Path, valid: Any
) -> None:
    failing = [path.name for path in samples(shared) if valid(path.read_bytes())]
    assert failing == ["CommitResource-Decline.xml", "RequestResource.3.xml"]


def test_the_corpus_survives_and_nothing_vanishes(shared: Path) -> None:
    for path in samples(shared):
        data = path.read_bytes()
        message = decode(data)
        assert unaccounted(leaves(data), bare(message)) == []
        encoded = encode(message)
        assert encoded.losses == ()
        assert bare(decode(encoded.data)) == bare(message)
        assert decode(data).id == message.id


def test_a_valid_sample_is_written_valid(shared: Path, valid: Any) -> None:
    for name in ("RequestResource.1.xml", "CommitResource.1.xml"):
        data = (shared / "corpus/edxl-rm/samples" / name).read_bytes()
        assert valid(encode(decode(data)).data) == []


def test_a_reply_leads_to_its_request(shared: Path) -> None:
    folder = shared / "corpus/edxl-rm/samples"
    request = decode((folder / "RequestResource.1.xml").read_bytes())
    reply = decode((folder / "CommitResource.1.xml").read_bytes())
    decline = decode((folder / "CommitResource-Decline.xml").read_bytes())
    assert isinstance(reply.body, AssistReply)
    assert isinstance(decline.body, AssistReply)
    assert reply.body.assist == decline.body.assist == request.id
    assert reply.in_reply_to == request.id
    assert reply.body.answer is AssistAnswer.ACCEPTED
    assert reply.body.units == ("Track Dozer #48", "Track Dozer #7")
    assert decline.body.answer is AssistAnswer.DECLINED
    assert decline.body.units == ()


def test_it_never_says_whether_it_is_real(shared: Path) -> None:
    assert FORMAT.exercises == frozenset()
    for path in samples(shared):
        assert decode(path.read_bytes()).exercise is Exercise.NOT_STATED


@pytest.mark.parametrize("kind", ASSISTANCE)
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_every_value_is_read_back_or_in_the_losses(
    kind: str, data: st.DataObject, making: types.SimpleNamespace, valid: Any
) -> None:
    message = data.draw(making.messages_of(kind))
    encoded = encode(message)
    read = decode(encoded.data)
    assert read.kind == kind
    assert valid(encoded.data) == []
    found, lost = plain(read), {loss.field for loss in encoded.losses}
    missing = [p for p, v in plain(message).items() if found.get(p) != v and p not in lost]
    assert missing == []


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_other_kinds_are_refused(data: st.DataObject, making: types.SimpleNamespace) -> None:
    kind = data.draw(st.sampled_from([name for name in KINDS if name not in ASSISTANCE]))
    with pytest.raises(NotRepresentable):
        encode(data.draw(making.messages_of(kind)))


def test_a_receipt_is_no_commitment(making: types.SimpleNamespace) -> None:
    for kind in ("receipt", "read"):
        body = KINDS[kind].body(of="00e8d4a5-1000-7000-b060-b28b4f9afe02")  # type: ignore[call-arg]  # both name a message
        message = Message(
            id="00e8d4a5-1000-7000-b060-b28b4f9afe03",
            sender=making.sender,
            sent=datetime(2026, 3, 1, tzinfo=UTC),
            body=body,
        )
        with pytest.raises(NotRepresentable, match=kind):
            encode(message)


def test_refusals_say_where() -> None:
    with pytest.raises(UnsupportedVersion, match="Line 1"):
        decode(b"<RequestResource/>")
    space = "urn:oasis:names:tc:emergency:EDXL:RM:1.0:msg"
    with pytest.raises(UnsupportedVersion, match="BuyResource"):
        decode(f'<BuyResource xmlns="{space}"/>'.encode())
    with pytest.raises(MalformedDocument, match="/RequestResource/MessageID"):
        decode(f'<RequestResource xmlns="{space}"/>'.encode())


@given(data=st.binary(max_size=300))
@settings(max_examples=60, deadline=None)
def test_noise_is_refused(data: bytes) -> None:
    with pytest.raises(FormatRefused):
        decode(data)


def test_the_crosswalk_has_every_kind_and_field() -> None:
    rows = {row.field: row for row in FORMAT.crosswalk()}
    assert {f"kind {kind}" for kind in KINDS} <= set(rows)
    said = {name.partition(".")[0] for name in rows}
    assert set(Message.__struct_fields__) - {"body"} <= said
    assert rows["kind assist.reply"].home == "CommitResource"
