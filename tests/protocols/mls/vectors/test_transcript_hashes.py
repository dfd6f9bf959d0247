"""Vectors transcript-hashes: the hashes after one commit, and the tag that confirms them."""

from protocols.mls.suites import suite
from protocols.mls.transcript import confirmed_transcript_hash, interim_transcript_hash
from protocols.mls.wire import AuthenticatedContent, Commit


def test_transcript_hashes(vectors, suite_id):
    chosen = suite(suite_id)
    for vector in vectors("transcript-hashes", suite_id):
        commit = AuthenticatedContent.decode(vector["authenticated_content"])
        assert isinstance(commit.content.content, Commit)
        before = vector["interim_transcript_hash_before"]
        confirmed = confirmed_transcript_hash(chosen, before, commit)
        assert confirmed == vector["confirmed_transcript_hash_after"]
        tag = chosen.mac(vector["confirmation_key"], confirmed)
        assert tag == commit.auth.confirmation_tag
        interim = interim_transcript_hash(chosen, confirmed, tag)
        assert interim == vector["interim_transcript_hash_after"]
