"""The part of the grid that knows its rows and paints them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from time import monotonic
from typing import TYPE_CHECKING, Any

from textual import events
from textual.cache import LRUCache
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from mdbtui.ui.keymaps import said
from mdbtui.ui.widgets import grid_paint
from mdbtui.ui.widgets.grid_layout import ColumnLayout
from mdbtui.ui.widgets.grid_paint import COMPONENTS, GRID_CSS, Frame, Part, Styles
from mdbtui.ui.widgets.grid_select import Selection

if TYPE_CHECKING:
    from mdbtui.query.rows import Column, Row, RowSource

_NEWS_S = 0.1
"""News of a source that change nothing in view are taken this often at most."""
_AHEAD = 3
"""So many pages beyond the one in view are asked for."""
_CACHED_LINES = 512
AGAIN = "R runs it again"
"""What to do about rows that stayed at the server; the results' pane has the key."""


class GridCanvas(ScrollView, can_focus=True):
    """Paints the visible lines of a row source, and nothing else.

    Rows are *drawn rows* here: what is on screen after sorting and filtering, counted
    from 0. `source_row` tells the row of the source.
    """

    ALLOW_SELECT = False  # a drag selects cells, not screen text
    COMPONENT_CLASSES = COMPONENTS
    DEFAULT_CSS = GRID_CSS

    class NoteChanged(Message, namespace="result_grid"):
        """What is known about the rows changed; `text` says it."""

        def __init__(self, grid: GridCanvas, text: str) -> None:
            super().__init__()
            self.grid = grid
            self.text = text

        @property
        def control(self) -> GridCanvas:
            return self.grid

    def __init__(self, *, null_text: str = "NULL", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.null_text = null_text
        self.hint = "no result yet · {key.run} runs the statement"
        self.source: RowSource | None = None
        self.grid_layout: ColumnLayout | None = None
        self.cursor_row = 0
        self.cursor_col = 0
        self.selection: Selection | None = None
        self.sorted_by: tuple[int, bool] | None = None
        self.needle = ""
        self.fold = False
        self._index: Sequence[int] | None = None
        self._unsubscribe: Callable[[], None] | None = None
        self._news_due = False
        self._news_at = 0.0
        self._measured = self._fitted = False
        self._starving = False
        self._digits = 3
        self._lines: LRUCache[tuple[object, ...], Strip] = LRUCache(_CACHED_LINES)
        self._styles_made: Styles | None = None
        self._frame: Frame | None = None

    # ---- rows ----------------------------------------------------------------------

    @property
    def columns(self) -> Sequence[Column]:
        """The columns of the result, by index."""
        return self.source.columns if self.source is not None else ()

    @property
    def row_count(self) -> int:
        """Drawn rows known so far."""
        if self.source is None:
            return 0
        return self.source.count if self._index is None else len(self._index)

    @property
    def note(self) -> str:
        """What is known about the rows, in words."""
        if self.source is None:
            return ""
        if self._index is not None and self.sorted_by is None:
            return f"{len(self._index):,} of {self.source.note}"
        return self.source.note

    @property
    def ending(self) -> str:
        """Why the last row isn't the last there was, and what to do; else empty."""
        if self.source is None or not self.source.truncated or not self.row_count:
            return ""
        return f"{self.source.note} · {AGAIN}"

    def source_row(self, row: int) -> int:
        """Return the source's number of a drawn row."""
        return row if self._index is None else self._index[row]

    def row(self, row: int) -> Row | None:
        """Return a drawn row's values by index, None while they aren't at hand."""
        if self.source is None or not 0 <= row < self.row_count:
            return None
        return self.source.row(self.source_row(row))

    def set_source(self, source: RowSource | None) -> None:
        """Show another result from its first row on, or nothing."""
        if self._unsubscribe is not None:
            self._unsubscribe()
            self._unsubscribe = None
        self.source = source
        self.grid_layout = None
        self._index = self.sorted_by = self.selection = None
        self.needle = ""
        self.cursor_row = self.cursor_col = 0
        self._measured = self._fitted = False
        self._news_at = 0.0
        self._digits = 3
        if source is not None:
            self.grid_layout = ColumnLayout(source.columns, self.null_text)
            self._unsubscribe = source.subscribe(self._on_source_news)
        self._take_news()
        self.scroll_to(0, 0, animate=False)
        self.repaint()

    def set_rows(self, index: Sequence[int] | None) -> None:
        """Draw only these rows of the source, in this order; None draws all."""
        self._index = index
        self.selection = None
        self.cursor_row = max(0, min(self.cursor_row, self.row_count - 1))
        self._fitted = False
        self._resize_virtually()
        self._fit_view(self.scroll_offset.y)
        self.repaint()
        self.post_message(self.NoteChanged(self, self.note))

    def _on_unmount(self) -> None:
        if self._unsubscribe is not None:
            self._unsubscribe()
            self._unsubscribe = None

    def _on_source_news(self) -> None:
        # May run in a task that knows no app, so nothing but a hand-over is done here.
        if not self._news_due:
            self._news_due = True
            self.call_later(self._schedule_news)

    def _schedule_news(self) -> None:
        wait = self._news_at + _NEWS_S - monotonic()
        if wait <= 0 or self._starving:
            self._take_news()
        else:
            self.set_timer(wait, self._take_news)

    def _take_news(self) -> None:
        self._news_due = False
        self._news_at = monotonic()
        self._resize_virtually()
        if self._starving or not self._fitted:
            self._starving = False
            self._fit_view(self.scroll_offset.y)
            self.refresh()
        self._want()
        self.source_changed()
        self.post_message(self.NoteChanged(self, self.note))

    def source_changed(self) -> None:
        """Called after news of the source were taken; for subclasses."""

    def _want(self, top: int | None = None) -> None:
        source = self.source
        # In another order the visible rows lie anywhere; reading them asks for them.
        if source is None or self._index is not None:
            return
        top = self.scroll_offset.y if top is None else top
        page = self.page_rows
        source.want(max(0, top - page), top + (1 + _AHEAD) * page)

    # ---- geometry ------------------------------------------------------------------

    @property
    def page_rows(self) -> int:
        """Rows that fit below the header."""
        return max(1, self.scrollable_content_region.height - 1)

    @property
    def numbers_width(self) -> int:
        """Cells of the row numbers."""
        return self._digits + 2

    @property
    def room(self) -> int:
        """Cells beside the row numbers."""
        return max(1, self.scrollable_content_region.width - self.numbers_width)

    @property
    def lines(self) -> int:
        """Lines of the rows, and of what stands below the last one."""
        return self.row_count + bool(self.ending)

    def _resize_virtually(self) -> None:
        layout = self.grid_layout
        size = Size(0, 0)
        if layout is not None:
            size = Size(self.numbers_width + layout.total, self.lines + 1)
        if size != self.virtual_size:
            # Assigning it would lay out the whole screen again, ten times a second
            # while rows arrive; only our own scrollbars have to know.
            self.set_reactive(ScrollView.virtual_size, size)
            self._scroll_update(size)

    def view_rows(self, top: int) -> Iterator[Row]:
        """Yield those rows that are at hand of the page that begins with row `top`."""
        for row in range(top, min(top + self.page_rows, self.row_count)):
            values = self.row(row)
            if values is not None:
                yield values

    def _fit_view(self, top: int) -> bool:
        """Give the columns and the gutter the room that the rows in view need.

        Called when other rows come into view, never while a reader looks at them.

        Returns:
            Whether anything moved.
        """
        layout = self.grid_layout
        if layout is None or not self.size:
            return False
        moved = False
        last = min(top + self.page_rows, self.row_count)
        if self._index is not None and self.source is not None:
            last = self.source.count
        if (digits := len(str(last))) > self._digits:
            self._digits, moved = digits, True
        rows = list(self.view_rows(top))
        if not self._measured:
            layout.measure(rows, self.room)
            self._measured = moved = bool(rows) or moved
        else:
            moved = layout.grow(rows, self._view_positions()) or moved
        self._fitted = len(rows) >= min(self.page_rows, self.row_count - top) > 0
        if moved:
            self._resize_virtually()
            self.repaint()
        return moved

    def _view_positions(self) -> list[int]:
        layout = self.grid_layout
        assert layout is not None
        frozen = layout.frozen_in(self.room)
        scroll = self.scroll_offset.x
        start = layout.offsets[frozen] + scroll
        return [*range(frozen), *layout.scrolled(frozen, start, scroll + self.room)]

    def columns_changed(self) -> None:
        """Redraw after the layout changed."""
        self._resize_virtually()
        self.repaint()

    # ---- painting ------------------------------------------------------------------

    def repaint(self) -> None:
        """Forget all painted lines and paint what is in view."""
        self._lines.clear()
        self._frame = None
        self.refresh()

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._styles_made = None
        self._lines.clear()

    def on_resize(self, event: events.Resize) -> None:
        if not self._fitted:
            self._fit_view(self.scroll_offset.y)
        self._want()
        self.repaint()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        if round(old_value) != round(new_value):
            self._want(round(new_value))
            self._fit_view(round(new_value))

    def refresh_row(self, row: int) -> None:
        """Paint one drawn row again."""
        y = row + 1 - self.scroll_offset.y
        if y >= 1:
            self.refresh(Region(0, y, self.size.width, 1))

    def refresh_header(self) -> None:
        """Paint the column names again."""
        self.refresh(Region(0, 0, self.size.width, 1))

    def render_lines(self, crop: Region) -> list[Strip]:
        if self._styles_made is None:
            self._styles_made = Styles(self)
            self._lines.clear()
        if self.grid_layout is not None:
            frame = Frame(
                self.grid_layout,
                self._styles_made,
                self.size.width,
                self.numbers_width,
                self.scroll_offset.x,
                self.null_text,
                self.needle,
                self.fold,
            )
            if frame != self._frame:
                self._frame = frame
                self._lines.clear()
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        styles, frame = self._styles_made, self._frame
        assert styles is not None
        if self.grid_layout is None or frame is None:
            return self._words(styles, y, said(self.hint))
        if y == 0:
            return self._header(frame)
        row = self.scroll_offset.y + y - 1
        if row < self.row_count:
            return self._row(frame, row)
        if row == self.row_count and (ending := self.ending):
            return grid_paint.paint_ending(frame, ending)
        if self.row_count == 0 and self.source is not None:
            return self._words(styles, y, self._nothing())
        self._starving = True  # rows that arrive belong here
        return Strip.blank(frame.width, styles.base)

    def _nothing(self) -> str:
        assert self.source is not None
        if self._index is not None:
            return "no matching rows"
        return "no rows" if self.source.complete else "waiting for the first row …"

    def _words(self, styles: Styles, y: int, words: str) -> Strip:
        width, height = self.size
        if y != max(1, height // 2 - 1) or not width:
            return Strip.blank(width, styles.base)
        frame = self._frame
        if frame is None:
            empty = ColumnLayout((), self.null_text)
            frame = Frame(empty, styles, width, 0, 0, self.null_text)
        return grid_paint.paint_words(frame, words)

    def _header(self, frame: Frame) -> Strip:
        marks = {i: c.mark for i, c in enumerate(self.columns) if c.mark}
        if self.sorted_by is not None:
            index, descending = self.sorted_by
            marks[index] = "▼" if descending else "▲"
        return grid_paint.paint_header(
            frame, marks, self.cursor_col, self._selected(self.cursor_row)
        )

    def _selected(self, row: int) -> range:
        selection, layout = self.selection, self.grid_layout
        if selection is None or layout is None or not selection.holds_row(row):
            return range(0)
        return selection.cols(len(layout.order))

    def _row(self, frame: Frame, row: int) -> Strip:
        current = row == self.cursor_row
        cursor = self.cursor_col if current else -1
        selected = self._selected(row)
        key = (row, cursor, selected)
        strip = self._lines.get(key)
        if strip is not None:
            return strip
        mark = "▸" if current else "•" if selected else " "
        gutter = f" {self.source_row(row) + 1:>{self._digits}}{mark}"
        parts = Part.ROW if current else 0
        values = self.row(row)
        if values is None:
            self._starving = True
            return grid_paint.paint_missing(frame, gutter, parts)
        strip = grid_paint.paint_row(frame, values, gutter, parts, selected, cursor)
        self._lines[key] = strip
        return strip
