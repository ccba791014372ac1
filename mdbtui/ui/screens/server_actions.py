"""The part of the server's screen that acts on the rows of its tables."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from textual import on, work
from textual.screen import Screen

from mdbtui.monitor.models import Backend, TopStatement
from mdbtui.monitor.signals import Signal
from mdbtui.pool import PoolError
from mdbtui.ui.messages import FleetRequested, PoolRequested
from mdbtui.ui.safe import safe_multiline
from mdbtui.ui.screens.ask import ConfirmScreen
from mdbtui.ui.screens.levels import SERVER
from mdbtui.ui.screens.server_details import BackendDetails, RowDetails
from mdbtui.ui.screens.server_words import question, results_text
from mdbtui.ui.widgets.live_grid import LiveGrid
from mdbtui.ui.widgets.server_views import Filters

if TYPE_CHECKING:
    from mdbtui.monitor import Watch
    from mdbtui.ui.screens.server_memory import ServerMemory
    from mdbtui.ui.widgets.live_rows import LiveRow

RESULTS_LIMIT = 1_500


class ServerActions(Screen[None]):
    """Shows rows in full, cancels and ends backends, explains statements."""

    level = SERVER
    db_id: str
    _watch: Watch | None
    _memory: ServerMemory

    @property
    def grid(self) -> LiveGrid:
        """The table of the view in front."""
        raise NotImplementedError

    async def action_view(self, key: str) -> None:
        """Show another view."""
        raise NotImplementedError

    def draw(self) -> None:
        """Draw the last sample."""
        raise NotImplementedError

    @on(LiveGrid.Opened)
    def _opened(self, event: LiveGrid.Opened) -> None:
        self._open(event.row)

    @work(group="dialogue", exit_on_error=False)
    async def _open(self, row: LiveRow) -> None:
        watch, item = self._watch, row.item
        if watch is None or watch.sample is None:
            return
        if isinstance(item, Backend):
            wanted = await self.app.push_screen_wait(
                BackendDetails(watch, item, watch.sample)
            )
            if wanted is not None:
                self._send(wanted, [item])
        elif isinstance(item, TopStatement):
            from mdbtui.ui.screens.server_statement import StatementDetails

            if await self.app.push_screen_wait(StatementDetails(watch, item)):
                await self._show_plan(item)
        elif isinstance(item, tuple) and item:
            # The connections of one application, user and address.
            one = item[0]
            words = f"{one.application} {one.user} {one.address}".lower().split()
            self._memory.filters = Filters(idle=True, words=tuple(words))
            await self.action_view("1")
        else:
            self.app.push_screen(RowDetails(self.grid.live_columns, row))

    @work(group="dialogue", exit_on_error=False)
    async def action_plan(self) -> None:
        """Show the plan of the statement at the cursor."""
        row = self.grid.current
        if row is not None and isinstance(row.item, TopStatement):
            await self._show_plan(row.item)
        else:
            self.notify("Only top statements (7) have a plan.", severity="warning")

    async def _show_plan(self, statement: TopStatement) -> None:
        # What reads and draws plans is imported at the first one.
        from mdbtui.query.plan import PlanError, parse_plan
        from mdbtui.ui.screens.server_statement import StatementPlan

        if self._watch is None:
            return
        try:
            text = await self._watch.plan(statement)
            plan = await asyncio.to_thread(parse_plan, text)
        except (PoolError, PlanError) as error:
            said = safe_multiline(f"No plan: {error}", RESULTS_LIMIT)
            self.notify(said, severity="warning", markup=False)
        else:
            self.app.push_screen(StatementPlan(plan, statement, self.db_id))

    def action_fleet(self) -> None:
        """Show all pools, with the cursor on this one."""
        self.post_message(FleetRequested(self.db_id))

    def action_pool(self) -> None:
        """Show the page of this program's pool for the database."""
        self.post_message(PoolRequested(self.db_id))

    def action_open_row(self) -> None:
        """Show all about the row at the cursor."""
        self.grid.action_open()

    def action_signal(self, name: str) -> None:
        """Cancel what the marked backends run, or end them; ask first."""
        backends = [
            row.item for row in self.grid.chosen_rows if isinstance(row.item, Backend)
        ]
        if not backends:
            self.notify("There is no backend at the cursor.", severity="warning")
        else:
            self._send(Signal(name), backends)

    @work(group="dialogue", exit_on_error=False)
    async def _send(self, signal: Signal, backends: list[Backend]) -> None:
        watch = self._watch
        if watch is None or watch.sample is None:
            return
        asked = question(signal, backends, watch.sample)
        if not await self.app.push_screen_wait(ConfirmScreen(*asked, no="Do nothing")):
            return
        results = await watch.send(signal, backends)
        text, all_sent = results_text(signal, results)
        self.notify(
            safe_multiline(text, RESULTS_LIMIT),
            severity="information" if all_sent else "warning",
            markup=False,
        )
        self.grid.marked.clear()
        self.draw()
