"""The part of the grid that finds a text, also in rows that are still to come."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, Any

from mdbtui.ui.widgets.grid_prompt import GridPrompt
from mdbtui.ui.widgets.grid_rows import FETCHED_AT_ONCE, FETCHED_ROWS, GridRows
from mdbtui.ui.widgets.grid_scan import Found, More, Needle, find, no_more

if TYPE_CHECKING:
    from mdbtui.query.rows import RowSource

_TOLD_S = 0.25
"""Seconds between two words on how far a search is."""
_GROUP = "grid-find"


class GridFind(GridRows):
    """Goes to the next and previous match, fetching rows where it needs them."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._reached: tuple[str, tuple[int, int], int] | None = None
        self._told = 0.0
        self._looked: tuple[str, tuple[int, int]] = ("", (0, 0))

    @property
    def searching(self) -> bool:
        """A search is under way."""
        return any(
            worker.group == _GROUP and worker.node is self and not worker.is_finished
            for worker in self.workers
        )

    async def find(
        self, text: str, *, row: int, col: int, step: int = 1, fetch: bool = False
    ) -> Found | None:
        """Look for a text in the shown cells.

        A text without capitals matches any case. The search goes once around all
        rows, in slices between which the screen lives on.

        Args:
            text: What to look for.
            row: Drawn row of the first cell that is looked at.
            col: Its position.
            step: 1 forwards, -1 backwards.
            fetch: Go on in rows that are not here yet, up to `FETCHED_ROWS` of them.

        Returns:
            None when there are no rows or nothing to look for.
        """
        source = self.source
        if source is None or self.grid_layout is None or not text:
            return None
        if not self.row_count and source.complete:
            return None
        limit = source.count + FETCHED_ROWS

        async def more(row: int) -> More:
            if row < self.row_count:
                return More.ROWS
            if source.complete and not self._filtering:
                return More.NONE
            if source.count >= limit:
                return More.ENOUGH
            await self._more(source, row)
            return More.ROWS

        return await find(
            self,
            tuple(self.grid_layout.order),
            Needle.of(text),
            (row, col),
            step,
            self._arrival(self),
            more if fetch else no_more,
            self._tell,
        )

    async def _more(self, source: RowSource, row: int) -> None:
        """Ask for the rows after the last one, and wait for news of them."""
        self._tell(row)
        self._news.clear()
        source.want(source.count, source.count + FETCHED_AT_ONCE)
        await self._wait_for_news()

    def _tell(self, row: int) -> None:
        self._looked = self._looked[0], (row, 0)
        now = monotonic()
        if now >= self._told + _TOLD_S:
            self._told = now
            self.remark(f"searching … row {row:,} (Esc stops)")

    def action_find(self) -> None:
        """Ask for a text and go to its next match while it is typed."""
        origin = self.cursor_row, self.cursor_col
        self._looked = "", origin

        def changed(text: str) -> None:
            self.mark(text)
            # What a shorter text isn't in, a longer one isn't in either.
            before, reached = self._looked
            start = reached if before and text.startswith(before) else origin
            self._work(self._go_find(text, start, 1), _GROUP)

        def done(text: str | None) -> None:
            self._prompt = None
            if text is None:
                self.end_search()
                self.go_to(*origin)

        prompt = GridPrompt(
            self, "Find", self.needle, on_change=changed, on_step=self.action_find_next
        )
        self._ask(prompt, done)

    def action_find_next(self, step: int) -> None:
        """Go to the next (1) or previous (-1) match."""
        if not self.needle:
            self.action_find()
            return
        here = self.cursor_row, self.cursor_col
        start = here[0], here[1] + step
        if step > 0 and self._reached is not None:
            needle, cursor, row = self._reached
            if (needle, cursor) == (self.needle, here):
                start = row, 0
        self._work(self._go_find(self.needle, start, step), _GROUP)

    def stop_search(self) -> None:
        """End a search that is under way; the next one goes on where it was."""
        self.workers.cancel_group(self, _GROUP)
        row = self._looked[1][0]
        self.remark(f"search stopped at row {row:,} (n goes on)")
        self._remember(row)

    def end_search(self) -> None:
        """Forget what was looked for."""
        self.workers.cancel_group(self, _GROUP)
        self.mark("")
        self.remark("")

    def _remember(self, row: int) -> None:
        here = self.cursor_row, self.cursor_col
        self._reached = self.needle, here, row

    async def _go_find(self, text: str, start: tuple[int, int], step: int) -> None:
        self._reached = None
        self._told = 0.0
        if not text:
            self.remark("")
            return
        row, col = start
        self._looked = text, start
        found = await self.find(text, row=row, col=col, step=step, fetch=True)
        if found is None:
            self.remark("not found")
        elif found.row is None:
            self.remark(self._not_found(found, step))
            if found.stopped is not None:
                self._looked = text, (found.stopped, 0)
                self._remember(found.stopped)
        else:
            self._looked = text, (found.row, found.col)
            self.select(None)
            self.go_to(found.row, found.col)
            self.remark("found, from the other end" if found.wrapped else "found")

    def _not_found(self, found: Found, step: int) -> str:
        source = self.source
        if found.missing:
            return f"not found; gave up after {found.searched:,} rows: one is missing"
        if found.stopped is not None:
            return f"not found up to row {found.stopped:,} (n searches on)"
        if source is not None and not source.complete and step < 0:
            return f"not in the {found.searched:,} rows here (n looks further on)"
        return "not found"
