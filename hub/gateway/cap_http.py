"""CAP over HTTP: alerts are posted in, and read as an Atom feed.

POST /alerts            a CAP document; 202 with its message id and fate, or why not. The same
                        document again is answered 200 with what became of the first
GET  /feed              Atom 1.0: the newest alerts of the channel, newest first
GET  /alerts/ID         one alert as CAP
GET  /alerts/ID/losses  what its translation lost
GET  /fates/ID          what became of a posted alert, at every reader
GET  /health, /metrics  see `hub.gateway.web`
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Final

from aiohttp import web
from lxml import etree

from hub.gateway.adapter import Edge
from hub.gateway.bridge import Parcel
from hub.gateway.config import Listening
from hub.gateway.web import WebServer, answer, fate_value
from protocols.errors import AlreadyCrossed
from protocols.formats.xml import legal
from protocols.messages.render import title

CAP_TYPE: Final = "application/cap+xml"
ATOM: Final = "http://www.w3.org/2005/Atom"


class CapAdapter:
    """The HTTP server of a system that speaks CAP."""

    def __init__(self, listening: Listening, edge: Edge, *, language: str) -> None:
        self._edge = edge
        self._language = language
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
        """Listen; raises `PortInUse`."""
        await self._server.start()

    def deliver(self, parcel: Parcel) -> None:
        """Nothing to push: whoever reads the feed finds the parcel on the shelf."""

    async def stop(self) -> None:
        """Stop listening."""
        await self._server.stop()

    # --- handlers -------------------------------------------------------------------------------

    async def _post(self, request: web.Request) -> web.Response:
        document = await request.read()
        try:
            taken = await self._edge.take(document, request.remote or "")
        except AlreadyCrossed as error:
            first = self._edge.fate(str(error.facts.get("id", "")))
            if first is None:  # not posted here: it came from the channel
                raise
            return answer({"id": first.message_id, "state": first.state})
        state = None if taken.fate is None else taken.fate.state
        told = {"id": taken.message.id, "kind": taken.message.kind, "state": state}
        return answer(told, HTTPStatus.ACCEPTED)

    async def _feed(self, request: web.Request) -> web.Response:
        parcels = list(self._edge.shelf)[::-1]
        newest = parcels[0].message.sent.isoformat() if parcels else "1970-01-01T00:00:00+00:00"
        nsmap: Any = {None: ATOM}  # lxml takes None for the default namespace
        feed = etree.Element(f"{{{ATOM}}}feed", nsmap=nsmap)
        _say(feed, "id", f"urn:crossband:feed:{self._edge.title}")
        _say(feed, "title", self._edge.title)
        _say(feed, "updated", newest)
        etree.SubElement(feed, f"{{{ATOM}}}link", rel="self", href="/feed")
        for parcel in parcels:
            self._entry(feed, parcel)
        body = etree.tostring(feed, xml_declaration=True, encoding="utf-8")
        return web.Response(body=body, content_type="application/atom+xml")

    def _entry(self, feed: etree._Element, parcel: Parcel) -> None:
        message = parcel.message
        entry = etree.SubElement(feed, f"{{{ATOM}}}entry")
        _say(entry, "id", f"urn:uuid:{message.id}")
        _say(entry, "title", title(message, self._language))
        _say(entry, "updated", message.sent.isoformat())
        author = etree.SubElement(entry, f"{{{ATOM}}}author")
        _say(author, "name", f"{message.sender.unit}, {message.sender.device}")
        link = etree.SubElement(entry, f"{{{ATOM}}}link", rel="enclosure", type=CAP_TYPE)
        link.set("href", f"/alerts/{message.id}")

    async def _alert(self, request: web.Request) -> web.Response:
        return web.Response(body=self._find(request).data, content_type=CAP_TYPE)

    async def _losses(self, request: web.Request) -> web.Response:
        return answer(self._find(request).losses)

    async def _fate(self, request: web.Request) -> web.Response:
        fate = self._edge.fate(request.match_info["id"])
        if fate is None:
            raise web.HTTPNotFound
        return answer(fate_value(fate))

    def _find(self, request: web.Request) -> Parcel:
        parcel = self._edge.shelf.find(request.match_info["id"])
        if parcel is None:
            raise web.HTTPNotFound
        return parcel


def _say(parent: etree._Element, name: str, text: str) -> None:
    etree.SubElement(parent, f"{{{ATOM}}}{name}").text = legal(text)
