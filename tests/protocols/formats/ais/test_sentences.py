"""Payloads cut into lines that are short enough."""

from __future__ import annotations

import pytest

from protocols.formats.ais.document import Report, parse
from protocols.formats.ais.payload import Payload
from protocols.formats.ais.sentences import document_of, natural_cuts, sentences_of


def test_no_line_is_longer_than_the_standard_allows() -> None:
    for length in range(162):
        payload = Payload(fields={"type": 14, "mmsi": 366_000_001, "text": "W" * length})
        lines = sentences_of(payload, "AIVDM", "A", "3")
        assert all(len(line) + 2 <= 82 for line in lines)
        main = parse(document_of(lines)).main
        assert isinstance(main, Report)
        assert main.payload.fields.get("text", "") == "W" * length


def test_cuts_hold_while_they_fit() -> None:
    payload = Payload(fields={"type": 14, "mmsi": 1, "text": "W" * 100})
    total = sum(natural_cuts(107))
    assert total == 107
    cut = sentences_of(payload, "AIVDM", "A", "3", [7, 100])
    assert len(cut[0].split(",")[5]) == 7
    assert sentences_of(payload, "AIVDM", "A", "3", [7, 3]) == sentences_of(
        payload, "AIVDM", "A", "3"
    )


def test_several_parts_need_something_that_holds_them_together() -> None:
    payload = Payload(fields={"type": 14, "mmsi": 1, "text": "W" * 100})
    assert all(line.split(",")[3] == "0" for line in sentences_of(payload, "AIVDM", "A", ""))


def test_what_has_no_place_in_a_line() -> None:
    with pytest.raises(ValueError, match="sentences"):
        sentences_of(Payload(fields={"type": 14, "text": "W" * 700}), "AIVDM", "A", "")
    with pytest.raises(ValueError, match="printed"):
        document_of(["!AIVDM\r\n!AIVDM"])
