"""What a check found can be read by whoever decides."""

from protocols.mls.checked import CheckedCommit, CheckedProposal, Member
from protocols.mls.credentials import basic


def test_findings_name_people(trio, now):
    found = trio.hub.check(trio["alice"].propose_remove(2, now=now), now=now)
    assert isinstance(found, CheckedProposal)
    assert found.proposal.removed == 2
    commit = trio.hub.check(trio["bob"].commit(now=now, remove=[2]).commit, now=now)
    assert isinstance(commit, CheckedCommit)
    key = trio["carol"].signer.public_key
    assert commit.removed == (Member(2, "carol", basic("carol"), key),)
    assert commit.after.epoch == 2
