"""alt+w: a statement again and again, what changed, and its numbers as a chart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on, work
from textual.binding import Binding
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from mdbtui.query.changes import Board
from mdbtui.query.daemon import in_daemon_thread
from mdbtui.query.fanout_outcome import State, cause
from mdbtui.query.points import MOST_POINTS
from mdbtui.query.rounds import Rounds, numeric_columns
from mdbtui.query.rows import Column
from mdbtui.ui.safe import safe
from mdbtui.ui.watching import LEAST_SECONDS
from mdbtui.ui.widgets import watch_lines
from mdbtui.ui.widgets.charts import short_span
from mdbtui.ui.widgets.grid_prompt import GridPrompt
from mdbtui.ui.widgets.live_grid import LiveGrid
from mdbtui.ui.widgets.live_rows import LiveRow
from mdbtui.ui.widgets.painted import PaintedView
from mdbtui.ui.widgets.strips import KeyBar, KeyHint

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult

    from mdbtui.query.merged_columns import Key
    from mdbtui.query.rows import Row
    from mdbtui.ui.widgets.line_text import Line

INTERVALS = (LEAST_SECONDS, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0)
LOOK_S = 0.25
LINE_LIMIT = 400
SLOW_S = 1.0
"""Who takes longer than this is named."""
_HINTS = (
    KeyHint("Esc", "Stop", "close"),
    KeyHint("p", "Pause", "pause"),
    KeyHint("+-", "Faster, slower", "rate(-1)"),
    KeyHint("c", "Chart column", "chart"),
    KeyHint("e", "Scale", "scale"),
    KeyHint("r", "Chart row", "row"),
    KeyHint("F5", "Now", "now"),
    KeyHint("F1", "Help", "help"),
    KeyHint("/", "Filter", "filter"),
    KeyHint("Enter", "Value", "open"),
)


def _all_of(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{len(names)} databases"


class WatchChart(PaintedView):
    """The chart's lines, as many as there are databases."""

    def __init__(self) -> None:
        super().__init__(id="chart")
        self._drawn: list[Line] = []

    def line(self, y: int) -> Line:
        at = y + self.scroll_offset.y
        return self._drawn[at] if at < len(self._drawn) else ()

    def show(self, lines: list[Line]) -> None:
        """Draw these lines in place of the ones before."""
        self._drawn = lines
        self.repaint(len(lines))


class WatchScreen(Screen[None]):
    """A statement's rows, round by round, and one of their columns as a chart.

    The rounds belong to this screen: they begin and end with it.

    Args:
        make: Makes the rounds, not begun yet, given what to call at news.
        null_text: How NULL is shown.
        left: Told the interval that was chosen, at the end.
    """

    DEFAULT_CSS = """
    WatchScreen { layout: vertical; }
    WatchScreen > .watch--line {
        height: 1; padding: 0 1; background: $surface;
        text-wrap: nowrap; text-overflow: ellipsis;
    }
    WatchScreen > #watch-head { background: $panel; text-style: bold; }
    WatchScreen > #watch-head.-paused { color: $text-warning; }
    WatchScreen > #watch-sql { color: $text-muted; }
    WatchScreen > #watch-trouble { color: $text-error; display: none; }
    WatchScreen > #watch-trouble.-some { display: block; }
    WatchScreen > #watch-title { background: $panel; }
    WatchScreen > LiveGrid { height: 1fr; }
    WatchScreen > #chart { height: 1; }
    """
    BINDINGS = [
        Binding("escape,q,alt+w", "close", "Stop watching"),
        Binding("p,space", "pause", "Pause, or go on", priority=True),
        Binding("plus,equals_sign", "rate(-1)", "More often", priority=True),
        Binding("minus", "rate(1)", "Less often", priority=True),
        Binding("f5", "now", "Run now"),
        Binding("c", "chart", "Chart of the column under the cursor, or the next"),
        Binding("e", "scale", "Chart: one scale for all, or one for each"),
        Binding("r", "row", "Chart: the row under the cursor, or the sum of all"),
        Binding("slash,ctrl+f,ampersand", "filter", "Show only rows with a text"),
        Binding("enter", "open", "The value in full", priority=True),
        Binding("f1,question_mark", "help", "Help"),
    ]

    def __init__(
        self,
        make: Callable[[Callable[[], None]], Rounds],
        null_text: str,
        left: Callable[[float], None],
    ) -> None:
        super().__init__()
        self.rounds = make(self._news)
        self._null_text = null_text
        self._left = left
        self._several = len(self.rounds.db_ids) > 1
        self._column: Key | None = None
        self._one_row = self._together = False
        self._words = ""
        self._due = False
        self._head = Static(id="watch-head", classes="watch--line", markup=False)
        sql = safe(
            " ".join(self.rounds.statement.text[:LINE_LIMIT].split()), LINE_LIMIT
        )
        self._sql = Static(Content(sql), id="watch-sql", classes="watch--line")
        self._trouble = Static(id="watch-trouble", classes="watch--line", markup=False)
        self._title = Static(id="watch-title", classes="watch--line", markup=False)
        self.grid = LiveGrid(watch_lines.columns_of(Board(), several=self._several))
        self.grid.empty = "waiting for the first answer …"
        self.chart = WatchChart()
        self._keys = KeyBar()

    def compose(self) -> ComposeResult:
        yield self._head
        yield self._sql
        yield self._trouble
        yield self.grid
        yield self._title
        yield self.chart
        yield self._keys

    def on_mount(self) -> None:
        self._keys.show(_HINTS)
        self.set_focus(self.grid)
        self.set_interval(LOOK_S, self._say)
        self.rounds.start()
        self._say()

    async def on_unmount(self) -> None:
        await self.rounds.close()
        self._left(self.rounds.seconds)

    # ---- what is true now ----------------------------------------------------------

    def _news(self) -> None:
        # Called inside the rounds' own task, which knows no app.
        if not self._due:
            self._due = True
            self.call_later(self._take)

    @work(group="watch", exit_on_error=False)
    async def _take(self) -> None:
        self._due = False
        board, failed = self.rounds.board, self._failed()
        rows = await in_daemon_thread(
            lambda: watch_lines.rows_of(
                board, failed, self._null_text, several=self._several
            )
        )
        if not self.is_mounted:
            return
        columns = watch_lines.columns_of(board, several=self._several)
        if columns != self.grid.live_columns:
            self.grid.reshape(columns)
        self.grid.empty = "no rows" if self.rounds.outcomes else self.grid.empty
        self.grid.show(rows, self._words.casefold().split())
        self._say()
        self._draw()

    def _failed(self) -> dict[str, str]:
        return {
            db_id: cause(outcome.error) if outcome.error is not None else outcome.state
            for db_id in self.rounds.db_ids
            if (outcome := self.rounds.outcomes.get(db_id)) is not None
            and outcome.state is not State.DONE
        }

    def _say(self) -> None:
        rounds = self.rounds
        names = rounds.db_ids
        where = f"⇉ {len(names)} databases" if self._several else names[0]
        sign = "‖ paused" if rounds.paused else "⟳ watching"
        words = [f"{sign} {where}", f"every {rounds.seconds:g} s"]
        words.append(f"round {rounds.number:,}")
        failed, slow = self._failed(), rounds.under_way
        if self._several:
            words.append(f"{len(rounds.outcomes) - len(failed)} answered")
        if failed:
            words.append(f"{len(failed)} failed")
        if rounds.failure:
            words = [
                f"× it ended by a mistake of mdbtui: {rounds.failure} (see the log)"
            ]
        elif not rounds.paused and (due := rounds.next_in) is not None and due >= 1:
            words.append(f"next in {due:.0f} s")
        if rounds.cut:
            words.append("not all rows are shown")
        self._head.set_class(rounds.paused, "-paused")
        self._head.update(Content(safe(" · ".join(words), LINE_LIMIT)), layout=False)
        trouble = [
            f"… {name} runs for {short_span(since)}: left out until it answers"
            for name, since in slow.items()
            if since > max(SLOW_S, rounds.seconds)
        ]
        said: dict[str, list[str]] = {}
        for name in failed:
            if (error := rounds.outcomes[name].error) is not None:
                said.setdefault(" ".join(error.message.split()), []).append(name)
        trouble += [f"× {_all_of(names)}: {words}" for words, names in said.items()]
        if bool(trouble) != self._trouble.has_class("-some"):
            self._trouble.set_class(bool(trouble), "-some")
        self._trouble.update(
            Content(safe(" · ".join(trouble), LINE_LIMIT)), layout=False
        )

    # ---- the chart -----------------------------------------------------------------

    def on_resize(self) -> None:
        self.call_after_refresh(self._draw)

    def _lines_each(self) -> int:
        room = self.size.height // 3
        fitting = room // len(self.rounds.db_ids)
        return max(1, min(watch_lines.MOST_CHART_LINES, fitting))

    def _draw(self) -> None:
        """Draw the chosen column's numbers."""
        rounds, width = self.rounds, self.chart.size.width
        columns = [key for key, _ in numeric_columns(rounds.board)]
        if self._column not in columns and columns:
            self._column = columns[0]
        lines: list[Line] = []
        if self._column is not None and width:
            each = self._lines_each()
            names = watch_lines.names_width(rounds.db_ids)
            wanted = min(
                MOST_POINTS,
                max(1, rounds.points.rounds),
                watch_lines.points_wanted(width, each, names),
            )
            row, failed = self._row_key(), self._failed()
            charts = [
                watch_lines.Chart(
                    name,
                    rounds.points.last((name, row, self._column), wanted),
                    failed.get(name, ""),
                )
                for name in rounds.db_ids
            ]
            lines = watch_lines.chart_lines(
                charts, width, each, together=self._together
            )
        height = max(1, min(len(lines), max(1, self.size.height // 3)))
        if self.chart.styles.height is None or self.chart.size.height != height:
            self.chart.styles.height = height
        self.chart.show(lines)
        self._title.update(Content(safe(self._about_chart(), LINE_LIMIT)), layout=False)

    def _row_key(self) -> Row | None:
        """Return the key of the row that is drawn; None for all rows together."""
        current = self.grid.current
        if not self._one_row or current is None or current.item is None:
            return None
        key: Row = current.item.key
        return key

    def _about_chart(self) -> str:
        if self._column is None:
            return "no numeric column to draw"
        name, row = self._column[0], self._row_key()
        counts = [line.database for line in self.rounds.board.lines]
        if row is not None:
            what = "of the row " + " ".join("NULL" if v is None else v for v in row)
        elif len(counts) > len(set(counts)):
            what = "of all rows together (r: of the row here)"
        else:
            what = "over the rounds"
        scale = "one scale" if self._together else "each on its own scale"
        return f"{name} {what} · {scale} (e) · c: another column"

    @on(LiveGrid.CursorMoved)
    def _moved(self) -> None:
        if self._one_row:
            self._draw()

    # ---- keys ----------------------------------------------------------------------

    def action_close(self) -> None:
        """Stop, and go back."""
        self.dismiss(None)

    def action_pause(self) -> None:
        """Begin no more rounds, or go on."""
        self.rounds.paused = not self.rounds.paused
        self._say()

    def action_rate(self, by: int) -> None:
        """Run less (1) or more (-1) often."""
        now = self.rounds.seconds
        if by > 0:
            chosen = next((s for s in INTERVALS if s > now), INTERVALS[-1])
        else:
            chosen = next((s for s in reversed(INTERVALS) if s < now), INTERVALS[0])
        self.rounds.seconds = chosen
        self._say()

    def action_now(self) -> None:
        """Begin the next round now, and go on."""
        self.rounds.paused = False
        self.rounds.hurry()

    def action_chart(self) -> None:
        """Draw the numeric column under the cursor; if it is drawn, the next one."""
        found = numeric_columns(self.rounds.board)
        if not found:
            self.notify("No column here is numeric.", severity="warning")
            return
        keys = [key for key, _ in found]
        first = 1 + self._several
        here = self.grid.column_index
        under = [key for key, index in found if here == first + index]
        if under and under[0] != self._column:
            self._column = under[0]
        elif self._column in keys:
            self._column = keys[(keys.index(self._column) + 1) % len(keys)]
        self._draw()

    def action_scale(self) -> None:
        """Draw all databases on one scale, or each on its own."""
        self._together = not self._together
        self._draw()

    def action_row(self) -> None:
        """Draw the row under the cursor, in all databases, or the sum of all rows."""
        self._one_row = not self._one_row
        self._draw()

    def action_filter(self) -> None:
        """Ask for a text; only rows with it are shown."""

        def done(text: str | None) -> None:
            if text is not None:
                self._words = text
                self._news()

        self.app.push_screen(GridPrompt(self.grid, "Rows with", self._words), done)

    def action_open(self) -> None:
        """Show the value under the cursor in full."""
        from mdbtui.ui.screens.cell import CellScreen

        row, index = self.grid.current, self.grid.column_index
        if row is None or index is None:
            return
        first = 1 + self._several
        if row.item is not None and index >= first:
            value = row.item.row[index - first]
            column = self.rounds.board.columns[index - first]
        else:
            value, column = row.cells[index], Column("", 25, "text", False)
        self.app.push_screen(CellScreen(value, column, place=self._place(row)))

    def _place(self, row: LiveRow) -> str:
        return row.item.database if row.item is not None else ""

    def action_help(self) -> None:
        """Show this screen's keys."""
        from mdbtui.ui.screens.help import HelpScreen, keys_of

        areas = [("Watch", keys_of(WatchScreen)), ("Lists", keys_of(LiveGrid))]
        self.app.push_screen(HelpScreen(areas))

    @on(KeyBar.Pressed)
    async def _key_pressed(self, event: KeyBar.Pressed) -> None:
        await self.run_action(event.action)
