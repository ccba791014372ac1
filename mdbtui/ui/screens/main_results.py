"""The part of the main screen that acts on what the grid asks for."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from textual import on, work

from mdbtui.sql import Kind, Statement, classify
from mdbtui.ui.ordering import OrderedStatement, next_order
from mdbtui.ui.safe import safe
from mdbtui.ui.screens import late
from mdbtui.ui.screens.main_panes import PaneScreen
from mdbtui.ui.screens.opening import OpeningScreen
from mdbtui.ui.widgets.grid import ResultGrid
from mdbtui.ui.widgets.results import ResultsPane

if TYPE_CHECKING:
    from mdbtui.ui.screens.main_exports import ExportDialogues
    from mdbtui.ui.services import Services

COPY_FORMATS = (
    ("tsv", "TSV", "tab-separated, as spreadsheets paste it"),
    ("tsv+", "TSV with header", ""),
    ("csv", "CSV", ""),
    ("csv+", "CSV with header", ""),
    ("json", "JSON", "one object for each row"),
    ("markdown", "Markdown", "a table"),
    ("insert", "INSERT statements", ""),
    ("in", "IN list", "('a', 'b', …)"),
)
NAME_LIMIT = 40


class ResultScreen(OpeningScreen, PaneScreen):
    """Opens cells and records, copies and exports, sorts at the server."""

    _services: Services

    def run_statement(self, statement: Statement) -> None:
        """Run a statement in the pane in front."""
        raise NotImplementedError

    @on(ResultGrid.CopyMenuRequested)
    def _copy_menu(self, event: ResultGrid.CopyMenuRequested) -> None:
        self.app.push_screen(
            late.ChooseScreen("Copy as", COPY_FORMATS), partial(self._copy, event.grid)
        )

    def _copy(self, grid: ResultGrid, chosen: str | None) -> None:
        if chosen is not None:
            name = chosen.rstrip("+")
            header = chosen.endswith("+") or name in ("json", "markdown", "insert")
            grid.copy(name, header=header)

    @on(ResultGrid.SortRequested)
    def _sort_requested(self, event: ResultGrid.SortRequested) -> None:
        """Let the server sort what the grid can't: run the query again, ordered."""
        statement = self.panes.active.pane.results.statement
        if statement is None or classify(statement.text).kind is not Kind.ROWS:
            self.notify(f"Not sorted: {event.reason}", severity="warning")
            return
        again = next_order(statement, event.index)
        order = "as it was written"
        if isinstance(again, OrderedStatement):
            name = safe(event.column.name, NAME_LIMIT)
            order = f"ordered by {name}" + (", descending" if again.descending else "")
        self.notify(
            f"{event.reason}: the server runs the query again, {order}.", markup=False
        )
        self.run_statement(again)

    @on(ResultsPane.RunAgainRequested)
    def _run_again(self, event: ResultsPane.RunAgainRequested) -> None:
        self.run_statement(event.statement)

    @on(ResultGrid.ExportRequested)
    @work(group="export", exit_on_error=False)
    async def _export_requested(self, event: ResultGrid.ExportRequested) -> None:
        await self._exports().export(self.panes.active)

    @work(group="export", exit_on_error=False)
    async def action_show_exports(self) -> None:
        await self._exports().show()

    def _exports(self) -> ExportDialogues:
        from mdbtui.ui.screens.main_exports import ExportDialogues

        return ExportDialogues(self.app, self._services)

    @on(ResultGrid.WorkFailed)
    def _work_failed(self, event: ResultGrid.WorkFailed) -> None:
        self.notify(
            f"That failed: {type(event.error).__name__}",
            severity="error",
            markup=False,
        )
