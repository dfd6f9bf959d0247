"""The terminal client's app: it feeds the model from the engine, and keys from the person.

What the keys do to the channel stands in `deeds`, what the screens show in `rows`; here is only
what ties them to the toolkit. Changes of the model reach the screen at most 25 times a second,
however many messages arrive, so a key is painted at once even then.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from typing import Any, ClassVar

from textual.app import App, SystemCommand
from textual.binding import BindingType
from textual.command import CommandPalette
from textual.screen import Screen
from textual.theme import Theme

from protocols.client.events import Event
from tui_client import safe_text, themes
from tui_client.deeds import Deeds
from tui_client.messages import AlarmHandled, Composed, EntryChosen, ModelChanged, Seen
from tui_client.model import ALL_AREAS, Model
from tui_client.port import Port
from tui_client.screens.compose import ComposeScreen
from tui_client.screens.emergency import EmergencyScreen
from tui_client.screens.entry import EntryScreen
from tui_client.screens.incident import IncidentScreen
from tui_client.screens.keys import KeysScreen
from tui_client.screens.watch import WatchScreen
from tui_client.widgets.bound import bound
from tui_client.words import Words

PAINT_SECONDS = 0.04
"""At least this long between two refreshes that the engine causes."""
BELL_SECONDS = 5
"""The terminal's bell rings this often while an alarm is neither acknowledged nor silenced."""


def _theme(palette: themes.Palette) -> Theme:
    return Theme(
        name=palette.name,
        primary=palette.accent,
        secondary=palette.accent,
        accent=palette.accent,
        error=palette.danger,
        foreground=palette.foreground,
        background=palette.background,
        surface=palette.surface,
        panel=palette.surface,
        dark=palette.dark,
    )


class CrossbandApp(App[None]):
    """`client` does what is asked, `events` tells what happens; without them it shows a model.

    `reading` reads the history first, where the model was opened without it.
    """

    TITLE = "Crossband"
    CSS = """
    Screen { background: $background; color: $foreground; }
    Pane, LinesView { background: $background; color: $foreground;
        scrollbar-background: $background; scrollbar-color: $surface;
        scrollbar-background-hover: $background; scrollbar-color-hover: $primary; }
    """
    ENABLE_COMMAND_PALETTE = True
    MODES: ClassVar[dict[str, str | Callable[[], Screen[Any]]]] = {
        "watch": WatchScreen,
        "incident": IncidentScreen,
    }
    DEFAULT_MODE = "watch"

    BINDINGS: ClassVar[list[BindingType]] = [
        bound("watch", "show('watch')"),
        bound("incident", "show('incident')"),
        bound("compose", "compose"),
        bound("acknowledge", "acknowledge"),
        bound("silence", "silence"),
        bound("emergency", "emergency"),
        bound("check_in", "check_in"),
        bound("next", "next_for_me"),
        bound("language", "next_language"),
        bound("theme", "next_theme"),
        bound("palette", "command_palette"),
        bound("help", "keys"),
        bound("quit", "quit"),
    ]

    def __init__(
        self,
        client: Port | None,
        model: Model,
        events: AsyncIterator[Event] | None = None,
        *,
        reading: AsyncIterator[frozenset[str]] | None = None,
        language: str = "en",
        theme: str = "day",
    ) -> None:
        super().__init__()
        self.model = model
        self.words = Words(language)
        self.events = events
        self.reading = reading
        self.deeds = Deeds(client, model)
        self._changed: frozenset[str] = frozenset()
        self._painting = False
        self._seconds = 0
        for palette in themes.PALETTES.values():
            self.register_theme(_theme(palette))
        self.theme = theme

    # --- from the engine ------------------------------------------------------------------------

    def on_mount(self) -> None:
        """Start listening to the engine and looking at the clock."""
        self.set_keymap(self.model.keys.changed)
        self.set_interval(1.0, self._tick)
        if self.events is not None:
            self.run_worker(self._listen(self.events), name="engine", exit_on_error=True)

    async def _listen(self, events: AsyncIterator[Event]) -> None:
        if self.reading is not None:
            async for areas in self.reading:
                self.changed(areas)
        async for event in events:
            self.changed(self.model.apply(event))

    def _tick(self) -> None:
        self.changed(self.model.tick())
        self._seconds += 1
        if self._seconds % BELL_SECONDS == 0 and any(line.sounds for line in self.model.alarms()):
            self.bell()

    def changed(self, areas: Iterable[str]) -> None:
        """Some areas of the model have changed: paint them soon, once for many changes."""
        self._changed |= frozenset(areas)
        if self._changed and not self._painting:
            self._painting = True
            self.set_timer(PAINT_SECONDS, self._paint)

    def _paint(self) -> None:
        areas, self._changed, self._painting = self._changed, frozenset(), False
        for screen in self.screen_stack:
            screen.post_message(ModelChanged(areas))

    # --- from the person ------------------------------------------------------------------------

    def action_show(self, mode: str) -> None:
        """Go to one of the screens of the number keys."""
        if self.current_mode != mode:
            self.switch_mode(mode)

    async def action_acknowledge(self) -> None:
        """F2: the alarm on the bar, or the message under the cursor that wants an answer."""
        self.changed(await self.deeds.acknowledge())

    async def action_silence(self) -> None:
        """F3: no sound for two minutes; never an acknowledgement."""
        self.changed(await self.deeds.silence())

    async def action_emergency(self) -> None:
        """F8: ask once more; F8 again raises it."""
        if isinstance(self.screen, EmergencyScreen):
            self.screen.confirm()
        else:
            await self.push_screen(EmergencyScreen())

    async def raise_emergency(self, said: str) -> None:
        """F8 twice: the alarm goes out."""
        self.changed(await self.deeds.emergency(said, self.words.language))

    async def action_check_in(self) -> None:
        """F9: all well, at the leg of now."""
        self.changed(await self.deeds.check_in())

    async def action_next_for_me(self) -> None:
        """Alt+A: the next thing that wants me, most urgent first."""
        wanted = self.model.next_wanted()
        if wanted is not None:
            await self._read(wanted)

    async def action_compose(self, kind: str = "text", answers: str = "") -> None:
        """Write a message."""
        if self.model.room is not None and not isinstance(self.screen, ComposeScreen):
            await self.push_screen(ComposeScreen(kind, answers))

    async def action_keys(self) -> None:
        """All keys."""
        if not isinstance(self.screen, KeysScreen):
            await self.push_screen(KeysScreen())

    def action_next_language(self) -> None:
        """English, Spanish, French, live."""
        self.set_language(self.words.next().language)

    def set_language(self, language: str) -> None:
        """Show everything in this language from now on."""
        self.words = Words(language)
        self.changed(ALL_AREAS)

    def action_next_theme(self) -> None:
        """Day, night, contrast."""
        self.theme = themes.after(self.theme)
        self.changed(ALL_AREAS)

    def action_dismiss_notice(self) -> None:
        """Take the notice away."""
        self.changed(self.model.dismiss_notice())

    async def on_entry_chosen(self, event: EntryChosen) -> None:
        """Read a message in full."""
        await self._read(event.message_id)

    async def on_seen(self, event: Seen) -> None:
        """Tell the senders that their messages have been on a screen."""
        self.changed(await self.deeds.shown(event.message_ids))

    async def _read(self, message_id: str) -> None:
        self.changed(await self.deeds.shown(message_id))
        await self.push_screen(EntryScreen(message_id))

    async def on_composed(self, event: Composed) -> None:
        """Send what was written."""
        self.changed(await self.deeds.send(event.message))

    async def on_alarm_handled(self, event: AlarmHandled) -> None:
        """The mouse on the alarm bar."""
        if event.deed == "acknowledge":
            await self.action_acknowledge()
        else:
            await self.action_silence()

    def action_command_palette(self) -> None:
        """Ctrl+P, in the user's language."""
        if not isinstance(self.screen, CommandPalette):
            said = self.words("palette.placeholder")
            self.push_screen(
                CommandPalette(placeholder=safe_text.word(said), id="--command-palette")
            )

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """The palette: every key by name, every language, every theme, every channel."""
        words = self.words
        for name, action in (
            ("key.watch", "show('watch')"),
            ("key.incident", "show('incident')"),
            ("key.compose", "compose"),
            ("key.acknowledge", "acknowledge"),
            ("key.silence", "silence"),
            ("key.emergency", "emergency"),
            ("key.check_in", "check_in"),
            ("key.next", "next_for_me"),
            ("key.help", "keys"),
            ("key.quit", "quit"),
        ):
            yield SystemCommand(
                safe_text.word(words(name)),
                safe_text.word(words(f"{name}.help")),
                callback=self._run(action),
            )
        for language in ("en", "es", "fr"):
            yield SystemCommand(
                safe_text.word(Words(language)("language.name")),
                safe_text.word(words("key.language.help")),
                callback=lambda chosen=language: self.set_language(chosen),
            )
        for name in themes.PALETTES:
            yield SystemCommand(
                safe_text.word(words(f"theme.{name}")),
                safe_text.word(words("key.theme.help")),
                callback=lambda chosen=name: self._use_theme(chosen),
            )
        for channel in self.model.rooms:
            yield SystemCommand(
                safe_text.word(channel),
                safe_text.word(words("channel.open.help")),
                callback=lambda chosen=channel: self.changed(self.model.enter(chosen)),
            )

    def _run(self, action: str) -> Callable[[], None]:
        def run() -> None:
            self.call_later(self.run_action, action)

        return run

    def _use_theme(self, name: str) -> None:
        self.theme = name
        self.changed(ALL_AREAS)
