"""The part of the main screen that shows the pools: the panel, the fleet, a page."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from textual import on

from mdbtui.ui.screens.levels import FLEET, POOL, front_at
from mdbtui.ui.screens.main_panes import PaneScreen
from mdbtui.ui.widgets.pool_panel import PoolPanel
from mdbtui.ui.widgets.workspace import PANEL

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.timer import Timer

    from mdbtui.pool import Holder, PoolManager
    from mdbtui.ui.services import Services

MIN_REFRESH, MAX_REFRESH = 0.25, 10.0
STATEMENT = 200
"""Characters of a statement that are looked at to name a tab."""


class PoolSource:
    """What the panel reads of the pools that it shows in full."""

    def __init__(
        self, pools: PoolManager, who: Callable[[str], tuple[str, str]]
    ) -> None:
        self.history = pools.history
        self.total = pools.total
        self.total_history = pools.total_history
        self._pools = pools
        self._who = who

    def kept(self, db_id: str) -> list[Holder]:
        """Who keeps a connection of a pool for its session."""
        return [
            replace(holder, name=self._who(holder.name)[0])
            for holder in self._pools.detail(db_id).holders
            if holder.pinned
        ]


class PoolKeys(PaneScreen):
    """Reads the pools' numbers on a timer, and opens the screens about pools."""

    _services: Services
    _db_id: str | None

    def keep_pools(self) -> None:
        """Begin without a timer: the first frame does not wait for numbers."""
        self._refresh_seconds = self._services.config.refresh_seconds
        self._ticker: Timer | None = None
        self._sample_due = False
        self._covers = 0
        """Screens that hide this one."""
        self.fleet_state: dict[str, Any] = {}
        self._source = PoolSource(self._services.pools, self.who)

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
        if self._covers:
            return  # nobody sees it
        fleet = self._services.pools.snapshot()
        self.sidebar.update_states(fleet)
        if self.workspace.shows(PANEL):
            self.panel.update(fleet, self._source, self._db_id)
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
        """Show all pools at a glance: the worst trouble, else the tab's."""
        self.show_fleet(None)

    def show_fleet(self, db_id: str | None) -> None:
        """Show all pools at a glance, with the cursor on one.

        Args:
            db_id: Which; None: what is worst, or the tab's if nothing is wrong.
        """
        from mdbtui.ui.screens.fleet import FleetScreen

        front = front_at(self.app, FLEET, None)
        if isinstance(front, FleetScreen):
            front.point_at(db_id)
            return
        self._covers += 1
        self.app.push_screen(
            FleetScreen(
                self._services,
                self.fleet_state,
                self._refresh_seconds,
                self.show_pool,
                self._db_id if db_id is None else db_id,
                to_worst=db_id is None,
            ),
            self._uncovered,
        )

    def _uncovered(self, _: object = None) -> None:
        self._covers -= 1
        self.sample()

    def show_pool(self, db_id: str) -> None:
        """Show a pool's page."""
        from mdbtui.ui.screens.pool import PoolScreen

        if front_at(self.app, POOL, db_id) is not None:
            return
        self._covers += 1
        self.app.push_screen(
            PoolScreen(self._services, db_id, self._refresh_seconds, self.who),
            self._uncovered,
        )

    @on(PoolPanel.PageRequested)
    def _page_requested(self, event: PoolPanel.PageRequested) -> None:
        self.show_pool(event.db_id)

    @on(PoolPanel.Resumed)
    def _resumed(self) -> None:
        self.sample()

    def action_pool_page(self) -> None:
        """Show the page of the pool that the tab in front works with."""
        if self._db_id is not None:
            self.show_pool(self._db_id)

    def who(self, holder: str) -> tuple[str, str]:
        """Make more of a holder's name: a tab's title, and what it ran last."""
        runner = next((each for each in self.panes if each.holder == holder), None)
        if runner is None:
            return holder, ""
        last = runner.talk.last
        text = " ".join(last.statement.text[:STATEMENT].split()) if last else ""
        return f"tab {runner.title}", "running" if runner.talk.running else text
