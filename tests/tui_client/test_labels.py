"""Labels come from the code lists in the user's language; unknown codes stay as they are."""

from __future__ import annotations

import pytest

from protocols.codes import code_list
from protocols.identity.names import Role
from tui_client import forms, labels
from tui_client.words import LANGUAGES, Words


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", forms.FORMS)
def test_every_field_and_choice_of_every_form_has_a_label(kind: str, language: str) -> None:
    words = Words(language)
    assert labels.kind(kind, words) != kind
    for field in forms.fields(kind):
        assert labels.field(field.name, words)
        if field.control in (forms.Control.CHOICE, forms.Control.FLAG):
            offered = labels.choices(field, words, kind)
            assert offered, (kind, field.name)
            assert all(text for text, _ in offered)
        if field.values:
            listed = {code for _, code in labels.choices(field, words, kind)}
            assert listed == set(field.values)


def test_enums_are_offered_by_label_not_by_code() -> None:
    state = next(one for one in forms.fields("incident.update") if one.name == "state")
    assert labels.choices(state, Words("fr"), "incident.update")[0] == ("signalé", "REPORTED")


def test_roles_reasons_and_paths() -> None:
    assert labels.role(Role.OBSERVER, Words("es")) == "observador"
    assert labels.reason("NO_UNITS", Words("es")) == "sin unidades disponibles"
    assert labels.reason("offline", Words("fr")) == "appareil hors ligne"
    assert labels.reason("X_99", Words("fr")) == "X_99"
    assert labels.path("/body/camera", Words("fr")) == "caméra"


def test_errors_are_explained_in_the_users_language() -> None:
    sentence, remedy = labels.explain("link_down", "The hub is away.", "Wait.", Words("en"))
    assert (sentence, remedy) == ("The hub is away.", "Wait.")
    sentence, remedy = labels.explain("link_down", "The hub is away.", "Wait.", Words("es"))
    assert sentence not in ("The hub is away.", "link_down")
    assert remedy != "Wait."
    assert labels.explain("no_such_code", "", "Do it.", Words("fr")) == ("no_such_code", "Do it.")


def test_the_lists_that_are_named_here_exist() -> None:
    for name in labels._ENUM_LISTS.values():
        assert code_list(name)


def test_a_loss_is_named_by_its_field_or_its_kind() -> None:
    words = Words("es")
    assert labels.lost("body.camera", words) == "cámara"
    assert labels.lost("handling.withheld.0.path", words) == labels.lost("handling.tlp", words)
    assert labels.lost("/location/point", words) == "ubicación"
    assert labels.lost("kind position", words) == "Posición"
