"""The TLS presentation language of RFC 9420 section 2.1: each type is a reader and a writer.

A structure is a `Struct` subclass whose annotated fields name their codecs in wire order, so a
type, its encoder and its decoder are one declaration:

    class HPKECiphertext(Struct):
        kem_output: Opaque
        ciphertext: Opaque

Decoding is strict: minimal vector lengths, no trailing bytes, known enumerators only. So the
bytes of a decoded value are its one encoding, and `encoded` keeps them.
"""

import dataclasses
from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Annotated, Any, ClassVar, Generic, Self, TypeVar, dataclass_transform

from protocols.mls.errors import MLSError, NotMinimalVector, TrailingBytes, Truncated, UnknownValue

T = TypeVar("T")
S = TypeVar("S", bound="Struct")


class Reader:
    """A position in a byte string; every read checks that the bytes are there."""

    __slots__ = ("data", "end", "position")

    def __init__(self, data: bytes, position: int = 0, end: int | None = None) -> None:
        self.data = data
        self.position = position
        self.end = len(data) if end is None else end

    def take(self, count: int) -> bytes:
        """The next `count` bytes; raises Truncated."""
        start = self.position
        stop = start + count
        if stop > self.end:
            raise Truncated(f"{count} bytes are needed at offset {start} and are not there.")
        self.position = stop
        return self.data[start:stop]

    def uint(self, width: int) -> int:
        """The next `width` bytes as a big-endian number."""
        return int.from_bytes(self.take(width), "big")

    def length(self) -> int:
        """A variable-size vector length (RFC 9420 section 2.1.2), minimal encodings only."""
        first = self.uint(1)
        prefix = first >> 6
        if prefix == 0:
            return first
        if prefix == 3:
            raise NotMinimalVector("A vector length starts with the reserved bits 11.")
        width = 1 << prefix
        value = (first & 0x3F) << 8 * (width - 1) | self.uint(width - 1)
        if value < (1 << 6 if width == 2 else 1 << 14):
            raise NotMinimalVector(f"The length {value} is encoded in {width} bytes.")
        return value

    def opaque(self) -> bytes:
        """An `opaque<V>` vector."""
        return self.take(self.length())

    def sub(self) -> "Reader":
        """A reader over the content of the next vector, which is skipped in this one."""
        size = self.length()
        start = self.position
        if start + size > self.end:
            raise Truncated(f"A vector of {size} bytes at offset {start} is cut short.")
        self.position = start + size
        return Reader(self.data, start, start + size)

    @property
    def done(self) -> bool:
        """True when nothing is left."""
        return self.position >= self.end

    def finish(self) -> None:
        """Raise TrailingBytes unless everything was read."""
        if not self.done:
            raise TrailingBytes(f"{self.end - self.position} bytes are left over.")


def write_length(size: int) -> bytes:
    """The minimal encoding of a vector length, at most 2**30 - 1 bytes."""
    if size < 1 << 6:
        return bytes((size,))
    if size < 1 << 14:
        return (size | 1 << 14).to_bytes(2, "big")
    if size < 1 << 30:
        return (size | 2 << 30).to_bytes(4, "big")
    raise ValueError("a vector holds at most 2**30 - 1 bytes")


def write_opaque(data: bytes) -> bytes:
    """The encoding of an `opaque<V>` vector."""
    return write_length(len(data)) + data


@dataclasses.dataclass(frozen=True, slots=True)
class Codec(Generic[T]):
    """How values of one type are read and written; `types` lists the classes it writes."""

    read: Callable[[Reader], T]
    write: Callable[[T], bytes]
    types: tuple[type, ...] = ()

    def decode(self, data: bytes) -> T:
        """Read exactly `data`."""
        reader = Reader(data)
        value = self.read(reader)
        reader.finish()
        return value


def _uint(width: int) -> Codec[int]:
    return Codec(lambda reader: reader.uint(width), lambda value: value.to_bytes(width, "big"))


UINT8, UINT16, UINT32, UINT64 = _uint(1), _uint(2), _uint(4), _uint(8)
OPAQUE: Codec[bytes] = Codec(Reader.opaque, write_opaque)

UInt8 = Annotated[int, UINT8]
UInt16 = Annotated[int, UINT16]
UInt32 = Annotated[int, UINT32]
UInt64 = Annotated[int, UINT64]
Opaque = Annotated[bytes, OPAQUE]


def vector(element: Codec[T]) -> Codec[tuple[T, ...]]:
    """`element<V>`: a length in bytes, then elements until they fill it."""

    def read(reader: Reader) -> tuple[T, ...]:
        inner = reader.sub()
        values = []
        while not inner.done:
            values.append(element.read(inner))
        return tuple(values)

    def write(values: tuple[T, ...]) -> bytes:
        return write_opaque(b"".join(map(element.write, values)))

    return Codec(read, write)


def optional(element: Codec[T]) -> Codec[T | None]:
    """`optional<element>`: an octet 0, or an octet 1 and the value."""

    def read(reader: Reader) -> T | None:
        present = reader.uint(1)
        if present > 1:
            raise UnknownValue(f"An optional value is marked with {present}.")
        return element.read(reader) if present else None

    def write(value: T | None) -> bytes:
        return b"\x00" if value is None else b"\x01" + element.write(value)

    return Codec(read, write)


def select(
    tag: Codec[int],
    cases: Iterable[tuple[int, Codec[Any]]],
    unknown: type[MLSError] = UnknownValue,
) -> Codec[Any]:
    """`select`: a tag, then the case that it names; `unknown` is raised for any other tag."""
    by_tag = dict(cases)
    by_type = {kind: (number, case) for number, case in by_tag.items() for kind in case.types}

    def read(reader: Reader) -> Any:
        number = tag.read(reader)
        case = by_tag.get(number)
        if case is None:
            raise unknown(f"The value {number} is not defined here.")
        return case.read(reader)

    def write(value: Any) -> bytes:
        number, case = by_type[type(value)]
        return tag.write(number) + case.write(value)

    return Codec(read, write, tuple(by_type))


def enumerated(width: Codec[int], *allowed: int) -> Codec[int]:
    """A number of which only the listed values are defined."""
    known = frozenset(allowed)

    def read(reader: Reader) -> int:
        value = width.read(reader)
        if value not in known:
            raise UnknownValue(f"The value {value} is not defined here.")
        return value

    return Codec(read, width.write)


@dataclass_transform(frozen_default=True)
class Struct:
    """A structure of the presentation language; subclasses are frozen dataclasses.

    Each field's annotation carries its codec (`Annotated[type, Codec]`) or is a Struct itself.
    """

    _codecs: ClassVar[tuple[tuple[str, Codec[Any]], ...]] = ()

    def __init_subclass__(cls) -> None:
        fields: Any = dataclasses.dataclass(frozen=True)(cls)
        cls._codecs = tuple(
            (field.name, _codec_of(field.type)) for field in dataclasses.fields(fields)
        )

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """Read one structure and keep the bytes it was read from."""
        start = reader.position
        value = cls(*[codec.read(reader) for _, codec in cls._codecs])
        value.__dict__["encoded"] = reader.data[start : reader.position]
        return value

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read exactly `data`; raises a MalformedMLS."""
        reader = Reader(data)
        value = cls.read(reader)
        reader.finish()
        return value

    @cached_property
    def encoded(self) -> bytes:
        """The structure's one encoding."""
        return b"".join([codec.write(getattr(self, name)) for name, codec in self._codecs])

    def encode(self) -> bytes:
        """The structure's one encoding."""
        return self.encoded


def struct(cls: type[S]) -> Codec[S]:
    """The codec of a Struct class."""
    return Codec(cls.read, cls.encode, (cls,))


def _codec_of(annotation: Any) -> Codec[Any]:
    if isinstance(annotation, type) and issubclass(annotation, Struct):
        return struct(annotation)
    for mark in getattr(annotation, "__metadata__", ()):
        if isinstance(mark, Codec):
            return mark
    raise TypeError(f"the annotation {annotation!r} names no codec")
