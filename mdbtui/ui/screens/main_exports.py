"""From a result to an export that runs: ask, start, show, tell how it ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mdbtui.query.export import Export
from mdbtui.query.export_rows import QueryAgain, StoredRows, Way, ways
from mdbtui.query.merged import MergedRows
from mdbtui.ui.ordering import OrderedStatement
from mdbtui.ui.screens.choose import ChooseScreen
from mdbtui.ui.screens.export import ExportRequest, ExportScreen
from mdbtui.ui.screens.export_progress import ExportProgressScreen, describe_end

if TYPE_CHECKING:
    from textual.app import App

    from mdbtui.query import RowStore
    from mdbtui.sql import Statement
    from mdbtui.ui.runner import PaneRunner
    from mdbtui.ui.services import Services

END_SECONDS = 15.0
"""Seconds for which the end of an export in the background is shown."""


class ExportDialogues:
    """Asks the user about exports.

    Its coroutines must run in a worker: they wait for the user.

    Args:
        app: Where the dialogues are shown.
        services: What runs the exports.
    """

    def __init__(self, app: App[int], services: Services) -> None:
        self._app = app
        self._services = services

    async def export(self, runner: PaneRunner) -> None:
        """Let the user export the result in front."""
        statement, rows = runner.pane.results.statement, runner.pane.results.rows
        if statement is None or rows is None:
            return
        session = runner.talk.session
        pinned = session is not None and session.pinned
        found = ways(statement, rows, pinned=pinned)
        if not found and isinstance(rows, MergedRows):
            self._app.notify(
                f"Not all rows are here ({rows.note}). `mdbtui query` writes any number"
                " of them, from all databases.",
                severity="warning",
                markup=False,
            )
            return
        if not found:
            self._app.notify(
                f"Not all rows are here ({rows.note}), and what gave them must not run"
                " again by itself. Run it once more, then export.",
                severity="warning",
                markup=False,
            )
            return
        written = statement
        if isinstance(statement, OrderedStatement) and statement.base is not None:
            written = statement.base
        request = await self._app.push_screen_wait(
            ExportScreen(written.text, rows, found, self._services.exports.folder)
        )
        if request is not None:
            self._start(request, statement, rows, runner.ran_on)

    def _start(
        self,
        request: ExportRequest,
        statement: Statement,
        rows: RowStore | MergedRows,
        db_id: str,
    ) -> None:
        whole = rows.complete and not rows.truncated
        if request.way is Way.AGAIN:
            session = self._services.session(db_id, "export", lambda notice: None)
            known = rows.count if whole else None
            source: QueryAgain | StoredRows
            source = QueryAgain(session, statement, rows.columns, known)
        else:
            source = StoredRows(rows)
        export = Export(
            source, request.path, request.options, overwrite=request.overwrite
        )
        reads = rows if request.way is Way.STORED else None
        self._services.exports.start(export, reads, self._ended)
        self._app.push_screen(ExportProgressScreen(export))

    def _ended(self, export: Export) -> None:
        for screen in self._app.screen_stack:
            if isinstance(screen, ExportProgressScreen) and screen.export is export:
                return
        self._app.notify(
            describe_end(export),
            title="Export",
            severity="information" if export.error is None else "error",
            timeout=END_SECONDS,
            markup=False,
        )

    async def show(self) -> None:
        """Show an export that runs; let the user choose if there are several."""
        running = self._services.exports.running
        if not running:
            self._app.notify("No export is running.")
            return
        export = running[0]
        if len(running) > 1:
            choices = [
                (str(number), each.path.name, str(each.path.parent))
                for number, each in enumerate(running)
            ]
            chosen = await self._app.push_screen_wait(ChooseScreen("Exports", choices))
            if chosen is None:
                return
            export = running[int(chosen)]
        self._app.push_screen(ExportProgressScreen(export))
