"""CAP over HTTP: alerts are posted in, read as an Atom feed, and posted out to webhooks.

POST /alerts            a CAP document; 202 with its message id and fate, or why not. The same
                        document again is answered 200 with what became of the first
GET  /feed              Atom 1.0 (RFC 4287): the newest alerts of the channel, newest first; 304
                        for a poller that has this one (If-None-Match)
GET  /alerts/ID         one alert as CAP
GET  /alerts/ID/losses  what its translation lost
GET  /fates/ID          what became of a posted alert, at every reader
GET  /health, /metrics  see `hub.gateway.web`

What CAP has no honest way to say is never made into an alert. The feed has an entry for it without
a document: which kind of message it was, whose, and why it is not shown.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

from aiohttp import ETag, web
from lxml import etree

from hub.gateway.adapter import Edge, Unsaid
from hub.gateway.bridge import Parcel
from hub.gateway.config import Listening
from hub.gateway.web import WebServer, answer, fate_response, find_parcel, take_document
from hub.gateway.webhook import Webhook, media_type
from protocols.codes import label
from protocols.formats.xml import legal
from protocols.messages import Message
from protocols.messages.render import one_line, title
from protocols.messages.values import Exercise

ATOM: Final = "http://www.w3.org/2005/Atom"
ATOM_TYPE: Final = "application/atom+xml"
NEVER: Final = "1970-01-01T00:00:00+00:00"
"""When a feed without entries was updated."""


class CapAdapter:
    """The HTTP server of a system that speaks CAP, and the webhooks that it wants to be called."""

    def __init__(
        self,
        listening: Listening,
        edge: Edge,
        *,
        language: str,
        webhooks: Sequence[Webhook] = (),
    ) -> None:
        self._edge = edge
        self._language = language
        self._webhooks = tuple(webhooks)
        self._server = WebServer(
            listening,
            edge,
            (
                web.post("/alerts", self._post),
                web.get("/feed", self._feed),
                web.get("/alerts/{id}", self._alert),
                web.get("/alerts/{id}/losses", self._losses),
                web.get("/fates/{id}", self._fate),
            ),
        )

    @property
    def port(self) -> int:
        """The port it listens on, once started."""
        return self._server.port

    async def start(self) -> None:
        """Listen, and begin to call the webhooks; raises `PortInUse`."""
        await self._server.start()
        for webhook in self._webhooks:
            await webhook.start()

    def deliver(self, parcel: Parcel) -> None:
        """Queue the parcel for every webhook; whoever reads the feed finds it on the shelf."""
        for webhook in self._webhooks:
            webhook.deliver(parcel)

    async def stop(self) -> None:
        """Stop listening and calling."""
        for webhook in self._webhooks:
            await webhook.stop()
        await self._server.stop()

    def gauges(self) -> Mapping[str, float]:
        """Whether every webhook answers, and what waits for them; nothing without webhooks."""
        if not self._webhooks:
            return {}
        return {
            "system_up": int(all(webhook.up for webhook in self._webhooks)),
            "system_waiting": sum(webhook.waiting for webhook in self._webhooks),
        }

    # --- handlers -------------------------------------------------------------------------------

    async def _post(self, request: web.Request) -> web.Response:
        return await take_document(request, self._edge)

    async def _feed(self, request: web.Request) -> web.Response:
        entries = _newest_first(tuple(self._edge.shelf), tuple(self._edge.unsaid))
        names = "\n".join((self._edge.title, self._language, *map(_name, entries)))
        tag = ETag(hashlib.sha256(names.encode()).hexdigest()[:32])
        if _has_it(request, tag):
            return _tagged(web.Response(status=304), tag)
        body = etree.tostring(self._document(entries), xml_declaration=True, encoding="utf-8")
        return _tagged(web.Response(body=body, content_type=ATOM_TYPE), tag)

    async def _alert(self, request: web.Request) -> web.Response:
        parcel = find_parcel(request, self._edge)
        tag = ETag(hashlib.sha256(parcel.data).hexdigest()[:32])
        if _has_it(request, tag):
            return _tagged(web.Response(status=304), tag)
        response = web.Response(body=parcel.data, content_type=media_type(parcel))
        response.headers["X-Content-Type-Options"] = "nosniff"
        return _tagged(response, tag)

    async def _losses(self, request: web.Request) -> web.Response:
        return answer(find_parcel(request, self._edge).losses)

    async def _fate(self, request: web.Request) -> web.Response:
        return fate_response(request, self._edge)

    # --- the feed -------------------------------------------------------------------------------

    def _document(self, entries: Sequence[Parcel | Unsaid]) -> etree._Element:
        nsmap: Any = {None: ATOM}  # lxml takes None for the default namespace
        feed = etree.Element(f"{{{ATOM}}}feed", nsmap=nsmap)
        _say(feed, "id", uuid5(NAMESPACE_URL, f"crossband feed {self._edge.title}").urn)
        _say(feed, "title", self._edge.title)
        _say(feed, "updated", max((_moment(one) for one in entries), default=NEVER))
        _link(feed, "self", "/feed", ATOM_TYPE)
        for one in entries:
            entry = etree.SubElement(feed, f"{{{ATOM}}}entry")
            if isinstance(one, Unsaid):
                self._unsaid(entry, one)
            else:
                self._parcel(entry, one)
        return feed

    def _parcel(self, entry: etree._Element, parcel: Parcel) -> None:
        message = parcel.message
        words = title(message, self._language)
        if message.exercise not in (Exercise.ACTUAL, Exercise.NOT_STATED):
            words = f"{label('exercise', message.exercise, self._language)}: {words}"
        self._head(entry, message, words, _moment(parcel))
        for relation in ("alternate", "enclosure"):
            _link(entry, relation, f"/alerts/{message.id}", media_type(parcel))
        _say(entry, "summary", one_line(message, self._language))

    def _unsaid(self, entry: etree._Element, unsaid: Unsaid) -> None:
        """A message that is not shown. Of what it says nothing is told, not even its title."""
        message = unsaid.message
        kind = label("kinds", message.kind, self._language)
        self._head(entry, message, f"{kind} · {message.sender.device}", _moment(unsaid))
        etree.SubElement(entry, f"{{{ATOM}}}category", term="not-shown")
        _say(entry, "content", unsaid.sentence)

    def _head(self, entry: etree._Element, message: Message, words: str, moment: str) -> None:
        """What RFC 4287, section 4.1.2 asks of every entry."""
        _say(entry, "id", f"urn:uuid:{message.id}")
        _say(entry, "title", words)
        _say(entry, "updated", moment)
        author = etree.SubElement(entry, f"{{{ATOM}}}author")
        _say(author, "name", f"{message.sender.unit}, {message.sender.device}")


def _newest_first(parcels: tuple[Parcel, ...], unsaid: tuple[Unsaid, ...]) -> list[Parcel | Unsaid]:
    """The parcels in the channel's order, newest first, and between them what was not said."""
    found: list[Parcel | Unsaid] = []
    rest = list(unsaid)
    for parcel in reversed(parcels):
        while rest and rest[-1].at >= parcel.message.sent:
            found.append(rest.pop())
        found.append(parcel)
    return found + rest[::-1]


def _moment(one: Parcel | Unsaid) -> str:
    moment: datetime = one.at if isinstance(one, Unsaid) else one.message.sent
    return moment.isoformat()


def _name(one: Parcel | Unsaid) -> str:
    return f"{type(one).__name__} {one.message.id} {_moment(one)}"


def _has_it(request: web.Request, tag: ETag) -> bool:
    """Whether the request's If-None-Match names this version (RFC 9110, section 13.1.2)."""
    asked: Iterator[ETag] = iter(request.if_none_match or ())
    return any(one.value in (tag.value, "*") for one in asked)


def _tagged(response: web.Response, tag: ETag) -> web.Response:
    response.etag = tag
    response.headers["Cache-Control"] = "no-cache"  # keep it, but ask whether it still holds
    return response


def _say(parent: etree._Element, name: str, text: str) -> None:
    etree.SubElement(parent, f"{{{ATOM}}}{name}").text = legal(text)


def _link(parent: etree._Element, relation: str, href: str, type_: str) -> None:
    link = etree.SubElement(parent, f"{{{ATOM}}}link", rel=relation, type=type_)
    link.set("href", href)
