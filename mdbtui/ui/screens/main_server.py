"""The part of the main screen that opens the server's side of a database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on

from mdbtui.ui.screens.levels import SERVER, front_at
from mdbtui.ui.screens.main_panes import PaneScreen
from mdbtui.ui.widgets.pool_panel import PoolPanel
from mdbtui.ui.widgets.sidebar import Sidebar

if TYPE_CHECKING:
    from mdbtui.ui.screens.server_memory import ServerMemory
    from mdbtui.ui.services import Services


class ServerKeys(PaneScreen):
    """Opens what the server does: F8, or a key on a connection or a pool.

    What asks and draws is imported at the first time.
    """

    _services: Services
    server_state: object = None
    """What was remembered of the screen at the start."""
    _server_memory: ServerMemory | None = None

    def action_server(self) -> None:
        """Show the server of the line with the focus, else of the tab in front."""
        db_id = self.panes.active.talk.db_id
        item = self.sidebar.item
        if self.sidebar.has_focus_within and item is not None and item.db_id:
            db_id = item.db_id
        elif self.panel.has_focus:
            db_id = self.panel.pointed or db_id
        self.open_server(db_id)

    @on(Sidebar.ServerRequested)
    @on(PoolPanel.ServerRequested)
    def _server_requested(
        self, event: Sidebar.ServerRequested | PoolPanel.ServerRequested
    ) -> None:
        self.open_server(event.db_id)

    def server_remembered(self) -> object:
        """Return what is to be remembered of the screen."""
        memory = self._server_memory
        return memory.state() if memory is not None else self.server_state

    def open_server(self, db_id: str | None, view: str = "") -> None:
        """Show the server of a database; a view of it, or the one shown last."""
        from mdbtui.ui.screens.server import ServerScreen
        from mdbtui.ui.screens.server_memory import ServerMemory

        if db_id is None or db_id not in self._services.pools.db_ids:
            self.notify("No database: {key.switch} chooses one.", severity="warning")
            return
        if self._server_memory is None:
            self._server_memory = ServerMemory.of(self.server_state)
        front = front_at(self.app, SERVER, db_id)
        if isinstance(front, ServerScreen):
            if view:
                front.call_later(front.action_view, view)
            return
        self._server_memory.view = view or self._server_memory.view
        self.app.push_screen(
            ServerScreen(
                self._services.server_monitor,
                db_id,
                self._server_memory,
                self._holders,
            )
        )

    def _holders(self, db_id: str) -> dict[int, str]:
        """Who holds the pool's connections, by pid: a tab's title, or a name."""
        pools = self._services.pools
        if db_id not in pools.db_ids:
            return {}
        titles = {runner.holder: f"tab {runner.title}" for runner in self.panes}
        holders = pools.detail(db_id).holders
        return {each.pid: titles.get(each.name, each.name) for each in holders}
