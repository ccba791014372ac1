"""The part of the grid that moves: cursor, scrolling, selection, mouse."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual import events
from textual.message import Message

from mdbtui.ui.widgets.grid_canvas import GridCanvas
from mdbtui.ui.widgets.grid_select import Selection, Shape

if TYPE_CHECKING:
    from mdbtui.query.rows import Column

ALL_ROWS = 2**62
"""Wanted from a source when the user asks for its end."""


class GridCursor(GridCanvas):
    """Moves a cursor over the drawn cells and selects rectangles of them."""

    class CursorMoved(Message, namespace="result_grid"):
        """The cursor is on another cell.

        Attributes:
            row: Its drawn row, from 0.
            column: The result's column, None while there is none.
        """

        def __init__(self, grid: GridCursor, row: int, column: Column | None) -> None:
            super().__init__()
            self.grid = grid
            self.row = row
            self.column = column

        @property
        def control(self) -> GridCursor:
            return self.grid

    class SelectionChanged(Message, namespace="result_grid"):
        """Other cells are selected: `rows` × `cols` of them, 0 × 0 when none."""

        def __init__(self, grid: GridCursor, rows: int, cols: int) -> None:
            super().__init__()
            self.grid = grid
            self.rows = rows
            self.cols = cols

        @property
        def control(self) -> GridCursor:
            return self.grid

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._following = False
        self._drag: _Drag | None = None
        self.dragged = False

    # ---- cursor --------------------------------------------------------------------

    @property
    def column_index(self) -> int | None:
        """Index of the column under the cursor, None without columns."""
        layout = self.grid_layout
        if layout is None or not layout.order:
            return None
        return layout.order[self.cursor_col]

    def go_to(self, row: int, col: int, *, top: int | None = None) -> None:
        """Put the cursor on the nearest cell there is and scroll it into view.

        Args:
            row: Drawn row.
            col: Position of the column.
            top: First row in view, where another one than the nearest is wanted.
        """
        layout = self.grid_layout
        if layout is None or not layout.order:
            return
        self._following = False
        row = max(0, min(row, self.row_count - 1))
        col = max(0, min(col, len(layout.order) - 1))
        old_row, old_col = self.cursor_row, self.cursor_col
        self.cursor_row, self.cursor_col = row, col
        self._reveal(self.scroll_offset.y if top is None else top)
        if (row, col) != (old_row, old_col):
            self.refresh_row(old_row)
            self.refresh_row(row)
            if col != old_col or self.selection is not None:
                self.refresh_header()
            self._tell_cursor()

    def _tell_cursor(self) -> None:
        index = self.column_index
        column = None if index is None else self.columns[index]
        self.post_message(self.CursorMoved(self, self.cursor_row, column))

    def _reveal(self, top: int) -> None:
        """Scroll to the cursor, with `top` as the first row if it can be."""
        layout = self.grid_layout
        assert layout is not None
        page = self.page_rows
        top = max(0, min(top, self.lines - page))
        last = self.cursor_row
        if last == self.row_count - 1:
            last = self.lines - 1
        top = max(min(top, self.cursor_row), last - page + 1)
        self._want(top)
        before = layout.offsets[self.cursor_col]
        if top != self.scroll_offset.y:
            self._fit_view(top)
        left = self.scroll_offset.x
        frozen = layout.frozen_in(self.room)
        if self.cursor_col >= frozen:
            if left:  # columns before it may have grown: keep the cursor in its place
                left += layout.offsets[self.cursor_col] - before
            start = layout.offsets[self.cursor_col] - layout.offsets[frozen]
            end = layout.offsets[self.cursor_col + 1] - self.room
            left = min(max(left, end), start)
        self.scroll_to(left, top, animate=False)

    def watch_show_horizontal_scrollbar(self) -> None:
        # It takes the last line, in which the cursor may be.
        self.call_later(self._uncover_cursor)

    def _uncover_cursor(self) -> None:
        top = self.scroll_offset.y
        if self.cursor_row == top + self.page_rows and self.row_count:
            self._reveal(top)

    def action_move(self, rows: int, cols: int) -> None:
        """Move the cursor; the selection ends."""
        self.select(None)
        self.go_to(self.cursor_row + rows, self.cursor_col + cols)

    def action_page(self, pages: int) -> None:
        """Move by what is in view, the cursor keeping its place on the screen."""
        self.select(None)
        self._page(pages)

    def _page(self, pages: int) -> None:
        step = pages * self.page_rows
        top = self.scroll_offset.y + step
        self.go_to(self.cursor_row + step, self.cursor_col, top=top)

    def action_page_columns(self, pages: int) -> None:
        """Move sideways by what is in view."""
        layout = self.grid_layout
        if layout is None or not layout.order:
            return
        step = max(1, self.room - layout.offsets[layout.frozen_in(self.room)])
        self.select(None)
        x = max(0, layout.offsets[self.cursor_col] + pages * step)
        col = layout.at(x)
        if col == self.cursor_col:
            col += pages
        self.go_to(self.cursor_row, col)

    def action_edge(self, rows: int, cols: int) -> None:
        """Go to the first (-1) or last (1) row or column.

        The last row is the last one that is known. The source is asked for all the
        others, and the cursor follows the end until it is moved.
        """
        self.select(None)
        self._edge(rows, cols)

    def _edge(self, rows: int, cols: int) -> None:
        row, col = self.cursor_row, self.cursor_col
        if rows:
            row = 0 if rows < 0 else self.row_count - 1
        if cols and self.grid_layout is not None:
            col = 0 if cols < 0 else len(self.grid_layout.order) - 1
        self.go_to(row, col)
        source = self.source
        if rows > 0 and source is not None and not source.complete:
            source.want(source.count, ALL_ROWS)
            self._following = self._index is None

    def source_changed(self) -> None:
        if self._following and self.source is not None:
            self.go_to(self.row_count - 1, self.cursor_col)
            self._following = not self.source.complete
        elif self.ending and self.cursor_row == self.row_count - 1:
            top = self.scroll_offset.y
            if top <= self.cursor_row < top + self.page_rows:
                self._reveal(top)

    def action_goto(self, number: int) -> None:
        """Go to the row with this number (from 1), or the last one known before it."""
        row = number - 1
        if self._index is not None:
            row = next((i for i, n in enumerate(self._index) if n >= row), row)
        self.select(None)
        self.go_to(row, self.cursor_col, top=row - self.page_rows // 2)
        source = self.source
        if source is not None and row >= source.count and not source.complete:
            source.want(source.count, row + self.page_rows)

    # ---- selection -----------------------------------------------------------------

    def select(self, selection: Selection | None) -> None:
        """Select these cells instead of those before."""
        if selection == self.selection:
            return
        self.selection = selection
        self.refresh()
        rows = self.selected_rows() if selection is not None else ()
        cols = self.selected_positions() if selection is not None else ()
        self.post_message(self.SelectionChanged(self, len(rows), len(cols)))

    def selected_rows(self) -> range:
        """Drawn rows of the selection, without one the cursor's row."""
        if self.selection is not None:
            return self.selection.rows(self.row_count)
        return range(self.cursor_row, min(self.cursor_row + 1, self.row_count))

    def selected_positions(self) -> range:
        """Column positions of the selection, without one the cursor's."""
        layout = self.grid_layout
        if layout is None:
            return range(0)
        if self.selection is not None:
            return self.selection.cols(len(layout.order))
        return range(self.cursor_col, min(self.cursor_col + 1, len(layout.order)))

    def _begin(self, shape: Shape = Shape.CELLS) -> Selection:
        row, col = self.cursor_row, self.cursor_col
        return Selection(shape, row, col, row, col)

    def _extend(self) -> None:
        selection = self.selection
        assert selection is not None
        self.select(selection.extend(self.cursor_row, self.cursor_col))

    def action_extend(self, rows: int, cols: int) -> None:
        """Move the cursor and select from where it began."""
        selection = self.selection or self._begin()
        self.go_to(self.cursor_row + rows, self.cursor_col + cols)
        self.select(selection.extend(self.cursor_row, self.cursor_col))

    def action_extend_page(self, pages: int) -> None:
        """Select a page more."""
        selection = self.selection or self._begin()
        self._page(pages)
        self.select(selection.extend(self.cursor_row, self.cursor_col))

    def action_extend_edge(self, rows: int, cols: int) -> None:
        """Select up to the first or last row or column."""
        selection = self.selection or self._begin()
        self._edge(rows, cols)
        self.select(selection.extend(self.cursor_row, self.cursor_col))

    def action_select_rows(self) -> None:
        """Select the cursor's row; shift with the arrows takes more."""
        self.select(self._begin(Shape.ROWS))

    def action_select_columns(self) -> None:
        """Select the cursor's column; shift with the arrows takes more."""
        self.select(self._begin(Shape.COLUMNS))

    def action_select_all(self) -> None:
        """Select everything, also what arrives later."""
        self.select(self._begin(Shape.ALL))

    # ---- mouse ---------------------------------------------------------------------

    def _position_at(self, x: int) -> int:
        layout = self.grid_layout
        assert layout is not None
        x -= self.numbers_width
        if x >= layout.offsets[layout.frozen_in(self.room)]:
            x += self.scroll_offset.x
        return layout.at(x)

    def _border_at(self, x: int) -> int | None:
        """Return the position whose right border is drawn at `x`, if one is."""
        layout = self.grid_layout
        if layout is None:
            return None
        inside = x - self.numbers_width
        if inside >= layout.offsets[layout.frozen_in(self.room)]:
            inside += self.scroll_offset.x
        position = layout.at(inside)
        edge = layout.offsets[position + 1] - 1
        return position if inside in (edge, edge + 1) else None

    def _row_at(self, y: int) -> int:
        return max(0, min(self.scroll_offset.y + y - 1, self.row_count - 1))

    def on_mouse_down(self, event: events.MouseDown) -> None:
        layout = self.grid_layout
        self.dragged = False
        if layout is None or not layout.order or event.button != 1:
            return
        if event.y == 0:
            border = self._border_at(event.x)
            if border is not None:
                self._drag = _Drag(border, event.x, layout.widths[layout.order[border]])
                self.capture_mouse()
            return
        if self.scroll_offset.y + event.y > self.row_count:
            return
        row = self._row_at(event.y)
        shape = Shape.ROWS if event.x < self.numbers_width else Shape.CELLS
        selection = self.selection if event.shift else None
        if event.shift and selection is None:
            selection = self._begin(shape)
        col = self.cursor_col
        if shape is Shape.CELLS:
            col = self._position_at(event.x)
        self.go_to(row, col)
        if selection is None and shape is Shape.ROWS:
            selection = self._begin(shape)
        self.select(selection and selection.extend(row, col))
        self._drag = _Drag(None, event.x, 0, selection or self._begin(shape))
        self.capture_mouse()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        drag, layout = self._drag, self.grid_layout
        if drag is None or layout is None:
            return
        self.dragged = True
        if drag.border is not None:
            layout.resize(drag.border, drag.width + event.x - drag.x)
            self.columns_changed()
            return
        row = self._row_at(event.y)
        if event.y < 1:  # above the rows: on, one row with each move
            row = max(0, min(row, self.scroll_offset.y - 1))
        col = self._position_at(max(event.x, self.numbers_width))
        if (row, col) != (self.cursor_row, self.cursor_col):
            self.go_to(row, col)
            assert drag.selection is not None
            self.select(drag.selection.extend(row, col))

    def on_mouse_up(self, _event: events.MouseUp) -> None:
        if self._drag is not None:
            self._drag = None
            self.release_mouse()

    def fit_column(self, position: int) -> None:
        """Make a column as wide as its name and its text in view."""
        if self.grid_layout is not None:
            rows = self.view_rows(self.scroll_offset.y)
            self.grid_layout.fit(position, rows, self.room)
            self.columns_changed()


class _Drag:
    """What a pressed mouse button moves: a column's border, or a selection."""

    def __init__(
        self, border: int | None, x: int, width: int, selection: Selection | None = None
    ) -> None:
        self.border = border
        self.x = x
        self.width = width
        self.selection = selection
