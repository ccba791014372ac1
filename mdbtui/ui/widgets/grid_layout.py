"""Where the grid's columns are: order, widths, what is frozen, hidden, in view."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING

from rich.cells import cell_len

from mdbtui.ui.safe import safe

if TYPE_CHECKING:
    from mdbtui.query.rows import Column, Row

MIN_WIDTH = 3
"""Narrowest column in cells: one character, its neighbour and ``…``."""
MAX_WIDTH = 40
"""Widest column that the grid makes by itself while others need the room."""
WIDEST = 500
"""Widest column that a user can make."""
PADDING = 2
"""One blank on each side of a cell's text."""
_SAMPLED_CELLS = 6_000


def text_width(value: str) -> int:
    """Return how many cells `value` takes, up to `WIDEST`."""
    if value.isascii():
        return min(len(value), WIDEST)
    return min(cell_len(safe(value, WIDEST)), WIDEST)


class ColumnLayout:
    """The columns of one result in the order in which they are drawn.

    A *position* counts the drawn columns from 0; an *index* is the column's place in
    the result. Widths never shrink by themselves, and they grow only when the grid
    says so (`grow`), so that nothing moves under a reader's eyes.

    Attributes:
        order: Index of the column at each position.
        widths: Cells of text for each index, without padding.
        offsets: Left edge of each position, and the right edge of the last.
        frozen: So many positions stay on screen while the others scroll.
    """

    def __init__(self, columns: Sequence[Column], null_text: str) -> None:
        self.columns = columns
        self.order = list(range(len(columns)))
        self.frozen = 0
        self._null = cell_len(null_text)
        # A sort mark stands in the padding, so a name needs no room for it.
        self._natural = [max(MIN_WIDTH, text_width(c.name)) for c in columns]
        self._by_hand: set[int] = set()
        self.widths: list[int] = []
        self.offsets: list[int] = []
        self._narrow()

    def measure(self, rows: Iterable[Row], room: int) -> None:
        """Choose all widths from the first rows that are known.

        Args:
            rows: Read until enough cells have been seen; the cost is bounded.
            room: Cells in view. What the short columns leave of it goes to columns
                with longer text, so that a single wide column is not cut for nothing.
        """
        budget = _SAMPLED_CELLS
        for row in rows:
            self._learn(row, self.order)
            budget -= len(row)
            if budget <= 0:
                break
        self._narrow()
        self._spread(room)

    def grow(self, rows: Iterable[Row], positions: Iterable[int]) -> bool:
        """Widen the columns in which `rows` need more than they have.

        Columns whose width a user chose stay as they are.

        Returns:
            Whether anything moved.
        """
        indexes = [i for p in positions if (i := self.order[p]) not in self._by_hand]
        for row in rows:
            self._learn(row, indexes)
        changed = False
        for i in indexes:
            if (wanted := min(self._natural[i], MAX_WIDTH)) > self.widths[i]:
                self.widths[i] = wanted
                changed = True
        if changed:
            self._place()
        return changed

    def fit(self, position: int, rows: Iterable[Row], room: int) -> None:
        """Make a column just as wide as its name and its text in `rows`."""
        index = self.order[position]
        width = max(MIN_WIDTH, text_width(self.columns[index].name))
        for row in rows:
            value = row[index]
            width = max(width, self._null if value is None else text_width(value))
        self.resize(position, min(width, max(MIN_WIDTH, room - PADDING)))

    def resize(self, position: int, width: int) -> None:
        """Set a column's width; it keeps it from now on."""
        index = self.order[position]
        self.widths[index] = max(MIN_WIDTH, min(width, WIDEST))
        self._by_hand.add(index)
        self._place()

    def move(self, position: int, to: int) -> int:
        """Move a column to another position and return where it is now."""
        to = max(0, min(to, len(self.order) - 1))
        self.order.insert(to, self.order.pop(position))
        self._place()
        return to

    def hide(self, position: int) -> bool:
        """Leave a column out. The last one stays: there must be something to see."""
        if len(self.order) < 2:
            return False
        del self.order[position]
        self.frozen = min(self.frozen - (position < self.frozen), len(self.order) - 1)
        self._place()
        return True

    def show_all(self) -> None:
        """Bring hidden columns back, all columns in the result's own order."""
        self.order = list(range(len(self.columns)))
        self._place()

    def show_only(self, order: Sequence[int]) -> None:
        """Show these columns, by index, in this order."""
        self.order = list(order)
        self._place()

    @property
    def hidden(self) -> int:
        """How many columns are left out."""
        return len(self.columns) - len(self.order)

    @property
    def total(self) -> int:
        """Cells of all drawn columns."""
        return self.offsets[-1]

    def frozen_in(self, room: int) -> int:
        """Return how many positions are frozen when `room` cells are in view.

        Fewer than `frozen` when they would leave less than half to the others.
        """
        count = self.frozen
        while count and self.offsets[count] > room // 2:
            count -= 1
        return count

    def at(self, x: int) -> int:
        """Return the position whose cells hold `x`, the nearest one when outside."""
        return max(0, min(bisect_right(self.offsets, x) - 1, len(self.order) - 1))

    def scrolled(self, frozen: int, start: int, stop: int) -> range:
        """Return the positions behind the `frozen` ones between two edges."""
        first = max(frozen, bisect_right(self.offsets, start) - 1)
        last = first
        while last < len(self.order) and self.offsets[last] < stop:
            last += 1
        return range(first, last)

    def _learn(self, row: Row, indexes: Iterable[int]) -> None:
        natural = self._natural
        for i in indexes:
            value = row[i]
            if value is None:
                width = self._null
            elif len(value) * 2 <= natural[i]:
                continue  # short enough even if every character is wide
            else:
                width = text_width(value)
            if width > natural[i]:
                natural[i] = width

    def _narrow(self) -> None:
        self.widths = [min(width, MAX_WIDTH) for width in self._natural]
        self._place()

    def _spread(self, room: int) -> None:
        spare = room - self.total
        cut = [i for i in self.order if self._natural[i] > self.widths[i]]
        while spare > 0 and cut:
            share = max(1, spare // len(cut))
            for i in cut:
                more = min(share, spare, self._natural[i] - self.widths[i])
                self.widths[i] += more
                spare -= more
            cut = [i for i in cut if self._natural[i] > self.widths[i]]
        self._place()

    def _place(self) -> None:
        widths = self.widths
        self.offsets = [0, *accumulate(widths[i] + PADDING for i in self.order)]
