"""Writing a resource message: the document it came from, or a new one in the schema's order.

New documents name what RM has no element for (capability code, hazards, precedence, how a request
ends) in value lists of our own, `urn:crossband:…`, beside words in the reader's language.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from protocols.errors import MalformedDocument, NotRepresentable
from protocols.formats.codec import Settings
from protocols.formats.edxl_rm.parts import NO_PLACE, Parts, exact, open_quantity
from protocols.formats.edxl_rm.places import (
    at,
    author,
    contact,
    resources,
    values,
)
from protocols.formats.edxl_rm.read import (
    COMING,
    answer_of,
    answer_to,
    end_of,
    kind_of,
    message_id,
    progress_of,
)
from protocols.formats.edxl_rm.words import (
    ANSWER_OF,
    COMMON,
    END,
    HAZARD,
    MESSAGE,
    NAME,
    PRECEDENCE,
    PROGRESS,
    REASON,
    REQUESTS,
    UNNAMED,
    WRITTEN_AS,
)
from protocols.formats.losses import leaf_paths
from protocols.formats.slots import SLOT, Element, children
from protocols.formats.text import speaker
from protocols.formats.times import zulu_text
from protocols.formats.xml import from_node, local
from protocols.messages.envelope import Loss, Message
from protocols.messages.kinds import (
    AssistAnswer,
    AssistDeployed,
    AssistEnd,
    AssistRelease,
    AssistReply,
    AssistRequest,
    Body,
    Text,
)

IN_WORDS: Final = "EDXL-RM says it only in words"


class ResourceDocument(Parts):
    """A whole document: its head, and what each kind says."""

    def write(self) -> tuple[Element, tuple[Loss, ...]]:
        """The root element, and what it does not carry."""
        self._head()
        _WRITERS[type(self.message.body)](self)
        self._incident()
        self._author()
        root = self.writing.finish()
        losses = self.account.close(NO_PLACE)
        if self.new:
            extension = self.message.extensions.get(NAME)
            reason = "the document that it came from had another type"
            losses += tuple(
                Loss(field=place, value=str(value)[:200], reason=reason)
                for place, value in leaf_paths(extension, f"extensions.{NAME}")
            )
        return root, losses

    # --- the envelope -----------------------------------------------------------------------------

    def _head(self) -> None:
        """Ids, time and type."""
        message, put = self.message, self.writing.put
        source = message.source
        foreign = source is not None and source.format == NAME
        identifier = (source.id if source is not None and foreign else None) or message.id
        if self.new and foreign:
            identifier = message.id
        put(self.root, "MessageID", identifier)
        self.writing.time(
            self.root, "SentDateTime", message.sent, message.moments, "/sent", zulu_text
        )
        if message_id(identifier) == message.id:
            self.account.carried("id")
        self.account.carried("sent", "body.kind")
        if foreign and not self.new:
            self.account.carried("source", "sender")
        elif source is not None and source.format == NAME:
            self.account.carried("source.format", "source.version")
        if self.new:
            put(self.root, "MessageContentType", local(self.root))
        if message.language == "und":
            self.account.carried("language")
        self._references(identifier)

    def _references(self, identifier: str) -> None:
        """What this answers. Of other systems' messages, their own names for them."""
        message, body = self.message, self.message.body
        if not self.new:
            self._kept_references()
            return
        about = getattr(body, "assist", None) or identifier
        recalling = isinstance(body, AssistRelease) and local(self.root) in REQUESTS
        originating = self._name_of(about) if not recalling else identifier
        self.writing.put(self.root, "OriginatingMessageID", originating)
        if exact(originating) and message_id(originating) == getattr(body, "assist", None):
            self.account.carried("body.assist")
        answered = message.in_reply_to
        if answered is None and isinstance(body, AssistReply):
            answered = about
        if answered is not None and local(self.root) not in REQUESTS:
            preceding = self._name_of(answered)
            self.writing.put(self.root, "PrecedingMessageID", preceding)
            if exact(preceding) and message_id(preceding) == answered:
                self.account.carried("in_reply_to")
        replaced = message.supersedes
        if recalling:
            recalled = self._name_of(about)
            self._recall(recalled, "Cancel")
            if exact(recalled) and message_id(recalled) == getattr(body, "assist", None):
                self.account.carried("body.assist")
        elif replaced is not None:
            named_so = self._name_of(replaced)
            self._recall(named_so, "Update")
            if exact(named_so) and message_id(named_so) == replaced:
                self.account.carried("supersedes")

    def _recall(self, identifier: str, kind: str) -> None:
        element = self.writing.child(self.root, "MessageRecall")
        self.writing.put(element, "RecallMessageID", identifier)
        self.writing.put(element, "RecallType", kind)

    def _kept_references(self) -> None:
        message, account = self.message, self.account
        texts = [reference.id for reference in message.references]
        for name in ("OriginatingMessageID", "PrecedingMessageID"):
            for element in children(self.root, name):
                if SLOT not in element.attrib:
                    continue
                own = getattr(message.body, "assist", None) if name[0] == "O" else None
                text = next((one for one in texts), None) or own or message.in_reply_to
                if texts:
                    texts.pop(0)
                self.writing.put(element, "", text)
        account.carried("references", "body.assist", "in_reply_to", "supersedes")

    def _name_of(self, identifier: str) -> str:
        """How the reader's system calls a message of this id."""
        known = self.settings.reference(identifier) if self.settings.reference else None
        if known is not None:
            return known.id
        for reference in self.message.references:
            if message_id(reference.id) == identifier:
                return reference.id
        return identifier

    def _incident(self) -> None:
        incident = self.message.incident
        if incident is None:
            return
        found = children(self.root, "IncidentInformation")
        for element in found:
            if any(SLOT in one.attrib for one in children(element, "IncidentID")):
                self.writing.put(element, "IncidentID", incident)
                break
        else:
            if not found:
                self.writing.put(self.root, "IncidentInformation/IncidentID", incident)
        if exact(incident):
            self.account.carried("incident")

    def _author(self) -> None:
        """The contact who speaks."""
        unit = self.message.originator.unit if self.message.originator is not None else None
        element = author(self.root)
        if element is None and self.new:
            number = len(children(self.root, "ContactInformation"))
            element = self.writing.child(self.root, "ContactInformation", number)
            self.writing.put(element, "ContactDescription", unit or speaker(self.message))
            self.writing.put(element, "ContactRole", "Sender")
            if unit is None:
                self.account.bent("sender", IN_WORDS)
        elif element is not None and unit is not None:
            self.writing.put(element, "ContactDescription", unit)
        if element is not None and exact(unit):
            self.account.carried("originator.unit")

    # --- the kinds --------------------------------------------------------------------------------

    def request(self) -> None:
        """What is asked for."""
        body = self.message.body
        assert isinstance(body, AssistRequest)
        resource = self.resource(0)
        self.capability(resource, body.capability)
        self.quantity(resource, body.quantity)
        self.say(resource, "AssignmentInformation/AnticipatedFunction", body.task, "body.task")
        self.say(resource, "AssignmentInformation/Restrictions", body.limits, "body.limits")
        self.say(self.root, "MessageDescription", body.reason, "body.reason")
        self.time(resource, "RequestedArrival", body.when, "body.when")
        self.place(resource, "RequestedArrival", self.message.location, "location")
        self.place(resource, "ReportTo", body.meeting_point, "body.meeting_point")
        if self.new:
            for index, hazard in enumerate(body.hazards):
                if not hazard.strip():
                    break  # what is empty cannot be said, and would move the others
                self.keyword(resource, HAZARD, hazard, f"body.hazards.{index}")
            if self.message.precedence is not None:
                self.keyword(resource, PRECEDENCE, self.message.precedence.value, "precedence")
        if body.to is not None:
            element = contact(self.root, "RespondingOrg")
            if element is None:
                number = len(children(self.root, "ContactInformation"))
                element = self.writing.child(self.root, "ContactInformation", number)
                self.writing.put(element, "ContactRole", "RespondingOrg")
            self.writing.put(element, "ContactDescription", body.to)
            if exact(body.to):
                self.account.carried("body.to")

    def reply(self) -> None:
        """An answer: that resources are committed, or not."""
        body = self.message.body
        assert isinstance(body, AssistReply)
        declined = body.answer is AssistAnswer.DECLINED
        if self.new:
            self.new_resources(() if declined else body.units)
            for element in resources(self.root):
                way = "ResponseInformation/PrecedingResourceInfoElementID"
                self.writing.put(element, way, "1")
        if self.new or answer_of(self.root) is not body.answer:
            for element in resources(self.root):
                self.writing.put(
                    element, "ResponseInformation/ResponseType", ANSWER_OF[body.answer]
                )
        self.account.carried("body.answer")
        found = resources(self.root)
        accepted = [one for one in found if declined or answer_to(one) in COMING]
        answered = [one for one in found if answer_to(one) is not None]
        chosen = [*accepted, *answered]
        first = chosen[0] if chosen else self.resource(0)
        self._reason(first, body)
        self.units(accepted if not declined else [], body.units)
        single = len(resources(self.root)) == 1 or not body.units
        if single and (self.new or open_quantity(first)):
            self.quantity(first, body.quantity)
        self.time(first, "EstimatedArrival", body.eta, "body.eta")
        self.say(self.root, "MessageDescription", body.remarks, "body.remarks")

    def _reason(self, resource: Element, body: AssistReply) -> None:
        information = self.writing.child(resource, "ResponseInformation")
        coded = at(information, "ReasonCode/Value")
        if not self.new and coded is None and body.answer is AssistAnswer.DECLINED:
            self.writing.put(information, "ResponseReason", body.reason)
            self.account.carried("body.reason")
            return
        partial = body.answer is AssistAnswer.PARTIAL
        code = body.reason or (UNNAMED if partial and self.new and body.limits is None else None)
        if code is not None:
            if coded is None:
                self.writing.put(information, "ReasonCode/ValueListURN", REASON)
            self.writing.put(information, "ReasonCode/Value", code)
            if exact(code) and not (partial and code == UNNAMED):
                self.account.carried("body.reason")
        if code is not None or body.answer is not AssistAnswer.DECLINED:
            self.say(information, "ResponseReason", body.limits, "body.limits")
        elif body.limits is not None:
            self.writing.put(information, "ResponseReason", body.limits.text)
            self.account.bent("body.limits", "a reason to decline has no other place")

    def deployed(self) -> None:
        """How far the named units have come."""
        body = self.message.body
        assert isinstance(body, AssistDeployed)
        if self.new:
            self.new_resources(body.units)
        if self.new or progress_of(self.root) is not body.state:
            for element in resources(self.root):
                self.status(element, PROGRESS, body.state.value)
        self.account.carried("body.state")
        found = resources(self.root)
        self.units(found, body.units)
        if found:
            self.time(found[0], "EstimatedArrival", body.eta, "body.eta")
        self.say(self.root, "MessageDescription", body.remarks, "body.remarks")

    def release(self) -> None:
        """Resources are let go, or a request is taken back."""
        body = self.message.body
        assert isinstance(body, AssistRelease)
        resource = self.resource(0)
        if self.new:
            self.writing.child(resource, "Resource")
            if body.state is AssistEnd.DONE:
                self.status(resource, END, body.state.value)
            if body.reason is not None:
                self.keyword(resource, REASON, body.reason, "body.reason")
        else:
            slots = list(values(at(resource, "Resource"), "Keyword", REASON))
            for element in slots[:1]:
                self.writing.put(element, "", body.reason)
                self.account.carried("body.reason")
        if end_of(self.root) is body.state:
            self.account.carried("body.state")
        self.say(self.root, "MessageDescription", body.remarks, "body.remarks")

    def plain(self) -> None:
        """A message type that is read as words: only in the document that it came from."""
        body = self.message.body
        assert isinstance(body, Text)
        if self.new:
            raise NotRepresentable("text: EDXL-RM speaks of resources, not of anything else.")
        self.say(self.root, "MessageContentType", body.subject, "body.subject")
        self.say(self.root, "MessageDescription", body.text, "body.text")


_WRITERS: Final[dict[type[Body], Callable[[ResourceDocument], None]]] = {
    AssistRequest: ResourceDocument.request,
    AssistReply: ResourceDocument.reply,
    AssistDeployed: ResourceDocument.deployed,
    AssistRelease: ResourceDocument.release,
    Text: ResourceDocument.plain,
}


def write(message: Message, settings: Settings) -> tuple[Element, tuple[Loss, ...]]:
    """The document and its losses. Raises `NotRepresentable`, `MalformedDocument`."""
    if type(message.body) not in _WRITERS:
        raise NotRepresentable(f"{message.kind}: EDXL-RM speaks of resources asked for and lent.")
    kept = _kept(message)
    name = _name(message) if kept is None else local(from_node(kept))
    return ResourceDocument(message, settings, name, kept).write()


def _name(message: Message) -> str:
    body = message.body
    if isinstance(body, AssistRelease) and body.state is AssistEnd.CANCELLED:
        return "RequestResource"
    return WRITTEN_AS.get(type(body), "RequestInformation")


def _kept(message: Message) -> Any:
    """The document that the message came from, if it still is of that kind."""
    kept = message.extensions.get(NAME)
    if kept is None:
        return None
    if not isinstance(kept, list):
        raise MalformedDocument(f"/extensions/{NAME} does not hold a resource message.")
    root = from_node(kept)
    if str(root.tag)[1:].partition("}")[0] not in (MESSAGE, COMMON):
        raise MalformedDocument(f"/extensions/{NAME} does not hold a resource message.")
    if kind_of(root) is not type(message.body):
        return None
    body = message.body
    if isinstance(body, AssistRelease) and (end_of(root) is not body.state):
        return None
    return kept
