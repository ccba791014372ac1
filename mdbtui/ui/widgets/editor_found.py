"""The places of a text that a search found."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mdbtui.sql.search import Spans

_PER_LINE = 500
"""Marks painted in one line; the others of it are passed over."""


class FoundMarks:
    """What was found, in the order of the text and without overlaps.

    Args:
        spans: Offsets: each place's start, and then its end.
    """

    def __init__(self, spans: Spans | None = None) -> None:
        self.spans: Spans = array("Q") if spans is None else spans

    def __len__(self) -> int:
        return len(self.spans) // 2

    def __getitem__(self, index: int) -> tuple[int, int]:
        return self.spans[2 * index], self.spans[2 * index + 1]

    def after(self, offset: int) -> int:
        """The index of the first place that begins at an offset or behind it."""
        return bisect_left(range(len(self)), offset, key=lambda i: self[i][0])

    def edited(self, offset: int) -> None:
        """Forget the places that are touched by an edit, or lie behind it."""
        kept = bisect_right(range(len(self)), offset, key=lambda i: self[i][1])
        del self.spans[2 * kept :]

    def within(self, line: int, left: int, right: int) -> tuple[tuple[int, int], ...]:
        """The columns that are to be marked between two columns of a line.

        Args:
            line: The offset of the line.
            left: The first column of interest.
            right: The last one.
        """
        first = self.after(line + left)
        if first and self[first - 1][1] > line + left:
            first -= 1
        found = []
        for index in range(first, min(first + _PER_LINE, len(self))):
            start, end = self[index]
            if start > line + right:
                break
            # An empty place is shown as one character.
            column = max(0, start - line)
            found.append((column, min(max(end - line, column + 1), right + 1)))
        return tuple(found)
