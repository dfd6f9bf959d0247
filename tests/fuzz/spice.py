"""What breaks readers: extreme numbers, impossible times, odd encodings, forbidden markup."""

from __future__ import annotations

from typing import Final

NUMBERS: Final = (
    b"0", b"-0", b"-0.0", b"1", b"-1", b"0.1", b"1e-400", b"1e308", b"1e309", b"-1e999", b"1E400",
    b"9999999.0", b"999999", b"NaN", b"-NaN", b"Infinity", b"-Infinity", b"inf", b"nan", b"90",
    b"90.0000001", b"-90", b"180", b"180.0000001", b"-180", b"360", b"360.1", b"511", b"102.3",
    b"9007199254740993", b"9223372036854775807", b"9223372036854775808", b"-9223372036854775809",
    b"18446744073709551615", b"18446744073709551616", b"9" * 400, b"0." + b"0" * 400 + b"1",
    b"1" * 5000, b"0x10", b"1_000", b"+5", b"5.", b".5", b" 5 ", b"5,0", "٣٤".encode(),
    "½".encode(),
    "１２".encode(), b"1e", b"1e5", b"--1", b"- 77.01", b"null", b"true", b"",
)  # fmt: skip
TIMES: Final = (
    b"0001-01-01T00:00:00+14:00", b"9999-12-31T23:59:59-14:00", b"2026-02-30T00:00:00Z",
    b"2026-12-31T23:59:60Z", b"2026-01-01T24:00:00Z", b"2026-01-01T00:00:00-00:00",
    b"2026-01-01T00:00:00", b"2026-01-01", b"0000-00-00T00:00:00Z", b"-2026-01-01T00:00:00Z",
    b"12026-01-01T00:00:00Z", b"2026-01-01T00:00:00.123456789123Z", b"2026-01-01T00:00:00+99:99",
    b"1969-12-31T23:59:59Z", b"1582-10-10T00:00:00Z", b"02/30/2026", b"99:99", b"2460",
    b"13/01/2026",
    b"2026-01-01t00:00:00z", b"2026-01-01 00:00:00Z", b"2026-01-01T00:00:00Z" * 20,
)  # fmt: skip
MARKUP: Final = (
    b"<", b">", b"&", b'"', b"'", b"\\", b"\x00", b"\x01", b"\x0b", b"\x0c", b"\x1b[2J", b"\x7f",
    b"\x85", b"\xff", b"\xfe", b"\xbf", b"\xbf\x01\xbf", b"\xef\xbb\xbf", b"\xc0\x80",
    b"\xed\xa0\x80",
    b"\xf4\x90\x80\x80", b"\\ud800", b"\\u0000", b"\\uffff", b"&#0;", b"&#x0;", b"&#xD800;",
    b"&#x10FFFF;", b"&lt;", b"&amp;amp;", b"&x;", b"]]>", b"<![CDATA[", b"<!--", b"-->", b"<?x ?>",
    b"<!DOCTYPE a [<!ENTITY x 'y'>]>", b"<__crossband>{", b"crossband:kind",
    b"crossband:body.0.0",
    b"{", b"}", b"[", b"]", b"[]", b"{}", b":", b",", b"=", b"\n", b"\r\n", b"\r", b"\t",
    b" " * 300,
    b"!", b"$", b"*", b"!AIVDM,", b"*00", b"!SCCoPIFO!", b"!/ADDON!", b"EXERCISE", b"---",
    "\u2028".encode(), "\u202e".encode(), "\u0130".encode(), "\U0001f6a8".encode(),
    "e\u0301".encode() * 60,
    "\ufeff".encode(), "\uffff".encode(), "\U0010ffff".encode(), b"xmlns='urn:x'",
    b"xsi:type='a:b'",
)  # fmt: skip
DEPTHS: Final = (9, 13, 31, 32, 33, 40, 101, 400, 3000)
"""How deep things are nested: around the limits, and far beyond."""
ENCODINGS: Final = ("utf-16", "utf-16-le", "utf-32", "latin-1", "utf-8-sig", "cp037", "utf-7")
