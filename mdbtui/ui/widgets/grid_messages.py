"""What the messages of grids share: the grid that they come from."""

from __future__ import annotations

from typing import Generic, TypeVar

from textual.message import Message
from textual.widget import Widget

Grid = TypeVar("Grid", bound=Widget)


class GridMessage(Message, Generic[Grid]):
    """Something happened in a grid, by which the message can be matched."""

    def __init__(self, grid: Grid) -> None:
        super().__init__()
        self.grid = grid

    @property
    def control(self) -> Grid:
        return self.grid
