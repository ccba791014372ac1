"""The part of the grid that finds, sorts and filters rows."""

from __future__ import annotations

import asyncio
from array import array
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from textual.message import Message
from textual.worker import Worker, WorkerState

from mdbtui.ui.widgets.grid_canvas import AGAIN
from mdbtui.ui.widgets.grid_cursor import GridCursor
from mdbtui.ui.widgets.grid_prompt import GridPrompt
from mdbtui.ui.widgets.grid_scan import Arrival, Needle, matching
from mdbtui.ui.widgets.grid_sort import SORTED_ROWS, UnsortableError, sort_rows

if TYPE_CHECKING:
    from mdbtui.query.rows import Column, Row, RowSource

_ARRIVAL_S = 5.0
"""A row that isn't there after this long is given up."""
_FILTERED_AT_ONCE = 20_000
"""So many rows are looked through before the matches among them are shown."""
FETCHED_ROWS = 1_000_000
"""So many rows beyond those that are here a search or a filter fetches by itself."""
FETCHED_AT_ONCE = 20_000
_FILTERED_PAGES = 2
"""A filter fetches rows until so many pages of matches lie below the one in view."""


class _SourceRows:
    """A source's own rows, before sorting and filtering."""

    def __init__(self, source: RowSource) -> None:
        self._source = source

    @property
    def row_count(self) -> int:
        return self._source.count

    def source_row(self, row: int) -> int:
        return row

    def row(self, row: int) -> Row | None:
        return self._source.row(row)


class GridRows(GridCursor):
    """Chooses which rows are drawn, and in which order."""

    class SortRequested(Message, namespace="result_grid"):
        """The rows can't be sorted here; the server can run the query again.

        Attributes:
            index: The column's place in the result, from 0.
            column: The column.
            descending: The greatest first.
            reason: Why not here, in words.
        """

        def __init__(
            self,
            grid: GridRows,
            index: int,
            column: Column,
            descending: bool,
            reason: str,
        ) -> None:
            super().__init__()
            self.grid = grid
            self.index = index
            self.column = column
            self.descending = descending
            self.reason = reason

        @property
        def control(self) -> GridRows:
            return self.grid

    class WorkFailed(Message, namespace="result_grid"):
        """Finding, sorting or filtering ended with an error that nobody expected."""

        def __init__(self, grid: GridRows, error: BaseException) -> None:
            super().__init__()
            self.grid = grid
            self.error = error

        @property
        def control(self) -> GridRows:
            return self.grid

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._news = asyncio.Event()
        self._prompt: GridPrompt | None = None
        self._remark = ""
        self._filter: array[int] | None = None
        self._filtering = False

    # ---- what is known -------------------------------------------------------------

    @property
    def note(self) -> str:
        return " · ".join(words for words in self.known if words)

    @property
    def known(self) -> tuple[str, str]:
        """What is known of the rows, and what else is to be said of them."""
        source = self.source
        if source is None:
            return "", ""
        rows, words = source.note, []
        if self._filter is not None:
            rows = f"{len(self._filter):,} matching of {rows}"
        if self._remark:
            words.append(self._remark)
        if source.truncated:
            words.append(AGAIN)
        if self.sorted_by is not None:
            index, descending = self.sorted_by
            way = "descending" if descending else "ascending"
            words.append(f"sorted here by {source.columns[index].name[:40]} {way}")
        if self.grid_layout is not None and self.grid_layout.hidden:
            hidden = self.grid_layout.hidden
            words.append(f"{hidden} column{'s' * (hidden > 1)} hidden")
        return rows, " · ".join(words)

    def remark(self, text: str) -> None:
        """Say how a search went, in the note and in the open prompt."""
        self._remark = text
        if self._prompt is not None and self._prompt.is_running:
            self._prompt.say(text)
        self.post_message(self.NoteChanged(self, self.note))

    def set_source(self, source: RowSource | None) -> None:
        self.workers.cancel_node(self)
        self._filter = None
        self._filtering = False
        self._remark = ""
        super().set_source(source)

    def _on_source_news(self) -> None:
        self._news.set()
        super()._on_source_news()

    def _want(self, top: int | None = None) -> None:
        super()._want(top)
        if self._filtering:  # the view moved: it may need more matches
            self._news.set()

    def _arrival(self, rows: _SourceRows | GridRows) -> Arrival:
        """Return a function that waits until a row of these is at hand."""
        source = self.source

        async def arrived(number: int) -> bool:
            try:
                async with asyncio.timeout(_ARRIVAL_S):
                    while source is not None and rows.row(number) is None:
                        self._news.clear()
                        if not await source.bring(rows.source_row(number)):
                            await self._news.wait()
            except TimeoutError:
                return False
            return True

        return arrived

    def _work(self, work: Coroutine[Any, Any, None], group: str) -> None:
        self.run_worker(work, group=group, exclusive=True, exit_on_error=False)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Report what went wrong in a worker; nothing else would."""
        if event.state is WorkerState.ERROR and event.worker.error is not None:
            self._filtering = False
            self.post_message(self.WorkFailed(self, event.worker.error))

    # ---- prompts -------------------------------------------------------------------

    def mark(self, text: str) -> None:
        """Colour this text wherever it is shown; an empty one ends that."""
        needle = Needle.of(text)
        self.needle, self.fold = needle.text, needle.fold
        self.repaint()

    def _ask(self, prompt: GridPrompt, done: Callable[[str | None], None]) -> None:
        if self.source is not None:
            self._prompt = prompt
            self.app.push_screen(prompt, done)

    def action_ask_row(self) -> None:
        """Ask for a row number and go there."""

        def done(text: str | None) -> None:
            self._prompt = None
            if text:
                self.action_goto(int(text))

        self._ask(GridPrompt(self, "Go to row", digits=True), done)

    # ---- filter --------------------------------------------------------------------

    def action_filter(self) -> None:
        """Ask for a text and show only the rows with it; an empty one shows all."""

        def done(text: str | None) -> None:
            self._prompt = None
            if text is not None:
                self.filter_rows(text)

        self._ask(GridPrompt(self, "Rows with", self.needle), done)

    def filter_rows(self, text: str) -> None:
        """Show only rows in which a shown cell holds `text`, all when it is empty."""
        self.workers.cancel_group(self, "grid-rows")
        self.sorted_by = None
        self.mark(text)
        self.remark("")
        if not text:
            here = self.source_row(self.cursor_row) if self.row_count else 0
            self._filter = None
            self._filtering = False
            self.set_rows(None)
            self.go_to(here, self.cursor_col)
            return
        self._work(self._filter_rows(Needle.of(text)), "grid-rows")

    async def _filter_rows(self, needle: Needle) -> None:
        source, layout = self.source, self.grid_layout
        if source is None or layout is None:
            return
        rows, order, found = _SourceRows(source), tuple(layout.order), array("Q")
        arrival = self._arrival(rows)
        self._filter, self._filtering = found, True
        self.set_rows(found)
        self.go_to(0, self.cursor_col)
        first, limit = 0, source.count + FETCHED_ROWS
        while True:
            last = min(first + _FILTERED_AT_ONCE, source.count)
            if last > first:
                part = range(first, last)
                if not await matching(rows, order, needle, part, found, arrival):
                    self.remark("filter stopped: rows are missing")
                    break
                first = last
                super()._on_source_news()
            elif source.complete:
                break
            else:
                self._news.clear()
                if self._lacks_matches(found):
                    if source.count < limit:
                        source.want(source.count, source.count + FETCHED_AT_ONCE)
                    else:
                        self.remark("filter rests (ctrl+End goes on)")
                await self._wait_for_news()
        self._filtering = False

    def _lacks_matches(self, found: array[int]) -> bool:
        page = self.page_rows
        return len(found) < self.scroll_offset.y + (1 + _FILTERED_PAGES) * page

    async def _wait_for_news(self) -> None:
        try:
            async with asyncio.timeout(_ARRIVAL_S):
                await self._news.wait()
        except TimeoutError:
            return  # the caller looks again

    # ---- sort ----------------------------------------------------------------------

    def action_sort(self) -> None:
        """Sort by the column under the cursor: up, then down, then not at all."""
        index = self.column_index
        if index is None:
            return
        if self.sorted_by == (index, True):
            self.unsort()
        else:
            self.sort(index, descending=self.sorted_by == (index, False))

    def unsort(self) -> None:
        """Draw the rows in the order in which they came."""
        self.workers.cancel_group(self, "grid-rows")
        self.sorted_by = None
        self.set_rows(self._filter)

    def sort(self, index: int, *, descending: bool = False) -> None:
        """Sort by a column: here when that is cheap and right, else by request."""
        source = self.source
        if source is None:
            return
        column = source.columns[index]
        reason = ""
        if not source.complete or self._filtering:
            reason = "not all rows are here"
        elif self.row_count > SORTED_ROWS:
            reason = f"more than {SORTED_ROWS:,} rows"
        if reason:
            self.post_message(
                self.SortRequested(self, index, column, descending, reason)
            )
            return
        self._work(self._sort(index, column, descending), "grid-rows")

    async def _sort(self, index: int, column: Column, descending: bool) -> None:
        if self.sorted_by is not None:
            self.sorted_by = None
            self.set_rows(self._filter)
        arrival = self._arrival(self)
        try:
            order = await sort_rows(self, index, column, descending, arrival)
        except UnsortableError:
            reason = f"only the server knows the order of {column.type_name} here"
            self.post_message(
                self.SortRequested(self, index, column, descending, reason)
            )
            return
        if self._filter is not None:
            order = array("Q", map(self._filter.__getitem__, order))
        self.sorted_by = index, descending
        self.set_rows(order)
        self.go_to(0, self.cursor_col)
