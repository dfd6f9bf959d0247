"""Vectors passive-client-*: joining by Welcome and following other implementations' commits."""

import pytest

from protocols.mls import state
from protocols.mls.group import Group, KeyPackageBundle, ReceivedProposal, StagedCommit
from protocols.mls.policy import Policy
from protocols.mls.public_framing import key_package_ref
from protocols.mls.signer import SoftwareSigner
from protocols.mls.suites import suite
from protocols.mls.wire import KeyPackage, expect

NOW = 1_700_000_000
# The scenarios have clients of any identity, unlimited lifetimes and outside proposals.
POLICY = Policy(
    allow_external_join=True, max_lifetime=None, external_proposals=frozenset({1, 3, 4, 7})
)


class ByKey:
    """The vectors' identities repeat; their signature keys do not."""

    def validate(self, credential, signature_key):
        return signature_key.hex()


def _join(vector):
    chosen = suite(vector["cipher_suite"])
    package = expect(vector["key_package"], KeyPackage)
    bundle = KeyPackageBundle(
        vector["key_package"],
        key_package_ref(chosen, package.encoded),
        vector["init_priv"],
        vector["encryption_priv"],
    )
    assert bundle.init_pair().public == package.init_key
    assert bundle.leaf_pair().public == package.leaf_node.encryption_key
    signer = SoftwareSigner.for_suite(vector["cipher_suite"], vector["signature_priv"])
    assert signer.public_key == package.leaf_node.signature_key
    group = Group.join(
        vector["welcome"],
        bundle,
        signer,
        tree=vector["ratchet_tree"] or None,
        psks={one["psk_id"]: one["psk"] for one in vector["external_psks"]},
        validator=ByKey(),
        now=NOW,
        policy=POLICY,
    )
    assert group.epoch_authenticator == vector["initial_epoch_authenticator"]
    return group


def _follow(group, epoch):
    for proposal in epoch["proposals"]:
        assert isinstance(group.process(proposal, NOW), ReceivedProposal)
    before = state.dump(group)
    staged = group.process(epoch["commit"], NOW)
    assert isinstance(staged, StagedCommit)
    assert state.dump(group) == before
    group.merge(staged)
    assert group.epoch_authenticator == epoch["epoch_authenticator"]


@pytest.mark.parametrize("name", ["passive-client-welcome", "passive-client-handling-commit"])
def test_scenarios(vectors, suite_id, name):
    for vector in vectors(name, suite_id):
        group = _join(vector)
        for epoch in vector["epochs"]:
            _follow(group, epoch)


def test_random_scenario(vectors):
    for vector in vectors("passive-client-random"):
        group = _join(vector)
        for number, epoch in enumerate(vector["epochs"]):
            _follow(group, epoch)
            if number % 50 == 0:
                group = state.load(state.dump(group), group.signer, ByKey(), POLICY)
