"""The part of the main screen that acts on connections and schema objects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on, work

from mdbtui.pool import BreakerState, PoolError
from mdbtui.sql import split
from mdbtui.ui.safe import safe
from mdbtui.ui.screens import late
from mdbtui.ui.screens.main_results import ResultScreen
from mdbtui.ui.widgets.pool_panel import PoolPanel
from mdbtui.ui.widgets.sidebar import Sidebar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mdbtui.sql import Statement
    from mdbtui.ui.runner import PaneRunner
    from mdbtui.ui.screens.main_connections import ConnectionDialogues
    from mdbtui.ui.services import Services

ERROR_LIMIT = 500


class ConnectionScreen(ResultScreen):
    """Opens, changes and switches connections; previews and describes objects."""

    _services: Services
    _dialogues: ConnectionDialogues

    def run_in(self, runner: PaneRunner, statements: Sequence[Statement]) -> object:
        """Run statements in a pane."""
        raise NotImplementedError

    def sample(self) -> None:
        """Show the pools' state now."""
        raise NotImplementedError

    def pane_changed(self) -> None:
        """Draw anew what depends on the panes."""
        raise NotImplementedError

    @property
    def _db_id(self) -> str | None:
        return self.panes.active.talk.db_id

    def _connections_changed(self, db_ids: list[str]) -> None:
        self.sidebar.set_connections(self._services.connections)
        for runner in self.panes:
            # A tab without a database takes the new one, and so does the tab of a
            # connection that was renamed.
            known = runner.talk.db_id in self._services.pools.db_ids
            if not known:
                self._switch(runner, db_ids[0] if db_ids else None)
        self._open(db_ids)
        self.sample()

    @work(group="open", exit_on_error=False)
    async def _open(self, db_ids: list[str]) -> None:
        await self._services.warm_up()
        await self._services.open_all(db_ids)
        for db_id in db_ids:
            self.sidebar.reload(db_id)

    @work(group="dialogue", exit_on_error=False)
    async def action_switch(self) -> None:
        if db_id := await self._dialogues.choose():
            self._use(db_id)

    @work(group="dialogue", exit_on_error=False)
    async def action_add_connection(self) -> None:
        await self._dialogues.add()

    def action_edit_connection(self) -> None:
        if self._db_id is not None:
            self._edit(self._db_id)

    def action_remove_connection(self) -> None:
        if self._db_id is not None:
            self._remove(self._db_id)

    @on(Sidebar.EditRequested)
    def _edit_requested(self, event: Sidebar.EditRequested) -> None:
        self._edit(event.db_id)

    @on(Sidebar.RemoveRequested)
    def _remove_requested(self, event: Sidebar.RemoveRequested) -> None:
        self._remove(event.db_id)

    @work(group="dialogue", exit_on_error=False)
    async def _edit(self, db_id: str) -> None:
        await self._dialogues.edit(db_id)

    @work(group="dialogue", exit_on_error=False)
    async def _remove(self, db_id: str) -> None:
        await self._dialogues.remove(db_id)

    @work(group="dialogue", exit_on_error=False)
    async def action_start_demo(self) -> None:
        if self._services.has_demo:
            self.notify("The demo is running already.")
        else:
            await self._dialogues.start_demo()

    def _use(self, db_id: str) -> None:
        """Let the pane in front talk to this database from now on."""
        self._switch(self.panes.active, db_id)

    @work(group="use", exit_on_error=False)
    async def _switch(self, runner: PaneRunner, db_id: str | None) -> None:
        if runner.talk.db_id == db_id:
            return
        if not await late.may_leave(self.app, [runner]):
            return
        await runner.talk.switch(db_id)
        if db_id is not None:
            self.sidebar.select(db_id)
        self.pane_changed()
        self.sample()

    @on(Sidebar.ConnectionSelected)
    def _connection_selected(self, event: Sidebar.ConnectionSelected) -> None:
        self._use(event.db_id)

    @on(PoolPanel.DatabaseSelected)
    def _pool_selected(self, event: PoolPanel.DatabaseSelected) -> None:
        self._use(event.db_id)

    @on(Sidebar.ReconnectRequested)
    def _reconnect(self, event: Sidebar.ReconnectRequested) -> None:
        self._probe(event.db_id)

    @on(PoolPanel.ProbeRequested)
    def _probe_requested(self, event: PoolPanel.ProbeRequested) -> None:
        self._probe(event.db_id)

    @work(group="dialogue", exit_on_error=False)
    async def _probe(self, db_id: str) -> None:
        stats = self._services.pools.snapshot().by_id(db_id)
        refused = stats is not None and stats.breaker is BreakerState.PARKED
        if stats is not None and refused and not stats.aside:
            await self._dialogues.give_password(db_id)
        else:
            self._open([db_id])

    @on(Sidebar.DatabaseRequested)
    def _database_requested(self, event: Sidebar.DatabaseRequested) -> None:
        db_id = self._services.add_sibling(event.db_id, event.node.name)
        self.sidebar.set_connections(self._services.connections)
        self._use(db_id)

    # ---- schema objects ------------------------------------------------------------

    @on(Sidebar.PreviewRequested)
    async def _preview(self, event: Sidebar.PreviewRequested) -> None:
        # Without a limit: rows come as they are looked at.
        text = f"select *\nfrom {event.node.sql_name}"
        if runner := await self.panes.open(event.db_id, text):
            self.run_in(runner, split(text))
            self.set_focus(runner.pane.results.front)

    @on(Sidebar.NameRequested)
    def _insert_name(self, event: Sidebar.NameRequested) -> None:
        self.panes.active.pane.editor.insert(event.text)
        self.action_focus_editor()

    @on(Sidebar.DefinitionRequested)
    def _definition(self, event: Sidebar.DefinitionRequested) -> None:
        self._open_definition(event)

    @work(group="definition", exclusive=True, exit_on_error=False)
    async def _open_definition(self, event: Sidebar.DefinitionRequested) -> None:
        try:
            text = await self._services.catalog.definition(event.db_id, event.node)
        except PoolError as error:
            self.notify(safe(str(error), ERROR_LIMIT), severity="error", markup=False)
        else:
            await self.panes.open(event.db_id, text)
