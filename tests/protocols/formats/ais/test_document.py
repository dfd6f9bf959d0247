"""One message a document, its context before it, and what is refused."""

from __future__ import annotations

import pytest

from protocols.errors import MalformedDocument, UnsafeDocument
from protocols.formats.ais.document import Report, parse
from protocols.formats.ais.sentence import Sentence, checksum
from tests.protocols.formats.ais.reporting import BOAT, document, position, text

STATIC = (
    b"!AIVDM,2,1,6,A,53R=aR800001=SC?7@1HE8LTp40000000000000l0`?2453a052Dm23B@@00,0*72\r\n"
    b"!AIVDM,2,2,6,A,00000000002,2*20\r\n"
)


def signed(body: str) -> bytes:
    return f"!{body}*{checksum(body)}\r\n".encode()


def test_parts_become_one_message() -> None:
    main = parse(STATIC).main
    assert isinstance(main, Report)
    assert (main.number, main.length, len(main.sentences)) == (5, 424, 2)


def test_parts_may_come_in_any_order() -> None:
    first, second = STATIC.splitlines()
    turned = parse(second + b"\n# a comment\n\n" + first).main
    straight = parse(STATIC).main
    assert isinstance(turned, Report)
    assert isinstance(straight, Report)
    assert turned.bits == straight.bits


def test_earlier_messages_of_the_station_are_its_context() -> None:
    found = parse(position() + text("ENGINE FIRE"))
    assert [report.number for report in found.context] == [1]
    assert isinstance(found.main, Report)
    assert found.main.mmsi == BOAT


def test_an_instrument_is_a_document_too() -> None:
    found = parse(b"$INDPT,2.2,0.0*47\r\n")
    assert isinstance(found.main, Sentence)
    assert found.sentences == (found.main,)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "Line 1: there is no sentence"),
        (b"# only a comment\n", "no sentence"),
        (position() + position(mmsi=BOAT + 1), "Line 2: here another message begins"),
        (text("ONE") + text("TWO"), "another message"),
        (position() + b"$INDPT,2.2,0.0*47\r\n", "another message"),
        (STATIC.splitlines()[0], "of 2 parts of the message 2 is missing"),
        (STATIC.splitlines()[1], "1 is missing"),
        (STATIC.splitlines()[0] + b"\n" + text("X"), "2 is missing"),
        (signed("AIVDM,1,1,,A,13U4"), "6 fields"),
        (signed("AIVDM,1,2,,A,13U4,0"), "not possible"),
        (signed("AIVDM,x,1,,A,13U4,0"), "not possible"),
        (signed("AIVDM,1,1,,A,13 4,0"), "armour"),
        (signed("AIVDM,1,1,,A,13U4,7"), "0 to 5"),
        (signed("AIVDM,1,1,,A,,2"), "left out"),
        (signed("AIVDM,1,1,,A,13U4,0"), "40 to"),
        (b"\n!AIVDM,\xff", "Line 2: byte 0xff"),
    ],
)
def test_refusals(data: bytes, said: str) -> None:
    with pytest.raises(MalformedDocument, match=said):
        parse(data)


def test_limits() -> None:
    with pytest.raises(UnsafeDocument, match="bytes"):
        parse(b"#" * 40_000)
    with pytest.raises(UnsafeDocument, match="Line 1 has 2001 bytes"):
        parse(b"$" + b"A" * 2000)
    with pytest.raises(UnsafeDocument, match="more than"):
        parse(document(type=14, mmsi=1, text="X") * 40)
