"""The console: wires the widgets' messages to the services, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from textual import on, work
from textual.app import SystemCommand
from textual.reactive import Reactive
from textual.widget import Widget

from mdbtui.ui.messages import PoolChanged
from mdbtui.ui.panes import Panes
from mdbtui.ui.screens import late, main_keys
from mdbtui.ui.screens.main_alerts import AlertKeys
from mdbtui.ui.screens.main_completion import CompletionScreen
from mdbtui.ui.screens.main_connections import ConnectionDialogues
from mdbtui.ui.screens.main_each import EachKeys
from mdbtui.ui.screens.main_editing import EditScreen
from mdbtui.ui.screens.main_escape import CancelScreen
from mdbtui.ui.screens.main_history import HistoryKeys
from mdbtui.ui.screens.main_keymaps import KeymapScreen
from mdbtui.ui.screens.main_plans import PlanScreen
from mdbtui.ui.screens.main_pools import PoolKeys
from mdbtui.ui.screens.main_queries import QueryScreen
from mdbtui.ui.screens.main_server import ServerKeys
from mdbtui.ui.screens.main_sources import ConnectionScreen
from mdbtui.ui.screens.main_tabs import TabScreen
from mdbtui.ui.screens.main_transactions import TransactionScreen
from mdbtui.ui.screens.main_trouble import TroubleKeys
from mdbtui.ui.status import status_of, waiting_words
from mdbtui.ui.toasts import Toasts
from mdbtui.ui.widgets.editor import SqlEditor
from mdbtui.ui.widgets.grid import ResultGrid
from mdbtui.ui.widgets.pool_panel import PoolPanel
from mdbtui.ui.widgets.results import ResultsPane
from mdbtui.ui.widgets.sidebar import Sidebar
from mdbtui.ui.widgets.status_bar import StatusBar
from mdbtui.ui.widgets.strips import KeyBar
from mdbtui.ui.widgets.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.app import ComposeResult
    from textual.events import ScreenResume
    from textual.timer import Timer

    from mdbtui.pool import PoolEvent
    from mdbtui.ui.services import Services
    from mdbtui.ui.stall import StallMonitor

RUNNING_REFRESH = 0.1
"""Seconds between two paintings of the time while a statement runs."""


class MainScreen(
    KeymapScreen,
    QueryScreen,
    EachKeys,
    PlanScreen,
    TabScreen,
    HistoryKeys,
    TransactionScreen,
    PoolKeys,
    CompletionScreen,
    EditScreen,
    ServerKeys,
    AlertKeys,
    TroubleKeys,
    CancelScreen,
    ConnectionScreen,
):
    """Connections, editor tabs with their results, pools, status.

    Args:
        services: What the screen may ask for.
        state: What was remembered of the last start's layout.
        stalls: Shown in the status bar, if given.
    """

    BINDINGS = [*main_keys.BINDINGS]
    AUTO_FOCUS = ""  # with None, the first widget gets it until the editor does
    # Textual's own repaints the whole screen when the focus moves, though every
    # widget paints its own border: 12 ms instead of 3.
    focused = Reactive[Widget | None](None, repaint=False)

    def __init__(
        self,
        services: Services,
        state: dict[str, Any],
        stalls: StallMonitor | None = None,
    ) -> None:
        super().__init__()
        self._services = services
        self._stalls = stalls
        self.sidebar = Sidebar(services.catalog.children, services.connections)
        self.panel = PoolPanel()
        self._status = StatusBar()
        self._key_bar = KeyBar(id="keys")
        self.workspace = Workspace(self.sidebar, self.panel, state)
        self.panes = Panes(
            self.workspace, services, self.pane_changed, services.start_database
        )
        self._toasts = Toasts(self.notify, self.set_timer)
        self.keep_pools()
        self._clock: Timer | None = None
        self._unsubscribe = services.pools.subscribe(self._heard)
        self.keep_tabs()
        self.listen_to_history()

    def compose(self) -> ComposeResult:
        yield self.workspace
        yield self._status
        yield self._key_bar

    def on_mount(self) -> None:
        self._dialogues = ConnectionDialogues(
            self.app, self._services, self._connections_changed
        )
        self.set_focus(self.panes.active.pane.editor)
        self._clock = self.set_interval(RUNNING_REFRESH, self._show_status, pause=True)
        self.pane_changed()
        self.sample()
        # Not before the children have composed theirs.
        self.call_after_refresh(self._start_up)

    def on_screen_resume(self, event: ScreenResume) -> None:
        if self._ticker is None:
            # The first frame: every widget got its styles when it was mounted.
            event.refresh_styles = False

    async def on_unmount(self) -> None:
        self._unsubscribe()
        await self.stop_alerts()
        await self.keeper.close()

    # ---- what is true now ----------------------------------------------------------

    def _heard(self, event: PoolEvent) -> None:
        # Called inside the pool's own step, so it may only post.
        self.post_message(PoolChanged(event))

    @on(PoolChanged)
    def _pool_changed(self, message: PoolChanged) -> None:
        self._toasts.heard(message.event)
        self.sample_soon()

    def pane_changed(self) -> None:
        """Draw anew what depends on the panes and on what they run."""
        if self._clock is not None:
            (self._clock.resume if self.panes.any_running else self._clock.pause)()
        self.panes.show_tabs()
        self.tabs_changed()
        self.show_keys()
        self._show_status()

    def show_keys(self) -> None:
        runner = self.panes.active
        self._key_bar.show(
            main_keys.hints(
                self.keymap,
                running=runner.talk.running,
                waits=bool(waiting_words(runner)),
            )
        )

    @on(SqlEditor.ModeChanged)
    @on(ResultGrid.NoteChanged)
    @on(ResultsPane.Painted)
    def _show_status(self) -> None:
        state = status_of(self.panes.active, self._services, self._stalls)
        self._status.show(replace(state, alert=self.alert_mark))

    @work(group="start", exit_on_error=False)
    async def _start_up(self) -> None:
        self.start_sampling()
        self.restore_tabs()
        if not self._services.connections:
            await self._dialogues.welcome()
            await self.lead_in()
        await self._services.warm_up()
        await self.start_alerts()
        await self._services.open_all()

    @on(KeyBar.Pressed)
    async def _key_pressed(self, event: KeyBar.Pressed) -> None:
        await self.run_action(event.action)

    # ---- the rest ------------------------------------------------------------------

    def action_help(self) -> None:
        # Looked up when it is wanted: the first frame does without it.
        from mdbtui.ui.screens.areas import help_screen

        self.app.push_screen(help_screen(type(self.app), type(self), self.keymap))

    def action_theme(self) -> None:
        self.app.search_themes()

    @work(group="quit", exclusive=True, exit_on_error=False)
    async def quit(self) -> None:
        """Leave; ask first where an open transaction would be lost."""
        exports = len(self._services.exports.running)
        if await late.may_leave(self.app, list(self.panes), exports, self.stopped):
            self.app.exit(0)

    def commands(self) -> Iterable[SystemCommand]:
        """What the command palette offers beyond the app's own."""
        for title, text, action in main_keys.commands(self.keymap):
            yield SystemCommand(title, text, partial(self.run_action, action))
        yield from self.edit_commands()
        yield from self.transaction_commands()
        yield from self.fan_out_commands()
        yield from self.trouble_commands()
