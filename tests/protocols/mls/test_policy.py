"""The defaults are the strict ones."""

import dataclasses

import pytest

from protocols.mls.policy import DAY, DEFAULT_POLICY, Policy


def test_defaults_are_strict():
    assert not DEFAULT_POLICY.allow_external_join
    assert DEFAULT_POLICY.external_proposals == {3}
    assert DEFAULT_POLICY.past_epochs == 3
    assert DEFAULT_POLICY.max_lifetime <= 100 * DAY


def test_a_policy_is_a_value():
    assert Policy() == DEFAULT_POLICY
    with pytest.raises(dataclasses.FrozenInstanceError):
        DEFAULT_POLICY.past_epochs = 9
