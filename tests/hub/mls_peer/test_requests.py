"""The table of requests and the table of operations are one, and it is the published one."""

from __future__ import annotations

import msgspec
import pytest

from hub.mls_peer.operations import OPERATIONS
from hub.mls_peer.requests import REQUESTS, CommitRequest, PeerExtension

PUBLISHED = """hello keypackage create commit add merge discard join encrypt decrypt process propose
groupinfo external-join external-propose export psk sigkey info"""


def test_every_published_operation_is_there_and_nothing_else():
    assert set(REQUESTS) == set(OPERATIONS) == set(PUBLISHED.split())


@pytest.mark.parametrize("kind", REQUESTS.values(), ids=REQUESTS)
def test_fields_are_in_camel_case(kind):
    for field in msgspec.structs.fields(kind):
        assert "_" not in field.encode_name


def test_a_commit_takes_what_is_published():
    names = {field.encode_name for field in msgspec.structs.fields(CommitRequest)}
    published = "add remove gce psk proposals public treeInWelcome aad merge"
    assert names == set(published.split())


def test_binary_fields_are_standard_base64():
    found = msgspec.json.decode(b'{"type": 61450, "data": "+/8="}', type=PeerExtension)
    assert found.data == b"\xfb\xff"
