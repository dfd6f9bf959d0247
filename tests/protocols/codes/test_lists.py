"""Every list is whole: three languages, no empty label, and nothing left in another language."""

from __future__ import annotations

import inspect

import pytest

import protocols.errors
import protocols.mls.errors
from protocols.codes import (
    LANGUAGES,
    code_list,
    explain,
    known,
    label,
    language_of,
    list_names,
    phrase,
)
from protocols.errors import CrossbandError
from protocols.frames import Stage
from protocols.header import Act
from protocols.identity import Role
from protocols.messages.machines import AlarmState, AssistState, TransferState


@pytest.mark.parametrize("name", list_names())
def test_every_code_has_a_label_in_every_language(name: str) -> None:
    for code, labels in code_list(name).items():
        assert set(labels) == set(LANGUAGES), code
        assert all(text.strip() == text and text for text in labels.values()), code


def test_an_unknown_code_is_its_own_label() -> None:
    assert label("incident_types", "10-33", "es") == "10-33"
    assert not known("incident_types", "10-33")
    with pytest.raises(KeyError, match="no code list 'nowhere'"):
        label("nowhere", "x", "en")


@pytest.mark.parametrize(
    ("tag", "language"),
    [("en-US", "en"), ("es-MX", "es"), ("fr-CA", "fr"), ("ES", "es"), ("nah", "en"), ("", "en")],
)
def test_a_tag_leads_to_a_language_we_have(tag: str, language: str) -> None:
    assert language_of(tag) == language


def test_phrases_are_filled_in() -> None:
    assert phrase("withheld_tlp", "fr", by="US", tlp="TLP:RED") == "retenu par US, TLP:RED"


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("role", Role), ("alarm_state", AlarmState), ("assist_state", AssistState),
        ("transfer_state", TransferState),
    ],
)  # fmt: skip
def test_states_and_roles_are_all_listed(name: str, codes: type) -> None:
    assert set(code_list(name)) == {str(code) for code in codes}  # type: ignore[attr-defined]


def test_stages_and_acts_are_all_listed() -> None:
    assert {stage.name.lower() for stage in Stage} <= set(code_list("stages"))
    short = code_list("stages_short")
    assert {*code_list("stages")} == {*short}
    assert all(len(word) <= 10 for words in short.values() for word in words.values())
    assert {act.name for act in Act} == set(code_list("acts"))


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("incident_types", {"TUNNEL", "FOG"}),
        ("alarm_classes", {"EMERGENCY", "PARTNER_MISSED", "CHECKIN_DUE", "CHECKIN_MISSED",
                           "DIVERGED", "LEFT_SECTOR", "LINE_PROXIMITY", "STALE_POSITION"}),
        ("fates", {"offline", "no_keys", "gateway_down", "refused_by_rule"}),
        ("link_states", {"up", "connecting", "down"}),
    ],
)  # fmt: skip
def test_what_the_work_needs_is_there(name: str, codes: set[str]) -> None:
    assert codes <= set(code_list(name))


# --- errors -------------------------------------------------------------------------------------

ERRORS = [
    error
    for module in (protocols.errors, protocols.mls.errors)
    for error in vars(module).values()
    if inspect.isclass(error) and issubclass(error, CrossbandError)
    if error.__module__ == module.__name__
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: error.__name__)
def test_every_error_is_explained_in_three_languages(error: type[CrossbandError]) -> None:
    code = error().code
    texts = {language: explain(code, language) for language in LANGUAGES}
    assert None not in texts.values(), f"no explanation of {code}"
    english = texts["en"]
    assert english is not None
    assert english.remedy == error.remedy, f"the remedy of {code} has changed"
    sentences = {text.sentence for text in texts.values() if text}
    remedies = {text.remedy for text in texts.values() if text}
    assert len(sentences) == len(remedies) == 3


def test_an_unknown_error_is_not_explained() -> None:
    assert explain("no_such_error", "en") is None
