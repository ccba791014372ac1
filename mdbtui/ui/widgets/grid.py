"""The results grid: any number of rows and columns, painting only what is visible."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from textual.binding import Binding

from mdbtui.ui.keymaps import named
from mdbtui.ui.widgets.grid_copy import FORMATS, Bounded, Values, copy_pieces
from mdbtui.ui.widgets.grid_find import GridFind
from mdbtui.ui.widgets.grid_messages import GridMessage
from mdbtui.ui.widgets.grid_scan import Pacer

if TYPE_CHECKING:
    from textual import events

    from mdbtui.query.rows import Column

COPY_CHARS = 4_000_000
"""A copy holds no more than this; its message says so."""
_WIDTH_STEP = 4


class ResultGrid(GridFind):
    """Rows of a result to move in, search, arrange and copy.

    It knows nothing of sessions: `set_source` gives it a `RowSource`, and what it
    can't do itself it asks for with messages. Copying leaves by `CopyRequested`.
    """

    BINDINGS = named(
        "results",
        [
            Binding("enter", "open_cell", "Cell"),
            Binding("v", "open_record", "Record"),
            Binding("t", "open_rows", "Rows side by side", show=False),
            Binding("slash,ctrl+f", "find", "Find"),
            Binding("y,ctrl+c", "copy('tsv')", "Copy", id="results.copy"),
            Binding("Y", "copy_menu", "Copy as"),
            Binding("E", "export", "Export"),
            Binding("up,k", "move(-1,0)", "Up", show=False),
            Binding("down,j", "move(1,0)", "Down", show=False),
            Binding("left,h", "move(0,-1)", "Left", show=False),
            Binding("right,l", "move(0,1)", "Right", show=False),
            Binding("pageup", "page(-1)", "Page up", show=False),
            Binding("pagedown", "page(1)", "Page down", show=False),
            Binding("ctrl+pageup", "page_columns(-1)", "Page left", show=False),
            Binding("ctrl+pagedown", "page_columns(1)", "Page right", show=False),
            Binding("home", "edge(0,-1)", "First column", show=False),
            Binding("end", "edge(0,1)", "Last column", show=False),
            Binding("ctrl+home", "edge(-1,0)", "First row", show=False),
            Binding("ctrl+end,G", "edge(1,0)", "Last row", show=False),
            Binding("g", "ask_row", "Go to row", show=False),
            Binding("shift+up", "extend(-1,0)", "Select up", show=False),
            Binding("shift+down", "extend(1,0)", "Select down", show=False),
            Binding("shift+left", "extend(0,-1)", "Select left", show=False),
            Binding("shift+right", "extend(0,1)", "Select right", show=False),
            Binding("shift+pageup", "extend_page(-1)", "Select page up", show=False),
            Binding("shift+pagedown", "extend_page(1)", "Select page down", show=False),
            Binding("shift+home", "extend_edge(0,-1)", "Select to first", show=False),
            Binding("shift+end", "extend_edge(0,1)", "Select to last", show=False),
            Binding(
                "ctrl+shift+home", "extend_edge(-1,0)", "Select to top", show=False
            ),
            Binding("ctrl+shift+end", "extend_edge(1,0)", "Select to end", show=False),
            Binding("ctrl+a", "select_all", "Select all", show=False),
            Binding("V", "select_rows", "Select row", show=False),
            Binding("C", "select_columns", "Select column", show=False),
            Binding("escape", "give_up", "Clear", show=False),
            Binding("n", "find_next(1)", "Next match", show=False),
            Binding("N", "find_next(-1)", "Previous match", show=False),
            Binding("ampersand", "filter", "Filter rows", show=False),
            Binding("s", "sort", "Sort", show=False),
            Binding("equals_sign", "fit", "Fit column", show=False),
            Binding("plus", "widen(1)", "Widen column", show=False),
            Binding("minus", "widen(-1)", "Narrow column", show=False),
            Binding("f", "freeze", "Freeze columns", show=False),
            Binding("H", "hide_column", "Hide column", show=False),
            Binding("U", "show_columns", "Show all columns", show=False),
            Binding("less_than_sign", "move_column(-1)", "Column left", show=False),
            Binding("greater_than_sign", "move_column(1)", "Column right", show=False),
        ],
    )

    class CellOpened(GridMessage["ResultGrid"]):
        """The cell under the cursor is to be shown in full."""

        def __init__(
            self, grid: ResultGrid, row: int, index: int, value: str | None
        ) -> None:
            super().__init__(grid)
            self.row = row
            self.index = index
            self.value = value
            self.column: Column = grid.columns[index]

    class RecordOpened(GridMessage["ResultGrid"]):
        """The row under the cursor is to be shown with its columns downwards."""

        def __init__(self, grid: ResultGrid, row: int) -> None:
            super().__init__(grid)
            self.row = row

    class RowsOpened(GridMessage["ResultGrid"]):
        """The selected rows are to be shown side by side, columns downwards."""

    class CopyRequested(GridMessage["ResultGrid"]):
        """A text is to go to the clipboard.

        Attributes:
            text: It holds server text as it is: not safe to draw.
            format: One of `grid_copy.FORMATS`.
            rows: So many rows were selected.
            complete: All of them are in the text.
        """

        def __init__(
            self, grid: ResultGrid, text: str, format: str, rows: int, complete: bool
        ) -> None:
            super().__init__(grid)
            self.text = text
            self.format = format
            self.rows = rows
            self.complete = complete

    class CopyMenuRequested(GridMessage["ResultGrid"]):
        """A format is to be chosen, then `copy` to be called."""

    class ExportRequested(GridMessage["ResultGrid"]):
        """All rows are to be written to a file."""

    # ---- open ----------------------------------------------------------------------

    def action_open_cell(self) -> None:
        """Show the whole value under the cursor."""
        values, index = self.row(self.cursor_row), self.column_index
        if values is not None and index is not None:
            self.post_message(
                self.CellOpened(self, self.cursor_row, index, values[index])
            )

    def action_open_record(self) -> None:
        """Show the row under the cursor with its columns downwards."""
        if self.row(self.cursor_row):  # a row may have no columns
            self.post_message(self.RecordOpened(self, self.cursor_row))

    def action_open_rows(self) -> None:
        """Show the selected rows, or those from the cursor on, side by side."""
        if self.row_count and self.column_index is not None:
            self.post_message(self.RowsOpened(self))

    # ---- copy ----------------------------------------------------------------------

    def copy(
        self, format: str, *, header: bool = False, table: str = "table_name"
    ) -> None:
        """Post the selection, or the cell under the cursor, as text.

        The message comes when the text is ready, a little later for many rows.

        Args:
            format: One of `grid_copy.FORMATS`.
            header: With column names.
            table: For INSERT statements, quoted where it must be.
        """
        layout = self.grid_layout
        rows = self.selected_rows()
        if layout is None or not rows or format not in FORMATS:
            return
        indexes = [layout.order[position] for position in self.selected_positions()]
        self._work(self._copy(format, rows, indexes, header, table), "grid-copy")

    async def _copy(
        self, format: str, rows: range, indexes: list[int], header: bool, table: str
    ) -> None:
        columns = [self.columns[index] for index in indexes]
        # One value costs nothing, whatever its length: it is handed on as it is.
        single = len(rows) == len(columns) == 1
        pacer, text = Pacer(), []
        values = await self._values(rows, indexes, pacer)
        bounded = Bounded(iter(values), sys.maxsize if single else COPY_CHARS)
        for piece in copy_pieces(format, columns, bounded, header=header, table=table):
            text.append(piece)
            await pacer.turn()
        complete = bounded.complete and len(values) == len(rows)
        self.post_message(
            self.CopyRequested(self, "".join(text), format, len(rows), complete)
        )

    async def _values(
        self, rows: range, indexes: list[int], pacer: Pacer
    ) -> list[Values]:
        """Return rows of a selection, also those on disk, as many as can be copied."""
        arrival = self._arrival(self)
        taken: list[Values] = []
        room = COPY_CHARS
        for row in rows:
            found = self.row(row)
            if found is None and await arrival(row):
                found = self.row(row)
            if found is None or room < 0:
                break
            values = [found[index] for index in indexes]
            room -= sum(len(value) for value in values if value is not None)
            room -= len(values)
            taken.append(values)
            await pacer.turn()
        return taken

    def action_copy(self, format: str) -> None:
        """Copy the selection in a format."""
        self.copy(format)

    def action_copy_menu(self) -> None:
        """Let the owner ask for a format."""
        if self.row_count:
            self.post_message(self.CopyMenuRequested(self))

    def action_export(self) -> None:
        """Let the owner write all rows to a file."""
        if self.columns:
            self.post_message(self.ExportRequested(self))

    def action_give_up(self) -> None:
        """Stop a search; else end the selection, the search's marks or the filter."""
        if self.searching:
            self.stop_search()
        elif self.selection is not None:
            self.select(None)
        elif self.needle and self._filter is None:
            self.end_search()
        elif self._filter is not None:
            self.filter_rows("")

    # ---- columns -------------------------------------------------------------------

    def action_fit(self) -> None:
        """Make the column as wide as what is in view."""
        if self.column_index is not None:
            self.fit_column(self.cursor_col)

    def action_widen(self, steps: int) -> None:
        """Make the column wider or narrower."""
        layout, index = self.grid_layout, self.column_index
        if layout is not None and index is not None:
            layout.resize(self.cursor_col, layout.widths[index] + steps * _WIDTH_STEP)
            self.columns_changed()

    def action_freeze(self) -> None:
        """Keep the columns up to the cursor in view, or none again."""
        layout = self.grid_layout
        if layout is not None and layout.order:
            wanted = self.cursor_col + 1
            layout.frozen = 0 if layout.frozen == wanted else wanted
            self.columns_changed()
            self.go_to(self.cursor_row, self.cursor_col)

    def action_hide_column(self) -> None:
        """Leave the column under the cursor out."""
        layout = self.grid_layout
        if layout is not None and layout.hide(self.cursor_col):
            self._columns_rearranged(min(self.cursor_col, len(layout.order) - 1))

    def action_show_columns(self) -> None:
        """Show all columns in the result's own order."""
        layout, index = self.grid_layout, self.column_index
        if layout is not None and index is not None:
            layout.show_all()
            self._columns_rearranged(layout.order.index(index))

    def action_move_column(self, by: int) -> None:
        """Move the column under the cursor to the left or right."""
        layout = self.grid_layout
        if layout is not None and layout.order:
            self._columns_rearranged(layout.move(self.cursor_col, self.cursor_col + by))

    def _columns_rearranged(self, cursor: int) -> None:
        self.select(None)
        self.columns_changed()
        self.go_to(self.cursor_row, cursor)
        self.post_message(self.NoteChanged(self, self.note))

    # ---- mouse ---------------------------------------------------------------------

    def on_click(self, event: events.Click) -> None:
        """Sort by a header, fit at its border, open a cell with a double click."""
        if self.grid_layout is None or not self.grid_layout.order or event.button != 1:
            return
        if self.dragged:  # the end of a drag is reported as a click, too
            return
        if event.y > 0:
            if event.chain == 2 and event.x >= self.numbers_width:
                self.action_open_cell()
            return
        border = self._border_at(event.x)
        if border is not None:
            if event.chain == 2:
                self.fit_column(border)
        elif event.x >= self.numbers_width:
            self.go_to(self.cursor_row, self._position_at(event.x))
            if event.shift or event.ctrl:
                self.action_select_columns()
            else:
                self.action_sort()
        else:
            self.action_select_all()
