"""b: what each database of a fan-out answered by itself, side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from mdbtui.query.fanout_outcome import State, cause
from mdbtui.ui.report import duration
from mdbtui.ui.safe import safe, safe_multiline
from mdbtui.ui.screens.opening import OpeningScreen
from mdbtui.ui.widgets.fanout_words import describe_outcome
from mdbtui.ui.widgets.grid import ResultGrid
from mdbtui.ui.widgets.strips import KeyBar, KeyHint

if TYPE_CHECKING:
    from textual import events
    from textual.app import ComposeResult

    from mdbtui.query.fanout import FanOut

LEAST_CELLS = 39
"""Of a database's column; 80 cells show two."""
MOST_SHOWN = 8
LINE_LIMIT, ERROR_LIMIT = 400, 4_000
_SIGNS = {
    State.DONE: "✓",
    State.FAILED: "×",
    State.SKIPPED: "–",
    State.CANCELLED: "■",
}
_HINTS = (
    KeyHint("Esc", "Back", "leave"),
    KeyHint("← →", "Database", "step(1)"),
    KeyHint("h l", "Column", "column(1)"),
    KeyHint("Enter", "Value", "open"),
    KeyHint("F1", "Help", "help"),
)


class _Rows(ResultGrid):
    """One database's rows; says when they are scrolled, and takes what it scrolls."""

    class Scrolled(Message):
        """Other rows are in view."""

        def __init__(self, grid: _Rows) -> None:
            super().__init__()
            self.grid = grid

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        self.post_message(self.Scrolled(self))

    def on_mouse_scroll_down(self, _event: events.MouseScrollDown) -> None:
        self.focus()

    def on_mouse_scroll_up(self, _event: events.MouseScrollUp) -> None:
        self.focus()


class DatabasePane(Vertical):
    """One database's column: what came of it, and its rows or its error."""

    def __init__(self, null_text: str) -> None:
        super().__init__()
        self.index = -1
        self.grid = _Rows(null_text=null_text)
        self.grid.hint = ""
        self._head = Static(classes="each--head", markup=False)
        self._error = Static(classes="each--error", markup=False)

    def compose(self) -> ComposeResult:
        yield self._head
        yield self.grid
        yield self._error

    def show(self, fan: FanOut, index: int, *, front: bool) -> bool:
        """Show a database's part; whether it is another one than before."""
        outcome = fan.outcomes[index]
        store = fan.rows.store(index)
        about = [f"{outcome.rows:,} row{'s' * (outcome.rows != 1)}"]
        if outcome.state is not State.DONE:
            about = [cause(outcome.error) if outcome.error else str(outcome.state)]
        elif store is None:
            about = [outcome.tag or "no rows"]
        if outcome.cut:
            about.append("it has more")
        about.append(duration(outcome.total_ms))
        mark = "▸" if front else " "
        words = f"{mark}{_SIGNS.get(outcome.state, '·')} {outcome.db_id} · "
        self._head.update(
            Content(safe(words + " · ".join(about), LINE_LIMIT)), layout=False
        )
        self.set_class(front, "-front")
        self.set_class(outcome.state is not State.DONE, "-bad")
        if index == self.index:
            return False
        self.index = index
        self.set_class(store is None, "-no-rows")
        self.grid.set_source(store)
        words = describe_outcome(outcome, fan.statement) if store is None else ""
        self._error.update(Content(safe_multiline(words, ERROR_LIMIT)))
        return True


class EachScreen(OpeningScreen):
    """Each database's own result in a column, as many as fit, scrolled together.

    Args:
        fan: What ran; all its databases are over.
        null_text: How NULL is shown.
        index: The database in front at first.
    """

    DEFAULT_CSS = """
    EachScreen { layout: vertical; }
    EachScreen > #each-about {
        height: 1; padding: 0 1; background: $panel; text-style: bold;
        text-wrap: nowrap; text-overflow: ellipsis;
    }
    EachScreen > Horizontal { height: 1fr; }
    DatabasePane { width: 1fr; border-right: solid $panel; }
    DatabasePane > .each--head {
        height: 1; background: $surface; color: $text-muted;
        text-wrap: nowrap; text-overflow: ellipsis;
    }
    DatabasePane.-front > .each--head { background: $boost; text-style: bold; }
    DatabasePane.-bad > .each--head { color: $text-error; }
    DatabasePane > ResultGrid { height: 1fr; }
    DatabasePane > .each--error { display: none; padding: 1; height: 1fr; }
    DatabasePane.-no-rows > ResultGrid { display: none; }
    DatabasePane.-no-rows > .each--error { display: block; }
    """
    BINDINGS = [
        Binding(
            "escape",
            "leave",
            "End the selection or the search, or go back",
            priority=True,
        ),
        Binding("q,b", "app.pop_screen", "Back"),
        Binding("right,tab", "step(1)", "Next database", priority=True),
        Binding("left,shift+tab", "step(-1)", "Previous database", priority=True),
        Binding("f1,question_mark", "help", "Help"),
    ]

    def __init__(self, fan: FanOut, null_text: str, index: int = 0) -> None:
        super().__init__()
        self._fan = fan
        self._null_text = null_text
        self._current = index
        self._first = 0
        self._place = (0, 0, 0)
        self._about = Static(id="each-about", markup=False)
        self._row = Horizontal()

    def compose(self) -> ComposeResult:
        yield self._about
        yield self._row
        bar = KeyBar()
        bar.show(_HINTS)
        yield bar

    @property
    def shown(self) -> list[DatabasePane]:
        """The columns, from the left."""
        return list(self._row.query_children(DatabasePane))

    async def on_resize(self) -> None:
        """Have as many columns as there is room for."""
        count = max(1, min(self.size.width // LEAST_CELLS, MOST_SHOWN))
        count = min(count, len(self._fan.db_ids))
        panes = self.shown
        if len(panes) > count:
            await self._row.remove_children(panes[count:])
        elif len(panes) < count:
            more = range(count - len(panes))
            await self._row.mount(*(DatabasePane(self._null_text) for _ in more))
        self._show()

    # ---- what is shown -------------------------------------------------------------

    def _show(self) -> None:
        panes, count = self.shown, len(self._fan.db_ids)
        last = self._current - len(panes) + 1
        self._first = max(last, min(self._first, self._current))
        self._first = max(0, min(self._first, count - len(panes)))
        row, col, top = self._place
        for number, pane in enumerate(panes, self._first):
            front = number == self._current
            if pane.show(self._fan, number, front=front):
                pane.grid.go_to(row, col, top=top)
            if front:
                self.set_focus(pane.grid if pane.grid.source is not None else None)
        where = f"databases {self._first + 1} to {self._first + len(panes)} of {count}"
        words = f"{where} · {self._fan.summary}"
        self._about.update(Content(safe(words, LINE_LIMIT)), layout=False)

    @property
    def _front(self) -> DatabasePane | None:
        return next((p for p in self.shown if p.index == self._current), None)

    @on(ResultGrid.CursorMoved)
    def _moved(self, event: ResultGrid.CursorMoved) -> None:
        """Go to the same row and column in the others."""
        front = self._front
        if front is not None and event.grid is front.grid:
            grid = front.grid
            self._place = grid.cursor_row, grid.cursor_col, grid.scroll_offset.y
            for pane in self.shown:
                if pane is not front:
                    row, col, top = self._place
                    pane.grid.go_to(row, col, top=top)

    @on(_Rows.Scrolled)
    def _scrolled(self, event: _Rows.Scrolled) -> None:
        front = self._front
        if front is not None and event.grid is front.grid:
            top = event.grid.scroll_offset.y
            self._place = (*self._place[:2], top)
            for pane in self.shown:
                if pane is not front:
                    pane.grid.scroll_to(y=top, animate=False)

    def on_descendant_focus(self) -> None:
        """The column that has the keyboard is the one in front."""
        for pane in self.shown:
            if pane.grid.has_focus and pane.index != self._current:
                self._current = pane.index
                self.call_later(self._show)

    # ---- keys ----------------------------------------------------------------------

    def action_leave(self) -> None:
        """End what the rows in front are in, or go back."""
        grid = self._front.grid if self._front is not None else None
        if grid is not None and (
            grid.searching or grid.selection is not None or grid.needle
        ):
            grid.action_give_up()
        else:
            self.dismiss(None)

    def action_step(self, by: int) -> None:
        """Go to the next (1) or previous (-1) database."""
        self._current = max(0, min(self._current + by, len(self._fan.db_ids) - 1))
        self._show()

    def action_column(self, by: int) -> None:
        """Go to the next column of the rows."""
        if (front := self._front) is not None:
            front.grid.action_move(0, by)

    def action_open(self) -> None:
        """Show the value under the cursor in full."""
        if (front := self._front) is not None:
            front.grid.action_open_cell()

    def place_of(self, row: int) -> str:
        """Name a row, and its database."""
        return f"{super().place_of(row)} of {self._fan.db_ids[self._current]}"

    @on(ResultGrid.SortRequested)
    def _sort_requested(self, event: ResultGrid.SortRequested) -> None:
        self.notify(f"Not sorted: {event.reason}.", severity="warning", markup=False)

    @on(ResultGrid.ExportRequested)
    @on(ResultGrid.CopyMenuRequested)
    def _elsewhere(self) -> None:
        self.notify("Export and copying as are done in the rows of all: Esc.")

    def action_help(self) -> None:
        """Show this screen's keys."""
        from mdbtui.ui.screens.help import HelpScreen, keys_of

        areas = [("Side by side", keys_of(EachScreen)), ("Rows", keys_of(ResultGrid))]
        self.app.push_screen(HelpScreen(areas))

    @on(KeyBar.Pressed)
    async def _key_pressed(self, event: KeyBar.Pressed) -> None:
        await self.run_action(event.action)
