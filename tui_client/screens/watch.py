"""Screen 1, Watch: the patrol and its timers, who can read, the message log, my messages."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical

from tui_client.screens.house import HouseScreen
from tui_client.widgets.bound import bound
from tui_client.widgets.fate_list import FateList
from tui_client.widgets.message_log import MessageLog
from tui_client.widgets.patrol_panel import PatrolPanel
from tui_client.widgets.roster_panel import RosterPanel


class WatchScreen(HouseScreen):
    """What a patrol agent looks at all day. On a narrow screen `f` swaps readers and sent."""

    CSS = """
    WatchScreen #above { height: 9; }
    WatchScreen PatrolPanel { width: 1fr; margin-right: 1; }
    WatchScreen #side { width: 33; }
    WatchScreen MessageLog { height: 1fr; }
    WatchScreen FateList { display: none; }
    WatchScreen.sent FateList { display: block; }
    WatchScreen.sent RosterPanel { display: none; }
    WatchScreen.-wide #above { height: 17; }
    WatchScreen.-wide #side { width: 56; }
    WatchScreen.-wide FateList { display: block; height: 1fr; margin-top: 1; }
    WatchScreen.-wide RosterPanel { display: block; height: 10; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [bound("panel", "swap")]
    AUTO_FOCUS = "MessageLog"

    def body(self) -> ComposeResult:
        """Patrol beside readers and sent; the log below."""
        with Horizontal(id="above"):
            yield PatrolPanel()
            with Vertical(id="side"):
                yield RosterPanel()
                yield FateList()
        yield MessageLog()

    def action_swap(self) -> None:
        """Readers or my messages, where there is room for only one."""
        self.toggle_class("sent")
