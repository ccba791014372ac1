"""The part of the main screen that brings back what was run."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from textual import work

from mdbtui.config.targets import TargetChoice
from mdbtui.sql.psql import steps
from mdbtui.ui.safe import safe
from mdbtui.ui.screens.main_panes import PaneScreen

if TYPE_CHECKING:
    from mdbtui.query.history_entries import Entry
    from mdbtui.sql import Statement
    from mdbtui.ui.services import Services

NOTE_LIMIT = 300


class HistoryKeys(PaneScreen):
    """Opens the history and uses what was chosen there."""

    _services: Services

    def run_statement(self, statement: Statement) -> None:
        """Run a statement in the pane in front."""
        raise NotImplementedError

    def pane_changed(self) -> None:
        """Draw anew what depends on the panes."""
        raise NotImplementedError

    def listen_to_history(self) -> None:
        """Show what is wrong with the history's file, should that come up."""
        self._services.history.tell = self._history_failed

    def _history_failed(self, text: str) -> None:
        self.notify(safe(text, NOTE_LIMIT), severity="warning", markup=False)

    @work(group="dialogue", exit_on_error=False)
    async def action_history(self) -> None:
        from mdbtui.ui.screens.history import HistoryScreen

        active = self.panes.active
        chosen = await self.app.push_screen_wait(
            HistoryScreen(self._services.history, active.talk.db_id)
        )
        if chosen is None:
            return
        entry = chosen.entry
        if chosen.use == "insert":
            editor = active.pane.editor
            editor.replace(entry.sql, *editor.selection)
        elif entry.targets:
            await self._open_on_targets(entry, run=chosen.use == "run")
        elif chosen.use == "run" and entry.db == active.talk.db_id:
            for statement in islice(steps(entry.sql), 1):
                self.run_statement(statement)
        else:
            # Never on another database than the one it was run on.
            known = self._services.connection(entry.db) is not None
            db_id = entry.db if known else active.talk.db_id
            runner = await self.panes.open(db_id, entry.sql)
            if runner is None:
                self.notify("There are as many tabs as can be.", severity="warning")
            elif chosen.use == "run" and known:
                for statement in islice(steps(entry.sql), 1):
                    self.run_statement(statement)
        self.action_focus_editor()

    async def _open_on_targets(self, entry: Entry, *, run: bool) -> None:
        """Bring a statement back in a tab of its own, with its databases."""
        known = [n for n in entry.targets if self._services.connection(n) is not None]
        if lost := len(entry.targets) - len(known):
            self._history_failed(
                f"{lost} of its {len(entry.targets)} databases are not known any more."
            )
        runner = None
        if known:
            runner = await self.panes.open(self.panes.active.talk.db_id, entry.sql)
        if runner is None:
            if known:
                self.notify("There are as many tabs as can be.", severity="warning")
            return
        runner.tab.targets = TargetChoice(tuple(known))
        self.pane_changed()
        if run and not lost:
            for statement in islice(steps(entry.sql), 1):
                self.run_statement(statement)
