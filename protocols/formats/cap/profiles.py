"""What IPAWS and CAP-CP ask of an alert beyond CAP itself: a table of rules, each with its clause.

`check` says what is off in a document, as values: a gateway may show it, and nobody is refused. The
writer uses the same table, and refuses to write what breaks a rule that is a MUST.

IPAWS: OASIS, CAP v1.2 USA Integrated Public Alert and Warning System Profile 1.0, section 2.
CAP-CP: Canadian Profile of CAP, Introduction and Rule Set, Beta 0.4 (rules by their number).
Only rules that are certain are here. Managed lists (Canadian location codes) are not checked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

import msgspec
from lxml import etree

from protocols.codes.native import system_name, with_codes_of
from protocols.errors import ProfileViolated
from protocols.formats.cap.words import NAMESPACES
from protocols.formats.xml import parse, path
from protocols.messages.values import NativeCode

Element = etree._Element


class Violation(msgspec.Struct, frozen=True):
    """A rule that a document breaks, and where. Without `must` it is a recommendation."""

    profile: str
    rule: str
    where: str
    sentence: str
    must: bool = True


class Parts:
    """An alert taken apart once for all rules."""

    def __init__(self, root: Element) -> None:
        self.root = root
        self.prefix = str(root.tag).rpartition("}")[0] + "}"
        self.infos = list(root.iterchildren(self.prefix + "info"))

    def text(self, element: Element, name: str) -> str:
        """The text of a child, without white space around it; empty where there is none."""
        return (element.findtext(self.prefix + name) or "").strip()

    def texts(self, element: Element, name: str) -> list[str]:
        """The texts of all children of that name."""
        return [(child.text or "").strip() for child in element.iterchildren(self.prefix + name)]

    def pairs(self, element: Element, name: str) -> list[tuple[str, str]]:
        """`valueName` and `value` of all children of that name."""
        below = element.iterchildren(self.prefix + name)
        return [(self.text(child, "valueName"), self.text(child, "value")) for child in below]

    def areas(self) -> Iterator[Element]:
        """Every area of every info."""
        for info in self.infos:
            yield from info.iterchildren(self.prefix + "area")


Finding = tuple[str, str]
"""Where a rule is broken, and what is wrong there."""
Finder = Callable[[Parts], Iterator[Finding]]


class Rule(msgspec.Struct, frozen=True):
    """One line of a profile: its clause, and what finds where it is broken."""

    clause: str
    find: Finder
    must: bool = True


class Profile(msgspec.Struct, frozen=True):
    """A profile: its `code` element, its event codes as CAP names them, its rules."""

    code: str
    event_system: str
    """The code system of `protocols.codes.native`."""
    event_name: str
    """The valueName of its `eventCode`."""
    fallback: str
    """The event code that says "none of these"; empty where the list has none."""
    rules: tuple[Rule, ...]


# --- what is looked for ---------------------------------------------------------------------------

_NUMERIC: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[-+]\d\d:\d\d", re.ASCII)
_TIMES: Final = ("effective", "onset", "expires")
_VALUES: Final = {
    "category": "Geo Met Safety Security Rescue Fire Health Env Transport Infra CBRNE Other",
    "responseType": "Shelter Evacuate Prepare Execute Avoid Monitor Assess AllClear None",
    "urgency": "Immediate Expected Future Past Unknown",
    "severity": "Extreme Severe Moderate Minor Unknown",
    "certainty": "Observed Likely Possible Unlikely Unknown",
}


def _times(parts: Parts) -> Iterator[Finding]:
    found = [(parts.root, "sent"), *((info, name) for info in parts.infos for name in _TIMES)]
    for element, name in found:
        text = parts.text(element, name)
        if text and not _NUMERIC.fullmatch(text):
            where = f"{path(element)}/{name}"
            yield where, f"{text[:40]!r} has no numeric time zone, like 2026-11-21T19:30:00-07:00"


def _code(wanted: str, prefix: str = "") -> Finder:
    def find(parts: Parts) -> Iterator[Finding]:
        codes = parts.texts(parts.root, "code")
        if not any(code == wanted or (prefix and code.startswith(prefix)) for code in codes):
            yield "/alert/code", f"the code {wanted} is missing"

    return find


def _references(parts: Parts) -> Iterator[Finding]:
    action = parts.text(parts.root, "msgType")
    if action in ("Update", "Cancel") and not parts.text(parts.root, "references"):
        yield "/alert/references", f"an {action} names no earlier message"


def _has_info(parts: Parts) -> Iterator[Finding]:
    if not parts.infos:
        yield "/alert/info", "there is no info"


def _has_info_for_public(parts: Parts) -> Iterator[Finding]:
    if parts.text(parts.root, "msgType") not in ("Ack", "Error"):
        yield from _has_info(parts)


def _needed(name: str) -> Finder:
    def find(parts: Parts) -> Iterator[Finding]:
        for info in parts.infos:
            if not parts.text(info, name):
                yield f"{path(info)}/{name}", f"{name} is missing"

    return find


def _has_area(parts: Parts) -> Iterator[Finding]:
    for info in parts.infos:
        if info.find(parts.prefix + "area") is None:
            yield f"{path(info)}/area", "there is no area"


def _listed_values(parts: Parts) -> Iterator[Finding]:
    for info in parts.infos:
        for name, values in _VALUES.items():
            for text in parts.texts(info, name):
                if text not in values.split():
                    yield f"{path(info)}/{name}", f"{text[:40]!r} is not one of {values}"
        for name in ("category", "event", "urgency", "severity", "certainty"):
            if not parts.text(info, name):
                yield f"{path(info)}/{name}", f"{name} is missing"


def _one_event(system: str, *, categories: bool) -> Finder:
    def find(parts: Parts) -> Iterator[Finding]:
        first: tuple[set[tuple[str, str]], set[str]] | None = None
        for info in parts.infos:
            codes = {pair for pair in parts.pairs(info, "eventCode") if pair[0].startswith(system)}
            kinds = set(parts.texts(info, "category")) if categories else set()
            if first is None:
                first = (codes, kinds)
            elif (codes, kinds) != first:
                yield path(info), "it is about another event than the first info"

    return find


def _same_code(parts: Parts) -> Iterator[Finding]:
    for info in parts.infos:
        same = [code for name, code in parts.pairs(info, "eventCode") if name == "SAME"]
        if len(same) != 1 or not re.fullmatch(r"[A-Z0-9]{3}", same[0]):
            yield f"{path(info)}/eventCode", "there is not exactly one SAME code of three letters"


def _canadian_code(parts: Parts) -> Iterator[Finding]:
    for info in parts.infos:
        names = [name for name, code in parts.pairs(info, "eventCode") if code]
        if not any(name.startswith("profile:CAP-CP:Event:") for name in names):
            yield f"{path(info)}/eventCode", "there is no code of the CAP-CP event list"


def _geocode(prefix: str, what: str) -> Finder:
    def find(parts: Parts) -> Iterator[Finding]:
        for area in parts.areas():
            names = [name for name, code in parts.pairs(area, "geocode") if code]
            if not any(name.startswith(prefix) for name in names):
                yield f"{path(area)}/geocode", f"there is no {what}"

    return find


# --- the tables -----------------------------------------------------------------------------------

PROFILES: Final = {
    "ipaws": Profile(
        code="IPAWSv1.0",
        event_system="same",
        event_name="SAME",
        fallback="",
        rules=(
            Rule("IPAWS 2, code: the profile is named", _code("IPAWSv1.0")),
            Rule("IPAWS 2, times: a numeric time zone, never Z", _times),
            Rule("IPAWS 2, references: an Update or Cancel has them", _references),
            Rule("IPAWS 2, info: at least one", _has_info),
            Rule(
                "IPAWS 2, info: all have the same category and eventCode",
                _one_event("", categories=True),
            ),
            Rule("CAP 3.2.2: required elements and coded values", _listed_values),
            Rule("IPAWS 2, eventCode: one SAME code", _same_code),
            Rule("IPAWS 2, expires: required", _needed("expires")),
            Rule("IPAWS 2, area: at least one", _has_area),
            Rule("IPAWS 2, geocode: a SAME code", _geocode("SAME", "SAME location code"), False),
            Rule("IPAWS 2, description: meaningful", _needed("description"), False),
            Rule("IPAWS 2, instruction: meaningful", _needed("instruction"), False),
        ),
    ),
    "cap-cp": Profile(
        code="profile:CAP-CP:0.4",
        event_system="cap-cp",
        event_name="profile:CAP-CP:Event:0.4",
        fallback="other",
        rules=(
            Rule(
                "CAP-CP 2: one subject event",
                _one_event("profile:CAP-CP:Event:", categories=False),
            ),
            Rule("CAP-CP 3: the version is named", _code("profile:CAP-CP:0.4", "profile:CAP-CP:")),
            Rule("CAP 3.3.2: a numeric time zone, never Z", _times),
            Rule("CAP-CP 5: an info for the public", _has_info_for_public),
            Rule("CAP-CP 6: every info says its language", _needed("language")),
            Rule("CAP 3.2.2: required elements and coded values", _listed_values),
            Rule("CAP-CP 8: a recognised eventCode", _canadian_code),
            Rule(
                "CAP-CP 9: a recognised geocode",
                _geocode("profile:CAP-CP:Location:", "CAP-CP location code"),
            ),
            Rule("CAP-CP 10: an area", _has_area),
            Rule("CAP-CP 12: an Update or Cancel has references", _references),
            Rule("CAP-CP 13: expires is recommended", _needed("expires"), False),
            Rule("CAP-CP 14: senderName is recommended", _needed("senderName"), False),
            Rule("CAP-CP 15: responseType is recommended", _needed("responseType"), False),
        ),
    ),
}
"""By the name that `Settings.profile` has."""


def check(root: Element, profile: str) -> tuple[Violation, ...]:
    """Every rule of `profile` (a key of `PROFILES`) that the alert breaks, in the table's order."""
    parts = Parts(root)
    return tuple(
        Violation(profile, rule.clause, where, sentence, rule.must)
        for rule in PROFILES[profile].rules
        for where, sentence in rule.find(parts)
    )


def check_document(data: bytes, profile: str) -> tuple[Violation, ...]:
    """The same for a document; raises `UnsafeDocument` and `MalformedDocument`."""
    return check(parse(data), profile)


def require(root: Element, profile: str) -> None:
    """Raise `ProfileViolated`, with rule and path, for the first MUST that the alert breaks."""
    for broken in check(root, profile):
        if broken.must:
            raise ProfileViolated(
                f"{broken.rule}: at {broken.where}, {broken.sentence}.",
                profile=profile,
                rule=broken.rule,
                where=broken.where,
            )


def event_codes(
    own: tuple[NativeCode, ...],
    others: tuple[NativeCode, ...],
    incident_type: str | None,
    profile: str,
) -> tuple[NativeCode, ...]:
    """The event codes of an info and, beside them, the one that the profile's readers look for.

    `others`: further codes of the message, which say what it is about.
    """
    wanted = PROFILES[profile]
    if any(system_name(code.system) == wanted.event_system for code in own):
        return own
    known = with_codes_of((*own, *others), incident_type, (wanted.event_system,))
    found = [code.code for code in known if system_name(code.system) == wanted.event_system]
    code = found[0] if found else wanted.fallback
    return (*own, NativeCode(system=wanted.event_name, code=code)) if code else own


def claimed(root: Element) -> str | None:
    """The profile that an alert says it keeps, by its `code` elements, or None."""
    prefix = str(root.tag).rpartition("}")[0] + "}"
    if prefix[1:-1] not in NAMESPACES:
        return None
    for child in root.iterchildren(prefix + "code"):
        text = (child.text or "").strip()
        for name, profile in PROFILES.items():
            family = profile.code.rpartition(":")[0] or profile.code
            if text == profile.code or (family != profile.code and _version_of(text, family)):
                return name
    return None


def _version_of(text: str, family: str) -> bool:
    return bool(re.fullmatch(re.escape(family) + r":\d+\.\d+[A-Za-z]?", text))
