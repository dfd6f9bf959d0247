"""The table of properties."""

from __future__ import annotations

from protocols.formats.geojson import names


def test_every_field_of_the_table_is_one_of_its_body() -> None:
    for body, homes in names.BODY_HOMES.items():
        assert set(homes) <= set(body.__struct_fields__)
    assert set(names.BODY_HOMES) == set(names.GIVES)


def test_a_cot_type_is_nothing_else() -> None:
    for text in ("a-f-G-U-C", "b-m-p-s-m", "u-d-c-c", "a-.-G"):
        assert names.COT_TYPE.fullmatch(text)
    for text in ("Polygon", "a", "a-", "road", "a-f G", "earthquake"):
        assert not names.COT_TYPE.fullmatch(text)
