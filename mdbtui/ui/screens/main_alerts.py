"""The part of the main screen that watches for alerts and shows them."""

from __future__ import annotations

import asyncio
import importlib
from typing import TYPE_CHECKING

from textual.binding import Binding

from mdbtui.ui.screens.main_panes import PaneScreen
from mdbtui.ui.terminal import notify_desktop

if TYPE_CHECKING:
    from mdbtui.ui.alerts import AlertCenter
    from mdbtui.ui.services import Services

SECONDS = 1.0


class AlertKeys(PaneScreen):
    """Compares the pools and servers with the rules, and opens the list of alerts.

    What evaluates is loaded behind the first frame.
    """

    BINDINGS = [
        Binding(
            "alt+a", "app.alerts", "Alerts: what is raised, and where", priority=True
        )
    ]

    _services: Services
    alerts: AlertCenter | None = None

    def show_pool(self, db_id: str) -> None:
        """Show a pool's page."""
        raise NotImplementedError

    def open_server(self, db_id: str | None, view: str = "") -> None:
        """Show the server of a database."""
        raise NotImplementedError

    def show_fleet(self, db_id: str | None) -> None:
        """Show all pools at a glance, with the cursor on one."""
        raise NotImplementedError

    def _show_status(self) -> None:
        raise NotImplementedError

    async def start_alerts(self) -> None:
        """Evaluate the rules from now on."""
        module = await asyncio.to_thread(importlib.import_module, "mdbtui.ui.alerts")
        if not self.is_attached:
            return
        self.alerts = module.AlertCenter(
            self._services, self._used, self.notify, self._tell_outside, self.set_timer
        )
        self.set_interval(SECONDS, self._look_at_alerts)

    async def stop_alerts(self) -> None:
        """Evaluate no more; what was begun for it ends."""
        alerts, self.alerts = self.alerts, None
        if alerts is not None:
            await alerts.close()

    @property
    def alert_mark(self) -> str:
        """What the status bar says of alerts."""
        return self.alerts.mark if self.alerts is not None else ""

    def _used(self) -> list[str]:
        runners = (runner for runner in self.panes if runner.talk.last is not None)
        return [r.talk.db_id for r in runners if r.talk.db_id is not None]

    def _look_at_alerts(self) -> None:
        if self.alerts is not None:
            before = self.alerts.mark
            self.alerts.tick()
            if self.alerts.mark != before:
                self._show_status()

    def _tell_outside(self, title: str, text: str) -> None:
        config = self._services.config
        if config.alert_bell:
            self.app.bell()
        notify_desktop(self.app, config.alert_desktop, title, text)

    def open_alerts(self) -> None:
        """List the alerts over whatever screen is in front."""
        from mdbtui.ui.screens.alerts import AlertScreen, Wanted

        if self.alerts is None:
            return

        def chosen(wanted: Wanted | None) -> None:
            self._show_status()
            if wanted is None:
                return
            if wanted.where == "fleet":
                self.show_fleet(wanted.db_id)
            elif wanted.where == "server":
                self.open_server(wanted.db_id, wanted.view)
            else:
                self.show_pool(wanted.db_id)

        # On a small terminal the toasts would lie over the list that says the same.
        self.app.clear_notifications()
        self.app.push_screen(AlertScreen(self.alerts), chosen)
