"""A pair's crosswalk: what the source has, where the target has it."""

from __future__ import annotations

import pytest

from protocols.formats.codec import Row
from protocols.formats.crosswalk import KIND, crossings, pairs
from protocols.formats.registry import FORMATS


def test_a_pair_is_two_formats_of_which_one_reads_and_one_writes() -> None:
    for source, target in pairs(FORMATS.values()):
        assert source is not target
        assert source.reads
        assert target.writes


@pytest.mark.parametrize("name", FORMATS)
def test_into_our_own_format_nothing_is_lost(name: str) -> None:
    if name != "canonical" and FORMATS[name].reads:
        assert not any(one.lost for one in crossings(FORMATS[name], FORMATS["canonical"]))


def test_what_a_source_never_gives_has_no_line() -> None:
    kinds = {one.field for one in crossings(FORMATS["cap"], FORMATS["cot"])}
    assert KIND + "alert" in kinds
    assert KIND + "position" not in kinds


def test_a_part_goes_where_the_whole_goes_and_the_whole_where_its_parts_go() -> None:
    lines = {one.field: one for one in crossings(FORMATS["canonical"], FORMATS["cot"])}
    assert lines["location"].home == "event/point"
    assert "only" in lines["location"].catch
    assert lines["ack_wanted"].lost
    lines = {one.field: one for one in crossings(FORMATS["cot"], FORMATS["canonical"])}
    assert lines["location.point"].home == "/location"


def test_a_row_without_a_home_is_a_loss_with_a_reason() -> None:
    for source, target in pairs(FORMATS.values()):
        for one in crossings(source, target):
            assert one.home or one.catch, (source.name, target.name, one.field)
    assert Row(field="x", home="").catch == ""
