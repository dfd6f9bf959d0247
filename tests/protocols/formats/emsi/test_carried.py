"""The message inside counts for as long as nobody has changed the document around it."""

from __future__ import annotations

import json
import types
from datetime import UTC, datetime

import msgspec
import pytest

from protocols.errors import MalformedDocument
from protocols.formats.codec import Settings
from protocols.formats.emsi import carried, syntax
from protocols.formats.emsi import document as emsi
from protocols.identity import Identity, Role
from protocols.messages.envelope import Handling, Message
from protocols.messages.kinds import IncidentOpen
from protocols.messages.release import view
from protocols.messages.values import Exercise, LanguageText, PersonalData, Tlp


def message(making: types.SimpleNamespace) -> Message:
    return Message(
        id="0193529c-0000-7000-8000-000000000001",
        sender=making.sender,
        sent=datetime(2026, 11, 22, tzinfo=UTC),
        incident="INC-7",
        exercise=Exercise.EXERCISE,
        handling=Handling(tlp=Tlp.AMBER),
        body=IncidentOpen(incident_type="TUNNEL", persons=2, summary=LanguageText(text="s\x01")),
    )


@pytest.mark.parametrize("syntax", ["json", "xml"])
def test_everything_comes_back(syntax: str, making: types.SimpleNamespace) -> None:
    sent = message(making)
    back = emsi.decode(emsi.encode(sent, Settings(version=syntax)).data)
    assert (back.body, back.exercise, back.handling) == (sent.body, sent.exercise, sent.handling)
    assert back.sender == sent.sender


def test_a_changed_document_counts_and_says_so(making: types.SimpleNamespace) -> None:
    document = json.loads(emsi.encode(message(making)).data)
    document["emsi"]["EVENT"]["STATUS"] = "COM"
    document["emsi"]["CONTEXT"]["MODE"] = "TEST"
    back = emsi.decode(json.dumps(document).encode())
    assert back.kind == "incident.close"
    assert back.exercise is Exercise.TEST
    assert [loss.field for loss in back.losses] == ["/CONTEXT/EXTERNAL_INFO"]
    assert "EXTERNAL_INFO" not in back.extensions["emsi"]["CONTEXT"]


def test_what_is_inside_must_be_a_message(making: types.SimpleNamespace) -> None:
    tree = {"CONTEXT": {"ID": "1"}, "EVENT": {}}
    whole = carried.put(tree, message(making))
    assert carried.take(whole) == (tree, message(making), ())
    whole["CONTEXT"]["EXTERNAL_INFO"][0]["URI"] += "*"
    with pytest.raises(MalformedDocument, match="EXTERNAL_INFO"):
        carried.take(whole)


def test_the_links_of_others_stay() -> None:
    tree = {"CONTEXT": {"EXTERNAL_INFO": [{"URI": "https://example.fr", "TYPE": "MAP"}]}}
    assert carried.take(tree) == (tree, None, ())


@pytest.mark.parametrize(
    ("mode", "beside"),
    [("EXERCS", {}), ("EXCERCS", {}), ("ACTUAL", {"status": "Exercise"}), ("TEST", {})],
)
def test_an_exercise_around_an_actual_message_is_never_read_as_actual(
    mode: str,
    beside: dict[str, str],
    making: types.SimpleNamespace,
    emsis: types.SimpleNamespace,
) -> None:
    actual = msgspec.structs.replace(message(making), exercise=Exercise.ACTUAL)
    tree = carried.put(emsis.tree(context={"MODE": mode}), actual)
    back = emsi.decode(json.dumps({"emsi": tree, **beside}).encode())
    assert back.id == actual.id
    assert back.exercise is (Exercise.TEST if mode == "TEST" else Exercise.EXERCISE)
    assert "exercise" in {loss.field for loss in back.losses}
    if not beside:
        in_xml = syntax.serialise(tree, "xml", {})
        assert emsi.decode(in_xml).exercise is back.exercise


def test_only_an_unchanged_document_of_ours_brings_its_id(making: types.SimpleNamespace) -> None:
    sent = message(making)
    whole = json.loads(emsi.encode(sent).data)
    assert emsi.decode(json.dumps(whole).encode()).id == sent.id
    whole["emsi"]["EVENT"]["NAME"] = "other"
    changed = emsi.decode(json.dumps(whole).encode())
    assert changed.source is not None
    assert changed.source.id == sent.id
    bare = emsi.decode(emsi.encode(sent, Settings(carry_canonical=False)).data)
    assert len({sent.id, changed.id, bare.id}) == 3


def test_a_carrier_that_calls_contacts_no_personal_data_is_not_believed(
    making: types.SimpleNamespace, emsis: types.SimpleNamespace
) -> None:
    resource = {"ID": "r", "CONTACTS": [{"TYPE": "PHNNUM", "DETAIL": "6315550100"}]}
    tree = carried.put(emsis.tree(RESOURCE=[resource]), message(making))
    back = emsi.decode(json.dumps({"emsi": tree}).encode())
    assert back.handling.personal is PersonalData.CONTACT
    assert back.handling.tlp is Tlp.AMBER
    seen = view(back, Identity("MX", "c5", "mesa", "d1@c5", Role.COMMAND))
    assert seen.original is None
