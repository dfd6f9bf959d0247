"""What may cross a gateway: a list of rules, the first that fits decides, and all else passes.

[[rule]]
name    = "no persons out"    counted and explained under this name
let     = "stop"              or "pass"
way     = "out"               to the system; "in": from it; without the key, both

A rule fits a message when each of the conditions that it names holds (`CONDITIONS`):

kinds            = ["bolo", "assist.*"]
senders          = ["MX", "c5son", "gn-3@c5son"]   country, agency or device, also of the originator
tlp_above        = "TLP:GREEN"    marked higher; no marking counts as TLP:AMBER, for what bears none
                                  may not leave the channel
exercise         = ["exercise", "test", "not_stated"]
precedence_below = "priority"     less urgent than that
personal         = ["identity", "health"]          the class of personal data in it
box              = [31.2, -111.2, 31.5, -110.7]    where it happened: south, west, north, east

Two rules stand before all others. `life-safety`: emergencies, the end of an alarm, and medical
messages pass, whatever is said below, unless a rule has `even_emergencies = true`. `third-party`:
what its originator closed to third parties goes to nobody whom it does not name, and what a system
had from a third party does not come in. What is withheld from this gateway never comes here: the
stub that stands in its place crosses like the rest of the message.

The lists `kinds_in` and `kinds_out` are read as a last rule each. `kinds_in` says what the system
may say at all, so that one stops emergencies too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from typing import Annotated, Any, Final, Literal

import msgspec

from protocols.identity import Identity
from protocols.messages import Message, tree
from protocols.messages.kinds import EMERGENCY, KINDS, Alarm, AlarmCancel, Medical
from protocols.messages.rules import marked, named
from protocols.messages.values import Exercise, PersonalData, Precedence, Tlp

Way = Literal["in", "out"]

THIRD_PARTY: Final = "third-party"
LIFE_SAFETY: Final = "life-safety"
KINDS_IN: Final = "kinds_in"
KINDS_OUT: Final = "kinds_out"
RESERVED: Final = (THIRD_PARTY, LIFE_SAFETY, KINDS_IN, KINDS_OUT)
"""Names that only this module gives."""

_TLP_ORDER: Final = (Tlp.CLEAR, Tlp.GREEN, Tlp.AMBER, Tlp.AMBER_STRICT, Tlp.RED)
_PRECEDENCE_ORDER: Final = tuple(reversed(Precedence))


class Rule(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One `[[rule]]`; see the module's docstring."""

    name: Annotated[str, msgspec.Meta(pattern=r"^[\w .:-]{1,60}$")]
    let: Literal["pass", "stop"]
    way: Literal["in", "out", "both"] = "both"
    kinds: tuple[str, ...] = ()
    senders: tuple[str, ...] = ()
    tlp_above: Tlp | None = None
    exercise: tuple[Exercise, ...] = ()
    precedence_below: Precedence | None = None
    personal: tuple[PersonalData, ...] = ()
    box: tuple[float, float, float, float] | None = None
    even_emergencies: bool = False


class Verdict(msgspec.Struct, frozen=True):
    """What the rules say of one message; `rule` is empty where none fitted."""

    passes: bool
    rule: str = ""


PASSES: Final = Verdict(True)


# --- conditions ---------------------------------------------------------------------------------


def _of_kinds(kinds: tuple[str, ...], message: Message) -> bool:
    return any(fnmatchcase(message.kind, pattern) for pattern in kinds)


def _from_senders(names: tuple[str, ...], message: Message) -> bool:
    origin = message.originator
    claimed = () if origin is None else (origin.country, origin.agency)
    return named(message.sender.identity, names) or any(one in names for one in claimed if one)


def _marked_above(limit: Tlp, message: Message) -> bool:
    marking = message.handling.tlp or Tlp.AMBER
    return _TLP_ORDER.index(marking) > _TLP_ORDER.index(limit)


def _of_exercise(states: tuple[Exercise, ...], message: Message) -> bool:
    return message.exercise in states


def _less_urgent(limit: Precedence, message: Message) -> bool:
    return _PRECEDENCE_ORDER.index(message.urgency) < _PRECEDENCE_ORDER.index(limit)


def _personal(classes: tuple[PersonalData, ...], message: Message) -> bool:
    return personal_class(message) in classes


def _inside(box: tuple[float, float, float, float], message: Message) -> bool:
    point = None if message.location is None else message.location.point
    south, west, north, east = box
    return point is not None and south <= point.lat <= north and west <= point.lon <= east


CONDITIONS: Final[dict[str, Callable[[Any, Message], bool]]] = {
    "kinds": _of_kinds,
    "senders": _from_senders,
    "tlp_above": _marked_above,
    "exercise": _of_exercise,
    "precedence_below": _less_urgent,
    "personal": _personal,
    "box": _inside,
}
"""By key: whether the condition with this value holds for a message."""


def personal_class(message: Message) -> PersonalData:
    """The class of personal data in a message: the stated one, or `identity` where fields about
    persons are filled and nobody has said of which class they are."""
    stated = message.handling.personal
    paths = marked(type(message.body), "personal")
    if stated is PersonalData.NONE and paths:
        plain = tree.build(message)
        if any(any(tree.expand(plain, path)) for path in paths):
            return PersonalData.IDENTITY
    return stated


# --- the decision -------------------------------------------------------------------------------


class Crossing(msgspec.Struct, frozen=True, kw_only=True):
    """The rules of one gateway, in order."""

    rules: tuple[Rule, ...] = ()
    kinds_in: tuple[str, ...] = ()
    kinds_out: tuple[str, ...] = ()

    def decide(self, way: Way, message: Message, gateway: Identity) -> Verdict:
        """Whether `message` may go that way through the gateway of this identity."""
        vital = is_vital(message)
        if not vital and _closed_to_third_parties(way, message, gateway):
            return Verdict(False, THIRD_PARTY)
        for rule in self.rules:
            if rule.way in (way, "both") and fits(rule, message):
                if rule.let == "stop" and vital and not rule.even_emergencies:
                    continue
                return Verdict(rule.let == "pass", rule.name)
        if way == "in" and self.kinds_in and message.kind not in self.kinds_in:
            return Verdict(False, KINDS_IN)
        if way == "out" and self.kinds_out and message.kind not in self.kinds_out and not vital:
            return Verdict(False, KINDS_OUT)
        return PASSES


def fits(rule: Rule, message: Message) -> bool:
    """Whether every condition that the rule names holds."""
    return all(
        holds(value, message)
        for key, holds in CONDITIONS.items()
        if (value := getattr(rule, key)) not in ((), None)
    )


def is_vital(message: Message) -> bool:
    """Whether somebody's life hangs on it."""
    return message.emergency or isinstance(message.body, AlarmCancel | Medical)


def _closed_to_third_parties(way: Way, message: Message, gateway: Identity) -> bool:
    """Originator control: nobody but the addressees may pass such a message on, in any form."""
    handling = message.handling
    if not handling.third_party:
        return False
    if way == "in":
        author = message.originator
        agency = None if author is None else author.agency
        return agency is not None and agency != gateway.agency
    addressees = handling.recipients + handling.releasable_to
    own = message.sender.agency == gateway.agency
    return bool(addressees) and not own and not named(gateway, addressees)


# --- in words -----------------------------------------------------------------------------------


class Line(msgspec.Struct, frozen=True):
    """One rule as it stands in the explanation: which way, what it does, and when."""

    way: str
    rule: str
    let: str
    when: str


PHRASES: Final = {
    "unless_named": "third_party, unless it names this gateway",
    "even_emergencies": "even emergencies",
    "other_kinds": "kinds other than",
}
"""What an explanation says beside the words of the configuration file."""


def explain(
    crossing: Crossing, kind: str = "", phrases: Mapping[str, str] = PHRASES
) -> tuple[Line, ...]:
    """The rules in the order in which they are asked; with `kind` only those about that kind.

    A line whose `when` is empty holds for every message that comes so far.
    """
    lines = []
    vital = [one for one in _VITAL if kind in ("", one.partition(" ")[0])]
    if vital:
        lines.append(Line("both", LIFE_SAFETY, "pass", _list("kinds =", vital)))
    lines.append(Line("both", THIRD_PARTY, "stop", phrases["unless_named"]))
    lines += [
        Line(rule.way, rule.name, rule.let, _conditions(rule, kind, phrases))
        for rule in crossing.rules
        if not kind or not rule.kinds or any(fnmatchcase(kind, one) for one in rule.kinds)
    ]
    for way, name, kinds in (
        ("in", KINDS_IN, crossing.kinds_in),
        ("out", KINDS_OUT, crossing.kinds_out),
    ):
        if kinds and kind not in kinds:
            others = "" if kind else _list(phrases["other_kinds"], kinds)
            lines.append(Line(way, name, "stop", others))
    return (*lines, Line("both", "", "pass", ""))


_VITAL: Final = tuple(
    name if entry.body is not Alarm else f"{name} {EMERGENCY}"
    for name, entry in KINDS.items()
    if entry.body in (Alarm, AlarmCancel, Medical)
)


def _conditions(rule: Rule, kind: str, phrases: Mapping[str, str]) -> str:
    given: dict[str, Any] = msgspec.to_builtins(rule)
    if kind:
        given.pop("kinds", None)
    parts = [_list(f"{key} =", given[key]) for key in CONDITIONS if key in given]
    return "; ".join(parts + [phrases["even_emergencies"]] * rule.even_emergencies)


def _list(key: str, value: Any) -> str:
    values = value if isinstance(value, list | tuple) else [value]
    return f"{key} {', '.join(map(str, values))}"
