"""The part of the editor that changes whole lines and words; each change one undo."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from textual.binding import Binding, BindingType
from textual.document._document import Location, Selection
from textual.document._edit import Edit

from mdbtui.ui.widgets.editor_keys import (
    case_toggled,
    comment_toggled,
    dedented,
    joined,
)
from mdbtui.ui.widgets.editor_view import SqlView

LINE_KEYS: list[BindingType] = [
    Binding(
        "ctrl+slash,ctrl+underscore",
        "toggle_comment",
        "Comment or uncomment",
        show=False,
    ),
    Binding("shift+tab", "dedent", "Indent less", show=False),
    Binding("ctrl+d", "duplicate", "Duplicate the line or selection", show=False),
    Binding("alt+up", "move_lines(-1)", "Move the lines up", show=False),
    Binding("alt+down", "move_lines(1)", "Move the lines down", show=False),
    Binding("alt+j", "join_lines", "Join lines", show=False),
    Binding("alt+k,ctrl+shift+k", "delete_line", "Delete lines", show=False),
    Binding("alt+shift+u", "toggle_case", "Upper or lower case", show=False),
]
_WORD = re.compile(r"[\w$]+")


class SqlLines(SqlView, inherit_bindings=False):
    """Indents, comments, duplicates, moves and joins lines."""

    def _rows(self) -> tuple[int, int]:
        """The first and last line of the selection, or the cursor's."""
        (top, _), (bottom, right) = sorted(self.selection)
        if bottom > top and right == 0:
            bottom -= 1  # the selection ends before this line's first character
        return top, bottom

    def replace_as_one_step(
        self, text: str, start: Location, end: Location, selection: Selection
    ) -> None:
        """Replace a range, to be undone by itself, and select what is given."""
        self.history.checkpoint()
        self.edit(Edit(text, start, end, False))
        self.selection = selection
        self.history.checkpoint()
        self.scroll_cursor_visible()

    def _change_lines(self, change: Callable[[Sequence[str]], list[str]]) -> None:
        """Change whole lines as one edit; the selection stays on the same text."""
        if self.read_only:
            return
        top, bottom = self._rows()
        old = self.document.lines[top : bottom + 1]
        new = change(old)
        if new == old:
            return
        grown = [
            len(after) - len(before) for before, after in zip(old, new, strict=True)
        ]

        def moved(place: Location) -> Location:
            row, column = place
            shift = grown[row - top] if top <= row <= bottom else 0
            return row, max(0, column + shift)

        selection = Selection(*map(moved, self.selection))
        ends = (top, 0), (bottom, len(old[-1]))
        self.replace_as_one_step("\n".join(new), *ends, selection)

    def action_dedent(self) -> None:
        """Move the selected lines, or the cursor's, out by one step."""
        self._change_lines(dedented)

    def action_toggle_comment(self) -> None:
        """Make the selected lines, or the cursor's, comments, or take that back."""
        self._change_lines(comment_toggled)

    def action_duplicate(self) -> None:
        """Put a copy behind the selection, or of the line below it; go to the copy."""
        if self.read_only:
            return
        start, end = self.selection
        if not self.selection.is_empty:
            start, end = sorted((start, end))
            text = self.selected_text
            last = end[0] + text.count("\n")
            column = len(text) - (text.rfind("\n") + 1)
            after = last, column + (end[1] if last == end[0] else 0)
            self.replace_as_one_step(text, end, end, Selection(end, after))
            return
        row, column = end
        line = self.document[row]
        place = row, len(line)
        copy = Selection.cursor((row + 1, column))
        self.replace_as_one_step(f"\n{line}", place, place, copy)

    def action_move_lines(self, by: int) -> None:
        """Move the selected lines, or the cursor's, up (-1) or down (1) by one."""
        top, bottom = self._rows()
        first, last = (top - 1, bottom) if by < 0 else (top, bottom + 1)
        if self.read_only or first < 0 or last >= self.document.line_count:
            return
        lines = self.document.lines[first : last + 1]
        lines = [*lines[1:], lines[0]] if by < 0 else [lines[-1], *lines[:-1]]
        # One of whole lines may end on the line below them.
        final = first + len(lines) - 1
        selection = Selection(
            *(
                (row + by, column) if row + by <= final else (final, len(lines[-1]))
                for row, column in self.selection
            )
        )
        ends = (first, 0), (last, len(self.document[last]))
        self.replace_as_one_step("\n".join(lines), *ends, selection)

    def action_join_lines(self) -> None:
        """Join the selected lines, or the cursor's with the next."""
        top, bottom = self._rows()
        bottom = max(bottom, top + 1)
        if self.read_only or bottom >= self.document.line_count:
            return
        lines = self.document.lines[top : bottom + 1]
        for row, following in enumerate(lines[1:], top):
            if self._ends_in_comment(row) and following.strip():
                if following.lstrip().startswith("--"):
                    continue
                self.notify("What follows would become a part of the comment.")
                return
        text = joined(lines)
        at = len(joined(lines[:-1]))
        ends = (top, 0), (bottom, len(lines[-1]))
        self.replace_as_one_step(text, *ends, Selection.cursor((top, at)))

    def _ends_in_comment(self, row: int) -> bool:
        spans = self._states.spans(row)
        if not spans or spans[-1][2] != "comment":
            return False
        return self.document[row].startswith("--", spans[-1][0])

    def action_delete_line(self) -> None:
        """Delete the selected lines, or the cursor's."""
        if self.read_only:
            return
        top, bottom = self._rows()
        last = self.document.line_count - 1
        column = self.selection.end[1]
        start, end = (top, 0), (bottom + 1, 0)
        if bottom == last:
            start = (top - 1, len(self.document[top - 1])) if top else (0, 0)
            end = last, len(self.document[last])
        row = min(top, max(0, last - (bottom - top + 1)))
        self.replace_as_one_step("", start, end, Selection.cursor((top, 0)))
        column = min(column, len(self.document[row]))
        self.selection = Selection.cursor((row, column))

    def action_toggle_case(self) -> None:
        """Put the selection, or the word at the cursor, in upper or lower case."""
        self._change_words(case_toggled)

    def action_upper_case(self) -> None:
        """Put the selection, or the word at the cursor, in upper case."""
        self._change_words(str.upper)

    def action_lower_case(self) -> None:
        """Put the selection, or the word at the cursor, in lower case."""
        self._change_words(str.lower)

    def _change_words(self, change: Callable[[str], str]) -> None:
        start, end = sorted(self.selection)
        if start == end:
            row, column = start
            for found in _WORD.finditer(self.document[row]):
                if found.start() <= column <= found.end():
                    start, end = (row, found.start()), (row, found.end())
                    break
        old = self.get_text_range(start, end)
        new = change(old)
        if not self.read_only and new != old:
            selection = self.selection
            if len(new) != len(old):  # ß is SS in upper case
                selection = Selection.cursor(start)
            self.replace_as_one_step(new, start, end, selection)
