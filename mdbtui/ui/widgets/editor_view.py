"""The editor's picture: a text area of our own lines, colours and marks.

It relies on names that Textual does not promise (`_set_document`, `_refresh_size`,
`_build_highlight_map`, `_watch_selection`); tests/ui/test_editor.py names each.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from rich.style import Style
from textual.document._document import Location, Selection
from textual.document._document_navigator import DocumentNavigator
from textual.geometry import Region, Size
from textual.reactive import Reactive, reactive
from textual.strip import Strip
from textual.widgets import TextArea

from mdbtui.sql.index import StatementIndex
from mdbtui.ui.widgets.editor_brackets import matching_bracket
from mdbtui.ui.widgets.editor_colours import syntax_styles
from mdbtui.ui.widgets.editor_document import (
    LARGE,
    DocumentEdit,
    PlainWrapping,
    ReadAhead,
    SqlDocument,
)
from mdbtui.ui.widgets.editor_found import FoundMarks
from mdbtui.ui.widgets.editor_keys import INDENT
from mdbtui.ui.widgets.editor_paint import (
    WINDOW,
    ErrorMark,
    LineLook,
    Palette,
    paint,
)
from mdbtui.ui.widgets.editor_states import LineStates

if TYPE_CHECKING:
    from mdbtui.sql.search import Spans

#: Work done at once for a key or a frame, and the pause before the next slice (s).
AT_ONCE, SLICE = 0.002, 0.005


# Not inherited: the scrolling containers below take ctrl+pgup and ctrl+pgdn.
class SqlView(TextArea, inherit_bindings=False):
    """Shows SQL text with colours, the statement at the cursor and an error."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "sql-editor--bar",
        "sql-editor--error",
        "sql-editor--found",
        "sql-editor--note",
    }
    DEFAULT_CSS = """
    SqlView {
        border: none;
        padding: 0;
        scrollbar-size-vertical: 1;
        & .sql-editor--bar { color: $accent; }
        & .sql-editor--error { color: $text-error; text-style: bold underline; }
        & .sql-editor--found { background: $warning-muted; text-style: underline; }
        & .sql-editor--note { color: $text-error; text-style: italic; }
        &:focus { border: none; }
    }
    """

    # Without repaint: the watcher below repaints the lines that look new.
    selection: Reactive[Selection] = reactive(
        Selection(), init=False, always_update=True, repaint=False
    )

    def __init__(
        self,
        text: str,
        *,
        placeholder: str = "",
        read_only: bool = False,
        name: str | None = None,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        self._error: ErrorMark | None = None
        self._found = FoundMarks()
        self.edits: list[Callable[[int, int, int], None]] = []
        """Called inside each edit, with its offset, characters removed and added."""
        self._span_rows = range(0)
        self._syntax: dict[str, Style] = {}
        self._palette: Palette | None = None
        self._shown: dict[int, LineLook | None] = {}
        self._working = False
        self._ahead: ReadAhead | None = None
        super().__init__(
            text,
            soft_wrap=False,
            # The editor handles Tab itself; "indent" would also take Escape away
            # from the screen, and measure the line up to the cursor at every key.
            tab_behavior="focus",
            show_line_numbers=True,
            max_checkpoints=200,
            placeholder=placeholder,
            read_only=read_only,
            name=name,
            id=id,
            classes=classes,
        )
        self.indent_width = INDENT

    @property
    def drawn_cursor(self) -> tuple[Location, Style | None]:
        """Where the cursor is drawn, and how; None is a block."""
        return self.selection.end, None

    @property
    def sql(self) -> SqlDocument:
        """The text as a document with offsets."""
        document = self.document
        assert isinstance(document, SqlDocument)
        return document

    async def load_text_in_slices(self, text: str) -> None:
        """As `load_text`, without holding up the screen, whatever its length."""
        if len(text) <= LARGE:
            self.load_text(text)
        else:
            self._ahead = await ReadAhead.of(text, self.indent_width)
            self.load_text(text)

    def _set_document(self, text: str | ReadAhead, language: str | None) -> None:
        ahead, self._ahead = self._ahead, None
        if ahead is not None and ahead.given is text:
            text = ahead
        document = SqlDocument(text)
        document.on_edit = self._edited
        self.document = document
        self.wrapped_document = PlainWrapping(document, tab_width=self.indent_width)
        self.navigator = DocumentNavigator(self.wrapped_document)
        self._states = LineStates(document.lines)
        self._index = StatementIndex(document.text)
        self._touched: tuple[int, int, int] | None = None
        self._error = None
        self._found = FoundMarks()
        self._line_cache.clear()
        self.move_cursor((0, 0))
        self._rewrap_and_refresh_virtual_size()
        self._look_around()

    def _edited(self, edit: DocumentEdit) -> None:
        self._states.edited(edit.line, edit.old_lines, edit.new_lines)
        self._error = None
        self._found.edited(edit.start)
        for heard in self.edits:
            heard(edit.start, edit.removed, edit.added)
        # Several edits (an undone batch) reach the index as one that spans them all.
        start, old_end, new_end = self._touched or (edit.start, edit.start, edit.start)
        more = max(0, edit.start + edit.removed - new_end)
        self._touched = (
            min(start, edit.start),
            old_end + more,
            new_end + more + edit.added - edit.removed,
        )

    def _current_index(self) -> StatementIndex:
        if self._touched is not None:
            start, old_end, new_end = self._touched
            self._touched = None
            self._index.edited(self.text, start, old_end - start, new_end - start)
        return self._index

    def _build_highlight_map(self) -> None:
        """Called after each edit; the lines' colours keep themselves up to date."""
        self._look_around()

    def _watch_selection(self, previous: Selection, selection: Selection) -> None:
        super()._watch_selection(previous, selection)
        if self._touched is None:  # else an edit is under way, which does it once
            self._look_around()

    def _refresh_size(self) -> None:
        """Take the text's size; a layout is only needed if a scrollbar comes or goes.

        Otherwise each key at the end of the longest line, and each new line, would
        lay out and paint the whole screen.
        """
        width, height = self.document.get_size(self.indent_width)
        size = Size(width + self.gutter_width + 1, height)
        sides = self._sides(size)
        if 0 not in sides and sides == self._sides(self.virtual_size):
            self.set_reactive(TextArea.virtual_size, size)
            if self.show_vertical_scrollbar:
                self.vertical_scrollbar.window_virtual_size = size.height
            if self.show_horizontal_scrollbar:
                self.horizontal_scrollbar.window_virtual_size = size.width
            self.scroll_x = self.validate_scroll_x(self.scroll_x)
            self.scroll_y = self.validate_scroll_y(self.scroll_y)
        else:
            self.virtual_size = size
            self._refresh_scrollbars()

    def _sides(self, size: Size) -> tuple[int, int]:
        """For each direction: 1 needs a scrollbar, -1 does not, 0 is not certain."""
        room, styles = self.container_size, self.styles

        def side(needed: int, most: int, bar: int) -> int:
            return 1 if needed > most else -1 if needed <= most - bar else 0

        return (
            side(size.width, room.width, styles.scrollbar_size_vertical),
            side(size.height, room.height, styles.scrollbar_size_horizontal),
        )

    def _look_around(self) -> None:
        """Find the statement that would run; what takes long is done in slices."""
        bottom = self.scroll_offset.y + self.size.height + 1
        done = self._states.advance(bottom, AT_ONCE)
        if self._current_index().work(AT_ONCE):
            self._show_statement()
            done = self.sql.count_on(AT_ONCE) and done
        else:
            done = False
        self._refresh_changed()
        if not done and not self._working and self.is_mounted:
            self._working = True
            self.set_timer(SLICE, self._work_on, name="sql-editor")

    def _work_on(self) -> None:
        self._working = False
        self._look_around()

    def _show_statement(self) -> None:
        offset = self.sql.offset_at(self.cursor_location)
        span = self._current_index().span_at(offset)
        rows = range(0)
        if span is not None:
            first, last = (self.sql.location_at(at)[0] for at in span)
            rows = range(first, last + 1)
        self._span_rows = rows

    def on_mount(self) -> None:
        self._look_around()

    def on_resize(self) -> None:
        self._look_around()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        self._look_around()

    # ---- painting -------------------------------------------------------------

    def _app_theme_changed(self) -> None:
        super()._app_theme_changed()
        self._syntax = {}
        self.refresh()

    def render_lines(self, crop: Region) -> list[Strip]:
        self._theme.apply_css(self)
        palette = self._current_palette()
        if palette != self._palette:
            self._palette = palette
            self._line_cache.clear()
            if crop.size != self.size:
                self.call_later(self.refresh)  # the other lines have new colours too
        # Not the text area's own: it would only apply the theme a second time.
        return super(TextArea, self).render_lines(crop)

    def _current_palette(self) -> Palette:
        if not self._syntax:
            self._syntax = syntax_styles(self.app)
        theme = self._theme
        base = theme.base_style or self.rich_style
        component = partial(self.get_component_rich_style, partial=True)
        none = Style()
        current = base
        if self.highlight_cursor_line and self.has_focus:
            current = base + (theme.cursor_line_style or none)
        return Palette(
            base=base,
            current=current,
            gutter=base + (theme.gutter_style or none),
            gutter_current=base + (theme.cursor_line_gutter_style or none),
            bar=component("sql-editor--bar"),
            cursor=self.drawn_cursor[1] or theme.cursor_style or none,
            selection=theme.selection_style or none,
            bracket=theme.bracket_matching_style or none,
            found=component("sql-editor--found"),
            error=component("sql-editor--error"),
            note=component("sql-editor--note"),
            syntax=self._syntax,
        )

    def render_line(self, y: int) -> Strip:
        document = self.document
        row = self.scroll_offset.y + y
        if self.placeholder and document.line_count == 1 and not document[0]:
            self._shown.clear()
            return super().render_line(y)
        palette = self._palette or self._current_palette()
        look = self._shown[y] = self._look(row)
        if look is None:
            return Strip.blank(self.size.width, palette.base)
        strip = self._line_cache.get(look)
        if strip is None:
            strip = paint(look, self._states.spans(row), palette, self.indent_width)
            self._line_cache[look] = strip
        return strip

    def _refresh_changed(self) -> None:
        """Repaint the visible lines that no longer look as they were painted."""
        top, width = self.scroll_offset.y, self.size.width
        changed = [
            y
            for y in range(self.size.height)
            if y not in self._shown or self._shown[y] != self._look(top + y)
        ]
        if changed:
            self.refresh(*(Region(0, y, width, 1) for y in changed))

    def _look(self, row: int) -> LineLook | None:
        """How a line looks now; None behind the last one."""
        if row >= self.document.line_count:
            return None
        cursor_row, cursor_column = self.drawn_cursor[0]
        text = self.document[row]
        error = self._error_in(row)
        return LineLook(
            text=text,
            state=self._states.guess(row),
            number=row + self.line_number_start,
            gutter=self.gutter_width,
            scroll=self.scroll_offset.x,
            width=self.size.width,
            current=row == cursor_row,
            in_statement=row in self._span_rows,
            selected=self._selected_in(row, len(text)),
            cursor=cursor_column if row == cursor_row and self._draw_cursor else None,
            brackets=self._brackets_in(row),
            found=self._found_in(row, text),
            error=error,
            note=self._error.message if self._error and error else "",
        )

    def _selected_in(self, row: int, size: int) -> tuple[int, int] | None:
        (top, left), (bottom, right) = sorted(self.selection)
        if not top <= row <= bottom or (top, left) == (bottom, right):
            return None
        return left if row == top else 0, right if row == bottom else size + 1

    def _found_in(self, row: int, text: str) -> tuple[tuple[int, int], ...]:
        if not self._found.spans:
            return ()
        left = self.scroll_offset.x if text.isascii() else 0
        right = min(len(text), WINDOW * (self.scroll_offset.x + self.size.width))
        return self._found.within(self.sql.line_offset(row), left, right)

    @property
    def found(self) -> FoundMarks:
        """What is marked as found."""
        return self._found

    def show_found(self, spans: Spans | None) -> None:
        """Mark what was found: offsets of starts and ends; edits take marks away."""
        self._found = FoundMarks(spans)
        self._refresh_changed()

    def _brackets_in(self, row: int) -> tuple[int, ...]:
        partner = self._matching_bracket_location
        if partner is None or not self.selection.is_empty:
            return ()
        pair = (partner, self.cursor_location)
        return tuple(column for line, column in pair if line == row)

    def find_matching_bracket(
        self, bracket: str, search_from: Location
    ) -> Location | None:
        """The partner of a bracket, near it, and not within strings or comments."""
        return matching_bracket(
            bracket, search_from, self.document.lines, self._states.spans
        )

    def _error_in(self, row: int) -> tuple[int, int] | None:
        """The marked columns of a line; at the end of a line, the place behind it."""
        mark = self._error
        if mark is None:
            return None
        first = self.sql.line_offset(row)
        size = len(self.document[row])
        if first <= mark.start <= first + size:
            start = mark.start - first
            return start, max(start + 1, min(mark.end - first, size))
        if mark.start < first < mark.end:
            return 0, min(mark.end - first, size)
        return None
