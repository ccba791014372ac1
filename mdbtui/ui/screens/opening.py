"""What a screen with results opens over itself: a value, a row, rows side by side."""

from __future__ import annotations

from textual import on
from textual.screen import Screen

from mdbtui.ui.widgets.grid import ResultGrid


class OpeningScreen(Screen[None]):
    """Opens what a grid asks for.

    The screens for it are imported when one is opened: the first frame need not wait
    for them.
    """

    def place_of(self, row: int) -> str:
        """Name a row of a grid, counted from 0, for the title over its value."""
        return f"row {row + 1:,}"

    @on(ResultGrid.CellOpened)
    def _cell_opened(self, event: ResultGrid.CellOpened) -> None:
        from mdbtui.ui.screens.cell import CellScreen

        place = self.place_of(event.row)
        self.app.push_screen(CellScreen(event.value, event.column, place=place))

    @on(ResultGrid.RecordOpened)
    def _record_opened(self, event: ResultGrid.RecordOpened) -> None:
        from mdbtui.ui.screens.record import RecordScreen

        self.app.push_screen(RecordScreen(event.grid))

    @on(ResultGrid.RowsOpened)
    def _rows_opened(self, event: ResultGrid.RowsOpened) -> None:
        from mdbtui.ui.screens.side_by_side import SideBySideScreen

        self.app.push_screen(SideBySideScreen(event.grid))
