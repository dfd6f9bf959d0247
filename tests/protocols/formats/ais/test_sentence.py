"""Lines of NMEA 0183: checksums, TAG blocks, what loggers add, and refusals that name the line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.errors import MalformedDocument
from protocols.formats.ais.sentence import (
    checksum,
    parse_line,
    receive_time,
    tag_block,
    tag_moment,
    tag_time,
    write_sentence,
)

LINE = "!AIVDM,1,1,,B,13U4vF0P001d<UnEeSmQ>gv`04hd,0*4C"
STAMP = tag_block("s:r3669,c:1241544035")


def test_a_sentence_is_taken_apart() -> None:
    sentence = parse_line(LINE)
    assert (sentence.address, sentence.start, sentence.carries_ais) == ("AIVDM", "!", True)
    assert sentence.fields == ("1", "1", "", "B", "13U4vF0P001d<UnEeSmQ>gv`04hd", "0")
    assert sentence.checked
    assert write_sentence("!", sentence.address, sentence.fields) == LINE


def test_what_stands_around_a_sentence_is_kept() -> None:
    sentence = parse_line(f"12:00 {STAMP}{LINE},rORBCOMM01,1241544036")
    assert sentence.before == "12:00 "
    assert sentence.tags == ("s:r3669,c:1241544035",)
    assert sentence.after == ",rORBCOMM01,1241544036"
    assert receive_time([sentence]) == ("1241544035", 1_241_544_035_000_000)


def test_a_loggers_time_counts_where_there_is_no_tag_block() -> None:
    assert receive_time([parse_line(LINE + ",r3,1241544036")]) == (
        "1241544036",
        1_241_544_036_000_000,
    )
    assert receive_time([parse_line(LINE)]) is None
    assert receive_time([parse_line(LINE + ",r3,12")]) is None


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (LINE[:-1] + "D", "checksum"),
        (LINE[:-3], "no checksum"),
        ("{}", "not a sentence"),
        ("!AIVDM,1,1,,A,13U4vF0P001d<U$GPGGA,1*00", "not a sentence"),
        ("$G,1", "no talker"),
        (r"\c:1*00" + "\\" + LINE, "wrong checksum"),
        ("\\broken\\" + LINE, "not a TAG block"),
        ("$GPGGA,\x01", "not a sentence"),
    ],
)
def test_refusals_name_the_line(line: str, said: str) -> None:
    with pytest.raises(MalformedDocument, match=said) as caught:
        parse_line(line, 7)
    assert caught.value.detail.startswith("Line 7:")
    assert caught.value.facts["line"] == 7


def test_a_parametric_sentence_may_lack_its_checksum() -> None:
    assert not parse_line("$GPGSA,A,3").checked
    assert write_sentence("$", "GPGSA", ("A", "3"), checked=False) == "$GPGSA,A,3"


def test_checksum_in_small_letters() -> None:
    assert parse_line(LINE[:-2] + "4c").checked


@given(st.integers(0, 253_402_300_799_000))
def test_times_of_tag_blocks(milliseconds: int) -> None:
    moment = milliseconds * 1000
    text = tag_time(moment)
    if moment % 1_000_000 == 0 or milliseconds >= 10**11:
        assert tag_moment(text) == moment
    line = tag_block(f"c:{text}") + LINE
    assert receive_time([parse_line(line)]) == (text, tag_moment(text))


def test_a_time_beyond_all_years_is_no_time() -> None:
    assert tag_moment("9" * 16) is None
    assert receive_time([parse_line(tag_block("c:" + "9" * 16) + LINE)]) is None


def test_checksum_is_the_exclusive_or() -> None:
    assert checksum("AIVDM") == f"{0x41 ^ 0x49 ^ 0x56 ^ 0x44 ^ 0x4D:02X}"
