"""The results of one query pane: a tab for each result set, and the messages."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING

from rich.text import Text
from textual import on
from textual.binding import Binding
from textual.containers import Vertical
from textual.message import Message

from mdbtui.ui.keymaps import named
from mdbtui.ui.report import statement_label
from mdbtui.ui.widgets.grid import ResultGrid
from mdbtui.ui.widgets.message_log import MessageLog, Mood, Said
from mdbtui.ui.widgets.results_shown import Shown, label_of
from mdbtui.ui.widgets.strips import Tab, TabStrip

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.widget import Widget

    from mdbtui.query import Result, RowStore, Timing
    from mdbtui.query.fanout import FanOut
    from mdbtui.query.merged import MergedRows
    from mdbtui.query.plan import Plan
    from mdbtui.sql import Statement
    from mdbtui.ui.widgets.fanout_view import FanOutView
    from mdbtui.ui.widgets.plan_view import PlanView

MESSAGES = "messages"
HINT = "no result yet · {key.run} runs the statement"
MAX_RESULTS = 20
"""Result sets kept at once, without pinned ones; the oldest goes when more come."""
MAX_PINNED = 20


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

    BINDINGS = named(
        "result_tabs",
        [
            Binding("right_square_bracket", "step(1)", "Next result"),
            Binding("left_square_bracket", "step(-1)", "Previous result"),
            Binding("P", "pin", "Keep this result through the next runs"),
            Binding(
                "R", "run_again", "Run this result's statement again, or explain it"
            ),
        ],
    )

    class RunAgainRequested(Message):
        """A result's statement is to be run again."""

        def __init__(self, statement: Statement) -> None:
            super().__init__()
            self.statement = statement

    class Painted(Message):
        """A result's first rows are on the screen."""

    def __init__(self, null_text: str = "NULL", *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._null_text = null_text
        self._shown: list[Shown] = []
        self._serial = 0
        self._front = ""
        self._strip = TabStrip()
        self._log = MessageLog()
        # The first grid is always there: a mount would delay the first rows.
        self._first_grid = ResultGrid(null_text=null_text)
        self._crowded = False
        self._spare: FanOutView | None = None
        """Was dropped, to be used again."""

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
        if self._in_front is not None:
            return self._in_front.grid
        return None if self._front == MESSAGES else self._first_grid

    @property
    def fan_out(self) -> FanOutView | None:
        """The fan-out in front, or None while something else is."""
        return self._in_front.fan if self._in_front else None

    def fan_out_of(self, fan: FanOut) -> FanOutView | None:
        """Return where a fan-out is shown, in front or behind; None for nowhere."""
        views = (s.fan for s in self._shown if s.fan is not None)
        return next((view for view in views if view.fan is fan), None)

    @property
    def _view(self) -> ResultGrid | PlanView | FanOutView | None:
        """What is in front, or None while the messages are."""
        if self._front == MESSAGES:
            return None
        return self._in_front.view if self._in_front else self._first_grid

    @property
    def _in_front(self) -> Shown | None:
        return next((s for s in self._shown if s.key == self._front), None)

    @property
    def plans(self) -> list[tuple[str, PlanView]]:
        """The plans, each with its tab's label."""
        return [
            (f"{number} {shown.label}", shown.plan)
            for number, shown in enumerate(self._shown, 1)
            if shown.plan is not None
        ]

    @property
    def statement(self) -> Statement | None:
        """What gave the rows in front."""
        return self._in_front.statement if self._in_front else None

    @property
    def rows(self) -> RowStore | MergedRows | None:
        """The rows in front."""
        return self._in_front.rows if self._in_front else None

    @property
    def known(self) -> tuple[str, str]:
        """What is known of the rows in front, and what else is to be said of them."""
        grid = self.grid
        return grid.known if self._in_front and grid is not None else ("", "")

    @property
    def timing(self) -> Timing | None:
        """Where the time of the rows in front went."""
        return self._in_front.timing if self._in_front else None

    @property
    def paint_ms(self) -> float | None:
        """From having the first rows in front to having them on the screen.

        None for a result that came behind another one.
        """
        return self._in_front.paint_ms if self._in_front else None

    @property
    def messages_text(self) -> str:
        """What the messages hold, as plain text."""
        return self._log.plain

    def begin(self) -> list[RowStore | MergedRows]:
        """Forget the last run's results but for the pinned ones.

        Returns:
            The rows that are shown no more, to be closed.
        """
        rows = self._forget()
        self._bring("")
        return rows

    def _forget(self) -> list[RowStore | MergedRows]:
        """Drop the results but for the pinned ones; return their rows."""
        self._crowded = False
        forgotten = [shown for shown in self._shown if not shown.pinned]
        return [store for shown in forgotten for store in self._drop(shown)]

    def forget_all(self) -> list[RowStore | MergedRows]:
        """Forget every result; return the rows, to be closed."""
        rows = [store for shown in self._shown for store in shown.stores]
        self._shown.clear()
        return rows

    def say(self, said: Said, *, to_front: bool = False) -> None:
        """Add a message."""
        self._log.say(said)
        if to_front or self._front == "":
            self._bring(MESSAGES)
        else:
            self._refresh_tabs()

    def add(self, result: Result) -> list[RowStore | MergedRows]:
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
        shown = self._append(label_of(result), grid, result.statement)
        shown.rows, shown.timing = result.rows, result.timing
        grid.set_source(result.rows)
        if self._front in ("", MESSAGES):
            self._bring(shown.key)
            grid.call_after_refresh(self._painted, shown, perf_counter())
        else:
            self._refresh_tabs()
        return forgotten

    def replace(self, result: Result) -> list[RowStore | MergedRows]:
        """Show a result in its statement's tab; returns what `add` does.

        The cursor stays where it is.
        """
        old = next((s for s in self._shown if s.statement is result.statement), None)
        if result.rows is None or old is None or not isinstance(old.view, ResultGrid):
            return self.add(result)
        gone = old.stores
        old.rows, old.timing = result.rows, result.timing
        grid = old.view
        row, column, place = grid.cursor_row, grid.cursor_col, grid.scroll_offset
        grid.set_source(result.rows)
        grid.cursor_row = max(0, min(row, grid.row_count - 1))
        grid.cursor_col = max(0, min(column, len(result.rows.columns) - 1))
        grid.scroll_to(place.x, place.y, animate=False)
        self._refresh_tabs()
        return gone

    def add_plan(
        self, plan: Plan, statement: Statement, db_id: str
    ) -> list[RowStore | MergedRows]:
        """Show a plan in a new tab, in front; returns what `add` does."""
        # Most starts see no plan.
        from mdbtui.ui.widgets.plan_view import PlanView

        forgotten = self._make_room()
        view = PlanView(plan, statement, db_id, classes="-hidden")
        label = f"{'analyze' if plan.analyzed else 'plan'} {statement_label(statement)}"
        shown = self._append(label, view, statement)
        shown.plan = view
        self._bring(shown.key)
        return forgotten

    def begin_fan_out(
        self, fan: FanOut, *, focus: bool = False
    ) -> list[RowStore | MergedRows]:
        """Forget the last run's results as `begin` does, and show a fan-out in front.

        Args:
            fan: What is about to run.
            focus: Give its rows the keyboard.
        """
        # Most starts see none.
        from mdbtui.ui.widgets.fanout_view import FanOutView

        # The last fan-out's view stays where it is: an empty grid between the two
        # would lay out and paint the pane twice more.
        forgotten = self._forget()
        view, self._spare = self._spare, None
        if view is None:
            view = FanOutView(fan, self._null_text, focus=focus, classes="-hidden")
        else:
            view.show(fan, focus=focus)
        label = f"⇉{len(fan.db_ids)} {statement_label(fan.statement)}"
        shown = self._append(label, view, fan.statement)
        shown.fan, shown.rows = view, fan.rows
        self._bring(shown.key)
        return forgotten

    def _append(
        self,
        label: str,
        view: ResultGrid | PlanView | FanOutView,
        statement: Statement,
    ) -> Shown:
        self._serial += 1
        shown = Shown(f"result-{self._serial}", label, view, statement)
        self._shown.append(shown)
        if not view.is_attached:
            self.mount(view, before=self._log)
        return shown

    def _make_room(self) -> list[RowStore | MergedRows]:
        """Drop the oldest result when there are too many, and say so once in a run."""
        loose = [shown for shown in self._shown if not shown.pinned]
        if len(loose) < MAX_RESULTS:
            return []
        if not self._crowded:
            self._crowded = True
            words = f"{MAX_RESULTS} results are kept: the oldest make room, P keeps one"
            self.say(Said(Mood.NOTICE, Text(words)))
            self.notify(words, severity="warning")
        # What somebody looks at stays where it is.
        return self._drop(next(s for s in loose if s.key != self._front))

    def _painted(self, shown: Shown, since: float) -> None:
        shown.paint_ms = (perf_counter() - since) * 1000
        self.post_message(self.Painted())

    def action_pin(self) -> None:
        """Keep the result in front through the next runs, or not any more."""
        shown = self._in_front
        if shown is None:
            return
        if not shown.pinned and sum(s.pinned for s in self._shown) >= MAX_PINNED:
            self.notify(f"{MAX_PINNED} results are kept already.", severity="warning")
            return
        shown.pinned = not shown.pinned
        self._refresh_tabs()

    def action_run_again(self) -> None:
        """Ask for the statement in front to be run again: all rows, from the first."""
        view = self._view
        if isinstance(view, ResultGrid | None):
            if self.statement is not None:
                self.post_message(self.RunAgainRequested(self.statement))
        else:
            view.ask_again()

    def wait(self, words: str | None) -> None:
        """Say in the empty grid what is waited for; None: nothing any more."""
        self._first_grid.hint = words or HINT
        self._first_grid.refresh()

    def show_messages(self) -> None:
        """Bring the messages to the front."""
        self._bring(MESSAGES)

    def action_step(self, by: int) -> None:
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

    def _drop(self, shown: Shown) -> list[RowStore | MergedRows]:
        self._shown.remove(shown)
        if shown.view is self._first_grid:
            self._first_grid.set_source(None)
            self._first_grid.add_class("-hidden")
        elif shown.fan is not None and self._spare is None:
            self._spare = shown.fan
            shown.fan.let_go()
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
        if self._spare is not None:
            self._spare.add_class("-hidden")
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
        count = f" ({self._log.count})" if self._log.count else ""
        tabs.append(Tab(MESSAGES, f"Messages{count}"))
        self._strip.show(tabs, self._front)

    @on(TabStrip.Chosen)
    def _tab_chosen(self, event: TabStrip.Chosen) -> None:
        event.stop()
        self._bring(event.key)
