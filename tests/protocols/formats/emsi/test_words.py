"""The code lists as they are published, misspellings and all."""

from __future__ import annotations

import csv
import json
from pathlib import Path

from protocols.formats.emsi import words
from protocols.messages.kinds import IncidentState, UnitState
from protocols.messages.values import Exercise


def codes(shared: Path, name: str) -> list[str]:
    with (shared / f"corpus/emsi/codes/EMSI-{name}.csv").open(encoding="utf-8", newline="") as file:
        return [row["code"].strip() for row in csv.DictReader(file)]


def test_every_mode_of_the_list_and_of_the_schema_is_known(shared: Path) -> None:
    listed = codes(shared, "CONTEXT.MODE")
    assert "EXCERCS" in listed
    assert set(listed) <= set(words.MODES)
    schema = json.loads((shared / "corpus/emsi/schema/EMSI.schema.json").read_bytes())
    context = schema["definitions"]["context"]["properties"]
    assert set(words.MODE_OF.values()) == set(context["MODE"]["enum"])
    assert set(words.MODE_IN_XML.values()) <= set(listed)
    assert set(words.SECLASS) == set(context["SECLASS"]["enum"])
    assert set(words.URGENCY) == set(context["URGENCY"]["enum"])


def test_the_security_classes_repeat_confid_so_nothing_is_mapped(shared: Path) -> None:
    listed = codes(shared, "CONTEXT.SECLASS")
    assert listed.count("CONFID") == 2
    assert "RESTRC" not in listed


def test_message_types_and_states_are_those_of_the_lists(shared: Path) -> None:
    assert set(codes(shared, "CONTEXT.MSGTYPE")) == {words.ALERT, words.UPDATE, *words.ANSWERS}
    assert set(words.STATES) == set(codes(shared, "EVENT.STATUS")) - {"STOP"}
    for state in IncidentState:
        assert words.STATUS_OF.get(state, "IPR") in words.STATES


def test_unit_states_are_those_of_the_schema(shared: Path) -> None:
    schema = json.loads((shared / "corpus/emsi/schema/EMSI.schema.json").read_bytes())
    resource = schema["definitions"]["resource"]["properties"]
    assert set(words.UNIT_STATUS.values()) <= set(resource["STATUS"]["enum"])
    assert set(UnitState) - set(words.UNIT_STATUS) == {UnitState.EMERGENCY}
    categories = schema["definitions"]["etype"]["properties"]["CATEGORY"]["items"]["enum"]
    assert set(words.TYPES) <= set(categories)


def test_lists_are_those_of_the_schema(shared: Path) -> None:
    schema = json.loads((shared / "corpus/emsi/schema/EMSI.schema.json").read_bytes())
    parts = [schema, *schema["definitions"].values()]
    arrays = {
        name
        for part in parts
        for name, child in part["properties"].items()
        if child.get("type") == "array"
    }
    assert arrays - {"POSITION"} == set(words.LISTS)


def test_a_category_is_ours_or_itself() -> None:
    assert words.type_from("FIR/CLA") == "FIRE"
    assert words.type_from("FIRX") == "FIRX"
    assert Exercise.SIMULATION not in words.MODE_OF
