"""Transcript hashes: the running hash over every commit of a group (RFC 9420 section 8.2)."""

from protocols.mls.codec import write_opaque
from protocols.mls.suites import Suite
from protocols.mls.wire import AuthenticatedContent


def confirmed_transcript_hash(
    suite: Suite, interim_before: bytes, commit: AuthenticatedContent
) -> bytes:
    """The hash up to and including this commit's signature."""
    return suite.hash(
        interim_before
        + commit.wire_format.to_bytes(2, "big")
        + commit.content.encoded
        + write_opaque(commit.auth.signature)
    )


def interim_transcript_hash(suite: Suite, confirmed: bytes, confirmation_tag: bytes) -> bytes:
    """The confirmed hash with the commit's confirmation tag folded in."""
    return suite.hash(confirmed + write_opaque(confirmation_tag))
