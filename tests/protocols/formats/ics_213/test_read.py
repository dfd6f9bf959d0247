"""Which reader a document gets, and what it states."""

from __future__ import annotations

import pytest

from protocols.errors import MalformedDocument
from protocols.formats.ics_213.read import read, stated
from protocols.messages.kinds import Receipt, Text
from protocols.messages.values import LanguageText

MAIL = "From: a@b\nDate: Sun, 09 Jan 2022 20:00:00 -0800\nSubject: s\n\n"


def test_labels_and_headers_of_the_same_name_are_kept_apart() -> None:
    _, typed = read("To: C5\nFrom: USBP\nSubject: s\nDate: 2026-10-25\nTime: 1900\n\nMessage:\nx\n")
    assert typed["body"] == Text(
        to=("C5",), subject=LanguageText(text="s"), text=LanguageText(text="x")
    )
    assert typed["sent"].isoformat() == "2026-10-25T19:00:00+00:00"
    _, mailed = read(MAIL + "3. From: C5\n7. Message: x\n")
    assert mailed["originator"].unit == "C5"
    assert mailed["system"] == "a@b"
    assert mailed["sent"].isoformat() == "2022-01-10T04:00:00+00:00"


def test_a_receipt_takes_its_hour_from_its_first_line_where_no_header_has_one() -> None:
    version, fields = read("Subject: DELIVERED: ABC-1P_R_x\n\n!LMI!B-2P!DR!01/09/2022 20:00:01\n")
    assert version == "PackItForms"
    assert fields["body"] == Receipt(of="ABC-1P")
    assert fields["sent"].isoformat() == "2022-01-09T20:00:01+00:00"


def test_what_is_stated_are_values_and_not_labels() -> None:
    assert stated("1. Incident Name: X\nnoise\nMessage: y") == [
        ("1. Incident Name", "X"),
        ("", "noise"),
        ("Message", "y"),
    ]
    assert stated(MAIL + "words\n")[-1] == ("line 5", "words")


def test_neither_form_nor_mail_is_refused() -> None:
    with pytest.raises(MalformedDocument):
        read("hello\n\nworld")
