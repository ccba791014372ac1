"""alt+d: which databases deviate from most, and in what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on, work
from textual.binding import Binding
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from mdbtui.query.daemon import in_daemon_thread
from mdbtui.query.differ import (
    LISTED,
    MOST_ROWS,
    Answers,
    Comparison,
    Deviation,
    Difference,
    Kind,
    TooManyRows,
    answers_of,
    between,
    compare,
)
from mdbtui.query.fanout_outcome import State, cause
from mdbtui.ui.safe import safe
from mdbtui.ui.widgets.grid_prompt import GridPrompt
from mdbtui.ui.widgets.live_grid import LiveGrid
from mdbtui.ui.widgets.live_rows import LiveColumn, LiveRow
from mdbtui.ui.widgets.strips import KeyBar, KeyHint

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult

    from mdbtui.query.fanout import FanOut
    from mdbtui.query.rows import Row

LINE_LIMIT = 400
_MATRIX = (
    LiveColumn("database"),
    LiveColumn("verdict"),
    LiveColumn("rows", numeric=True, drop=1),
    LiveColumn("missing", numeric=True, drop=2),
    LiveColumn("only here", numeric=True, drop=2),
    LiveColumn("values", numeric=True, drop=2),
    LiveColumn("columns", numeric=True, drop=2),
    LiveColumn("in what", fills=True),
)
_DETAILS = (
    LiveColumn("what"),
    LiveColumn("key"),
    LiveColumn("column", drop=1),
    LiveColumn("here"),
    LiveColumn("elsewhere", fills=True),
)
_HINTS = (
    KeyHint("Esc", "Back", "app.pop_screen"),
    KeyHint("Tab", "Databases, differences", "step_focus"),
    KeyHint("Space", "Mark two to compare them", "mark"),
    KeyHint("K", "Key columns", "ask_key"),
)


class DifferencesScreen(Screen[None]):
    """A line for each database, and below them what the one in front deviates in.

    Args:
        fan: What ran; all its databases are over.
    """

    DEFAULT_CSS = """
    DifferencesScreen { layout: vertical; }
    DifferencesScreen > .differences--line {
        height: 1; padding: 0 1; background: $surface;
        text-wrap: nowrap; text-overflow: ellipsis;
    }
    DifferencesScreen > #verdict { text-style: bold; background: $panel; }
    DifferencesScreen > #verdict.-same { color: $text-success; }
    DifferencesScreen > #verdict.-differs { color: $text-warning; }
    DifferencesScreen > #left-out { color: $text-error; display: none; }
    DifferencesScreen > #left-out.-some { display: block; }
    DifferencesScreen > #of { color: $text-muted; }
    DifferencesScreen > LiveGrid { height: 1fr; }
    """
    BINDINGS = [
        Binding("escape,q,alt+d", "app.pop_screen", "Back"),
        Binding("tab,o", "step_focus", "Between databases and differences"),
        Binding("K", "ask_key", "Choose the columns that rows are matched by"),
        Binding("f1,question_mark", "help", "Help"),
    ]

    def __init__(self, fan: FanOut) -> None:
        super().__init__()
        self._fan = fan
        self._answers: Answers | None = None
        self.found: Comparison | None = None
        self._verdict = Static("comparing …", id="verdict", classes="differences--line")
        self._left_out = Static(id="left-out", classes="differences--line")
        self._of = Static(id="of", classes="differences--line")
        self.matrix = LiveGrid(_MATRIX)
        self.matrix.can_mark = True
        self.details = LiveGrid(_DETAILS)
        self.matrix.empty = "comparing …"
        self.details.empty = ""

    def compose(self) -> ComposeResult:
        yield self._verdict
        yield self._left_out
        yield self.matrix
        yield self._of
        yield self.details
        bar = KeyBar()
        bar.show(_HINTS)
        yield bar

    def on_mount(self) -> None:
        self.set_focus(self.matrix)
        self._say_left_out()
        self._work()

    def _say_left_out(self) -> None:
        """Say who gave no answer that could be compared."""
        words = ", ".join(
            f"{o.db_id} ({cause(o.error) if o.error else o.state})"
            for o in self._fan.outcomes
            if o.state is not State.DONE
        )
        self._left_out.set_class(bool(words), "-some")
        self._left_out.update(Content(safe(f"× not compared: {words}", LINE_LIMIT)))

    @work(group="compare", exclusive=True, exit_on_error=False)
    async def _work(self, key: Sequence[int] | None = None) -> None:
        try:
            if self._answers is None:
                outcomes = self._fan.outcomes
                done = [i for i, o in enumerate(outcomes) if o.state is State.DONE]
                self._answers = await answers_of(self._fan.rows, done)
            answers = self._answers
            self.found = await in_daemon_thread(lambda: compare(answers, key))
        except TooManyRows:
            words = (
                f"More than {MOST_ROWS:,} rows are not compared: let the statement"
                " count or hash them."
            )
            self._verdict.update(Content(words))
            self.matrix.empty = ""
            self.matrix.show(())
            return
        self._show(self.found)

    def _show(self, found: Comparison) -> None:
        self._verdict.set_class(found.same, "-same")
        self._verdict.set_class(not found.same, "-differs")
        cut = " (of the rows that were fetched)" if self._fan.rows.truncated else ""
        self._verdict.update(Content(safe(found.verdict + cut, LINE_LIMIT)))
        order = sorted(found.deviations, key=lambda each: not each)
        self.matrix.empty = "no database answered"
        self.matrix.show([_matrix_row(each) for each in order])
        self._show_details()

    @on(LiveGrid.CursorMoved)
    @on(LiveGrid.Arranged)
    def _moved(self, event: LiveGrid.CursorMoved | LiveGrid.Arranged) -> None:
        if event.grid is self.matrix:
            self._show_details()

    def _show_details(self) -> None:
        """Show how the database in front deviates, or how the marked two differ."""
        found, row = self.found, self.matrix.current
        if found is None or row is None:
            return
        marked = [str(each.key) for each in self.matrix.chosen_rows]
        names = " and ".join(found.key_names) or "their place"
        if len(marked) == 2:
            deviation = between(found, *marked)
            words = f"{marked[0]} (here) and {marked[1]} (elsewhere)"
        else:
            deviation = row.item
            words = f"{deviation.name} against what is usual"
            if len(self.matrix.marked) > 2:
                words += " · mark two to compare them"
        total = deviation.counts.total()
        if total > LISTED:
            words += f" · the first {LISTED:,} of {total:,}"
        self._of.update(Content(safe(f"{words} · rows matched by {names}", LINE_LIMIT)))
        self.details.empty = "nothing differs"
        self.details.show(_detail_rows(deviation))

    # ---- keys ----------------------------------------------------------------------

    def action_step_focus(self) -> None:
        """Move between the databases and the differences."""
        here = self.matrix.has_focus
        self.set_focus(self.details if here else self.matrix)

    def action_mark(self) -> None:
        """Mark the database under the cursor."""
        self.matrix.action_mark()

    def action_ask_key(self) -> None:
        """Ask for the key columns, by name."""
        found = self.found
        if found is None:
            return
        columns = found.answers.columns

        def done(text: str | None) -> None:
            names = [name.strip() for name in (text or "").split(",") if name.strip()]
            unknown = [name for name in names if name not in columns]
            if unknown:
                self.notify(
                    f"There is no column {safe(', '.join(unknown), LINE_LIMIT)}.",
                    severity="warning",
                    markup=False,
                )
            elif names:
                self._work([columns.index(name) for name in names])

        prompt = GridPrompt(self.details, "Match by", ", ".join(found.key_names))
        self.app.push_screen(prompt, done)

    def action_help(self) -> None:
        """Show this screen's keys."""
        from mdbtui.ui.screens.help import HelpScreen, keys_of

        areas = [("Differences", keys_of(DifferencesScreen))]
        self.app.push_screen(HelpScreen([*areas, ("Lists", keys_of(LiveGrid))]))


def _matrix_row(each: Deviation) -> LiveRow:
    counts = [each.counts[kind] for kind in (Kind.MISSING, Kind.EXTRA, Kind.VALUE)]
    counts.append(len(each.schema))
    verdict = "≠ deviates" if each else "= as most"
    return LiveRow(
        each.name,
        (
            each.name,
            verdict,
            f"{each.rows:,}",
            *(f"{count:,}" if count else "" for count in counts),
            each.example,
        ),
        (each.name, verdict, each.rows, *counts, each.example),
        {0: "warn", 1: "warn"} if each else {1: "good"},
        each,
    )


def _detail_rows(deviation: Deviation) -> list[LiveRow]:
    rows = [
        LiveRow(
            ("schema", words), ("columns", words, "", "", ""), ("", words, "", "", "")
        )
        for words in deviation.schema
    ]
    for number, each in enumerate(deviation.listed):
        cells = (
            str(each.kind),
            _text(each.key),
            each.column,
            _here(each),
            _there(each),
        )
        rows.append(LiveRow(number, cells, cells, {0: "warn"}))
    return rows


def _text(key: Row) -> str:
    return " · ".join("NULL" if cell is None else cell for cell in key)


def _here(each: Difference) -> str:
    if each.kind is Kind.MISSING:
        return "—"
    if each.kind is Kind.VALUE and each.here is None:
        return "NULL"
    return each.here or ""


def _there(each: Difference) -> str:
    if not each.usual:
        return "(no two alike)" if each.kind is Kind.VALUE else "(no majority)"
    if each.kind is Kind.EXTRA:
        return "—"
    if each.kind is Kind.VALUE and each.there is None:
        return "NULL"
    return each.there or ""
