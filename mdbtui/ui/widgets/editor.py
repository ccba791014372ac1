"""The SQL editor: Textual's text area with our own lexer, painting and keys."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from rich.style import Style
from textual.binding import Binding, BindingType
from textual.document._document import Location, Selection
from textual.document._document_navigator import DocumentNavigator
from textual.document._edit import Edit
from textual.strip import Strip
from textual.widgets import TextArea

from mdbtui.sql import Statement, split
from mdbtui.sql.index import StatementIndex
from mdbtui.ui.safe import safe
from mdbtui.ui.widgets.editor_brackets import matching_bracket
from mdbtui.ui.widgets.editor_colours import syntax_styles
from mdbtui.ui.widgets.editor_document import (
    DocumentEdit,
    PlainWrapping,
    SqlDocument,
)
from mdbtui.ui.widgets.editor_keys import (
    INDENT,
    comment_toggled,
    dedented,
    indented,
    next_line_indentation,
)
from mdbtui.ui.widgets.editor_paint import LineLook, Palette, paint
from mdbtui.ui.widgets.editor_states import LineStates

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual import events
    from textual.geometry import Region

#: Work done at once for a key or a frame, and then in each slice behind it (s).
AT_ONCE, SLICE = 0.003, 0.005
_NOTE_LIMIT = 120
_WORD = re.compile(r"[\w.]+|\"[^\"\n]*\"?|'[^'\n]*'?|[^\w\s]")
# The screen's: they must not be taken by the text area.
_NOT_OURS = {"f6", "f7"}


@dataclass(frozen=True)
class _ErrorMark:
    start: int
    end: int
    message: str


def _own_bindings() -> list[BindingType]:
    """The text area's keys without those that belong to the screen."""
    kept: list[BindingType] = []
    for binding in TextArea.BINDINGS:
        assert isinstance(binding, Binding)
        keys = [key for key in binding.key.split(",") if key not in _NOT_OURS]
        if binding.action == "cursor_line_start":
            keys.remove("ctrl+a")
        if keys:
            kept.append(
                Binding(",".join(keys), binding.action, binding.description, show=False)
            )
    return kept


# Not inherited: the scrolling containers below take ctrl+pgup and ctrl+pgdn.
class SqlEditor(TextArea, inherit_bindings=False):
    """An editor of SQL text that stays quick in a text of ten thousand lines.

    Lines are not wrapped. The statement that would run is shown by a bar beside its
    line numbers. `Changed` and `SelectionChanged` are the text area's own messages.

    Args:
        text: what it starts with.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        *_own_bindings(),
        Binding("ctrl+a", "select_all", "Select all", show=False),
        Binding(
            "ctrl+underscore,ctrl+slash",
            "toggle_comment",
            "Comment",
            show=False,
            key_display="^/",
        ),
        Binding("shift+tab", "dedent", "Indent less", show=False),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "sql-editor--bar",
        "sql-editor--error",
        "sql-editor--note",
    }
    DEFAULT_CSS = """
    SqlEditor {
        border: none;
        padding: 0;
        & .sql-editor--bar { color: $accent; }
        & .sql-editor--error { color: $text-error; text-style: bold underline; }
        & .sql-editor--note { color: $text-error; text-style: italic; }
        &:focus { border: none; }
    }
    """

    def __init__(
        self,
        text: str = "",
        *,
        placeholder: str = "",
        read_only: bool = False,
        name: str | None = None,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        self._error: _ErrorMark | None = None
        self._span: tuple[int, int] | None = None
        self._span_rows = range(0)
        self._syntax: dict[str, Style] = {}
        self._palette: Palette | None = None
        self._working = False
        super().__init__(
            text,
            soft_wrap=False,
            tab_behavior="indent",
            show_line_numbers=True,
            max_checkpoints=200,
            placeholder=placeholder,
            read_only=read_only,
            name=name,
            id=id,
            classes=classes,
        )
        self.indent_width = INDENT

    # ---- statements -----------------------------------------------------------

    def statement(self) -> Statement | None:
        """What a run key would run: the selection as it is, or the statement meant.

        Of a selection with several statements, `selected_statements` gives them all.
        """
        if not self.selection.is_empty:
            found = self.selected_statements()
            return found[0] if found else None
        document = self.sql
        at = document.offset_at(self.cursor_location)
        span = self._current_index().span_at(at)
        return self._statement(*span) if span else None

    def selected_statements(self) -> list[Statement]:
        """The statements within the selection, cut as psql would; offsets are whole."""
        document = self.sql
        start = document.offset_at(min(self.selection))
        line = min(self.selection)[0]
        return [
            Statement(s.text, s.start + start, s.end + start, s.line + line)
            for s in split(self.selected_text)
        ]

    def statements(self, *, everything: bool = False) -> list[Statement]:
        """What to run: the selection's statements, or the one at the cursor.

        Args:
            everything: all of the text instead.
        """
        if everything:
            return self._current_index().statements()
        if not self.selection.is_empty:
            return self.selected_statements()
        found = self.statement()
        return [found] if found else []

    def _statement(self, start: int, end: int) -> Statement:
        line = self.sql.location_at(start)[0]
        return Statement(self.text[start:end], start, end, line)

    @property
    def sql(self) -> SqlDocument:
        """The text as a document with offsets."""
        document = self.document
        assert isinstance(document, SqlDocument)
        return document

    # ---- errors ---------------------------------------------------------------

    def mark_error(self, offset: int, length: int | None, message: str) -> None:
        """Mark a place as wrong and move the cursor there; the next edit clears it.

        Args:
            offset: where, in characters of the whole text.
            length: how many characters; None marks the word or sign that is there.
            message: shown behind the line; any text.
        """
        text = self.text
        start = max(0, min(offset, len(text)))
        if length is None:
            found = _WORD.match(text, start)
            length = len(found[0]) if found else 1
        self._error = _ErrorMark(
            start, start + max(1, length), safe(message, _NOTE_LIMIT)
        )
        self.move_cursor(self.sql.location_at(start))
        self.refresh()

    def clear_error(self) -> None:
        """Take the mark away, if there is one."""
        if self._error is not None:
            self._error = None
            self.refresh()

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

    # ---- what is where --------------------------------------------------------

    def _set_document(self, text: str, language: str | None) -> None:
        document = SqlDocument(text)
        document.on_edit = self._edited
        self.document = document
        self.wrapped_document = PlainWrapping(document, tab_width=self.indent_width)
        self.navigator = DocumentNavigator(self.wrapped_document)
        self._states = LineStates(document.lines)
        self._index = StatementIndex(document.text)
        self._touched: tuple[int, int, int] | None = None
        self._error = None
        self._line_cache.clear()
        self.move_cursor((0, 0))
        self._rewrap_and_refresh_virtual_size()
        self._look_around()

    def _edited(self, edit: DocumentEdit) -> None:
        self._states.edited(edit.line, edit.old_lines, edit.new_lines)
        self._error = None
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
        self._look_around()

    def _look_around(self) -> None:
        """Find the statement that would run; what takes long is done in slices."""
        bottom = self.scroll_offset.y + self.size.height + 1
        done = self._states.advance(bottom, AT_ONCE)
        if self._current_index().work(AT_ONCE):
            self._show_statement()
        else:
            done = False
        if not done and not self._working and self.is_mounted:
            self._working = True
            self.set_timer(SLICE, self._work_on, name="sql-editor")

    def _work_on(self) -> None:
        self._working = False
        self._look_around()
        self.refresh()

    def _show_statement(self) -> None:
        offset = self.sql.offset_at(self.cursor_location)
        span = self._current_index().span_at(offset)
        rows = range(0)
        if span is not None:
            first, last = (self.sql.location_at(at)[0] for at in span)
            rows = range(first, last + 1)
        if rows != self._span_rows:
            self._span_rows = rows
            self.refresh()

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
            cursor=theme.cursor_style or none,
            selection=theme.selection_style or none,
            bracket=theme.bracket_matching_style or none,
            error=component("sql-editor--error"),
            note=component("sql-editor--note"),
            syntax=self._syntax,
        )

    def render_line(self, y: int) -> Strip:
        document = self.document
        row = self.scroll_offset.y + y
        if self.placeholder and document.line_count == 1 and not document[0]:
            return super().render_line(y)
        palette = self._palette or self._current_palette()
        if row >= document.line_count:
            return Strip.blank(self.size.width, palette.base)
        look = self._look(row)
        strip = self._line_cache.get(look)
        if strip is None:
            strip = paint(look, self._states.spans(row), palette, self.indent_width)
            self._line_cache[look] = strip
        return strip

    def _look(self, row: int) -> LineLook:
        cursor_row, cursor_column = self.selection.end
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
            error=error,
            note=self._error.message if self._error and error else "",
        )

    def _selected_in(self, row: int, size: int) -> tuple[int, int] | None:
        (top, left), (bottom, right) = sorted(self.selection)
        if not top <= row <= bottom or (top, left) == (bottom, right):
            return None
        return left if row == top else 0, right if row == bottom else size + 1

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

    # ---- keys -----------------------------------------------------------------

    async def _on_key(self, event: events.Key) -> None:
        if event.key == "escape":
            return  # the screen's: it closes and cancels
        if event.key in {"enter", "tab"} and not self.read_only:
            event.stop()
            event.prevent_default()
            self._restart_blink()
            if event.key == "enter":
                self._break_line()
            else:
                self._indent()
            return
        await super()._on_key(event)

    def _break_line(self) -> None:
        start = min(self.selection)
        before = self.document[start[0]][: start[1]]
        indent = next_line_indentation(before)
        self._replace_via_keyboard(f"\n{indent}", *self.selection)

    def _indent(self) -> None:
        top, bottom = sorted(self.selection)
        if top[0] != bottom[0]:
            self._change_lines(indented)
        else:
            spaces = " " * self._find_columns_to_next_tab_stop()
            self._replace_via_keyboard(spaces, *self.selection)

    def action_dedent(self) -> None:
        """Move the selected lines, or the cursor's, out by one step."""
        self._change_lines(dedented)

    def action_toggle_comment(self) -> None:
        """Make the selected lines, or the cursor's, comments, or take that back."""
        self._change_lines(comment_toggled)

    def _change_lines(self, change: Callable[[Sequence[str]], list[str]]) -> None:
        """Change whole lines as one edit; the selection stays on the same text."""
        if self.read_only:
            return
        start, end = self.selection
        top, bottom = min(start, end)[0], max(start, end)[0]
        if bottom > top and max(start, end)[1] == 0:
            bottom -= 1  # the selection ends before this line's first character
        old = self.document.lines[top : bottom + 1]
        new = change(old)
        if new == old:
            return
        self.history.checkpoint()
        self.edit(Edit("\n".join(new), (top, 0), (bottom, len(old[-1])), False))
        grown = [
            len(after) - len(before) for before, after in zip(old, new, strict=True)
        ]

        def moved(place: Location) -> Location:
            row, column = place
            shift = grown[row - top] if top <= row <= bottom else 0
            return row, max(0, column + shift)

        self.selection = Selection(moved(start), moved(end))
        self.history.checkpoint()
