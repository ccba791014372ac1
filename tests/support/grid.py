"""An app that holds nothing but a results grid."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from textual.app import App, ComposeResult
from textual.message import Message
from textual.pilot import Pilot

from mdbtui.query.rows import RowSource
from mdbtui.ui.widgets.grid import ResultGrid
from tests.support.rows import INT4, ListSource, column
from tests.support.waiting import eventually


class GridApp(App[None]):
    """Shows a grid and remembers what it said."""

    def __init__(self, source: RowSource | None) -> None:
        super().__init__()
        self.source = source
        self.grid = ResultGrid()
        self.said: list[Message] = []

    def compose(self) -> ComposeResult:
        yield self.grid

    def on_mount(self) -> None:
        self.grid.set_source(self.source)
        self.grid.focus()

    def last(self, kind: type[Message]) -> Any:
        """The newest message of a kind, None when there was none."""
        return next((m for m in reversed(self.said) if isinstance(m, kind)), None)

    def screen_lines(self) -> list[str]:
        """What is on the screen, as text."""
        strips = self.screen._compositor.render_strips(self.size)
        return [strip.text for strip in strips]


@asynccontextmanager
async def shown(
    source: RowSource | None, size: tuple[int, int] = (80, 20)
) -> AsyncIterator[tuple[Pilot[None], GridApp, ResultGrid]]:
    """Run a grid on a source until it has the focus."""
    app = GridApp(source)
    async with app.run_test(size=size, message_hook=app.said.append) as pilot:
        await eventually(lambda: app.focused is app.grid)
        await pilot.pause()
        yield pilot, app, app.grid


def people(count: int, *, complete: bool = True) -> ListSource:
    """Rows with a number, a name, an amount that is sometimes NULL, and a text."""
    columns = [
        column("id", INT4),
        column("name"),
        column("amount", 1700, "numeric"),
        column("remark"),
    ]
    return ListSource(columns, (person(i) for i in range(count)), complete=complete)


def person(i: int) -> tuple[str | None, ...]:
    amount = None if i % 5 == 4 else f"{(i * 37) % 101}.50"
    return str(i), f"user {i % 7}", amount, f"remark on {i}"
