"""The part of the main screen that chooses what runs, and what ends a run."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from textual import work

from mdbtui.ui.safe import safe
from mdbtui.ui.screens.main_panes import PaneScreen
from mdbtui.ui.values import ValueDialogues

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mdbtui.sql import Statement
    from mdbtui.ui.runner import PaneRunner
    from mdbtui.ui.services import Services

ERROR_LIMIT = 500


class RunScreen(PaneScreen):
    """Runs the statement at the cursor, and more than that."""

    _services: Services
    goes_on = False
    """A run of several statements goes on after one that fails."""

    @cached_property
    def values(self) -> ValueDialogues:
        """Asks for parameters' values."""
        return ValueDialogues(self.app)

    def action_run(self) -> None:
        self._run_text()

    def action_run_all(self) -> None:
        self._run_text(everything=True)

    def _run_text(self, *, everything: bool = False) -> None:
        editor = self.panes.active.pane.editor
        if command := editor.psql_command(everything=everything):
            # What stands beside it may count on it.
            self.notify(
                "psql's backslash commands are not known here: "
                f"{safe(command, ERROR_LIMIT)}\nNothing was run.",
                severity="warning",
                markup=False,
            )
        else:
            self.start(editor.statements(everything=everything))

    def start(self, statements: Sequence[Statement]) -> None:
        """Run statements in the pane in front, if it can."""
        runner = self.panes.active
        if runner.talk.running:
            self.notify("A statement runs here. F9 cancels it.", severity="warning")
        elif runner.talk.db_id is None:
            self.call_later(self.run_action, "switch")
        elif not statements:
            self.notify("There is no statement at the cursor.", severity="warning")
        else:
            self.run_in(runner, statements)

    def run_statement(self, statement: Statement) -> None:
        """Run a statement in the pane in front."""
        self.start([statement])

    @work(group="run", exit_on_error=False)
    async def run_in(self, runner: PaneRunner, statements: Sequence[Statement]) -> None:
        """Run statements in a pane; values are asked for where they have parameters."""
        await runner.run(statements, go_on=self.goes_on, fill=self.values.fill)
        self._services.completing.ran(runner.talk)
        if runner.talk.changed_catalog and runner.talk.db_id is not None:
            self.sidebar.reload(runner.talk.db_id)

    def action_run_from_here(self) -> None:
        """Run the statement at the cursor, or a selection's first, and all after it."""
        editor = self.panes.active.pane.editor
        here = editor.statement()
        if here is None:
            self.start([])
            return
        everything = editor.statements(everything=True)
        self.start([each for each in everything if each.end > here.start])

    def action_toggle_go_on(self) -> None:
        """Choose whether runs stop at an error; remembered for the next start."""
        self.goes_on = not self.goes_on
        self.notify(
            "A run of several statements goes on after an error."
            if self.goes_on
            else "A run of several statements stops at an error."
        )
