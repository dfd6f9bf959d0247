"""The transcript: content and signature go into one hash, the tag into the next."""

from dataclasses import replace

from protocols.mls import wire
from protocols.mls.suites import suite
from protocols.mls.transcript import confirmed_transcript_hash, interim_transcript_hash


def test_what_enters_which_hash(trio, now):
    message = wire.expect(trio["alice"].commit(now=now).commit, wire.PublicMessage)
    commit = wire.AuthenticatedContent(1, message.content, message.auth)
    confirmed = confirmed_transcript_hash(suite(2), b"before", commit)
    other_tag = replace(commit, auth=replace(commit.auth, confirmation_tag=b"x"))
    assert confirmed_transcript_hash(suite(2), b"before", other_tag) == confirmed
    for change in (
        replace(commit, wire_format=2),
        replace(commit, auth=replace(commit.auth, signature=b"x")),
        replace(commit, content=replace(commit.content, epoch=9)),
    ):
        assert confirmed_transcript_hash(suite(2), b"before", change) != confirmed
    assert confirmed_transcript_hash(suite(2), b"other", commit) != confirmed
    assert interim_transcript_hash(suite(2), confirmed, b"a") != (
        interim_transcript_hash(suite(2), confirmed, b"b")
    )
