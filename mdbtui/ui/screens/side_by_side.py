"""A dialog that shows a few rows side by side, with their columns downwards."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from mdbtui.ui.messages import CopyRequested
from mdbtui.ui.safe import plain, safe
from mdbtui.ui.screens.cell import CellScreen
from mdbtui.ui.widgets.grid_paint import cell_text
from mdbtui.ui.widgets.grid_value_view import ValueView
from mdbtui.ui.widgets.grid_values import Piece

if TYPE_CHECKING:
    from textual import events
    from textual.app import ComposeResult
    from textual.timer import Timer

    from mdbtui.query.rows import Row
    from mdbtui.ui.widgets.grid import ResultGrid

MAX_ROWS = 8
_NAME_WIDTH = 30
_LEAST, _MOST = 12, 60
"""Cells of a value, at least and at most."""
_MARK, _BORDER = 2, " │ "
_ARRIVAL_S = 0.1


class _Table:
    """One line for each column, with the values of the rows that are in view.

    Args:
        grid: Whose columns.
        indexes: Which of them.
        rows: The values of all compared rows.
        view: Which of the rows there is room for.
        widths: Cells of the names and of each value.
    """

    def __init__(
        self,
        grid: ResultGrid,
        indexes: Sequence[int],
        rows: Sequence[Row | None],
        view: range,
        widths: tuple[int, int],
    ) -> None:
        self.indexes = indexes
        self._grid = grid
        self._rows = rows
        self._view = view
        self._names, self._values = widths

    @property
    def count(self) -> int:
        return max(1, len(self.indexes))

    def line(self, number: int) -> Sequence[Piece]:
        if not self.indexes:
            return [("no column differs", "faint")]
        index = self.indexes[number]
        column = self._grid.columns[index]
        sign = "≠ " if differs(self._rows, index) else "  "
        pieces = [
            (sign, "differs"),
            (cell_text(column.name, self._names, right=False), "key"),
        ]
        for place in self._view:
            text, look = self._value(place, index)
            right = column.numeric and text != self._grid.null_text
            pieces.append((_BORDER, "faint"))
            pieces.append((cell_text(text, self._values, right=right), look))
        return pieces

    def _value(self, place: int, index: int) -> tuple[str, str]:
        row, first = self._rows[place], self._rows[0]
        if row is None:
            return "…", "faint"
        value = row[index]
        if first is not None and first[index] != value:
            return self._grid.null_text if value is None else value, "differs"
        if value is None:
            return self._grid.null_text, "word"
        return value, "number" if self._grid.columns[index].numeric else "text"


def differs(rows: Sequence[Row | None], index: int) -> bool:
    """Whether the rows that are here have different values in a column."""
    values = [row[index] for row in rows if row is not None]
    return any(value != values[0] for value in values[1:])


class SideBySideScreen(ModalScreen[None]):
    """The selected rows of a grid, or those from its cursor on, a few at most."""

    CSS_PATH = "cell.tcss"
    CopyRequested = CopyRequested
    BINDINGS = [
        Binding("escape,q,t", "close", "Close"),
        Binding("right,l", "row(1)", "Next row"),
        Binding("left,h", "row(-1)", "Previous row"),
        Binding("d", "differing", "Only what differs"),
        Binding("y,ctrl+c", "copy", "Copy"),
    ]

    def __init__(self, grid: ResultGrid) -> None:
        super().__init__()
        self._grid = grid
        rows = grid.selected_rows()
        if len(rows) < 2:
            rows = range(grid.cursor_row, grid.row_count)
        self._left_out = len(rows) - MAX_ROWS if grid.selection is not None else 0
        self._numbers = rows[:MAX_ROWS]
        self._current = 0
        self._first = 0
        self._only_differing = False
        self._table: _Table | None = None
        self._waiting: Timer | None = None
        self._about = Static(classes="cell--about", markup=False)
        self._header = Static(classes="cell--header", markup=False)
        self._view = ValueView()
        self._keys = Static(classes="cell--keys", markup=False)

    def compose(self) -> ComposeResult:
        with Vertical() as box:
            box.border_title = "Rows side by side"
            yield self._about
            yield self._header
            yield self._view
            yield self._keys

    def on_mount(self) -> None:
        self._view.focus()
        keys = "Esc closes · ← → chooses a row · Enter shows its value · y copies it"
        self._keys.update(plain(f"{keys} · d shows only what differs"))
        self._waiting = self.set_interval(_ARRIVAL_S, self._show, pause=True)

    def on_resize(self, _event: events.Resize) -> None:
        self.call_after_refresh(self._show)

    def _show(self) -> None:
        grid, layout = self._grid, self._grid.grid_layout
        rows = [grid.row(number) for number in self._numbers]
        if self._waiting is not None:
            self._waiting.resume() if None in rows else self._waiting.pause()
        order = layout.order if layout is not None else []
        differing = [index for index in order if differs(rows, index)]
        indexes = differing if self._only_differing else list(order)
        names, values, view = self._fitting(indexes)
        cursor, top = self._view.cursor or 0, self._view.scroll_offset.y
        self._table = _Table(grid, indexes, rows, view, (names, values))
        words = [f"{len(differing):,} of {len(order):,} columns differ"]
        if len(view) < len(rows):
            words.append(f"{len(view)} of {len(rows)} rows")
        if self._left_out > 0:
            words.append(f"{self._left_out:,} left out")
        self._about.update(plain(" · ".join(words), 200))
        self._header.update(self._heading(names, values, view))
        self._view.show(self._table, cursor, top=top)
        self._view.move_to(cursor)

    def _fitting(self, indexes: Sequence[int]) -> tuple[int, int, range]:
        """Return the width of names, of values, and which rows are in view."""
        room = self._view.scrollable_content_region.width
        columns = self._grid.columns
        longest = max((len(safe(columns[i].name, 99)) for i in indexes), default=4)
        names = max(4, min(_NAME_WIDTH, longest, room // 3))
        room -= _MARK + names
        shown = max(1, min(len(self._numbers), room // (_LEAST + len(_BORDER))))
        self._first = min(self._first, self._current, len(self._numbers) - shown)
        self._first = max(self._first, self._current - shown + 1)
        values = max(4, min(_MOST, room // shown - len(_BORDER)))
        return names, values, range(self._first, self._first + shown)

    def _heading(self, names: int, values: int, view: range) -> Content:
        line = " " * (_MARK + names)
        for place in view:
            number = self._grid.source_row(self._numbers[place]) + 1
            mark = "▸" if place == self._current else " "
            text = cell_text(f"{mark}row {number:,}", values, right=False)
            line += _BORDER + text
        return plain(line)

    def _chosen(self) -> tuple[int, str | None] | None:
        """Return the index of the column under the cursor and the row's value there."""
        row = self._grid.row(self._numbers[self._current])
        if self._table is None or not self._table.indexes or row is None:
            return None
        index = self._table.indexes[self._view.cursor or 0]
        return index, row[index]

    def on_value_view_chosen(self, _event: ValueView.Chosen) -> None:
        chosen = self._chosen()
        if chosen is not None:
            index, value = chosen
            number = self._grid.source_row(self._numbers[self._current]) + 1
            self.app.push_screen(
                CellScreen(value, self._grid.columns[index], place=f"row {number:,}")
            )

    def action_row(self, by: int) -> None:
        """Choose the next (1) or previous (-1) row."""
        self._current = max(0, min(self._current + by, len(self._numbers) - 1))
        self._show()

    def action_differing(self) -> None:
        """Show only the columns that differ, or all again."""
        self._only_differing = not self._only_differing
        self._show()

    def action_copy(self) -> None:
        """Ask for the chosen value to be copied."""
        chosen = self._chosen()
        if chosen is not None:
            self.post_message(self.CopyRequested(chosen[1] or ""))

    def action_close(self) -> None:
        self.dismiss(None)
