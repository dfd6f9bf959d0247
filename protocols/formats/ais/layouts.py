"""The 27 messages of ITU-R M.1371-5 (annex 8) as tables: field, width, unit, "not available".

A value that the recommendation defines as "not available" is not stated: reading leaves it out,
writing puts it back. Names are those of gpsd, which most programs use.
"""

from __future__ import annotations

from enum import Enum
from typing import Final, NamedTuple


class Kind(Enum):
    """How the bits of a field are read."""

    UNSIGNED = "unsigned"
    SIGNED = "signed"
    SCALED = "scaled"
    """A signed number over `scale`."""
    FRACTION = "fraction"
    """An unsigned number over `scale`."""
    FLAG = "flag"
    TEXT = "text"
    DATA = "data"
    """All the bits that are left."""


class Field(NamedTuple):
    """One field. `width` 0 takes all the whole characters that are left."""

    name: str
    width: int
    kind: Kind = Kind.UNSIGNED
    scale: int = 1
    absent: int | None = None
    """The bits that say "not available"; None where every value is a statement."""


Layout = tuple[Field, ...]


def _number(name: str, width: int, absent: int | None = None) -> Field:
    return Field(name, width, absent=absent)


def _flag(name: str) -> Field:
    return Field(name, 1, Kind.FLAG)


def _text(name: str, width: int) -> Field:
    return Field(name, width, Kind.TEXT, absent=0)


def _spare(width: int, number: int = 1) -> Field:
    return Field("spare" if number == 1 else f"spare{number}", width, absent=0)


def _place(scale: int, wide: int, high: int, prefix: str = "") -> Layout:
    """Longitude and latitude; 181 and 91 degrees say that there is none."""
    return (
        Field(f"{prefix}lon", wide, Kind.SCALED, scale, 181 * scale),
        Field(f"{prefix}lat", high, Kind.SCALED, scale, 91 * scale),
    )


FINE: Final = 600_000
"""Ten-thousandths of a minute in a degree."""
COARSE: Final = 600
"""Tenths of a minute in a degree."""

_PLACE: Final = _place(FINE, 28, 27)
_SPEED: Final = Field("speed", 10, Kind.FRACTION, 10, 1023)
"""Knots; 102.2 is "102.2 or more"."""
_COURSE: Final = Field("course", 12, Kind.FRACTION, 10, 3600)
_HEADING: Final = _number("heading", 9, 511)
_SECOND: Final = _number("second", 6, 60)
_SIZE: Final = (
    _number("to_bow", 9, 0),
    _number("to_stern", 9, 0),
    _number("to_port", 6, 0),
    _number("to_starboard", 6, 0),
)
_EPFD: Final = _number("epfd", 4, 0)
_RAIM: Final = _flag("raim")
_HEAD: Final = (_number("type", 6), _number("repeat", 2), _number("mmsi", 30))
_DATA: Final = Field("data", 0, Kind.DATA)
_APPLICATION: Final = (_number("dac", 10), _number("fid", 6), _DATA)
_AREA: Final = (*_place(COARSE, 18, 17, "ne_"), *_place(COARSE, 18, 17, "sw_"))

_CLASS_A: Final = (
    _number("status", 4),
    Field("turn", 8, Kind.SIGNED, absent=0x80),
    _SPEED,
    _flag("accuracy"),
    *_PLACE,
    _COURSE,
    _HEADING,
    _SECOND,
    _number("maneuver", 2, 0),
    _spare(3),
    _RAIM,
    _number("radio", 19),
)
_BASE_STATION: Final = (
    _number("year", 14, 0),
    _number("month", 4, 0),
    _number("day", 5, 0),
    _number("hour", 5, 24),
    _number("minute", 6, 60),
    _number("second", 6, 60),
    _flag("accuracy"),
    *_PLACE,
    _EPFD,
    _spare(10),
    _RAIM,
    _number("radio", 19),
)
_ACKNOWLEDGED: Final = (_number("mmsi{0}", 30), _number("seqno{0}", 2))
_ASSIGNED: Final = (_number("mmsi{0}", 30), _number("offset{0}", 12), _number("increment{0}", 10))
_RESERVED: Final = (
    _number("offset{0}", 12),
    _number("number{0}", 4),
    _number("timeout{0}", 3),
    _number("increment{0}", 11),
)


def _repeated(fields: Layout, times: int) -> Layout:
    return tuple(
        field._replace(name=field.name.format(number))
        for number in range(1, times + 1)
        for field in fields
    )


_TABLES: Final[dict[int, Layout]] = {
    5: (
        _number("ais_version", 2),
        _number("imo", 30, 0),
        _text("callsign", 42),
        _text("shipname", 120),
        _number("shiptype", 8, 0),
        *_SIZE,
        _EPFD,
        _number("month", 4, 0),
        _number("day", 5, 0),
        _number("hour", 5, 24),
        _number("minute", 6, 60),
        Field("draught", 8, Kind.FRACTION, 10, 0),
        _text("destination", 120),
        _flag("dte"),
        _spare(1),
    ),
    6: (
        _number("seqno", 2),
        _number("dest_mmsi", 30),
        _flag("retransmit"),
        _spare(1),
        *_APPLICATION,
    ),
    8: (_spare(2), *_APPLICATION),
    9: (
        _number("alt", 12, 4095),
        _number("speed", 10, 1023),
        _flag("accuracy"),
        *_PLACE,
        _COURSE,
        _SECOND,
        _number("regional", 8, 0),
        _flag("dte"),
        _spare(3),
        _flag("assigned"),
        _RAIM,
        _number("radio", 20),
    ),
    10: (_spare(2), _number("dest_mmsi", 30), _spare(2, 2)),
    12: (
        _number("seqno", 2),
        _number("dest_mmsi", 30),
        _flag("retransmit"),
        _spare(1),
        _text("text", 0),
    ),
    14: (_spare(2), _text("text", 0)),
    15: (
        _spare(2),
        _number("mmsi1", 30),
        _number("type1_1", 6),
        _number("offset1_1", 12),
        _spare(2, 2),
        _number("type1_2", 6),
        _number("offset1_2", 12),
        _spare(2, 3),
        _number("mmsi2", 30),
        _number("type2_1", 6),
        _number("offset2_1", 12),
        _spare(2, 4),
    ),
    16: (_spare(2), *_repeated(_ASSIGNED, 2)),
    17: (_spare(2), *_place(COARSE, 18, 17), _spare(5, 2), _DATA),
    18: (
        _number("reserved", 8, 0),
        _SPEED,
        _flag("accuracy"),
        *_PLACE,
        _COURSE,
        _HEADING,
        _SECOND,
        _number("regional", 2, 0),
        _flag("cs"),
        _flag("display"),
        _flag("dsc"),
        _flag("band"),
        _flag("msg22"),
        _flag("assigned"),
        _RAIM,
        _number("radio", 20),
    ),
    19: (
        _number("reserved", 8, 0),
        _SPEED,
        _flag("accuracy"),
        *_PLACE,
        _COURSE,
        _HEADING,
        _SECOND,
        _number("regional", 4, 0),
        _text("shipname", 120),
        _number("shiptype", 8, 0),
        *_SIZE,
        _EPFD,
        _RAIM,
        _flag("dte"),
        _flag("assigned"),
        _spare(4),
    ),
    20: (_spare(2), *_repeated(_RESERVED, 4)),
    21: (
        _number("aid_type", 5, 0),
        _text("name", 120),
        _flag("accuracy"),
        *_PLACE,
        *_SIZE,
        _EPFD,
        _SECOND,
        _flag("off_position"),
        _number("regional", 8, 0),
        _RAIM,
        _flag("virtual_aid"),
        _flag("assigned"),
        _spare(1),
        _text("name_extension", 0),
    ),
    23: (
        _spare(2),
        *_AREA,
        _number("stationtype", 4),
        _number("shiptype", 8),
        _spare(22, 2),
        _number("txrx", 2),
        _number("interval", 4),
        _number("quiet", 4),
        _spare(6, 3),
    ),
    27: (
        _flag("accuracy"),
        _RAIM,
        _number("status", 4),
        *_place(COARSE, 18, 17),
        _number("speed", 6, 63),
        _number("course", 9, 511),
        _flag("gnss"),
        _spare(1),
    ),
}
_ALIKE: Final = {
    **dict.fromkeys((1, 2, 3), _CLASS_A),
    **dict.fromkeys((4, 11), _BASE_STATION),
    **dict.fromkeys((7, 13), (_spare(2), *_repeated(_ACKNOWLEDGED, 4))),
}
_WHOLE: Final = {number: (*_HEAD, *fields) for number, fields in (_TABLES | _ALIKE).items()}

_CHANNELS: Final = (
    _spare(2),
    _number("channel_a", 12),
    _number("channel_b", 12),
    _number("txrx", 4),
    _flag("power"),
)
_CHANNELS_END: Final = (
    _flag("addressed"),
    _flag("band_a"),
    _flag("band_b"),
    _number("zonesize", 3),
    _spare(23, 4),
)
_ADDRESSED: Final = (_number("dest1", 30), _spare(5, 2), _number("dest2", 30), _spare(5, 3))
_PART_B: Final = (
    _number("partno", 2),
    _number("shiptype", 8, 0),
    _text("vendorid", 18),
    _number("model", 4, 0),
    _number("serial", 20, 0),
    _text("callsign", 42),
)

NATURAL: Final = {
    number: sum(field.width for field in layout) if layout[-1].width else -1
    for number, layout in _WHOLE.items()
}
"""Bits that a message of a type has; -1 where only the message can say it."""

SHORTEST: Final[dict[int, int]] = {
    1: 168, 2: 168, 3: 168, 4: 168, 5: 420, 6: 88, 7: 72, 8: 56, 9: 168, 10: 72, 11: 168, 12: 72,
    13: 72, 14: 40, 15: 88, 16: 92, 17: 80, 18: 168, 19: 312, 20: 70, 21: 272, 22: 168, 23: 160,
    24: 160, 25: 40, 26: 60, 27: 96,
}  # fmt: skip
"""Bits that a message of a type has at least; shorter ones were cut off. Type 5 has 424, but some
transponders leave out the last bits."""


def layout_of(bits: int, length: int) -> Layout:
    """The fields of these bits, at least 40. Raises `KeyError` for a type that there is not.

    What a message is too short for is simply not there. Of types 22, 24, 25 and 26 there are forms
    that a flag tells apart.
    """
    number = bits >> (length - 6)
    whole = _WHOLE.get(number)
    return whole if whole is not None else _FORMS[number](bits, length)


def _channels(bits: int, length: int) -> Layout:
    addressed = length > 139 and bits >> (length - 140) & 1
    return (*_HEAD, *_CHANNELS, *(_ADDRESSED if addressed else _AREA), *_CHANNELS_END)


def _static(bits: int, length: int) -> Layout:
    """Part A has the name; part B the rest, and of a craft that belongs to a ship that ship."""
    if not bits >> (length - 40) & 3:
        return (*_HEAD, _number("partno", 2), _text("shipname", 120), _spare(8))
    mmsi = bits >> (length - 38) & (1 << 30) - 1
    size = (_number("mothership_mmsi", 30),) if mmsi // 10_000_000 == AUXILIARY else _SIZE
    return (*_HEAD, *_PART_B, *size, _EPFD, _spare(2))


def _binary(bits: int, length: int) -> Layout:
    addressed, structured = bits >> (length - 39) & 1, bits >> (length - 40) & 1
    return (
        *_HEAD,
        _flag("addressed"),
        _flag("structured"),
        *((_number("dest_mmsi", 30),) if addressed else ()),
        *(_APPLICATION if structured else (_DATA,)),
    )


AUXILIARY: Final = 98
"""First digits of the number of a craft that belongs to a parent ship."""
_FORMS: Final = {22: _channels, 24: _static, 25: _binary, 26: _binary}
