"""What a gateway sees of a document before it is translated."""

from __future__ import annotations

from protocols.formats.ais.look import Look, look_at
from tests.protocols.formats.ais.reporting import BOAT, NOON, SART, document, position, text


def seen(data: bytes) -> Look:
    look = look_at(data)
    assert look is not None
    return look


def test_a_position_has_a_track() -> None:
    look = seen(position())
    assert (look.track, look.urgent, look.words) == (str(BOAT), False, False)
    assert seen(b"$GPGLL,4426.1130,N,07140.5579,W,194102,A").track == "own-ship"


def test_emergency_devices_are_urgent_whatever_they_say() -> None:
    assert seen(position(SART, 14)).urgent
    assert seen(position(SART, 15)).urgent
    assert seen(position(BOAT, 14)).urgent
    assert seen(text("SART TEST", SART)).urgent
    assert not seen(text("HELLO")).urgent


def test_texts_statics_and_instruments() -> None:
    assert seen(text("HELLO")).words
    assert seen(document(type=24, mmsi=BOAT, partno=0, shipname="A")).static
    assert seen(document(type=5, mmsi=BOAT, shipname="A")).static
    assert seen(b"$INMTW,17.9,C*1B").instrument


def test_the_same_bits_have_the_same_key() -> None:
    first = seen(position())
    assert first.key == seen(position(at=NOON + 9, repeat=2)).key
    assert first.key != seen(position(lat=42.6)).key
    assert seen(position() + text("HELLO")).key == seen(text("HELLO", at=None)).key


def test_what_cannot_be_read() -> None:
    assert look_at(b"junk") is None
