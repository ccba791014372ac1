"""The Textual app: themes, screens, copies, what ends it. No SQL, no pool logic."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING, Any

from textual import on, work
from textual.app import App, SystemCommand
from textual.binding import Binding
from textual.worker import WorkerState

from mdbtui.config import load_state, save_state, themes_dir
from mdbtui.query.tuning import release_gc
from mdbtui.ui.clipboard import copy_out
from mdbtui.ui.compositing import mend_compositor
from mdbtui.ui.crash import CrashMixin
from mdbtui.ui.input_order import OrderedInputMixin
from mdbtui.ui.keymaps import APP_KEYS, KeymapsMixin, named, said
from mdbtui.ui.messages import (
    CopyRequested,
    FleetRequested,
    PoolRequested,
    ServerRequested,
)
from mdbtui.ui.option_list import mend_option_list
from mdbtui.ui.safe import safe_multiline
from mdbtui.ui.screens.main import MainScreen
from mdbtui.ui.terminal import ControlFilterMixin, install_signals, install_writer
from mdbtui.ui.themes import Themes, ThemesMixin
from mdbtui.ui.toast_rack import ToastsMixin
from mdbtui.ui.widgets.grid import ResultGrid

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from textual.screen import Screen
    from textual.worker import Worker

    from mdbtui.ui.services import Services
    from mdbtui.ui.stall import StallMonitor

_log = logging.getLogger("mdbtui")

CLOSE_SECONDS = 0.7
PROBLEMS_LIMIT = 500
PROBLEM_SECONDS = 12


class MdbtuiApp(
    OrderedInputMixin,
    CrashMixin,
    ControlFilterMixin,
    KeymapsMixin,
    ThemesMixin,
    ToastsMixin,
    App[int],
):
    """The console.

    Args:
        services: What the screens may ask for; closed by the caller.
        stalls: A running monitor whose numbers the status bar shows.
        log_path: The log file, named when something breaks.
    """

    TITLE = "mdbtui"
    # On every screen: the alert itself is told there, too.
    BINDINGS = named("", [*APP_KEYS, Binding("alt+a", "alerts", "Alerts", show=False)])
    # Textual loads no CSS file of a default screen.
    CSS_PATH = "screens/main.tcss"

    def __init__(
        self,
        services: Services,
        *,
        stalls: StallMonitor | None = None,
        log_path: Path | None = None,
    ) -> None:
        super().__init__()
        mend_option_list()
        mend_compositor()
        self.services = services
        self.log_path = log_path
        self._state = load_state()
        remembered = self._state.get("theme")
        wanted = services.config.theme or (
            remembered if isinstance(remembered, str) else None
        )
        self._problems = [
            *services.config.warnings,
            *self.open_themes(Themes(themes_dir()), wanted),
        ]
        services.completing.restore(self._state.get("uses"))
        self.open_keymap(services.config, self._state.get("keymap"))
        layout = self._state.get("layout")
        self.main = MainScreen(
            services, layout if isinstance(layout, dict) else {}, stalls
        )
        self.main.goes_on = self._state.get("go_on_after_errors") is True
        fleet = self._state.get("fleet")
        self.main.server_state = self._state.get("server")
        self.main.fleet_state = fleet if isinstance(fleet, dict) else {}

    def get_default_screen(self) -> Screen[Any]:
        return self.main

    def on_mount(self) -> None:
        self.call_after_refresh(self._after_first_frame)

    @work(group="start", exit_on_error=False)
    async def _after_first_frame(self) -> None:
        """Do what the first frame need not wait for."""
        release_gc()
        report = await self.load_other_themes()
        problems = [*dict.fromkeys([*self._problems, *report.failed])]
        if keys := self.services.config.keys:
            from mdbtui.ui.screens.areas import key_problems

            problems += key_problems(type(self), MainScreen, self.keymap, keys)
        if problems:
            self.notify(
                safe_multiline("\n".join(problems), PROBLEMS_LIMIT),
                title="Configuration",
                severity="warning",
                timeout=PROBLEM_SECONDS,
                markup=False,
            )

    # ---- the end -------------------------------------------------------------------

    async def run_console(self) -> int:
        """Run until the user or a signal ends it; return the exit status."""
        install_writer(self)
        install_signals(self)
        await self.run_async()
        from mdbtui.ui.stopping import stop_at_the_end

        await stop_at_the_end(list(self.main.panes), self.main.stopped)
        # Textual has cancelled its workers but waits for none of them.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_SECONDS):
                await self.main.panes.close_sessions()
        await asyncio.to_thread(save_state, self._remembered())
        return self.return_code or 0

    def _remembered(self) -> dict[str, Any]:
        layout = self.main.workspace.layout_state()
        return {
            **self._state,
            "theme": self.theme,
            "keymap": self.keymap.name,
            "layout": layout,
            "go_on_after_errors": self.main.goes_on,
            "fleet": self.main.fleet_state,
            "server": self.main.server_remembered(),
            "uses": self.services.completing.state(),
        }

    def action_alerts(self) -> None:
        """List the alerts, from any screen but a dialogue."""
        self.main.open_alerts()

    async def action_quit(self) -> None:
        """Leave; ask first where something would be lost."""
        self.main.quit()

    # ---- what any screen may need --------------------------------------------------

    @on(ResultGrid.CopyRequested)
    async def _rows_copied(self, event: ResultGrid.CopyRequested) -> None:
        rest = "" if event.complete else " Not all of it: the rest was too much."
        rows = "1 row" if event.rows == 1 else f"{event.rows:,} rows"
        await self._copy(event.text, f"{rows} as {event.format}:", rest)

    @on(ServerRequested)
    def _server_requested(self, event: ServerRequested) -> None:
        self.main.open_server(event.db_id)

    @on(PoolRequested)
    def _pool_requested(self, event: PoolRequested) -> None:
        self.main.show_pool(event.db_id)

    @on(FleetRequested)
    def _fleet_requested(self, event: FleetRequested) -> None:
        self.main.show_fleet(event.db_id)

    @on(CopyRequested)
    async def _value_copied(self, event: CopyRequested) -> None:
        await self._copy(event.text, "The value:")

    async def _copy(self, text: str, what: str, rest: str = "") -> None:
        try:
            done = await copy_out(self, text)
        except OSError as error:
            self.notify(f"Not copied: {error.strerror}", severity="error", markup=False)
        else:
            self.notify(f"{what} {done}.{rest}", markup=False)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Show what broke in a worker: it would vanish without a word."""
        error = event.worker.error
        if event.state is WorkerState.ERROR and error is not None:
            _log.error("a background job failed", exc_info=error)
            self.notify(
                f"A background job failed ({type(error).__name__});"
                f" details are in {self.log_path}",
                severity="error",
                markup=False,
            )

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        if callable(offers := getattr(screen, "commands", None)):
            yield from offers()
        if screen is not self.main:
            # What was staged is looked for, and ended, from the screens about pools.
            yield from self.main.trouble_commands()
        yield SystemCommand(
            "Alerts",
            said("What is raised, and where ({key.alerts})"),
            self.action_alerts,
        )
        yield SystemCommand("Theme", "Choose the colours", self.search_themes)
        yield SystemCommand("Quit", "Close the pools and leave", self.action_quit)
