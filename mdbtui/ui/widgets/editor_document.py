"""The editor's text: lines, and what must not be counted anew at every key.

Textual's own document joins all lines, measures all lines and adds up all heights for
each key or even each painted line; at 10,000 lines that takes longer than anything
else an editor does.
"""

from __future__ import annotations

import asyncio
import time
from array import array
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

LARGE = 256 << 10
"""Characters from which a text is read ahead in slices of about a millisecond."""
SLICE, AT_ONCE = 128 << 10, 0.004


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


@dataclass
class ReadAhead:
    """A large text whose lines were found before it is needed.

    Attributes:
        given: the text as it was given.
        text: with line feeds as its only line ends.
        lines: its lines.
        widths: how wide they are in cells.
    """

    given: str
    text: str
    lines: list[str]
    widths: array[int]
    widest: int = 0

    @classmethod
    async def of(cls, given: str, tab_width: int = 4) -> ReadAhead:
        """Read a text in slices, between which the loop goes on."""
        text = normalised(given)
        ahead = cls(given, text, [], array("q"))
        at = 0
        until = time.perf_counter() + AT_ONCE
        while at >= 0:
            end = text.find("\n", at + SLICE)
            piece = text[at : end if end >= 0 else None]
            lines = piece.split("\n")
            widths = _widths(piece, lines, tab_width)
            ahead.lines += lines
            ahead.widths.extend(widths)
            ahead.widest = max(ahead.widest, max(widths))
            at = end + 1 if end >= 0 else -1
            if time.perf_counter() > until:
                await asyncio.sleep(0)
                until = time.perf_counter() + AT_ONCE
        return ahead


def _widths(text: str, lines: Sequence[str], tab_width: int) -> array[int]:
    """The widths of the lines that make up a text."""
    if text.isascii() and "\t" not in text:
        return array("q", map(len, lines))
    return array("q", (_width(line, tab_width) for line in lines))


def _width(line: str, tab_width: int) -> int:
    if line.isascii() and "\t" not in line:
        return len(line)
    return cell_len(line.expandtabs(tab_width))


class SqlDocument(Document):
    """Lines separated by line feeds alone, with cached text, widths and offsets."""

    def __init__(self, text: str | ReadAhead) -> None:
        super().__init__("")
        # Arrays: a collection of garbage need not look at each number.
        self._widths: array[int] | None = None
        self._widest: int | None = None
        self._tab_width = 4
        self.ahead: ReadAhead | None = None
        """A text that may come next; used if it is the one."""
        if isinstance(text, ReadAhead):
            self._lines = text.lines
            self._widths, self._widest = text.widths, text.widest
            self._text: str | None = text.text
        else:
            self._text = normalised(text)
            self._lines = self._text.split("\n")
        # Characters before each of the first lines, without their line ends; grows
        # when asked, cut by an edit.
        self._before = array("q", [0])
        # What is to be added behind a line, since it was typed in there.
        self._typed_row, self._typed = -1, 0
        self.on_edit: Callable[[DocumentEdit], None] = lambda edit: None

    @property
    def text(self) -> str:
        """The whole text; joined once after each edit."""
        if self._text is None:
            self._text = "\n".join(self._lines)
        return self._text

    def line_offset(self, row: int) -> int:
        """The offset in the text at which a line starts."""
        if row >= len(self._before):
            self._count_to(row)
        return self._offset(row)

    def _offset(self, row: int) -> int:
        typed = self._typed if row > self._typed_row else 0
        return self._before[row] + row + typed

    def _count_to(self, row: int) -> None:
        before, have = self._before, len(self._before)
        if have - 1 <= self._typed_row:
            self._typed_row, self._typed = -1, 0
        sizes = map(len, self._lines[have - 1 : row])
        before.extend(accumulate(sizes, initial=before.pop()))

    def count_on(self, seconds: float) -> bool:
        """Count lines ahead for about so long; whether all are counted."""
        until = time.perf_counter() + seconds
        last = len(self._lines) - 1
        while len(self._before) <= last and time.perf_counter() < until:
            self._count_to(min(last, len(self._before) + 10_000))
        return len(self._before) > last

    def _edited_lines(self, top: int, old: int, new: int, grown: int) -> None:
        """Keep what is known of the offsets after an edit."""
        known = min(top, self._typed_row) if self._typed else top
        if old == new == 1 and (not self._typed or self._typed_row == top):
            self._typed_row, self._typed = top, self._typed + grown
        else:
            del self._before[known + 1 :]
            self._typed_row, self._typed = -1, 0

    def offset_at(self, location: Location) -> int:
        """The offset in the text of a line and column."""
        row, column = location
        return self.line_offset(row) + column

    def location_at(self, offset: int) -> Location:
        """The line and column of an offset in the text."""
        before, last = self._before, len(self._lines) - 1
        step = 256
        while len(before) <= last and offset >= self._offset(len(before) - 1):
            self._count_to(min(last, len(before) + step))
            step *= 2
        row = max(0, bisect_right(range(len(before)), offset, key=self._offset) - 1)
        column = min(offset - self._offset(row), len(self._lines[row]))
        return row, max(0, column)

    def replace_range(self, start: Location, end: Location, text: str) -> EditResult:
        """Replace a range; the only way in which the text ever changes."""
        top, bottom = sorted((start, end))
        offset = self.offset_at(top)
        if self._text is not None and bottom[0] > top[0]:
            replaced = self._text[offset : self.offset_at(bottom)]
        else:
            replaced = self.get_text_range(top, bottom)
        before = self._lines[top[0]][: top[1]]
        after = self._lines[bottom[0]][bottom[1] :]
        ahead, self.ahead = self.ahead, None
        widths: array[int] | None = None
        if ahead is not None and ahead.given is text:
            text, lines, widths = ahead.text, ahead.lines, ahead.widths
        else:
            text = normalised(text)
            lines = text.split("\n")
        lines[0] = before + lines[0]
        column = len(lines[-1])
        lines[-1] += after
        self._lines[top[0] : bottom[0] + 1] = lines
        if self._text is not None:
            rest = self._text[offset + len(replaced) :]
            self._text = "".join((self._text[:offset], text, rest))
        grown = len(text) - len(replaced)
        self._edited_lines(top[0], bottom[0] - top[0] + 1, len(lines), grown)
        if self._widths is not None:
            if widths is None:
                widths = _widths(text, lines, self._tab_width)
            for at in (0, -1):  # they have more than what is put in
                widths[at] = _width(lines[at], self._tab_width)
            self._measure(top[0], bottom[0] + 1, widths)
        old_lines = bottom[0] - top[0] + 1
        self.on_edit(
            DocumentEdit(
                top[0], old_lines, len(lines), offset, len(replaced), len(text)
            )
        )
        return EditResult((top[0] + len(lines) - 1, column), replaced)

    def _measure(self, first: int, last: int, new: array[int]) -> None:
        """Note the widths of lines that have come in place of others."""
        assert self._widths is not None
        old = self._widths[first:last]
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
            self._widths = _widths(self.text, self._lines, tab_width)
            self._widest = None
        if self._widest is None:
            self._widest = max(self._widths)
        return Size(self._widest, len(self._lines))


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
