"""What one translation costs: decode and encode of each format, a message at a time.

    python -m benchmarks.formats [--rounds N]

The documents are made here, of the size and shape of real ones: a TAK position report, a GeoChat
line, a weather alert with a polygon in two languages, AIS sentences, our own assist.request; and of
the formats that our messages go out in, what their encoders write. Rounds alternate
between all operations and the median of the rounds is reported beside the goal in microseconds.
"""

from __future__ import annotations

import argparse
import functools
import operator
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime

from benchmarks.results import write_section
from protocols.foresight.samples import samples
from protocols.formats import canonical
from protocols.formats.ais import message as ais
from protocols.formats.cap import alert as cap
from protocols.formats.codec import STRANGER, Settings
from protocols.formats.cot import event as cot
from protocols.formats.registry import FORMATS
from protocols.ids import id_text, uuid7
from protocols.messages.envelope import Message
from protocols.messages.kinds import AssistRequest
from protocols.messages.values import Exercise, LanguageText, Location, Point

REPEATS = 200

POSITION = b"""<?xml version="1.0" encoding="UTF-8"?>
<event version="2.0" uid="ANDROID-4711" type="a-f-G-U-C" how="m-g" time="2026-11-21T19:31:00.406Z"
 start="2026-11-21T19:31:00.406Z" stale="2026-11-21T19:32:15.406Z"><point lat="31.33275012"
 lon="-110.95110734" hae="1176.24" ce="4.9" le="9999999.0"/><detail><takv os="34" version="5.2.0"
 device="SAMSUNG SM-G990" platform="ATAK-CIV"/><contact endpoint="*:-1:stcp" callsign="NOG-7"/>
<uid Droid="NOG-7"/><precisionlocation altsrc="GPS" geopointsrc="GPS"/><__group role="Team Member"
 name="Cyan"/><status battery="58"/><track course="327.66" speed="1.4"/></detail></event>"""

CHAT = b"""<event version="2.0" uid="GeoChat.ANDROID-4711.All Chat Rooms.9a8e20ef" type="b-t-f"
 how="h-g-i-g-o" time="2026-11-21T19:31:00.406Z" start="2026-11-21T19:31:00.406Z"
 stale="2026-11-22T19:31:00.406Z"><point lat="0.0" lon="0.0" hae="9999999.0" ce="9999999.0"
 le="9999999.0"/><detail><__chat senderCallsign="NOG-7" chatroom="All Chat Rooms" groupOwner="false"
 id="All Chat Rooms" parent="RootContactGroup" messageId="9a8e20ef"><chatgrp uid0="ANDROID-4711"
 uid1="All Chat Rooms" id="All Chat Rooms"/></__chat><link relation="p-p" type="a-f-G-U-C"
 uid="ANDROID-4711"/><remarks time="2026-11-21T19:31:00.406Z" to="All Chat Rooms"
 source="BAO.F.ATAK.ANDROID-4711">smoke at the culvert</remarks></detail></event>"""


def alert() -> bytes:
    """An alert in two languages with codes, parameters, a polygon and geocodes."""
    ring = " ".join(f"{31 + i / 100:.4f},{-110 - i % 7 / 100:.4f}" for i in range(20))
    ring += " " + ring.partition(" ")[0]
    info = "".join(
        f"<info><language>{language}</language><category>Met</category><event>{event}</event>"
        "<responseType>Monitor</responseType><urgency>Expected</urgency>"
        "<severity>Moderate</severity><certainty>Likely</certainty><eventCode><valueName>SAME"
        "</valueName><value>FFA</value></eventCode><effective>2026-11-21T12:00:00-07:00</effective>"
        "<expires>2026-11-21T20:00:00-07:00</expires><senderName>Protección Civil</senderName>"
        f"<headline>{event}</headline><description>{event * 12}</description>"
        + "".join(
            f"<parameter><valueName>p{i}</valueName><value>{i}</value></parameter>"
            for i in range(4)
        )
        + f"<area><areaDesc>Nogales</areaDesc><polygon>{ring}</polygon><geocode><valueName>FIPS6"
        "</valueName><value>004023</value></geocode></area></info>"
        for language, event in (("es-MX", "Vigilancia de inundación"), ("en-US", "Flood watch"))
    )
    return (
        '<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>A-1</identifier>'
        "<sender>cenapred</sender><sent>2026-11-21T12:00:00-07:00</sent><status>Actual</status>"
        f"<msgType>Alert</msgType><scope>Public</scope>{info}</alert>"
    ).encode()


def request() -> Message:
    """A message that neither CoT nor CAP has a kind for."""
    return Message(
        id=id_text(uuid7(1_795_000_000_000_000)),
        sender=STRANGER,
        sent=datetime(2026, 11, 21, 19, 33, tzinfo=UTC),
        body=AssistRequest(
            capability="SEARCH", to="MX", task=LanguageText(text="Find the southern entrance")
        ),
        incident="TUN-1",
        exercise=Exercise.EXERCISE,
        location=Location(point=Point(lat=31.33275, lon=-110.9511)),
    )


def sentence(body: str) -> bytes:
    """An NMEA sentence with its receive time in a tag block; both checksums are made here."""
    tag = "c:1795000000"
    return f"\\{tag}*{checksum(tag):02X}\\!{body}*{checksum(body):02X}".encode()


def checksum(text: str) -> int:
    """All characters, by exclusive or (IEC 61162-1)."""
    return functools.reduce(operator.xor, text.encode(), 0)


SENTENCES = (
    sentence("AIVDM,1,1,,A,15M67FC000G?ufbE`FepT@3n00Sa,0"),
    sentence("AIVDM,2,1,3,B,55P5TL01VIaAL@7WKO@mBplU@<PDhh000000001S;AJ::4A80?4i@E53,0")
    + b"\n"
    + sentence("AIVDM,2,2,3,B,1@0000000000000,2"),
)


def incident() -> Message:
    """An incident as a dispatch centre opens it."""
    (opened,) = [one for one in samples() if one.kind == "incident.open"]
    return opened


def operations() -> list[tuple[str, int, Callable[[], object]]]:
    """(name, goal in microseconds, what to run)."""
    alerts, asked, spanish = alert(), request(), Settings(language="es")
    position, chat, warning = cot.decode(POSITION), cot.decode(CHAT), cap.decode(alerts)
    document = canonical.encode(asked).data
    found: list[tuple[str, int, Callable[[], object]]] = [
        ("CoT position, decode", 150, lambda: cot.decode(POSITION)),
        ("CoT position, encode", 150, lambda: cot.encode(position)),
        ("CoT chat, decode", 150, lambda: cot.decode(CHAT)),
        ("CoT chat, encode", 150, lambda: cot.encode(chat)),
        ("CAP alert, two languages, decode", 300, lambda: cap.decode(alerts)),
        ("CAP alert, two languages, encode", 300, lambda: cap.encode(warning)),
        ("assist.request as CoT in Spanish", 150, lambda: cot.encode(asked, spanish)),
        ("assist.request as CAP in Spanish", 300, lambda: cap.encode(asked, spanish)),
        ("canonical JSON, decode", 150, lambda: canonical.decode(document)),
        ("canonical JSON, encode", 150, lambda: canonical.encode(asked)),
    ]
    found += both_ways("TAK protobuf position", 150, "tak", position)
    found += both_ways("EIDO incident", 200, "eido", incident())
    found += both_ways("EDXL-RM request", 300, "edxl-rm", asked)
    found += both_ways("EDXL-DE around it", 600, "edxl-de", asked)
    found += both_ways("GeoJSON position", 150, "geojson", position)
    for name, sentences in zip(("position", "ship, two sentences"), SENTENCES, strict=True):
        heard = ais.decode(sentences)
        found.append((f"AIS {name}, decode", 60, functools.partial(ais.decode, sentences)))
        found.append((f"AIS {name}, encode", 60, functools.partial(ais.encode, heard)))
    return found


def both_ways(
    title: str, goal: int, name: str, message: Message
) -> list[tuple[str, int, Callable[[], object]]]:
    """Decoding what the format writes of a message, and writing it; without our own copy in it."""
    entry, plain = FORMATS[name], Settings(carry_canonical=False)
    data = entry.encode(message, plain).data
    return [
        (f"{title}, decode", goal, lambda: entry.decode(data)),
        (f"{title}, encode", goal, lambda: entry.encode(message, plain)),
    ]


def main() -> int:
    """Run the rounds, print the rows and write the section."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=9)
    rounds = parser.parse_args().rounds
    measured: dict[str, list[float]] = {}
    listed = operations()
    for _ in range(rounds):
        for name, _, run in listed:
            run()
            start = time.perf_counter()
            for _ in range(REPEATS):
                run()
            measured.setdefault(name, []).append((time.perf_counter() - start) / REPEATS * 1e6)
    rows = [("one message", "median µs", "best round µs", "goal µs")]
    for name, goal, _ in listed:
        times = measured[name]
        rows.append((name, f"{statistics.median(times):.0f}", f"{min(times):.0f}", f"≤ {goal}"))
    for row in rows:
        print("  ".join(cell.ljust(34) for cell in row))
    write_section("Formats", rows, f"{rounds} interleaved rounds of {REPEATS} messages each.")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
