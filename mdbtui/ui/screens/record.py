"""A dialog that shows one row with its columns downwards."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from mdbtui.ui.messages import CopyRequested
from mdbtui.ui.safe import plain, safe
from mdbtui.ui.screens.cell import CellScreen
from mdbtui.ui.widgets.grid_paint import cell_text
from mdbtui.ui.widgets.grid_value_view import ValueView
from mdbtui.ui.widgets.grid_values import Piece, wrap

if TYPE_CHECKING:
    from textual import events
    from textual.app import ComposeResult
    from textual.timer import Timer

    from mdbtui.query.rows import Column, Row
    from mdbtui.ui.widgets.grid import ResultGrid

_NAME_WIDTH = 30
_FIELD_LINES = 6
_FIELD_CHARS = 2_000
_ARRIVAL_S = 0.1


class _Fields:
    """The columns of one row, each with some lines of its value."""

    def __init__(
        self, columns: Sequence[Column], row: Row | None, width: int, null_text: str
    ) -> None:
        self._lines: list[list[Piece]] = []
        self.starts: list[int] = []
        names = [safe(column.name, _NAME_WIDTH) for column in columns]
        room = min(_NAME_WIDTH, max(map(len, names), default=0))
        for i, column in enumerate(columns):
            self.starts.append(len(self._lines))
            value = "…" if row is None else row[i]
            look = "number" if column.numeric else "text"
            texts = [null_text]
            if value is None:
                look = "word"
            else:
                wrapped = wrap(value[:_FIELD_CHARS], max(10, width - room - 3))
                texts = [text for text, _ in zip(wrapped, range(7), strict=False)]
            if len(texts) > _FIELD_LINES or len(value or "") > _FIELD_CHARS:
                texts = [*texts[: _FIELD_LINES - 1], "… (Enter shows all)"]
            for number, text in enumerate(texts):
                name = names[i] if not number else ""
                self._lines.append(
                    [
                        (cell_text(name, room, right=False), "key"),
                        (" │ ", "faint"),
                        (text, look),
                    ]
                )

    @property
    def count(self) -> int:
        return len(self._lines)

    def line(self, number: int) -> Sequence[Piece]:
        return self._lines[number]


class RecordScreen(ModalScreen[None]):
    """The row under a grid's cursor, its columns downwards.

    Going to the next or previous row moves the grid's cursor along.
    """

    CSS_PATH = "cell.tcss"
    CopyRequested = CopyRequested
    BINDINGS = [
        Binding("escape,q,v", "close", "Close"),
        Binding("right,n", "row(1)", "Next row"),
        Binding("left,p", "row(-1)", "Previous row"),
        Binding("y,ctrl+c", "copy", "Copy"),
    ]

    def __init__(self, grid: ResultGrid) -> None:
        super().__init__()
        self._grid = grid
        self._field = grid.column_index or 0
        self._fields: _Fields | None = None
        self._waiting: Timer | None = None
        self._about = Static(classes="cell--about", markup=False)
        self._view = ValueView()
        self._keys = Static(classes="cell--keys", markup=False)

    def compose(self) -> ComposeResult:
        with Vertical() as box:
            box.border_title = "Record"
            yield self._about
            yield self._view
            yield self._keys

    def on_mount(self) -> None:
        self._view.focus()
        keys = "Esc closes · ← → other rows · Enter shows all of a value · y copies it"
        self._keys.update(plain(keys))
        self._waiting = self.set_interval(_ARRIVAL_S, self._show, pause=True)

    def on_resize(self, _event: events.Resize) -> None:
        self.call_after_refresh(self._show)

    def _show(self) -> None:
        grid = self._grid
        row = grid.row(grid.cursor_row)
        if self._waiting is not None:
            self._waiting.pause() if row is not None else self._waiting.resume()
        words = f"row {grid.source_row(grid.cursor_row) + 1:,} of {grid.note}"
        self._about.update(plain(words, 200))
        width = self._view.scrollable_content_region.width
        self._fields = _Fields(grid.columns, row, width, grid.null_text)
        start = self._fields.starts[self._field] if self._fields.starts else 0
        top = self._view.scroll_offset.y
        self._view.show(self._fields, start, top=top, stops=self._fields.starts)
        self._view.move_to(start)

    def _current_field(self) -> int:
        """Return the index of the column in whose lines the cursor is."""
        starts = self._fields.starts if self._fields is not None else []
        cursor = self._view.cursor or 0
        return max((i for i, start in enumerate(starts) if start <= cursor), default=0)

    def on_value_view_chosen(self, _event: ValueView.Chosen) -> None:
        values = self._grid.row(self._grid.cursor_row)
        if values is not None:
            index = self._current_field()
            number = self._grid.source_row(self._grid.cursor_row) + 1
            column = self._grid.columns[index]
            self.app.push_screen(
                CellScreen(values[index], column, place=f"row {number:,}")
            )

    def action_row(self, by: int) -> None:
        """Show the next (1) or previous (-1) row."""
        self._field = self._current_field()
        self._grid.go_to(self._grid.cursor_row + by, self._grid.cursor_col)
        self._show()

    def action_copy(self) -> None:
        """Ask for the value under the cursor to be copied."""
        values = self._grid.row(self._grid.cursor_row)
        if values is not None:
            self.post_message(self.CopyRequested(values[self._current_field()] or ""))

    def action_close(self) -> None:
        self.dismiss(None)
