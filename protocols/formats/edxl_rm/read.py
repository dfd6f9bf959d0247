"""Reading a resource message: a request, an answer that commits or declines, a status, a release.

What is read is taken out of the document (`Reading.take`), but for words that stand for a code of
ours; those stay, and writing changes them only if the message says something else by then.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

import msgspec

from protocols.formats.codec import derived_id, words
from protocols.formats.edxl_rm.places import (
    at,
    author,
    contact,
    named,
    resources,
    schedule,
    text_at,
    typed,
    values,
    whole_number,
)
from protocols.formats.edxl_rm.words import (
    ANSWERS,
    CAPABILITY,
    DEPLOYED,
    END,
    ENDS,
    HAZARD,
    NAME,
    PRECEDENCE,
    PROGRESS,
    PROGRESS_WORDS,
    REASON,
    RELEASED,
    REPLIES,
    REQUESTS,
    SCHEDULE_PROGRESS,
    UNNAMED,
)
from protocols.formats.slots import Element, Reading, children
from protocols.formats.times import parse_time
from protocols.formats.xml import local, malformed, path
from protocols.ids import id_bytes
from protocols.messages.envelope import Loss, Reference
from protocols.messages.kinds import (
    AssistAnswer,
    AssistDeployed,
    AssistEnd,
    AssistProgress,
    AssistRelease,
    AssistReply,
    AssistRequest,
    Body,
    Text,
)
from protocols.messages.values import LanguageText, Location, Point, Precedence

COMING: Final = (AssistAnswer.ACCEPTED, AssistAnswer.PARTIAL)
_EPOCH: Final = parse_time("1970-01-01T00:00:00Z")[0]


def message_id(identifier: str) -> str:
    """The id of the message that a MessageID names, whoever derives it.

    A MessageID is unique by itself (EDXL-RM 1.0, section 3.5.1), and a reply names nothing else of
    what it answers; so the id depends on it alone. One that is an id of ours is that id.
    """
    try:
        if id_bytes(identifier)[6] >> 4 == 7:
            return identifier
    except ValueError:
        pass
    return derived_id(_EPOCH, NAME, identifier)


def kind_of(root: Element) -> type[Body]:
    """Which of our kinds a document is.

    A recalled request is taken back. An answer, report or release that is recalled is none any
    more: it is read as words, so that nobody counts on it.
    """
    name = local(root)
    recalled = text_at(root, "MessageRecall/RecallType").casefold() == "cancel"
    if name in REQUESTS:
        return AssistRelease if recalled else AssistRequest
    if recalled:
        return Text
    if name in REPLIES:
        return AssistReply
    if name == DEPLOYED:
        return AssistDeployed
    return AssistRelease if name == RELEASED else Text


class ResourceMessage:
    """A document that is being read; `fields` are those of the message so far."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.root = reading.root
        self.losses: list[Loss] = []
        self.fields: dict[str, Any] = {}

    def read(self) -> dict[str, Any]:
        """Every field of the message but those that need the bytes. Raises `MalformedDocument`."""
        reading, root = self.reading, self.root
        identifier = reading.need(root, "MessageID")
        sent = reading.moment(root, "SentDateTime", "/sent")
        if sent is None:
            raise malformed(root, "the element is missing or empty", "SentDateTime")
        self.fields = {"id": message_id(identifier), "sent": sent}
        kind = kind_of(root)
        assist = self._references(identifier, kind)
        self.fields["body"] = _READERS[kind](self, assist)
        self._incident()
        speaker = self._author()
        return self.fields | {"identifier": identifier, "speaker": speaker}

    # --- the envelope -----------------------------------------------------------------------------

    def _references(self, identifier: str, kind: type[Body]) -> str:
        """What the message is about; ids of other systems are kept as references."""
        reading, root = self.reading, self.root
        originating = reading.peek(root, "OriginatingMessageID")
        preceding = reading.peek(root, "PrecedingMessageID")
        recalled = reading.peek(root, "MessageRecall/RecallMessageID")
        found: list[Reference] = []
        for name, text in (
            ("OriginatingMessageID", originating),
            ("PrecedingMessageID", preceding),
        ):
            if text is None or text == identifier:
                continue
            reading.take(root, name)
            if message_id(text) != text:
                found.append(Reference(id=text))
            elif name == "OriginatingMessageID" and preceding is None:
                self.fields["in_reply_to"] = text
        if preceding is not None and preceding != identifier:
            self.fields["in_reply_to"] = message_id(preceding)
        elif originating is not None and originating != identifier:
            self.fields["in_reply_to"] = message_id(originating)
        taken_back = kind is AssistRelease and local(root) in REQUESTS
        if recalled is not None and not taken_back:
            self.fields["supersedes"] = message_id(recalled)
        if found:
            self.fields["references"] = tuple(found)
        if recalled is not None and taken_back:
            return message_id(recalled)
        return message_id(originating or preceding or identifier)

    def _incident(self) -> None:
        for element in children(self.root, "IncidentInformation"):
            found = self.reading.take(element, "IncidentID")
            if found is not None:
                self.fields["incident"] = found
                return

    def _author(self) -> str | None:
        element = author(self.root)
        return self.reading.take(element, "ContactDescription") if element is not None else None

    # --- the kinds --------------------------------------------------------------------------------

    def request(self, _assist: str) -> AssistRequest:
        """What is asked for: the first resource; others are noted and stay in the extension."""
        first = next(iter(resources(self.root)), None)
        for other in resources(self.root)[1:]:
            element = typed(other)
            said = "" if element is None else (element.text or "").strip()
            reason = "a request is for one kind of resource; this one stays in the extension"
            self.losses.append(Loss(field=path(other), value=said, reason=reason))
        self._where(first)
        asked = contact(self.root, "RespondingOrg")
        return AssistRequest(
            capability=self._capability(first),
            to=None if asked is None else self.reading.take(asked, "ContactDescription"),
            quantity=self._quantity(first, 1),
            task=self._words(first, "AssignmentInformation/AnticipatedFunction"),
            limits=self._words(first, "AssignmentInformation/Restrictions"),
            reason=self._words(self.root, "MessageDescription"),
            when=self._time(first, "RequestedArrival", "/body/when"),
            meeting_point=self._location(schedule(first, "ReportTo")),
            hazards=self._codes(first, HAZARD),
        )

    def reply(self, assist: str) -> AssistReply:
        """An answer: accepted or declined if every resource is; else in part."""
        found = resources(self.root)
        answer = answer_of(self.root)
        accepted = [one for one in found if answer_to(one) in COMING]
        first = next(iter(accepted or found), None)
        information = at(first, "ResponseInformation")
        reason = self._reason(information, answer)
        units = tuple(unit for one in accepted for unit in self._unit(one))
        return AssistReply(
            assist=assist,
            answer=answer,
            reason=reason,
            quantity=self._quantity(first, 0) if len(found) == 1 or not units else None,
            units=units if answer is not AssistAnswer.DECLINED else (),
            eta=self._time(first, "EstimatedArrival", "/body/eta"),
            limits=self._words(information, "ResponseReason"),
            remarks=self._words(self.root, "MessageDescription"),
        )

    def deployed(self, assist: str) -> AssistDeployed:
        """How far the named resources have come."""
        found = resources(self.root)
        return AssistDeployed(
            assist=assist,
            state=progress_of(self.root),
            units=tuple(unit for one in found for unit in self._unit(one)),
            eta=self._time(next(iter(found), None), "EstimatedArrival", "/body/eta"),
            remarks=self._words(self.root, "MessageDescription"),
        )

    def release(self, assist: str) -> AssistRelease:
        """Resources are let go, or a request is taken back."""
        first = next(iter(resources(self.root)), None)
        return AssistRelease(
            assist=assist,
            state=end_of(self.root),
            reason=next(iter(self._codes(first, REASON)), None),
            remarks=self._words(self.root, "MessageDescription"),
        )

    def plain(self, _assist: str) -> Text:
        """Any other message type: what it is, and the sender's words."""
        kind = self.reading.take(self.root, "MessageContentType")
        said = self._words(self.root, "MessageDescription")
        return Text(subject=words(kind), text=said)

    # --- the parts --------------------------------------------------------------------------------

    def _capability(self, resource: Element | None) -> str:
        own = at(resource, "Resource")
        for element in values(own, "Keyword", CAPABILITY):
            code = self.reading.take(element)
            if code is not None:
                return code
        named_so = typed(resource) if resource is not None else None
        return (self.reading.take(named_so) if named_so is not None else None) or "OTHER"

    def _where(self, resource: Element | None) -> None:
        place = self._location(schedule(resource, "RequestedArrival"))
        if place is not None:
            self.fields["location"] = place
        for code in self._codes(resource, PRECEDENCE):
            if code in Precedence.__members__.values():
                self.fields["precedence"] = Precedence(code)

    def _codes(self, resource: Element | None, urn: str) -> tuple[str, ...]:
        found = list(values(at(resource, "Resource"), "Keyword", urn))
        return tuple(code for one in found if (code := self.reading.take(one)) is not None)

    def _quantity(self, resource: Element | None, least: int) -> int | None:
        element = at(resource, "AssignmentInformation/Quantity/QuantityText")
        if element is None:
            return None
        number = whole_number((element.text or "").strip())
        if number is None or number < least:
            return None
        self.reading.take(element)
        return number

    def _words(self, parent: Element | None, way: str) -> LanguageText | None:
        return None if parent is None else words(self.reading.take(parent, way))

    def _time(self, resource: Element | None, kind: str, field: str) -> datetime | None:
        found = schedule(resource, kind)
        return None if found is None else self.reading.moment(found, "DateTime", field)

    def _location(self, found: Element | None) -> Location | None:
        place = at(found, "Location")
        if place is None:
            return None
        said = self.reading.take(place, "LocationDescription")
        element = at(place, "TargetArea/Point/pos")
        point = _point(element) if element is not None else None
        if point is not None and element is not None:
            self.reading.take(element)
        if said is None and point is None:
            return None
        return Location(point=point, text=words(said))

    def _unit(self, resource: Element) -> tuple[str, ...]:
        element = named(resource)
        unit = self.reading.take(element) if element is not None else None
        return () if unit is None else (unit,)

    def _reason(self, information: Element | None, answer: AssistAnswer) -> str | None:
        if information is None:
            return None
        code = at(information, "ReasonCode/Value")
        if code is not None:
            if answer is AssistAnswer.PARTIAL and (code.text or "").strip() == UNNAMED:
                return None
            return self.reading.take(code)
        if answer is AssistAnswer.DECLINED:
            return self.reading.take(information, "ResponseReason")
        return None


_READERS: Final[dict[type[Body], Callable[[ResourceMessage, str], Body]]] = {
    AssistRequest: ResourceMessage.request,
    AssistReply: ResourceMessage.reply,
    AssistDeployed: ResourceMessage.deployed,
    AssistRelease: ResourceMessage.release,
    Text: ResourceMessage.plain,
}


# --- words that stand for codes of ours -------------------------------------------------------


def answer_to(resource: Element) -> AssistAnswer | None:
    """The answer for one resource; None where it has none. Raises `MalformedDocument`."""
    way = "ResponseInformation/ResponseType"
    text = text_at(resource, way)
    for word, answer in ANSWERS.items():
        if text.casefold() == word.casefold():
            return answer
    if at(resource, "ResponseInformation") is None:
        return None
    raise malformed(resource, f"{text[:40]!r} is not Accept, Decline or Provisional", way)


def answer_of(root: Element) -> AssistAnswer:
    """The answer of a whole message: one word for all of its resources, else in part.

    Raises `MalformedDocument` where no resource has an answer.
    """
    found = {answer_to(one) for one in resources(root)}
    if found <= {None}:
        raise malformed(root, "the element is missing", "ResourceInformation/ResponseInformation")
    only = found.pop() if len(found) == 1 else None
    return only or AssistAnswer.PARTIAL


def progress_of(root: Element) -> AssistProgress:
    """How far the slowest of the resources has come, as far as it is stated."""
    stated = [_progress(one) for one in resources(root)]
    order = list(AssistProgress)
    return min(stated, key=order.index, default=AssistProgress.RESOURCES_NAMED)


def _progress(resource: Element) -> AssistProgress:
    status = at(resource, "Resource/ResourceStatus/DeploymentStatus")
    said = text_at(status, "Value")
    if text_at(status, "ValueListURN") == PROGRESS and said in AssistProgress.__members__:
        return AssistProgress(said)
    for kind, progress in SCHEDULE_PROGRESS.items():
        found = schedule(resource, kind)
        if found is not None and text_at(found, "DateTime"):
            return progress
    plain = " ".join(said.casefold().replace("-", " ").replace("_", " ").split())
    return PROGRESS_WORDS.get(plain, AssistProgress.RESOURCES_NAMED)


def end_of(root: Element) -> AssistEnd:
    """How a request ends: taken back, done where we said so ourselves, else released."""
    if local(root) in REQUESTS:
        return AssistEnd.CANCELLED
    for resource in resources(root):
        status = at(resource, "Resource/ResourceStatus")
        for element in values(status, "DeploymentStatus", END):
            return ENDS.get((element.text or "").strip(), AssistEnd.RELEASED)
    return AssistEnd.RELEASED


def _point(element: Element) -> Point | None:
    """`lat lon`; None for anything else, which stays where it is."""
    try:
        lat, lon = (float(part) for part in (element.text or "").split())
    except ValueError:
        return None
    if not (abs(lat) <= 90 and abs(lon) <= 180):
        return None
    return msgspec.convert({"lat": lat, "lon": lon}, Point)
