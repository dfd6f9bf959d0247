"""Forms follow the kinds' types, and a fault names its field."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from protocols.messages import kinds
from tui_client import forms
from tui_client.forms import Control, FormFault

NOW = datetime(2026, 3, 4, 19, 33, tzinfo=UTC)


@pytest.mark.parametrize("kind", forms.FORMS)
def test_every_form_has_fields_of_its_kind(kind: str) -> None:
    assert [one.name for one in forms.fields(kind)] == list(forms.FORMS[kind])
    required = {one.name for one in forms.fields(kind) if one.required}
    body = kinds.KINDS[kind].body
    import msgspec

    assert required == {one.name for one in msgspec.structs.fields(body) if one.required}


def test_controls_follow_the_types() -> None:
    found = {one.name: one for one in forms.fields("assist.request")}
    assert found["capability"].control is Control.CHOICE
    assert found["capability"].codes == "capabilities"
    assert found["quantity"].control is Control.NUMBER
    assert found["task"].control is Control.LONG
    assert not found["task"].plain
    assert found["to"].plain
    assert found["hazards"].control is Control.CODES
    states = {one.name: one for one in forms.fields("incident.update")}["state"]
    assert states.values[:2] == ("REPORTED", "VERIFIED")


def test_a_filled_form_becomes_a_body() -> None:
    filled = {
        "capability": "FIND_AND_SECURE",
        "quantity": "2",
        "task": "Asegurar la entrada",
        "to": "MX",
    }
    body = forms.build("assist.request", filled, "es", NOW)
    assert isinstance(body, kinds.AssistRequest)
    assert body.quantity == 2
    assert body.task is not None
    assert (body.task.text, body.task.language) == ("Asegurar la entrada", "es")


def test_hazards_are_taken_by_label_in_any_language_or_by_code() -> None:
    filled = {"capability": "MEDICAL", "hazards": "humo, Effondrement,COLD,"}
    body = forms.build("assist.request", filled, "es", NOW)
    assert isinstance(body, kinds.AssistRequest)
    assert body.hazards == ("SMOKE", "COLLAPSE", "COLD")
    with pytest.raises(FormFault) as fault:
        forms.build("assist.request", filled | {"hazards": "humos"}, "es", NOW)
    assert (fault.value.field, fault.value.key) == ("hazards", "form.invalid")


def test_lists_flags_and_times() -> None:
    body = forms.build("patrol.ack", {"accepted": "no", "units": "GN-3, GN-5,"}, "es", NOW)
    assert body == kinds.PatrolAck(accepted=False, units=("GN-3", "GN-5"))
    notice = forms.build(
        "consular.notice", {"nationality": "HN", "count": "2", "due": "0130"}, "en", NOW
    )
    assert isinstance(notice, kinds.ConsularNotice)
    assert notice.due == datetime(2026, 3, 5, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "filled", "field", "key"),
    [
        ("checkin", {}, "unit", "form.required"),
        ("checkin", {"unit": "P-7", "heads": "three"}, "heads", "form.number"),
        ("incident.open", {"incident_type": "TUNNEL", "priority": "9"}, "priority", "form.invalid"),
        ("consular.notice", {"nationality": "HN", "count": "1", "due": "2575"}, "due", "form.time"),
        ("unit.status", {"unit": "P-7", "status": "ASLEEP"}, "status", "form.invalid"),
    ],
)
def test_a_fault_names_its_field(kind: str, filled: dict[str, str], field: str, key: str) -> None:
    with pytest.raises(FormFault) as caught:
        forms.build(kind, filled, "en", NOW)
    assert (caught.value.field, caught.value.key) == (field, key)


def test_links_and_answers_are_known_kinds() -> None:
    for kind, field in forms.LINKS.items():
        assert kind in forms.FORMS
        assert not field or field in forms.FORMS[kind]
    for answers in forms.ANSWERS.values():
        assert set(answers) <= set(forms.FORMS)
