"""The part of the main screen that shows the pools: the panel, the fleet, a page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual import on

from mdbtui.ui.screens.main_panes import PaneScreen
from mdbtui.ui.widgets.pool_panel import PoolPanel
from mdbtui.ui.widgets.workspace import PANEL

if TYPE_CHECKING:
    from textual.timer import Timer

    from mdbtui.ui.services import Services

MIN_REFRESH, MAX_REFRESH = 0.25, 10.0


class PoolKeys(PaneScreen):
    """Reads the pools' numbers on a timer, and opens the screens about pools."""

    _services: Services
    _db_id: str | None

    def keep_pools(self) -> None:
        """Begin without a timer: the first frame does not wait for numbers."""
        self._refresh_seconds = self._services.config.refresh_seconds
        self._ticker: Timer | None = None
        self._sample_due = False
        self._is_hidden = False
        self.fleet_state: dict[str, Any] = {}

    def _show_status(self) -> None:
        raise NotImplementedError

    def watch_sessions(self) -> None:
        """Look after what the tabs' sessions hold."""
        raise NotImplementedError

    # ---- numbers -------------------------------------------------------------------

    def start_sampling(self) -> None:
        """Read the numbers from now on."""
        self.set_refresh(self._refresh_seconds)

    def sample_soon(self) -> None:
        """Read the numbers in a moment, however often this is called."""
        if not self._sample_due:
            self._sample_due = True
            self.call_later(self.sample)

    def sample(self) -> None:
        """Read the pools' state once and hand it to all who show it."""
        self._sample_due = False
        self.watch_sessions()
        if self._is_hidden:
            return  # another screen shows it
        fleet = self._services.pools.snapshot()
        self.sidebar.update_states(fleet)
        if self.workspace.shows(PANEL):
            pools = self._services.pools
            self.panel.update(fleet, pools.history, self._db_id, pools.detail)
        self._show_status()

    def set_refresh(self, seconds: float) -> None:
        """Read the numbers so often, within limits."""
        self._refresh_seconds = max(MIN_REFRESH, min(seconds, MAX_REFRESH))
        if self._ticker is not None:
            self._ticker.stop()
        self._ticker = self.set_interval(self._refresh_seconds, self.sample)
        self.sample()

    @on(PoolPanel.RefreshRateChanged)
    def _refresh_rate_changed(self, event: PoolPanel.RefreshRateChanged) -> None:
        self.set_refresh(self._refresh_seconds * (0.5 if event.faster else 2))
        self.notify(f"refreshed every {self._refresh_seconds:g} s")

    # ---- screens -------------------------------------------------------------------

    def action_fleet(self) -> None:
        """Show all pools at a glance."""
        from mdbtui.ui.screens.fleet import FleetScreen

        self._is_hidden = True
        self.app.push_screen(
            FleetScreen(
                self._services, self.fleet_state, self._refresh_seconds, self.show_pool
            ),
            self._fleet_left,
        )

    def _fleet_left(self, _: object = None) -> None:
        self._is_hidden = False
        self.sample()

    def show_pool(self, db_id: str) -> None:
        """Show a pool's page."""
