"""A table of rows that change: the cursor stays with its row, marks with theirs."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

from textual.binding import Binding, BindingType

from mdbtui.ui.messages import CopyRequested
from mdbtui.ui.widgets import grid_paint
from mdbtui.ui.widgets.grid_cursor import GridCursor
from mdbtui.ui.widgets.grid_layout import PADDING
from mdbtui.ui.widgets.grid_messages import GridMessage
from mdbtui.ui.widgets.grid_paint import COMPONENTS, Line, Part
from mdbtui.ui.widgets.live_rows import LiveColumn, LiveRow, LiveSource, in_order

if TYPE_CHECKING:
    from rich.style import Style
    from textual import events
    from textual.strip import Strip

    from mdbtui.ui.widgets.grid_paint import Frame

LOOKS = ("faint", "good", "warn", "bad", "marked")
LEAST_FILLING = 24
"""Cells that a filling column has at least: a third of the room where that is more."""
WHOLE_ROW = -1
Arrangement: TypeAlias = dict[str, Any]
"""What a table is sorted by and its columns, by their names, fit for a file."""


class LiveGrid(GridCursor):
    """Draws `LiveRow`s; the owner hands over all of them anew at each sample."""

    COMPONENT_CLASSES: ClassVar[set[str]] = COMPONENTS | {f"live--{n}" for n in LOOKS}
    DEFAULT_CSS = """
    LiveGrid {
        & > .live--faint { color: $foreground-muted; }
        & > .live--good { color: $text-success; }
        & > .live--warn { color: $text-warning; }
        & > .live--bad { color: $text-error; text-style: bold; }
        & > .live--marked { color: $text-accent; text-style: bold; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "open", "All about the row"),
        Binding("space", "mark", "Mark, or unmark"),
        Binding("s", "sort", "Sort by the column (again: the other way, then not)"),
        Binding("y,ctrl+c", "copy", "Copy the cell"),
        Binding("Y", "copy_rows", "Copy the marked rows, or the row"),
        Binding("H", "hide_column", "Hide the column"),
        Binding("U", "show_columns", "Show all columns (again: those that fit)"),
        Binding("less_than_sign", "move_column(-1)", "Column to the left"),
        Binding("greater_than_sign", "move_column(1)", "Column to the right"),
        Binding("up,k", "move(-1,0)", "Up", show=False),
        Binding("down,j", "move(1,0)", "Down", show=False),
        Binding("left,h", "move(0,-1)", "Left", show=False),
        Binding("right,l", "move(0,1)", "Right", show=False),
        Binding("pageup", "page(-1)", "Page up", show=False),
        Binding("pagedown", "page(1)", "Page down", show=False),
        Binding("home", "edge(0,-1)", "First column", show=False),
        Binding("end", "edge(0,1)", "Last column", show=False),
        Binding("ctrl+home,g", "edge(-1,0)", "First row", show=False),
        Binding("ctrl+end,G", "edge(1,0)", "Last row", show=False),
    ]

    class Opened(GridMessage["LiveGrid"]):
        """A row is to be shown in full."""

        def __init__(self, grid: LiveGrid, row: LiveRow) -> None:
            super().__init__(grid)
            self.row = row

    class Arranged(GridMessage["LiveGrid"]):
        """Another order, other columns or other marks were chosen."""

    def __init__(self, columns: Sequence[LiveColumn], **kwargs: Any) -> None:
        super().__init__(null_text="", **kwargs)
        self.empty = "asking the server …"
        self.marked: set[Hashable] = set()
        self.can_mark = False
        self.can_sort = True
        self._all: list[LiveRow] = []
        self._needles: tuple[str, ...] = ()
        self._chosen = False
        self.reshape(columns)

    def reshape(self, columns: Sequence[LiveColumn]) -> None:
        """Have other columns from now on, and no rows yet."""
        self.live_columns = tuple(columns)
        self._all = []
        self._chosen = False
        self._live = LiveSource(columns)
        self.set_source(self._live)

    # ---- rows ----------------------------------------------------------------------

    @property
    def current(self) -> LiveRow | None:
        """The row under the cursor."""
        rows = self._live.rows
        return rows[self.cursor_row] if 0 <= self.cursor_row < len(rows) else None

    @property
    def shown(self) -> Sequence[LiveRow]:
        """The rows as they are drawn."""
        return self._live.rows

    @property
    def chosen_rows(self) -> list[LiveRow]:
        """The marked rows; else the one under the cursor."""
        marked = [row for row in self._live.rows if row.key in self.marked]
        if marked:
            return marked
        return [self.current] if self.current is not None else []

    @property
    def left_out(self) -> int:
        """So many columns are not shown."""
        layout = self.grid_layout
        return len(self.live_columns) - len(layout.order) if layout is not None else 0

    @property
    def arrangement(self) -> Arrangement:
        """The order that was chosen, and the columns; what was not is not in it."""
        layout, arranged = self.grid_layout, Arrangement()
        if self.sorted_by is not None:
            index, descending = self.sorted_by
            arranged |= {"sort": self.live_columns[index].name, "down": descending}
        if layout is not None and self._chosen:
            arranged["columns"] = [self.live_columns[i].name for i in layout.order]
        return arranged

    def restore(self, arrangement: object) -> None:
        """Use an order and columns that were chosen before, as far as there are such.

        Args:
            arrangement: What `arrangement` gave, perhaps in another version.
        """
        if not isinstance(arrangement, dict):
            return
        known = {column.name: i for i, column in enumerate(self.live_columns)}
        sort, names = arrangement.get("sort"), arrangement.get("columns")
        if self.can_sort and isinstance(sort, str) and sort in known:
            self.sorted_by = known[sort], arrangement.get("down") is True
        if isinstance(names, list) and self.grid_layout is not None:
            wanted = dict.fromkeys(n for n in names if isinstance(n, str))
            if order := [known[name] for name in wanted if name in known]:
                self._chosen = True
                self.grid_layout.show_only(order)

    def show(self, rows: Sequence[LiveRow], words: Sequence[str] = ()) -> None:
        """Draw these rows in place of the ones before.

        Args:
            rows: In their own order.
            words: In lower case; only rows that hold all of them are drawn.
        """
        self._all, self._needles = list(rows), tuple(words)
        self.needle, self.fold = (words[0], True) if words else ("", False)
        self.marked &= {row.key for row in rows}
        self._arrange()

    def _arrange(self) -> None:
        before, at = self.current, self.cursor_row
        in_view = 0 <= at - self.scroll_offset.y < self.page_rows
        found = [row for row in self._all if row.holds(self._needles)]
        self._live.rows = rows = in_order(found, self.sorted_by)
        key = before.key if before is not None else None
        places = (i for i, row in enumerate(rows) if row.key == key)
        self.cursor_row = next(places, max(0, min(at, len(rows) - 1)))
        self._resize_virtually()
        self._fit_view(self.scroll_offset.y)
        self._fit_columns()
        if in_view and rows:
            self._reveal(self.scroll_offset.y)
        self.repaint()

    # ---- columns -------------------------------------------------------------------

    def _fit_columns(self) -> None:
        """Leave out columns for which there is no room; let one fill what is left."""
        layout = self.grid_layout
        if layout is None or not self.size:
            return
        filling = max(LEAST_FILLING, self.room // 3)
        if not self._chosen:
            least = [
                filling if column.fills else layout.widths[i]
                for i, column in enumerate(self.live_columns)
            ]
            order = list(range(len(least)))
            while sum(least[i] + PADDING for i in order) > self.room:
                last = max(order, key=lambda i: (self.live_columns[i].drop, i))
                if not self.live_columns[last].drop:
                    break
                order.remove(last)
            if order != layout.order:
                here = self.column_index
                layout.show_only(order)
                self.cursor_col = order.index(here) if here in order else 0
        for position, index in enumerate(layout.order):
            if self.live_columns[index].fills:
                others = layout.total - layout.widths[index] - PADDING
                width = max(self.room - others - PADDING, LEAST_FILLING)
                if width != layout.widths[index]:
                    layout.resize(position, width)
                    self._resize_virtually()

    def on_resize(self, event: events.Resize) -> None:
        super().on_resize(event)
        self._fit_columns()

    def action_hide_column(self) -> None:
        """Leave the column under the cursor out."""
        layout = self.grid_layout
        if layout is not None and layout.hide(self.cursor_col):
            self._rearranged(min(self.cursor_col, len(layout.order) - 1))

    def action_show_columns(self) -> None:
        """Show all columns in their own order; or, if all are, those that fit."""
        layout, index = self.grid_layout, self.column_index
        if layout is None or index is None:
            return
        all_shown = layout.order == list(range(len(self.live_columns)))
        fits = self._chosen and all_shown
        layout.show_all()
        self._rearranged(layout.order.index(index), chosen=not fits)

    def action_move_column(self, by: int) -> None:
        """Move the column under the cursor to the left or right."""
        layout = self.grid_layout
        if layout is not None and layout.order:
            self._rearranged(layout.move(self.cursor_col, self.cursor_col + by))

    def _rearranged(self, cursor: int, *, chosen: bool = True) -> None:
        self._chosen = chosen
        self.cursor_col = cursor
        self._fit_columns()  # may move the cursor with its column
        self.columns_changed()
        self.go_to(self.cursor_row, self.cursor_col)
        self.post_message(self.Arranged(self))

    def action_sort(self) -> None:
        """Sort by the column under the cursor: up, down, not at all."""
        index = self.column_index
        if index is None or not self.can_sort:
            return
        # Of numbers the largest are what one looks for.
        first = self.live_columns[index].numeric
        turns: list[tuple[int, bool] | None] = [
            (index, first),
            (index, not first),
            None,
        ]
        known = self.sorted_by if self.sorted_by in turns else None
        self.sorted_by = turns[(turns.index(known) + 1) % 3]
        self._arrange()
        self.post_message(self.Arranged(self))

    # ---- what is done with rows ----------------------------------------------------

    def action_mark(self) -> None:
        """Mark the row under the cursor, or take its mark away, and go on."""
        row = self.current
        if row is not None and self.can_mark:
            self.marked ^= {row.key}
            self.repaint()
            self.post_message(self.Arranged(self))
            self.go_to(self.cursor_row + 1, self.cursor_col)

    def action_open(self) -> None:
        """Show the row in full."""
        if (row := self.current) is not None:
            self.post_message(self.Opened(self, row))

    def action_copy(self) -> None:
        """Copy the cell under the cursor."""
        row, index = self.current, self.column_index
        if row is not None and index is not None:
            self.post_message(CopyRequested(row.copies.get(index, row.cells[index])))

    def action_copy_rows(self) -> None:
        """Copy rows with their columns' names, parted by tabs."""
        rows = self.chosen_rows
        if rows:
            lines = [[c.name for c in self.live_columns], *(row.cells for row in rows)]
            self.post_message(
                CopyRequested(
                    "\n".join(
                        "\t".join(" ".join(cell.split()) for cell in line)
                        for line in lines
                    )
                )
            )

    def on_click(self, event: events.Click) -> None:
        """Sort by a header; open a row with a double click."""
        if event.button != 1 or self.dragged or self.grid_layout is None:
            return
        if event.y > 0:
            if event.chain == 2:
                self.action_open()
        elif self._border_at(event.x) is None and event.x >= self.numbers_width:
            self.go_to(self.cursor_row, self._position_at(event.x))
            self.action_sort()

    # ---- painting ------------------------------------------------------------------

    @property
    def numbers_width(self) -> int:
        """Cells before the first column: for the cursor and the marks."""
        return 3

    def _nothing(self) -> str:
        return "nothing matches the filter" if self._all else self.empty

    def _row(self, frame: Frame, row: int) -> Strip:
        live = self._live.rows[row]
        current = row == self.cursor_row
        cursor = self.cursor_col if current else -1
        marked = live.key in self.marked
        key = (row, cursor, marked)
        strip = self._lines.get(key)
        if strip is None:
            strip = self._lines[key] = self._paint(frame, live, cursor, marked)
        return strip

    def _paint(self, frame: Frame, row: LiveRow, cursor: int, marked: bool) -> Strip:
        layout, styles = frame.layout, frame.styles
        parts = Part.ROW if cursor >= 0 else 0
        extra = {
            look: self.get_component_rich_style(f"live--{look}", partial=True)
            for look in {*row.looks.values(), *(("marked",) if marked else ())}
        }
        whole = row.looks.get(WHOLE_ROW, "")

        def cell(position: int, fixed: int) -> tuple[str, Style, int]:
            index = layout.order[position]
            value, width = row.cells[index], layout.widths[index]
            look = parts | fixed
            if frame.needle and frame.matches(value):
                look |= Part.MATCH
            style = styles[look | (Part.CURSOR if position == cursor else 0)]
            name = "marked" if marked else row.looks.get(index, whole)
            if name and position != cursor:
                style += extra[name]
            text = grid_paint.cell_text(value, width, layout.columns[index].numeric)
            return f" {text} ", style, width + PADDING

        line = Line()
        gutter = f"{'▸' if cursor >= 0 else ' '}{'●' if marked else ' '} "
        line.add(gutter, styles[parts | Part.GUTTER], frame.gutter)
        return grid_paint.lay_out(frame, line, cell, styles[parts])
