"""HKDF against the first and third test cases of RFC 5869, appendix A."""

from protocols.mls.suites.kdf import expand, extract, labeled_expand, labeled_extract


def test_rfc_5869_case_1():
    prk = extract("sha256", bytes(range(13)), b"\x0b" * 22)
    assert prk.hex() == "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5"
    info = bytes(range(0xF0, 0xFA))
    assert expand("sha256", prk, info, 42).hex() == (
        "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"
    )


def test_rfc_5869_case_3():
    prk = extract("sha256", b"", b"\x0b" * 22)
    assert expand("sha256", prk, b"", 42).hex() == (
        "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"
    )


def test_labels_separate():
    one = labeled_extract("sha256", b"KEM\x00\x20", b"", b"eae_prk", b"x")
    other = labeled_extract("sha256", b"KEM\x00\x10", b"", b"eae_prk", b"x")
    assert one != other
    assert len(labeled_expand("sha512", b"", one, b"key", b"", 80)) == 80
