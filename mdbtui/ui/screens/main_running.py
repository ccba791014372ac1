"""The part of the main screen that chooses what runs, and what ends a run."""

from __future__ import annotations

import asyncio
from functools import cached_property
from typing import TYPE_CHECKING

from textual import work

from mdbtui.sql.psql import steps
from mdbtui.ui.director import Director
from mdbtui.ui.reading_ahead import READ_SECONDS, in_time
from mdbtui.ui.screens.main_panes import PaneScreen
from mdbtui.ui.status import waiting_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mdbtui.sql import Statement
    from mdbtui.ui.runner import PaneRunner
    from mdbtui.ui.services import Services


class RunScreen(PaneScreen):
    """Runs the statement at the cursor, and more than that."""

    _services: Services
    goes_on = False
    """A run of several statements goes on after one that fails."""

    def pane_changed(self) -> None:
        """Draw anew what depends on the panes."""
        raise NotImplementedError

    def fan_out(self, runner: PaneRunner, statements: Sequence[Statement]) -> None:
        """Run a statement on all of a tab's databases."""
        raise NotImplementedError

    @cached_property
    def director(self) -> Director:
        """Carries out the steps of a run."""
        return Director(self.app, self._services, self._moved, self.run_action)

    def _moved(self, db_id: str) -> None:
        self.sidebar.set_connections(self._services.connections)
        self.sidebar.select(db_id)

    def action_run(self) -> None:
        self._run_text()

    def action_run_all(self) -> None:
        self._run_text(everything=True)

    def _run_text(self, *, everything: bool = False) -> None:
        if not self.panes.active.pane.editor.is_large:
            self.start(self.panes.active.pane.editor.steps(everything=everything))
        else:
            self._read_and_start(everything=everything)

    @work(group="read", exclusive=True, exit_on_error=False)
    async def _read_and_start(
        self, *, everything: bool = False, from_here: bool = False
    ) -> None:
        """Find out in a large text what is to run, while the screen goes on."""
        runner = self.panes.active
        editor = runner.pane.editor
        before = editor.text, editor.selection
        runner.show_progress("reading the text …")
        self.pane_changed()
        try:
            async with asyncio.timeout(READ_SECONDS):
                await editor.read_on()
                found = await in_time(editor.steps_later(everything=everything))
                if from_here:
                    all_later = editor.steps_later(everything=True)
                    found = _from(found, await in_time(all_later))
        except TimeoutError:
            text = f"Reading the text takes longer than {READ_SECONDS:g} s."
            self.notify(f"{text} Nothing was run.", severity="warning")
            return
        finally:
            runner.show_progress("")
            self.pane_changed()
        if (editor.text, editor.selection) != before:
            text = "The text changed while it was read. Nothing was run."
            self.notify(text, severity="warning")
        elif runner is self.panes.active:
            self.start(found)

    def start(self, statements: Sequence[Statement]) -> None:
        """Run statements in the pane in front, if it can."""
        runner = self.panes.active
        runner.pane.editor.end_completion()
        if runner.talk.running:
            waits = waiting_words(runner)
            what = f"This tab {waits}" if waits else "{key.cancel} cancels it"
            begins = "" if waits else "A statement runs here. "
            self.notify(
                f"{begins}{what}; {{key.new_pane}} opens a tab for another one.",
                severity="warning",
            )
        elif runner.tab.targets:
            self.fan_out(runner, statements)
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
        self.director.goes_on = self.goes_on
        await runner.run(statements, go_on=self.goes_on, director=self.director)
        self._services.completing.ran(runner.talk)
        if runner.talk.changed_catalog and runner.talk.db_id is not None:
            self.sidebar.reload(runner.talk.db_id)
        self._expand(runner)

    def _expand(self, runner: PaneRunner) -> None:
        once, runner.expand_once = runner.expand_once, False
        grid = runner.pane.results.grid
        if (runner.expanded or once) and runner is self.panes.active:
            from mdbtui.ui.screens.record import RecordScreen

            if grid is not None and grid.row_count:
                self.app.push_screen(RecordScreen(grid))

    def action_run_from_here(self) -> None:
        """Run the statement at the cursor, or a selection's first, and all after it."""
        editor = self.panes.active.pane.editor
        if editor.is_large:
            self._read_and_start(from_here=True)
        else:
            self.start(_from(editor.steps(), editor.steps(everything=True)))

    def action_psql_help(self) -> None:
        """List psql's commands in the results."""
        self.start(list(steps(r"\?")))

    def action_toggle_go_on(self) -> None:
        """Choose whether runs stop at an error; remembered for the next start."""
        self.goes_on = not self.goes_on
        self.notify(
            "A run of several statements goes on after an error."
            if self.goes_on
            else "A run of several statements stops at an error."
        )


def _from(
    here: Sequence[Statement], everything: Sequence[Statement]
) -> list[Statement]:
    """What is meant, and all after it."""
    return [step for step in everything if here and step.end > here[0].start]
