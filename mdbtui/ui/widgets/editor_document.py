"""The editor's text: lines, and what must not be counted anew at every key.

Textual's own document joins all lines, measures all lines and adds up all heights for
each key or even each painted line; at 10,000 lines that takes longer than anything
else an editor does.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from rich.cells import cell_len
from textual.document._document import Document, EditResult, Location
from textual.document._wrapped_document import WrappedDocument
from textual.expand_tabs import expand_tabs_inline
from textual.geometry import Offset, Size


@dataclass(frozen=True)
class DocumentEdit:
    """What an edit did: lines and characters replaced, counted from where.

    Attributes:
        line: the first line touched.
        old_lines, new_lines: how many lines were replaced by how many.
        start: the offset in the text.
        removed, added: how many characters were replaced by how many.
    """

    line: int
    old_lines: int
    new_lines: int
    start: int
    removed: int
    added: int


def normalised(text: str) -> str:
    """The text with line feeds as its only line ends."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


class SqlDocument(Document):
    """Lines separated by line feeds alone, with cached text, widths and offsets."""

    def __init__(self, text: str) -> None:
        text = normalised(text)
        super().__init__("")
        self._lines = text.split("\n")
        self._text: str | None = text
        self._widths: list[int] | None = None
        self._widest: int | None = None
        self._tab_width = 4
        # Characters before each of the first lines, without their line ends; grows
        # when asked, cut by an edit.
        self._before = [0]
        self.on_edit: Callable[[DocumentEdit], None] = lambda edit: None

    @property
    def text(self) -> str:
        """The whole text; joined once after each edit."""
        if self._text is None:
            self._text = "\n".join(self._lines)
        return self._text

    def line_offset(self, row: int) -> int:
        """The offset in the text at which a line starts."""
        before, lines = self._before, self._lines
        have = len(before)
        if row >= have:
            sums = accumulate(map(len, lines[have - 1 : row]), initial=before.pop())
            before.extend(sums)
        return before[row] + row

    def offset_at(self, location: Location) -> int:
        """The offset in the text of a line and column."""
        row, column = location
        return self.line_offset(row) + column

    def location_at(self, offset: int) -> Location:
        """The line and column of an offset in the text."""
        before, last = self._before, len(self._lines) - 1
        step = 256
        while len(before) <= last and offset >= before[-1] + len(before) - 1:
            self.line_offset(min(last, len(before) + step))
            step *= 2
        row = bisect_right(range(len(before)), offset, key=lambda i: before[i] + i) - 1
        row = max(0, row)
        column = min(offset - before[row] - row, len(self._lines[row]))
        return row, max(0, column)

    def replace_range(self, start: Location, end: Location, text: str) -> EditResult:
        """Replace a range; the only way in which the text ever changes."""
        top, bottom = sorted((start, end))
        replaced = self.get_text_range(top, bottom)
        before = self._lines[top[0]][: top[1]]
        after = self._lines[bottom[0]][bottom[1] :]
        text = normalised(text)
        offset = self.offset_at(top)
        lines = text.split("\n")
        lines[0] = before + lines[0]
        column = len(lines[-1])
        lines[-1] += after
        self._lines[top[0] : bottom[0] + 1] = lines
        if self._text is not None:
            rest = self._text[offset + len(replaced) :]
            self._text = "".join((self._text[:offset], text, rest))
        del self._before[top[0] + 1 :]
        if self._widths is not None:
            self._measure(top[0], bottom[0] + 1, lines)
        old_lines = bottom[0] - top[0] + 1
        self.on_edit(
            DocumentEdit(
                top[0], old_lines, len(lines), offset, len(replaced), len(text)
            )
        )
        return EditResult((top[0] + len(lines) - 1, column), replaced)

    def _measure(self, first: int, last: int, lines: Sequence[str]) -> None:
        """Note the widths of lines that have come in place of others."""
        assert self._widths is not None
        old = self._widths[first:last]
        new = [self._width(line) for line in lines]
        self._widths[first:last] = new
        if self._widest is not None:
            widest = max(new)
            if widest >= self._widest:
                self._widest = widest
            elif max(old) == self._widest:
                self._widest = None  # there may be another as wide

    def get_text_range(self, start: Location, end: Location) -> str:
        """The text of a range; linear, where Textual's own adds up line by line."""
        (top, left), (bottom, right) = sorted((start, end))
        if top == bottom:
            return self._lines[top][left:right]
        middle = self._lines[top + 1 : bottom]
        return "\n".join(
            (self._lines[top][left:], *middle, self._lines[bottom][:right])
        )

    def get_size(self, tab_width: int) -> Size:
        """Width of the widest line in cells, and the number of lines."""
        if self._widths is None or tab_width != self._tab_width:
            self._tab_width = tab_width
            if self.text.isascii() and "\t" not in self.text:
                self._widths = list(map(len, self._lines))
            else:
                self._widths = [self._width(line) for line in self._lines]
            self._widest = None
        if self._widest is None:
            self._widest = max(self._widths)
        return Size(self._widest, len(self._lines))

    def _width(self, line: str) -> int:
        if line.isascii() and "\t" not in line:
            return len(line)
        return cell_len(line.expandtabs(self._tab_width))


class _PerLine(Sequence[object]):
    """A list of what is the same function of each line's number."""

    def __init__(self, document: SqlDocument, entry: Callable[[int], object]) -> None:
        self._document = document
        self._entry = entry

    def __len__(self) -> int:
        return self._document.line_count

    def __getitem__(self, index: int | slice) -> Any:
        if isinstance(index, slice):
            return [self._entry(i) for i in range(*index.indices(len(self)))]
        if index < 0:
            index += len(self)
        if not 0 <= index < len(self):
            raise IndexError(index)
        return self._entry(index)


class PlainWrapping(WrappedDocument):
    """The view of a document whose lines are never wrapped: nothing to compute."""

    def wrap(self, width: int, tab_width: int | None = None) -> None:
        """Take the tab width; lines stay whole whatever the width."""
        document = self.document
        assert isinstance(document, SqlDocument)
        self._tab_width = tab_width or self._tab_width
        self._wrap_offsets = _PerLine(document, lambda i: [])  # type: ignore[assignment]
        self._tab_width_cache = _PerLine(document, lambda i: [])  # type: ignore[assignment]
        self._offset_to_line_info = _PerLine(document, lambda i: (i, 0))  # type: ignore[assignment]
        self._line_index_to_offsets = _PerLine(document, lambda i: [i])  # type: ignore[assignment]

    def wrap_range(self, start: Location, old_end: Location, new_end: Location) -> None:
        """Nothing depends on the lines' contents."""

    @property
    def height(self) -> int:
        """The number of lines."""
        return self.document.line_count

    def location_to_offset(self, location: Location) -> Offset:
        """The cell at which a character stands."""
        row, column = location
        before = self.document[row][:column]
        if before.isascii() and "\t" not in before:
            return Offset(len(before), row)
        return Offset(cell_len(expand_tabs_inline(before, self._tab_width)), row)

    def get_sections(self, line_index: int) -> list[str]:
        """The whole line, its only section."""
        return [self.document[line_index]]
