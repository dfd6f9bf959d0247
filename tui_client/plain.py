"""Line mode: the same model and deeds, read and written line by line, for screen readers.

Every message, alarm, fate and notice is one line when it happens; commands begin with `/`, and
any other line is sent as a text. Nothing moves and nothing is drawn.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Iterable

from protocols.client.events import Event, FateChanged, LinkChanged, Noticed, Received
from protocols.errors import CrossbandError
from protocols.messages.envelope import compose
from protocols.messages.kinds import Text
from protocols.messages.machines.alarm import AlarmState
from protocols.messages.values import LanguageText
from tui_client import labels, safe_text
from tui_client.deeds import Deeds
from tui_client.draft import KNOWN_KINDS, Draft
from tui_client.forms import FormFault
from tui_client.model import Model
from tui_client.port import Port
from tui_client.rows import alarms, fates, heading, incident, log, notice, patrol, picture, roster
from tui_client.safe_text import SafeText
from tui_client.words import LANGUAGES, Words

RULE = "─"
"""What draws a line on a screen says nothing to an ear."""
WIDTH = 200
"""Columns are for eyes: here a line is as long as it has to be, within reason."""


async def standard_input() -> AsyncIterator[str]:
    """Lines of standard input as they are typed, until its end."""
    while line := await asyncio.to_thread(sys.stdin.readline):
        yield line.rstrip("\n")


class LineMode:
    """`write` takes text with its line end."""

    def __init__(
        self, client: Port | None, model: Model, language: str, *, write: Callable[[str], object]
    ) -> None:
        self.model = model
        self.words = Words(language)
        self.deeds = Deeds(client, model)
        self._write = write
        self._emergency_asked = False
        self._alarms: dict[str, AlarmState] = {}

    def say(self, rows: Iterable[SafeText]) -> None:
        """Lines, without the blanks that align columns on a screen."""
        for row in rows:
            self._write(" ".join(row.plain.replace(RULE, " ").split()) + "\n")

    async def run(self, events: AsyncIterator[Event], lines: AsyncIterator[str]) -> None:
        """Until `/q` or the end of the input."""
        self.say([safe_text.text(self.words("plain.welcome"))])
        self.show_watch()
        listening = asyncio.create_task(self._listen(events))
        try:
            async for typed in lines:
                if not await self.obey(typed.strip()):
                    break
        finally:
            listening.cancel()

    async def _listen(self, events: AsyncIterator[Event]) -> None:
        async for event in events:
            self.model.apply(event)
            self.report(event)

    def report(self, event: Event) -> None:
        """One line for what happened, and one for every alarm that changed."""
        model, words = self.model, self.words
        if isinstance(event, Received) and event.channel == model.channel:
            entry = model.entry(event.message.id)
            if entry is not None:
                self.say([log.spoken(entry, words)])
        elif isinstance(event, FateChanged):
            title = fates.title_of(event.fate, model, words)
            self.say([safe_text.line(title, labels.colon(words), fates.short(event.fate, words))])
        elif isinstance(event, LinkChanged):
            self.say([heading.link(model, words, WIDTH)])
        elif isinstance(event, Noticed):
            self.say(notice.rows(model, words, WIDTH))
        self._report_alarms()

    def _report_alarms(self) -> None:
        known = {line.name: line.state for line in self.model.alarms()}
        for line in self.model.alarms():
            if self._alarms.get(line.name) != line.state:
                self.say([alarms.spoken(line, self.model, self.words)])
        self._alarms = known

    def show_watch(self) -> None:
        """Who, when, link, alarms, patrol, and the last messages."""
        model, words = self.model, self.words
        self.say([heading.identity(model, words, WIDTH), heading.link(model, words, WIDTH)])
        self.say(alarms.bar(model, words, WIDTH))
        self.say(patrol.rows(model, words, WIDTH) + picture.rows(model, words, WIDTH))
        for index in range(max(0, model.count() - 10), model.count()):
            entry = model.entry_at(index)
            if entry is not None:
                self.say([log.spoken(entry, words)])

    async def obey(self, typed: str) -> bool:
        """Do what was typed; False ends the line mode."""
        command, _, rest = typed.partition(" ")
        model, words = self.model, self.words
        again = self._emergency_asked and command == "/emergency"
        self._emergency_asked = False
        if command == "/q":
            return False
        if not typed:
            return True
        if command == "?":
            self.say([safe_text.text(part.strip()) for part in words("plain.help").split(";")])
        elif command == "/w":
            self.show_watch()
        elif command == "/i":
            self.say(incident.rows(model, words, WIDTH, 0))
        elif command == "/r":
            self.say(roster.row(member, words, WIDTH) for member in model.roster())
        elif command == "/f":
            for fate in model.fates():
                title = fates.title_of(fate, model, words)
                self.say([safe_text.line(title, labels.colon(words), fates.short(fate, words))])
        elif command == "/l":
            self.words = Words(rest if rest in LANGUAGES else words.language)
            self.show_watch()
        elif command == "/emergency" and not again:
            self._emergency_asked = True
            self.say([safe_text.text(words("plain.again"), "alarm")])
        else:
            await self._deed(command, rest, typed)
        return True

    async def _deed(self, command: str, rest: str, typed: str) -> None:
        if command == "/ack":
            await self.deeds.acknowledge()
        elif command == "/silence":
            await self.deeds.silence()
        elif command == "/checkin":
            await self.deeds.check_in()
        elif command == "/emergency":
            await self.deeds.emergency(rest, self.words.language)
        elif command == "/new":
            await self._compose(rest)
        elif command.startswith("/"):
            self.model.tell("plain.unknown", command=command)
        else:
            language = self.words.language
            body = Text(text=LanguageText(text=typed, language=language))
            await self.deeds.send(
                compose(self.model.me, body, clock=self.model.clock, language=language)
            )
        self.say(notice.rows(self.model, self.words, WIDTH))
        self._report_alarms()

    async def _compose(self, written: str) -> None:
        """`KIND field=value; field=value`: the same forms as on the screen, in one line."""
        model, words = self.model, self.words
        kind, _, fields = written.partition(" ")
        if kind not in KNOWN_KINDS:
            model.tell("plain.kinds", kinds=", ".join(KNOWN_KINDS))
            return
        pairs = (part.partition("=") for part in fields.split(";") if part.strip())
        draft = Draft(kind, {name.strip(): value.strip() for name, _, value in pairs})
        try:
            message = draft.message(
                model.me, model.clock, language=words.language, exercise=model.exercise_flag
            )
        except FormFault as fault:
            model.tell(fault.key, field=labels.field(fault.field, words))
        except CrossbandError as error:
            model.fail(error)
        else:
            await self.deeds.send(message)
