"""The message inside counts for as long as nobody has changed the document around it."""

from __future__ import annotations

import json
import types
from datetime import UTC, datetime

import msgspec
import pytest

from protocols.errors import MalformedDocument
from protocols.formats.eido import carried
from protocols.formats.eido import document as eido
from protocols.formats.eido.words import CARRIED
from protocols.identity import Identity, Role
from protocols.messages.envelope import Caveat, Handling, Message, Original, from_json, to_json
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
        body=IncidentOpen(incident_type="TUNNEL", persons=2, summary=LanguageText(text="s")),
    )


def test_everything_comes_back(making: types.SimpleNamespace) -> None:
    sent = message(making)
    back = eido.decode(eido.encode(sent).data)
    assert (back.body, back.exercise, back.handling) == (sent.body, sent.exercise, sent.handling)
    assert back.sender == sent.sender


def test_another_layout_of_the_same_document_still_holds(making: types.SimpleNamespace) -> None:
    document = json.loads(eido.encode(message(making)).data)
    shuffled = dict(reversed(document.items()))
    assert eido.decode(json.dumps(shuffled, indent=1).encode()).exercise is Exercise.EXERCISE


def test_a_changed_document_counts_and_says_so(making: types.SimpleNamespace) -> None:
    document = json.loads(eido.encode(message(making)).data)
    document["incidentComponent"]["incidentCommonPriorityNumber"] = 2
    back = eido.decode(json.dumps(document).encode())
    assert isinstance(back.body, IncidentOpen)
    assert back.body.priority == 5
    assert back.exercise is Exercise.NOT_STATED
    assert [loss.field for loss in back.losses] == [f"/{CARRIED}/message"]
    assert CARRIED not in back.extensions["eido"]


def test_what_is_inside_must_be_a_message(making: types.SimpleNamespace) -> None:
    document = carried.put({"$id": "x"}, message(making))
    document[CARRIED]["message"] = "{}"
    with pytest.raises(MalformedDocument, match=CARRIED):
        eido.decode(json.dumps(document).encode())


def test_a_member_of_somebody_else_stays(making: types.SimpleNamespace) -> None:
    theirs = {CARRIED: {"a": 1}}
    assert carried.take(theirs) == (theirs, None, ())
    assert carried.put(theirs, message(making)) == theirs


def test_a_large_original_travels_as_its_hash(making: types.SimpleNamespace) -> None:
    large = msgspec.structs.replace(message(making), original=Original.of(b"x" * 60_000, "cap"))
    around, inside, _ = carried.take(carried.put({"$id": "x"}, large))
    assert around == {"$id": "x"}
    assert inside is not None
    assert inside.original is not None
    assert inside.original.data is None
    huge = msgspec.structs.replace(large, extensions={"a": "y" * 300_000})
    assert carried.put({"$id": "x"}, huge) == {"$id": "x"}


def test_only_an_unchanged_document_of_ours_brings_its_id(making: types.SimpleNamespace) -> None:
    sent = message(making)
    whole = json.loads(eido.encode(sent).data)
    assert whole["issuingElementIdentification"].endswith(".crossband")
    assert eido.decode(json.dumps(whole).encode()).id == sent.id
    changed = whole | {"vendor": 1}
    bare = {name: part for name, part in whole.items() if name != CARRIED}
    ids = {eido.decode(json.dumps(one).encode()).id for one in (whole, changed, bare)}
    assert len(ids) == 3


def test_a_carrier_that_calls_persons_no_personal_data_is_not_believed(
    making: types.SimpleNamespace, eidos: types.SimpleNamespace
) -> None:
    open_to_all = Handling(withheld=(Caveat(path="/original", releasable_to=("MX", "US")),))
    forged = msgspec.structs.replace(message(making), handling=open_to_all)
    around = eidos.document(personComponent=[{"$id": "p", "name": "Eva Robles"}])
    data = json.dumps(carried.put(around, forged)).encode()
    back = eido.decode(data)
    assert back.id == forged.id
    assert back.original is not None
    assert back.handling.personal is PersonalData.IDENTITY
    assert from_json(to_json(back)) == back
    seen = view(back, Identity("MX", "c5", "mesa", "d1@c5", Role.COMMAND))
    assert seen.original is None
    assert b"Robles" not in to_json(seen)
