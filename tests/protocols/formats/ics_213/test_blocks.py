"""The blocks of the form in three languages."""

from __future__ import annotations

from protocols.formats.ics_213.blocks import BLOCKS, HANDLING, HEADINGS, PACKET_SUBJECT
from protocols.messages.values import Precedence


def test_every_language_has_its_heading_and_its_labels() -> None:
    assert set(HEADINGS) == {"en", "es", "fr"}
    for language in HEADINGS:
        assert BLOCKS.name_of(BLOCKS.label("message", language)) == "message"
        assert BLOCKS.name_of(BLOCKS.label("subject", language)) == "subject"
        assert BLOCKS.name_of(BLOCKS.label("number", language)) == "number"


def test_a_handling_order_is_known_by_its_word_or_its_letter() -> None:
    assert HANDLING["inmediato"] is Precedence.IMMEDIATE
    assert HANDLING["priorité"] is Precedence.PRIORITY
    assert HANDLING["r"] is Precedence.ROUTINE
    assert "" not in HANDLING


def test_a_packet_subject_has_a_number_and_a_handling_letter() -> None:
    match = PACKET_SUBJECT.fullmatch("RSC-100P_O/R_ICS213_Hello_there")
    assert match is not None
    assert match.groups() == ("RSC-100P", "R")
    assert PACKET_SUBJECT.fullmatch("Re: RSC-100P_R_x") is None
