"""Dialogs that show one value, or one row with its columns downwards."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from mdbtui.ui.messages import CopyRequested
from mdbtui.ui.safe import plain, safe
from mdbtui.ui.widgets.grid_paint import cell_text
from mdbtui.ui.widgets.grid_value_view import ValueView
from mdbtui.ui.widgets.grid_values import (
    PAGE_CHARS,
    QUICK_CHARS,
    ArrayLines,
    JsonLines,
    Lines,
    Piece,
    TextLines,
    describe,
    structure,
    wrap,
)

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
_TEXT = 25


class CellScreen(ModalScreen[None]):
    """One value in full: as text in pages, and by its structure where it has one."""

    CSS_PATH = "cell.tcss"
    CopyRequested = CopyRequested
    BINDINGS = [
        Binding("escape,q", "close", "Close"),
        Binding("t", "switch", "Text or structure"),
        Binding("y,ctrl+c", "copy", "Copy"),
        Binding("ctrl+home", "part(-1)", "First part", show=False),
        Binding("ctrl+end", "part(1)", "Last part", show=False),
        Binding("minus", "fold(1)", "Fold all", show=False),
        Binding("plus", "fold(0)", "Unfold all", show=False),
    ]

    def __init__(self, value: str | None, column: Column, *, place: str = "") -> None:
        """Show a value.

        Args:
            value: As the server sent it.
            column: Its column.
            place: Where it is, for the title ("row 12").
        """
        super().__init__()
        self._value = value
        self._column = column
        self._place = place
        self._page = 0
        self._structure: tuple[str, Lines] | None = None
        self._structured = False
        self._about = Static(classes="cell--about", markup=False)
        self._view = ValueView()
        self._keys = Static(classes="cell--keys", markup=False)

    def compose(self) -> ComposeResult:
        with Vertical() as box:
            title = safe(self._column.name, 60)
            if self._place:
                title += f" · {self._place}"
            box.border_title = plain(title)
            yield self._about
            yield self._view
            yield self._keys

    def on_mount(self) -> None:
        self._view.focus()
        if self._value is None:
            return
        if len(self._value) <= QUICK_CHARS:
            self._structure = structure(self._column, self._value)
            self._structured = self._structure is not None
        else:
            self.run_worker(self._take_apart(self._value), exit_on_error=False)

    async def _take_apart(self, value: str) -> None:
        # The text is shown meanwhile; a reader who is already in it is left there.
        self._structure = await asyncio.to_thread(structure, self._column, value)
        if self._structure is not None and not self._page:
            self._structured = self._view.scroll_offset.y == 0
            self._show()

    def on_resize(self, _event: events.Resize) -> None:
        self.call_after_refresh(self._show)

    @property
    def _pages(self) -> int:
        return max(1, -(-len(self._value or "") // PAGE_CHARS))

    def _show(self, *, bottom: bool = False) -> None:
        value, shown = self._value, self._structure
        self._about.update(plain(self._words(), 200))
        keys = "Esc closes · y copies"
        if shown is not None:
            other = "text" if self._structured else shown[0].lower()
            keys += f" · t shows the {other}"
        if shown is not None and self._structured:
            choosable = isinstance(shown[1], JsonLines | ArrayLines)
            if isinstance(shown[1], JsonLines):
                keys += " · Enter folds, - all, + none"
            self._view.show(shown[1], 0 if choosable else None)
        else:
            text = "NULL" if value is None else value
            width = self._view.scrollable_content_region.width
            lines = TextLines(text, width, self._page)
            if self._pages > 1:
                keys += " · PgDn and PgUp go on to other parts, ctrl+End to the last"
            self._view.show(lines, top=lines.count if bottom else 0)
        self._keys.update(plain(keys))

    def _words(self) -> str:
        words = describe(self._column, self._value)
        if self._pages > 1 and not self._structured:
            words += f" · part {self._page + 1:,} of {self._pages:,}"
        return words

    def on_value_view_passed(self, event: ValueView.Passed) -> None:
        page = self._page + event.step
        if not self._structured and 0 <= page < self._pages:
            self._page = page
            self._show(bottom=event.step < 0)

    def on_value_view_chosen(self, event: ValueView.Chosen) -> None:
        lines = self._view.lines
        if isinstance(lines, JsonLines) and lines.toggle(event.line):
            self._view.lines_changed()
        elif isinstance(lines, JsonLines | ArrayLines):
            leaf = lines.leaf(event.line)
            if leaf is not None:
                element = replace(self._column, type_oid=_TEXT, type_name="text")
                self.app.push_screen(CellScreen(leaf, element, place=self._place))

    def action_part(self, end: int) -> None:
        """Show the first (-1) or last (1) part of a long text."""
        self._page = 0 if end < 0 else self._pages - 1
        self._show(bottom=end > 0)

    def action_switch(self) -> None:
        """Show the text instead of its structure, or the other way round."""
        self._structured = self._structure is not None and not self._structured
        self._show()

    def action_fold(self, folded: int) -> None:
        """Fold everything, or unfold it."""
        if isinstance(self._view.lines, JsonLines):
            self._view.lines.fold_all(bool(folded))
            self._view.lines_changed()
            self._view.move_to(0)

    def action_copy(self) -> None:
        """Ask for the value to be copied."""
        self.post_message(self.CopyRequested(self._value or ""))

    def action_close(self) -> None:
        self.dismiss(None)


class _Fields:
    """The columns of one row, each with some lines of its value."""

    def __init__(self, columns: Sequence[Column], row: Row | None, width: int) -> None:
        self._lines: list[list[Piece]] = []
        self.starts: list[int] = []
        names = [safe(column.name, _NAME_WIDTH) for column in columns]
        room = min(_NAME_WIDTH, max(map(len, names), default=0))
        for i, column in enumerate(columns):
            self.starts.append(len(self._lines))
            value = "…" if row is None else row[i]
            look = "number" if column.numeric else "text"
            texts = ["NULL"]
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
        self._fields = _Fields(grid.columns, row, width)
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
