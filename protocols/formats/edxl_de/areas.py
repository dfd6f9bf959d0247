"""Target areas of both versions: DE 1.0's own text, DE 2.0's GML, as one kind of area.

In DE 2.0 only areas to which a distribution is addressed, united, are target areas of ours; the
area of a source, and intersections or complements, stay in the envelope as they are.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from lxml import etree

from protocols.formats.edxl_de.words import CT, DEFAULTS, GML, GSF, XAL, Style
from protocols.formats.slots import Element
from protocols.formats.xml import legal, local, number_text
from protocols.messages.values import Area, Circle, LanguageText, NativeCode, Point

CODES: Final = {"country": "iso3166-1", "subdivision": "iso3166-2", "locCodeUN": "un/locode"}
"""DE 1.0, section 3.2.2: element and the list its codes come from."""
KILOMETRE: Final = Decimal(1000)
_UNITS: Final = {"km": 1000.0, "m": 1.0, "[nmi_i]": 1852.0, "nmi": 1852.0, "[mi_i]": 1609.344}
"""UCUM names of lengths, in metres."""
_LOOSE_SIGN: Final = re.compile(r"([-+])\s+(?=[\d.])")
_LOOSE_COMMA: Final = re.compile(r"\s*,\s*")
_NUMBERS: Final = re.compile(r"[\s\d.,+eE-]*")


def mended(text: str) -> str:
    """Coordinates with white space beside a comma or after a sign (`38.9, - 77.01`), without it."""
    if not _NUMBERS.fullmatch(text):
        return text
    return _LOOSE_COMMA.sub(",", _LOOSE_SIGN.sub(r"\1", text))


def numbers(text: str) -> tuple[float, ...]:
    """Every number of a list of coordinates. Raises `ValueError`."""
    found = tuple(float(part) for part in re.split(r"[\s,]+", mended(text).strip()) if part)
    if not all(map(math.isfinite, found)):
        raise ValueError(f"{text[:40]!r} is not a list of coordinates")
    return found


def _points(values: tuple[float, ...]) -> tuple[Point, ...]:
    if len(values) % 2 or not values:
        raise ValueError("coordinates come in pairs")
    for lat, lon in zip(values[::2], values[1::2], strict=True):
        if abs(lat) > 90 or abs(lon) > 180:
            raise ValueError(f"{lat}, {lon} is not on Earth")
    pairs = zip(values[::2], values[1::2], strict=True)
    return tuple(Point(lat=lat, lon=lon) for lat, lon in pairs)


def _ring(values: tuple[float, ...]) -> tuple[Point, ...]:
    ring = _points(values)
    return ring if ring[0] == ring[-1] else (*ring, ring[0])


def _named(element: Element, name: str) -> list[Element]:
    return [
        child
        for child in element.iter()
        if isinstance(child.tag, str) and local(child).casefold() == name.casefold()
    ]


def _texts(element: Element, name: str) -> list[str]:
    found = (" ".join((child.text or "").split()) for child in _named(element, name))
    return [text for text in found if text]


# --- reading ------------------------------------------------------------------------------------


def area_elements(root: Element, holder: Element, style: Style) -> list[Element]:
    """The elements that are one target area each: `targetArea`, or a group of DE 2.0."""
    if style.version == "1.0":
        return [child for child in holder if local(child).casefold() == "targetarea"]
    groups = [child for child in holder if local(child).casefold() == "targetareas"]
    return [group for group in groups if _is_target(group)]


def _is_target(group: Element) -> bool:
    kinds = [child for child in group if local(child).casefold() == "areakind"]
    grouping = _texts(group, "AreaGrouping")
    words = [text.strip() for kind in kinds for text in kind.itertext() if text.strip()]
    return words[-1:] == ["DistributionTargetArea"] and grouping in ([], ["Union"])


def read_area(element: Element, style: Style) -> Area:
    """One target area. Raises `ValueError` for geometry that cannot be read."""
    return _read_text(element) if style.version == "1.0" else _read_gml(element)


def _read_text(element: Element) -> Area:
    circles = []
    for text in _texts(element, "circle"):
        values = numbers(text)
        if len(values) != 3 or values[2] < 0:
            raise ValueError(f"{text[:40]!r} is not a circle (lat,lon radius)")
        circles.append(Circle(centre=_points(values[:2])[0], radius=_metres(values[2])))
    return Area(
        polygons=tuple(_ring(numbers(text)) for text in _texts(element, "polygon")),
        circles=tuple(circles),
        geocodes=tuple(
            NativeCode(system=system, code=text)
            for name, system in CODES.items()
            for text in _texts(element, name)
        ),
    )


def _read_gml(element: Element) -> Area:
    for part in element.iter():
        name = str(part.get("srsName") or "")
        if name and "4326" not in name and "84" not in name:
            raise ValueError(f"the coordinate system {name[:60]!r} is not read")
    rings = [_gml_ring(polygon) for polygon in _named(element, "Polygon")]
    rings += [_gml_box(envelope) for envelope in _named(element, "Envelope")]
    circles = [_gml_circle(circle) for circle in _named(element, "CircleByCenterPoint")]
    circles += [
        Circle(centre=_points(numbers(" ".join(_texts(point, "pos"))))[0], radius=0.0)
        for point in _named(element, "Point")
    ]
    codes = [
        NativeCode(system=(_texts(geocode, "ValueListURI") or [""])[0], code=code)
        for geocode in _named(element, "GeoCode")
        for code in _texts(geocode, "Value")
    ]
    words = [
        ", ".join(" ".join(str(text).split()) for text in address.itertext() if text.strip())
        for address in _named(element, "Address")
    ]
    description = LanguageText(text="; ".join(words)) if any(words) else None
    return Area(
        description=description,
        polygons=tuple(rings),
        circles=tuple(circles),
        geocodes=tuple(codes),
    )


def _gml_ring(polygon: Element) -> tuple[Point, ...]:
    exterior = [ring for part in _named(polygon, "exterior") for ring in [part]] or [polygon]
    if _named(polygon, "interior"):
        raise ValueError("a polygon with holes is not read")
    texts = _texts(exterior[0], "pos") or _texts(exterior[0], "posList")
    return _ring(numbers(" ".join(texts)))


def _gml_box(envelope: Element) -> tuple[Point, ...]:
    corners = _texts(envelope, "lowerCorner") + _texts(envelope, "upperCorner")
    low, high = _points(numbers(" ".join(corners)))
    return _ring((low.lat, low.lon, high.lat, low.lon, high.lat, high.lon, low.lat, high.lon))


def _gml_circle(circle: Element) -> Circle:
    centre = _points(numbers(" ".join(_texts(circle, "pos"))))
    radii = _named(circle, "radius")
    unit = str(radii[0].get("uom") or "m").rpartition(":")[2] if radii else ""
    if len(centre) != 1 or unit not in _UNITS:
        raise ValueError("not a circle with a centre and a radius in a unit that is known")
    (radius,) = numbers(radii[0].text or "")
    if radius < 0:
        raise ValueError("a radius cannot be negative")
    return Circle(centre=centre[0], radius=radius * _UNITS[unit])


# --- writing ------------------------------------------------------------------------------------


def write_areas(areas: tuple[Area, ...], style: Style, namespace: str) -> Iterator[Element]:
    """The elements of these areas; what DE cannot say of them is not in them."""
    for number, area in enumerate(areas):
        if style.version == "1.0":
            element = etree.Element(f"{{{namespace}}}targetArea")
            _write_text(element, area, namespace)
        else:
            element = etree.Element(f"{{{namespace}}}{style.name('TargetAreas')}")
            _write_gml(element, area, number, style, namespace)
        if len(element):
            yield element


def _write_text(element: Element, area: Area, namespace: str) -> None:
    def add(name: str, text: str) -> None:
        etree.SubElement(element, f"{{{namespace}}}{name}").text = legal(text)

    for circle in area.circles:
        centre = f"{number_text(circle.centre.lat)},{number_text(circle.centre.lon)}"
        add("circle", f"{centre} {_kilometres(circle.radius)}")
    for ring in area.polygons:
        pairs = (f"{number_text(point.lat)},{number_text(point.lon)}" for point in ring)
        add("polygon", " ".join(pairs))
    for name, system in CODES.items():
        for code in area.geocodes:
            if code.system == system and code.code.strip():
                add(name, code.code)


def _metres(kilometres: float) -> float:
    """Moving the decimal point, and no digit: a product of two floats would change the last one."""
    return float(Decimal(repr(kilometres)) * KILOMETRE)


def _kilometres(metres: float) -> str:
    """The other way."""
    return number_text(float(Decimal(repr(metres)) / KILOMETRE))


def _write_gml(group: Element, area: Area, number: int, style: Style, namespace: str) -> None:
    places = list(_gml_places(area, number))
    if not places:
        return
    kind = etree.SubElement(group, f"{{{namespace}}}{style.name('AreaKind')}")
    if style.small:
        kind.text = "DistributionTargetArea"
    else:
        default = etree.SubElement(kind, f"{{{namespace}}}AreaKindDefault")
        etree.SubElement(default, f"{{{CT}}}ValueListURI").text = DEFAULTS + "AreaKindType"
        etree.SubElement(default, f"{{{CT}}}Value").text = "DistributionTargetArea"
    etree.SubElement(group, f"{{{namespace}}}{style.name('AreaGrouping')}").text = "Union"
    for place in places:
        target = etree.SubElement(group, f"{{{namespace}}}{style.name('TargetArea')}")
        if place.tag.startswith(f"{{{GML}}}"):
            etree.SubElement(target, f"{{{GSF}}}EDXLGeoLocation").append(place)
        else:
            name = style.name("GeoPoliticalLocation")
            etree.SubElement(target, f"{{{namespace}}}{name}").append(place)


def _gml_places(area: Area, number: int) -> Iterator[Element]:
    """Every part of an area as an element of its own, for a union."""
    for index, ring in enumerate(area.polygons):
        if len(ring) < 4:
            continue
        polygon = etree.Element(f"{{{GML}}}Polygon", {f"{{{GML}}}id": f"area{number}.{index}"})
        exterior = etree.SubElement(polygon, f"{{{GML}}}exterior")
        linear = etree.SubElement(exterior, f"{{{GML}}}LinearRing")
        for point in ring:
            etree.SubElement(linear, f"{{{GML}}}pos").text = _position(point)
        yield polygon
    for circle in area.circles:
        made = etree.Element(f"{{{GML}}}CircleByCenterPoint", numArc="1")
        etree.SubElement(made, f"{{{GML}}}pos").text = _position(circle.centre)
        radius = etree.SubElement(made, f"{{{GML}}}radius", uom="m")
        radius.text = number_text(circle.radius)
        yield made
    for code in area.geocodes:
        if code.system.strip() and code.code.strip():
            made = etree.Element(f"{{{CT}}}GeoCode")
            etree.SubElement(made, f"{{{CT}}}ValueListURI").text = legal(code.system)
            etree.SubElement(made, f"{{{CT}}}Value").text = legal(code.code)
            yield made
    if area.description is not None and area.description.text.strip():
        made = etree.Element(f"{{{CT}}}Address")
        lines = etree.SubElement(made, f"{{{XAL}}}FreeTextAddress")
        line = etree.SubElement(lines, f"{{{XAL}}}AddressLine")
        line.text = legal(area.description.text)
        yield made


def _position(point: Point) -> str:
    return f"{number_text(point.lat)} {number_text(point.lon)}"
