"""A fan-out as it goes: its rows in one grid, each database in a line, a summary."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from mdbtui.query.fanout_outcome import Outcome, State
from mdbtui.ui.keymaps import named, said
from mdbtui.ui.safe import safe
from mdbtui.ui.widgets.fanout_lines import COLUMNS, TROUBLE_FIRST, Lines
from mdbtui.ui.widgets.grid import ResultGrid
from mdbtui.ui.widgets.line_text import cut
from mdbtui.ui.widgets.live_grid import LiveGrid

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual.app import ComposeResult
    from textual.timer import Timer
    from textual.widget import Widget

    from mdbtui.query.fanout import FanOut
    from mdbtui.query.merged import MergedRows

REFRESH_S = 0.1
"""Seconds between two looks at a fan-out that is under way."""
LEAST_LINES, MOST_LINES = 3, 12
_PADDING, _LEAST_VERDICT = 2, 20
_DIFFERENCES = "  ({key.differences})"
SUMMARY_LIMIT = 400
KEYS = (
    "{key.focus_results}, o databases: f only its rows, r try again, c cancel"
    " · b side by side"
)
MORE_KEYS = "(F4: o databases, b side by side)"
WRITE_KEYS = (
    "{key.focus_results}, o: r tries again what was not committed, w report, c cancel"
)
NO_ROWS = "no rows; {key.focus_results}, o, w tell what became of each database"
_FOLLOW = ": {key.follow} lets them follow, {key.cancel} leaves them"


class OutcomeGrid(LiveGrid):
    """The databases of a fan-out, in a line each."""

    BINDINGS = named(
        "databases",
        [
            Binding(
                "f",
                "ask('filter')",
                "Only the rows of the marked, or the row; again: all",
            ),
            Binding("r", "ask('retry')", "Try again what failed or was skipped"),
            Binding("a", "ask('again')", "Run again on the marked, or the row"),
            Binding("c", "ask('cancel')", "Cancel the marked, or the row"),
            Binding("w", "ask('report')", "What became of each, to copy or save"),
        ],
    )

    class Asked(Message):
        """Something is to be done with databases."""

        def __init__(self, what: str) -> None:
            super().__init__()
            self.what = what

    def __init__(self) -> None:
        super().__init__(COLUMNS)
        self.can_mark = True
        self.empty = "no databases"

    def action_ask(self, what: str) -> None:
        """Let the owner do something with the marked databases, or the one here."""
        self.post_message(self.Asked(what))


class FanOutView(Vertical):
    """One fan-out.

    Args:
        fan: What runs.
        null_text: How the grid shows NULL.
        focus: Take the keyboard as soon as it is there.
    """

    DEFAULT_CSS = """
    FanOutView { height: 1fr; }
    FanOutView > .fanout--line {
        height: 1; padding: 0 1; background: $panel; text-style: bold;
        text-wrap: nowrap; text-overflow: ellipsis;
    }
    FanOutView > .fanout--line.-bad { color: $text-error; }
    FanOutView > .fanout--line.-good { color: $text-success; }
    FanOutView > #fanout-verdict { color: $text-muted; text-style: none; }
    FanOutView > #fanout-verdict.-same { color: $text-success; text-style: bold; }
    FanOutView > #fanout-verdict.-differs { color: $text-warning; text-style: bold; }
    FanOutView > OutcomeGrid { height: 4; border-bottom: solid $panel; }
    FanOutView > ResultGrid { height: 1fr; }
    """
    BINDINGS = named(
        "databases",
        [
            Binding("o", "step_focus", "Between the rows and their databases"),
        ],
    )

    class Asked(Message):
        """Databases are to be run again or cancelled.

        Attributes:
            view: Whose.
            what: ``again`` or ``cancel``.
            db_ids: Which.
        """

        def __init__(self, view: FanOutView, what: str, db_ids: Sequence[str]) -> None:
            super().__init__()
            self.view = view
            self.what = what
            self.db_ids = tuple(db_ids)

    class AgainRequested(Message):
        """The statement is to be run again, on the targets of now."""

        def __init__(self, view: FanOutView) -> None:
            super().__init__()
            self.view = view

    class Opened(Message):
        """All about one database's part is to be shown."""

        def __init__(self, view: FanOutView, outcome: Outcome) -> None:
            super().__init__()
            self.view = view
            self.outcome = outcome

    def __init__(
        self,
        fan: FanOut,
        null_text: str = "NULL",
        *,
        focus: bool = False,
        classes: str | None = None,
    ) -> None:
        super().__init__(classes=classes)
        self._take_focus = focus
        self.grid = ResultGrid(null_text=null_text)
        self.verdict = ""
        """What a comparison found."""
        self._outcomes, self._made = OutcomeGrid(), Lines()
        self._summary = Static(classes="fanout--line", markup=False)
        self._compared = Static(
            id="fanout-verdict", classes="fanout--line", markup=False
        )
        self._lines = 0
        self._timer: Timer | None = None
        self._endings: list[Callable[[], None]] = []
        self._follow(fan)

    def compose(self) -> ComposeResult:
        yield self._summary
        yield self._compared
        yield self._outcomes
        yield self.grid

    def on_mount(self) -> None:
        self._timer = self.set_interval(REFRESH_S, self._look)
        self._look()
        self.say_verdict("")
        if self._take_focus:
            self.screen.set_focus(self.grid)

    def on_unmount(self) -> None:
        self.let_go()

    def _follow(self, fan: FanOut) -> None:
        self.fan = fan
        self.statement = fan.statement
        self._version = 0
        self._dirty = True
        self._endings = [fan.subscribe(self._changed), fan.rows.subscribe(self._rows)]

    def let_go(self) -> None:
        """Follow nothing any more, and keep no rows."""
        for end in self._endings:
            end()
        self._endings.clear()
        self.grid.set_source(None)

    def show(self, fan: FanOut, *, focus: bool) -> None:
        """Show another fan-out: to mount a new view holds up the loop for 20 ms."""
        self._outcomes.marked.clear()
        self._follow(fan)
        self.say_verdict("")
        self.on_resize()
        self._look()
        if focus:
            self.screen.set_focus(self.grid)

    def on_resize(self) -> None:
        room = max(LEAST_LINES, min(self.size.height // 3, MOST_LINES))
        if self.fan.writes and not self.rows.has_parts:
            room = max(room, self.size.height - LEAST_LINES - 3)  # no rows need it
        lines = min(room, len(self.fan.db_ids) + 1) + 1
        if lines != self._lines:
            self._lines = self._outcomes.styles.height = lines
        # It may have been found before there was a width to cut it for.
        if self.verdict:
            self.say_verdict(self.verdict)

    @property
    def rows(self) -> MergedRows:
        """All rows."""
        return self.fan.rows

    @property
    def front(self) -> Widget:
        """What is given the keyboard."""
        return self._outcomes if self._outcomes.has_focus else self.grid

    # ---- what is true now ----------------------------------------------------------

    def _changed(self, db_id: str) -> None:
        # Called inside the fan-out's own step.
        self._dirty = True
        if self._timer is not None:
            self._timer.resume()

    def _rows(self) -> None:
        # News of the rows come as fast as these do; the rest can wait for the timer.
        if self.rows.version != self._version and self.rows.has_parts:
            self.call_later(self._take_rows)

    def _take_rows(self) -> None:
        """Show the rows from the first one: they, or their columns, are others."""
        if self._version == self.rows.version:
            return
        self._version = self.rows.version
        grid = self.grid
        row, col, top = grid.cursor_row, grid.cursor_col, grid.scroll_offset.y
        grid.set_source(self.rows if self.rows.has_parts else None)
        if row or col:
            grid.go_to(row, col, top=top)

    def _look(self) -> None:
        over = self.fan.over.is_set()
        if over and not self._dirty:
            if self._timer is not None:
                self._timer.pause()
            return
        self._dirty = False
        self.on_resize()
        outcomes = self.fan.outcomes
        order = sorted(outcomes, key=lambda o: TROUBLE_FIRST.get(o.state, 9))
        self._outcomes.show(self._made.of(order))
        if not self._outcomes.has_focus:
            self._outcomes.go_to(0, 0)
        self._say(outcomes)
        hint = "no database answered" if over else "waiting for the first database …"
        if self.fan.writes:
            hint = said(NO_ROWS) if over else ""
        if self.grid.hint != hint:
            self.grid.hint = hint
            self.grid.refresh()
        if self.rows.version != self._version:
            self._take_rows()

    def say_verdict(self, verdict: str) -> None:
        """Show what a comparison found."""
        self.verdict = verdict
        self._compared.set_class(verdict.startswith("="), "-same")
        self._compared.set_class(verdict.startswith("≠"), "-differs")
        # Cut here: what to do about it comes last, and is not to be lost.
        behind = said(_DIFFERENCES)
        room = self.size.width - _PADDING - len(behind)
        shown = cut(verdict, max(room, _LEAST_VERDICT), SUMMARY_LIMIT)
        keys = said(WRITE_KEYS if self.fan.writes else KEYS)
        words = f"{shown}{behind}" if verdict else keys
        # Another layout would paint the whole screen again.
        self._compared.update(Content(words), layout=False)

    def _say(self, outcomes: Sequence[Outcome]) -> None:
        over = self.fan.over.is_set()
        answered = sum(each.state is State.DONE for each in outcomes)
        prompt = self.fan.prompt
        parts = [f"{prompt}{said(_FOLLOW)}" if prompt else self.fan.summary]
        if only := self.rows.only:
            names = ", ".join(self.rows.names[i] for i in sorted(only))
            parts.append(f"only {names} (f: all)")
        elif over and not self.fan.writes:
            parts.append(MORE_KEYS)
        self._summary.set_class(over and answered < len(outcomes), "-bad")
        self._summary.set_class(over and answered == len(outcomes), "-good")
        words = safe("  ".join(parts), SUMMARY_LIMIT)
        self._summary.update(Content(words), layout=False)

    def ask_again(self) -> None:
        """Ask for the statement to be run again."""
        self.post_message(self.AgainRequested(self))

    # ---- what is asked -------------------------------------------------------------

    def action_step_focus(self) -> None:
        """Give the keyboard to the databases, or back to the rows."""
        here = self._outcomes.has_focus
        self.screen.set_focus(self.grid if here else self._outcomes)

    @on(OutcomeGrid.Opened)
    def _row_opened(self, event: OutcomeGrid.Opened) -> None:
        event.stop()
        self.post_message(self.Opened(self, event.row.item))

    @on(OutcomeGrid.Asked)
    def _asked(self, event: OutcomeGrid.Asked) -> None:
        event.stop()
        chosen = [str(row.key) for row in self._outcomes.chosen_rows]
        if event.what == "filter":
            self._filter(chosen)
        elif event.what == "retry":
            failed = [each.db_id for each in self.fan.outcomes if each.again]
            if failed:
                self.post_message(self.Asked(self, "again", failed))
            else:
                self.notify("Nothing failed or was skipped.")
        elif event.what == "cancel" and not any(
            row.item is not None and not row.item.state.over
            for row in self._outcomes.chosen_rows
        ):
            self.notify("Nothing of it is under way; space marks others.")
        elif chosen:  # or "report", of all
            self.post_message(self.Asked(self, event.what, chosen))

    def _filter(self, chosen: Sequence[str]) -> None:
        """Show only these databases' rows, or all when it is these already."""
        wanted = frozenset(self.fan.db_ids.index(db_id) for db_id in chosen)
        self.rows.show_only(None if self.rows.only == wanted else wanted)
        self._take_rows()
        self.grid.go_to(0, self.grid.cursor_col)
        self._say(self.fan.outcomes)

    @on(ResultGrid.SortRequested)
    def _sort_requested(self, event: ResultGrid.SortRequested) -> None:
        # There is no one server that could sort these.
        event.stop()
        if event.index == 0:
            self.rows.group()
            self._take_rows()
            self.notify(f"{event.reason}: put in the databases' order.", markup=False)
        else:
            self.notify(
                f"Not sorted, as {event.reason}. Look at one database (o, then f), or"
                " write ORDER BY.",
                severity="warning",
                markup=False,
            )
