"""A message being written: the form's texts, its handling, and from both the message itself.

Nothing is sent from here. A draft that cannot be sent raises `FormFault` (a field) or one of the
project's errors (a rule of roles or handling), and stays as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from protocols.clock import Clock, to_datetime
from protocols.errors import CrossbandError
from protocols.foresight.audience import Listener, audience
from protocols.foresight.voices import OWN
from protocols.identity.names import Identity
from protocols.messages.envelope import Caveat, Handling, Message, Stub, compose
from protocols.messages.kinds import KINDS
from protocols.messages.release import check_sender, view
from protocols.messages.values import (
    Exercise,
    LanguageText,
    Location,
    Point,
    Precedence,
    Side,
    Tlp,
)
from tui_client import forms
from tui_client.forms import FormFault

COMMON = (
    "precedence",
    "ack_wanted",
    "incident",
    "patrol",
    "point",
    "side",
    "monument",
    "tlp",
    "releasable_to",
    "withhold",
    "withhold_for",
)
"""Fields that every kind's form has below its own."""


@dataclass(slots=True)
class Draft:
    """The texts of a form by field name, those of `COMMON` included."""

    kind: str = "text"
    filled: dict[str, str] = field(default_factory=dict)
    in_reply_to: str = ""

    @classmethod
    def answering(cls, kind: str, message: Message | None) -> Draft:
        """A draft of this kind; if it answers a message, tied to it, its incident and patrol."""
        draft = cls(kind=kind)
        if message is None:
            return draft
        draft.in_reply_to = message.id
        draft.filled = {"incident": message.incident or "", "patrol": message.patrol or ""}
        link = forms.LINKS.get(kind)
        if link:
            draft.filled[link] = named_by(message, link)
        return draft

    def of(self, name: str) -> str:
        """What is written in a field."""
        return self.filled.get(name, "").strip()

    def message(
        self,
        me: Identity,
        clock: Clock,
        *,
        language: str,
        exercise: Exercise = Exercise.NOT_STATED,
    ) -> Message:
        """The message as it would be sent now. Raises as the module says."""
        now = to_datetime(clock())
        body = forms.build(self.kind, self.filled, language, now)
        made = compose(
            me,
            body,
            clock=clock,
            language=language,
            incident=self._incident(me, now),
            patrol=self.of("patrol") or None,
            in_reply_to=self.in_reply_to or None,
            ack_wanted=self.of("ack_wanted") == "yes",
            precedence=Precedence(self.of("precedence")) if self.of("precedence") else None,
            location=self._location(me, language),
            handling=self._handling(),
            exercise=exercise,
        )
        check_sender(me, made)
        return made

    def _incident(self, me: Identity, now: datetime) -> str | None:
        """The incident named, or for one that is opened here a name that no other agency gives."""
        if self.kind == "incident.open" and not self.of("incident"):
            return f"{me.agency.upper()}-{now:%Y%m%d-%H%M}"
        return self.of("incident") or None

    def _location(self, me: Identity, language: str) -> Location | None:
        point = _point(self.of("point"))
        side, monument = self.of("side"), self.of("monument")
        if point is None and not side and not monument:
            return None
        return Location(
            point=point,
            side=Side(side) if side else None,
            side_asserted_by=me.name if side else None,
            monument=monument or None,
            text=LanguageText(text=monument, language=language) if not point and monument else None,
        )

    def _handling(self) -> Handling:
        withheld: tuple[Caveat, ...] = ()
        if self.of("withhold"):
            path = self.of("withhold")
            withheld = (Caveat(path=path, releasable_to=names(self.of("withhold_for"))),)
        return Handling(
            tlp=Tlp(self.of("tlp")) if self.of("tlp") else None,
            releasable_to=names(self.of("releasable_to")),
            withheld=withheld,
        )

    def chosen(self, name: str) -> tuple[str, ...]:
        """The codes chosen in a field that takes several."""
        return tuple(code for code in self.of(name).split(",") if code)

    def choose(self, name: str, code: str) -> None:
        """Take a code into such a field, or out of it."""
        codes = self.chosen(name)
        left = tuple(one for one in codes if one != code)
        self.filled[name] = ",".join(left if code in codes else (*codes, code))

    def withholdable(self) -> tuple[str, ...]:
        """Paths of the filled fields that a caveat may name: all but those a message needs."""
        own = [
            f"/body/{one.name}"
            for one in forms.fields(self.kind)
            if not one.required and self.of(one.name)
        ]
        return tuple(own + (["/location"] if self.of("point") or self.of("monument") else []))


@dataclass(frozen=True, slots=True)
class Preview:
    """What one member will see: stubs for what is withheld from it, and what its format drops."""

    reader: Identity
    stubs: tuple[Stub, ...] = ()
    format: str = ""
    """What its system reads; empty for our own client, and where nobody has said."""
    lost: tuple[str, ...] = ()
    """Fields that its format has no place for."""
    refused: CrossbandError | None = None
    """Why its format cannot say the message at all."""


def preview(
    message: Message, roster: Sequence[Identity], notices: Sequence[Message], at: datetime
) -> tuple[Preview, ...]:
    """What each member of the roster will see of this message: by the rules of handling, and by
    what its system reads, as its name and its agency's equipment notices say."""
    heard = {one.member.device: one for one in audience(message, roster, notices, at)}
    return tuple(_preview(reader, message, heard.get(reader.device)) for reader in roster)


def _preview(reader: Identity, message: Message, listener: Listener | None) -> Preview:
    seen = listener.preview if listener is not None else None
    if seen is None:  # our own screen, or a system of which nobody has said what it reads
        return Preview(reader, view(message, reader).stubs)
    foreign = "" if seen.format == OWN else seen.format
    return Preview(reader, seen.withheld, foreign, seen.lost if foreign else (), seen.refused)


def named_by(message: Message, link: str) -> str:
    """The id that an answer's link field must carry: the request's, whatever of it is answered."""
    named = getattr(message.body, link, None)
    return named if isinstance(named, str) and named else message.id


def names(text: str) -> tuple[str, ...]:
    """A list of countries, agencies or devices, separated by commas or blanks."""
    return tuple(part for part in text.replace(",", " ").split() if part)


def _point(text: str) -> Point | None:
    if not text:
        return None
    parts = text.replace(",", " ").split()
    try:
        lat, lon = (float(part) for part in parts)
        return Point(lat=lat, lon=lon)
    except ValueError as error:
        raise FormFault("point", "form.point") from error


KNOWN_KINDS = tuple(kind for kind in forms.FORMS if kind in KINDS)
"""Kinds in the order in which the form offers them."""
