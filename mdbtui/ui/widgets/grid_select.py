"""Which cells of the grid are selected: one rectangle, whole rows or whole columns."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Shape(Enum):
    """What a selection is made of."""

    CELLS = "cells"
    ROWS = "rows"
    COLUMNS = "columns"
    ALL = "all"


@dataclass(frozen=True)
class Selection:
    """A rectangle between two corners, in drawn rows and column positions.

    Attributes:
        shape: Rows reach over all columns, columns over all rows, also over those
            that arrive later.
        row: The corner where it began.
        col: The corner where it began.
        to_row: The corner that moves.
        to_col: The corner that moves.
    """

    shape: Shape
    row: int
    col: int
    to_row: int
    to_col: int

    def extend(self, row: int, col: int) -> Selection:
        """Return the same selection with its moving corner elsewhere."""
        return Selection(self.shape, self.row, self.col, row, col)

    def rows(self, count: int) -> range:
        """Return the selected rows of `count`."""
        if self.shape in (Shape.COLUMNS, Shape.ALL):
            return range(count)
        first, last = sorted((self.row, self.to_row))
        return range(first, min(last + 1, count))

    def cols(self, count: int) -> range:
        """Return the selected column positions of `count`."""
        if self.shape in (Shape.ROWS, Shape.ALL):
            return range(count)
        first, last = sorted((self.col, self.to_col))
        return range(first, min(last + 1, count))

    def holds_row(self, row: int) -> bool:
        """Whether any cell of `row` is selected."""
        if self.shape in (Shape.COLUMNS, Shape.ALL):
            return True
        return min(self.row, self.to_row) <= row <= max(self.row, self.to_row)
