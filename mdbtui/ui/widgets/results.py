"""The results of one query pane: a tab for each result set, and the messages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual import on
from textual.binding import Binding
from textual.containers import Vertical
from textual.message import Message

from mdbtui.ui.ordering import OrderedStatement
from mdbtui.ui.report import statement_label
from mdbtui.ui.widgets.grid import ResultGrid
from mdbtui.ui.widgets.message_log import MessageLog
from mdbtui.ui.widgets.strips import Tab, TabStrip

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.widget import Widget

    from mdbtui.query import Result, RowStore
    from mdbtui.query.plan import Plan
    from mdbtui.sql import Statement
    from mdbtui.ui.widgets.message_log import Said
    from mdbtui.ui.widgets.plan_view import PlanView

MESSAGES = "messages"
MAX_RESULTS = 20
"""Result sets kept at once; the oldest goes when a run brings more."""


@dataclass
class _Shown:
    key: str
    label: str
    rows: RowStore | None
    view: ResultGrid | PlanView
    statement: Statement
    pinned: bool = False

    @property
    def stores(self) -> list[RowStore]:
        """Its rows, if it has any."""
        return [] if self.rows is None else [self.rows]


def _label(result: Result) -> str:
    statement = result.statement
    if isinstance(statement, OrderedStatement) and statement.base is not None:
        mark = "▼" if statement.descending else "▲"
        return f"{mark}{statement.column + 1} {statement_label(statement.base)}"
    return statement_label(statement)


class ResultsPane(Vertical):
    """The lower half of a query pane.

    A run clears what the last one left; each result set that arrives gets a grid
    and a tab, and so does a plan. Statements without rows, notices and errors are
    lines in the messages, which come to the front when there is nothing else to see.
    """

    DEFAULT_CSS = """
    ResultsPane { height: 1fr; }
    ResultsPane > .-hidden { display: none; }
    ResultsPane > ResultGrid, ResultsPane > PlanView, ResultsPane > MessageLog {
        height: 1fr;
    }
    """

    BINDINGS = [
        Binding("P", "pin", "Keep this result through the next runs"),
        Binding("R", "run_again", "Run this result's statement again, or explain it"),
    ]

    class RunAgainRequested(Message):
        """A result's statement is to be run again."""

        def __init__(self, statement: Statement) -> None:
            super().__init__()
            self.statement = statement

    def __init__(self, null_text: str = "NULL", *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._null_text = null_text
        self._shown: list[_Shown] = []
        self._serial = 0
        self._front = ""
        self._strip = TabStrip()
        self._log = MessageLog()
        # The first grid is always there: a mount would delay the first rows.
        self._first_grid = ResultGrid(null_text=null_text)
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
        """The grid in front, or None while something else is."""
        view = self._view
        return view if isinstance(view, ResultGrid) else None

    @property
    def _view(self) -> ResultGrid | PlanView | None:
        """What is in front, or None while the messages are."""
        if self._front == MESSAGES:
            return None
        for shown in self._shown:
            if shown.key == self._front:
                return shown.view
        return self._first_grid

    @property
    def plans(self) -> list[tuple[str, PlanView]]:
        """The plans, each with its tab's label."""
        return [
            (f"{number} {shown.label}", shown.view)
            for number, shown in enumerate(self._shown, 1)
            if not isinstance(shown.view, ResultGrid)
        ]

    @property
    def statement(self) -> Statement | None:
        """What gave the rows in front."""
        for shown in self._shown:
            if shown.key == self._front:
                return shown.statement
        return None

    @property
    def rows(self) -> RowStore | None:
        """The rows in front."""
        for shown in self._shown:
            if shown.key == self._front:
                return shown.rows
        return None

    @property
    def messages_text(self) -> str:
        """What the messages hold, as plain text."""
        return self._log.plain

    def begin(self) -> list[RowStore]:
        """Forget the last run's results but for the pinned ones.

        Returns:
            The rows that are shown no more, to be closed.
        """
        self._announced = 0
        forgotten = [shown for shown in self._shown if not shown.pinned]
        rows = [store for shown in forgotten for store in self._drop(shown)]
        self._bring("")
        return rows

    def forget_all(self) -> list[RowStore]:
        """Forget every result; return the rows, to be closed."""
        rows = [store for shown in self._shown for store in shown.stores]
        self._shown.clear()
        return rows

    def say(self, said: Said, *, to_front: bool = False) -> None:
        """Add a message."""
        self._log.say(said)
        self._announced += 1
        if to_front or self._front == "":
            self._bring(MESSAGES)
        else:
            self._refresh_tabs()

    def add(self, result: Result) -> list[RowStore]:
        """Show a result set in a new tab; the first of a run comes to the front.

        Returns:
            The rows that had to make room, to be closed.
        """
        if result.rows is None:
            return []
        forgotten = self._make_room()
        free = all(shown.view is not self._first_grid for shown in self._shown)
        grid = self._first_grid
        if not free:
            grid = ResultGrid(null_text=self._null_text, classes="-hidden")
        key = self._append(_label(result), result.rows, grid, result.statement)
        grid.set_source(result.rows)
        if self._front in ("", MESSAGES):
            self._bring(key)
        else:
            self._refresh_tabs()
        return forgotten

    def add_plan(self, plan: Plan, statement: Statement, db_id: str) -> list[RowStore]:
        """Show a plan in a new tab, in front; returns what `add` does."""
        # Most starts see no plan.
        from mdbtui.ui.widgets.plan_view import PlanView

        forgotten = self._make_room()
        view = PlanView(plan, statement, db_id, classes="-hidden")
        label = f"{'analyze' if plan.analyzed else 'plan'} {statement_label(statement)}"
        self._bring(self._append(label, None, view, statement))
        return forgotten

    def _make_room(self) -> list[RowStore]:
        if len(self._shown) < MAX_RESULTS:
            return []
        oldest = next((s for s in self._shown if not s.pinned), self._shown[0])
        return self._drop(oldest)

    def _append(
        self,
        label: str,
        rows: RowStore | None,
        view: ResultGrid | PlanView,
        statement: Statement,
    ) -> str:
        self._serial += 1
        key = f"result-{self._serial}"
        self._shown.append(_Shown(key, label, rows, view, statement))
        if view is not self._first_grid:
            self.mount(view, before=self._log)
        return key

    def action_pin(self) -> None:
        """Keep the result in front through the next runs, or not any more."""
        for shown in self._shown:
            if shown.key == self._front:
                shown.pinned = not shown.pinned
        self._refresh_tabs()

    def action_run_again(self) -> None:
        """Ask for the statement in front to be run again: all rows, from the first."""
        view = self._view
        if isinstance(view, ResultGrid | None):
            if self.statement is not None:
                self.post_message(self.RunAgainRequested(self.statement))
        else:
            view.post_message(view.AgainRequested(view))

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
        view = self._view
        if view is None:
            return self._log
        return view if isinstance(view, ResultGrid) else view.front

    def _drop(self, shown: _Shown) -> list[RowStore]:
        self._shown.remove(shown)
        if shown.view is self._first_grid:
            self._first_grid.set_source(None)
            self._first_grid.add_class("-hidden")
        else:
            shown.view.remove()
        return shown.stores

    def _bring(self, key: str) -> None:
        had_focus = self.has_focus_within
        self._front = key
        view = self._view
        self._first_grid.set_class(view is not self._first_grid, "-hidden")
        for shown in self._shown:
            shown.view.set_class(shown.view is not view, "-hidden")
        self._log.set_class(view is not None, "-hidden")
        if had_focus:
            self.screen.set_focus(self.front)
        self._refresh_tabs()

    def _refresh_tabs(self) -> None:
        tabs = [
            Tab(shown.key, f"{number} {'■ ' if shown.pinned else ''}{shown.label}")
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
