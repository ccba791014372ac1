"""The results of one query pane: a tab for each result set, and the messages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual import on
from textual.containers import Vertical

from mdbtui.ui.ordering import OrderedStatement
from mdbtui.ui.report import statement_label
from mdbtui.ui.widgets.grid import ResultGrid
from mdbtui.ui.widgets.message_log import MessageLog
from mdbtui.ui.widgets.strips import Tab, TabStrip

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.widget import Widget

    from mdbtui.query import Result, RowSource
    from mdbtui.sql import Statement
    from mdbtui.ui.widgets.message_log import Said

MESSAGES = "messages"
MAX_RESULTS = 20
"""Result sets kept at once; the oldest goes when a run brings more."""


@dataclass
class _Shown:
    key: str
    label: str
    rows: RowSource
    grid: ResultGrid
    statement: Statement


class ResultsPane(Vertical):
    """The lower half of a query pane.

    A run clears what the last one left; each result set that arrives gets a grid
    and a tab. Statements without rows, notices and errors are lines in the
    messages, which come to the front when there is nothing else to see.
    """

    DEFAULT_CSS = """
    ResultsPane { height: 1fr; }
    ResultsPane > .-hidden { display: none; }
    ResultsPane > ResultGrid, ResultsPane > MessageLog { height: 1fr; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._shown: list[_Shown] = []
        self._serial = 0
        self._front = ""
        self._strip = TabStrip()
        self._log = MessageLog()
        # The first grid is always there: a mount would delay the first rows.
        self._first_grid = ResultGrid()
        self._announced = 0

    def compose(self) -> ComposeResult:
        yield self._strip
        yield self._first_grid
        self._log.add_class("-hidden")
        yield self._log

    def on_mount(self) -> None:
        self._refresh_tabs()

    @property
    def grid(self) -> ResultGrid | None:
        """The grid in front, or None while the messages are."""
        if self._front == MESSAGES:
            return None
        for shown in self._shown:
            if shown.key == self._front:
                return shown.grid
        return self._first_grid

    @property
    def statement(self) -> Statement | None:
        """What gave the rows in front."""
        for shown in self._shown:
            if shown.key == self._front:
                return shown.statement
        return None

    @property
    def rows(self) -> RowSource | None:
        """The rows in front."""
        for shown in self._shown:
            if shown.key == self._front:
                return shown.rows
        return None

    @property
    def messages_text(self) -> str:
        """What the messages hold, as plain text."""
        return self._log.plain

    def begin(self) -> None:
        """Forget the last run's results; its messages stay above the new ones."""
        for shown in self._shown:
            if shown.grid is self._first_grid:
                shown.grid.set_source(None)
            else:
                shown.grid.remove()
        self._shown.clear()
        self._announced = 0
        self._bring("")

    def say(self, said: Said, *, to_front: bool = False) -> None:
        """Add a message."""
        self._log.say(said)
        self._announced += 1
        if to_front or (not self._shown and self._front == ""):
            self._bring(MESSAGES)
        else:
            self._refresh_tabs()

    def add(self, result: Result) -> None:
        """Show a result set in a new tab; the first of a run comes to the front."""
        if result.rows is None:
            return
        if len(self._shown) >= MAX_RESULTS:
            self._drop(self._shown[0])
        free = all(shown.grid is not self._first_grid for shown in self._shown)
        grid = self._first_grid if free else ResultGrid(classes="-hidden")
        self._serial += 1
        statement = result.statement
        label = statement_label(statement)
        if isinstance(statement, OrderedStatement) and statement.base is not None:
            mark = "▼" if statement.descending else "▲"
            label = f"{mark}{statement.column + 1} {statement_label(statement.base)}"
        shown = _Shown(
            f"result-{self._serial}", label, result.rows, grid, result.statement
        )
        self._shown.append(shown)
        if not free:
            self.mount(grid, before=self._log)
        grid.set_source(result.rows)
        if len(self._shown) == 1:
            self._bring(shown.key)
        else:
            self._refresh_tabs()

    def show_messages(self) -> None:
        """Bring the messages to the front."""
        self._bring(MESSAGES)

    def step(self, by: int) -> None:
        """Bring the next (1) or previous (-1) tab to the front."""
        keys = [tab.key for tab in self._strip.tabs]
        if self._front in keys:
            self._bring(keys[(keys.index(self._front) + by) % len(keys)])

    @property
    def front(self) -> Widget:
        """What is in front, to be given the keyboard."""
        return self.grid or self._log

    def _drop(self, shown: _Shown) -> None:
        self._shown.remove(shown)
        if shown.grid is self._first_grid:
            shown.grid.set_source(None)
            shown.grid.add_class("-hidden")
        else:
            shown.grid.remove()

    def _bring(self, key: str) -> None:
        had_focus = self.has_focus_within
        self._front = key
        grid = self.grid
        self._first_grid.set_class(grid is not self._first_grid, "-hidden")
        for shown in self._shown:
            shown.grid.set_class(shown.grid is not grid, "-hidden")
        self._log.set_class(grid is not None, "-hidden")
        if had_focus:
            self.screen.set_focus(self.front)
        self._refresh_tabs()

    def _refresh_tabs(self) -> None:
        tabs = [
            Tab(shown.key, f"{number} {shown.label}")
            for number, shown in enumerate(self._shown, 1)
        ]
        if not tabs:
            tabs.append(Tab("", "Results"))
        count = f" ({self._announced})" if self._announced else ""
        tabs.append(Tab(MESSAGES, f"Messages{count}"))
        self._strip.show(tabs, self._front)

    @on(TabStrip.Chosen)
    def _tab_chosen(self, event: TabStrip.Chosen) -> None:
        event.stop()
        self._bring(event.key)
