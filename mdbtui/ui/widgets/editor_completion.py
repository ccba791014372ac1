"""The part of the editor that lets names be proposed: what stands around the cursor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from textual.binding import Binding, BindingType
from textual.document._document import Selection

from mdbtui.ui.widgets.editor_keys import indentation
from mdbtui.ui.widgets.editor_lines import SqlLines

if TYPE_CHECKING:
    from mdbtui.ui.widgets.completer import Completer

COMPLETION_KEYS: list[BindingType] = [
    Binding(
        "ctrl+space,ctrl+@",
        "complete",
        "Complete (again: read the names anew)",
        show=False,
    ),
]
BEFORE, BEHIND = 8_000, 4_000
"""Characters of a statement around the cursor that tell what it means."""


@dataclass(frozen=True)
class Excerpt:
    """What stands around the cursor; never more than some characters of the text.

    Attributes:
        text: the lines of the statement, or those near the cursor.
        offset: where in ``text`` the cursor is.
        carry: what the lexer says is open where ``text`` begins.
        begin: where in the whole text that is.
    """

    text: str
    offset: int
    carry: str
    begin: int


class SqlCompletion(SqlLines, inherit_bindings=False):
    """Tells its completer what happens, and does what that wants."""

    def __init__(self, text: str, **options: Any) -> None:
        super().__init__(text, **options)
        self.completer: Completer | None = None
        """Proposes while the user types, if it is set."""

    @property
    def keeps_escape(self) -> bool:
        """Whether Escape means something here before it means anything else."""
        return self.completer is not None and self.completer.is_open

    def around_cursor(self) -> Excerpt:
        """What has to be read to know what the cursor's place means."""
        document = self.sql
        row, column = self.cursor_location
        offset = document.offset_at((row, column))
        begin, carry = self._reading_start(offset)
        first, left = document.location_at(begin)
        size, last = -column, row
        while last < document.line_count and size <= BEHIND:
            size += len(document[last]) + 1
            last += 1
        lines = document.lines[first:last]
        end = BEHIND + (column if last == row + 1 else 0)
        lines[-1] = lines[-1][left if len(lines) == 1 else 0 : end]
        if len(lines) > 1:
            lines[0] = lines[0][left:]
        return Excerpt("\n".join(lines), offset - begin, carry, begin)

    def _reading_start(self, offset: int) -> tuple[int, str]:
        """Where to begin reading, and what is open there.

        It is where the statement begins; in a long one a line not far before the
        offset, or any place before it, if lines are as long as that.
        """
        start = self._current_index().cut_before(offset)
        if offset - start <= BEFORE:
            return start, ""
        row, column = self.sql.location_at(offset - BEFORE)
        row += 1 if column else 0
        if row <= self.cursor_location[0]:
            state = self._states.guess(row)
            return self.sql.line_offset(row), state.carry or state.body
        return offset - BEFORE, ""

    def insert_proposal(
        self, text: str, start: int, end: int, caret: int | None
    ) -> None:
        """Put a text in place of a span of offsets, as one step that can be undone.

        Args:
            text: goes in; its further lines are indented like the first.
            start: the span's first offset in the whole text.
            end: the offset behind the span.
            caret: where in ``text`` the cursor goes; None is behind it.
        """
        first, last = self.sql.location_at(start), self.sql.location_at(end)
        indent = indentation(self.document[first[0]][: first[1]])
        before = text[:caret].replace("\n", f"\n{indent}").split("\n")
        column = len(before[-1]) + (first[1] if len(before) == 1 else 0)
        cursor = Selection.cursor((first[0] + len(before) - 1, column))
        self.replace_as_one_step(text.replace("\n", f"\n{indent}"), first, last, cursor)

    @property
    def cursor_in_view(self) -> bool:
        """Whether the cursor's line is on the screen."""
        row = self.cursor_location[0] - self.scroll_offset.y
        return 0 <= row < self.content_size.height

    # ---- what happens -----------------------------------------------------------

    def action_complete(self) -> None:
        """Propose what may be written at the cursor."""
        if self.completer is not None and not self.read_only:
            self.completer.ask()

    def on_text_area_changed(self) -> None:
        if self.completer is not None:
            self.completer.changed()

    def on_text_area_selection_changed(self) -> None:
        if self.completer is not None and not self.completer.awaits_change:
            self.completer.changed()

    def on_blur(self) -> None:
        self.end_completion()

    def end_completion(self) -> None:
        """Take the list away, and propose nothing before the next letter."""
        if self.completer is not None:
            self.completer.close()

    def watch_scroll_x(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_x(old_value, new_value)
        self._scrolled()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        self._scrolled()

    def _scrolled(self) -> None:
        if self.completer is not None and self.completer.is_open:
            self.call_after_refresh(self.completer.scrolled)
