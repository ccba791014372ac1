"""Before a statement writes on several databases: where, how many rows, and how."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual import on
from textual.binding import Binding
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.events import DescendantFocus
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Static

from mdbtui.config.targets import is_production
from mdbtui.query.writes.fan import How
from mdbtui.sql.transactions import outside_only
from mdbtui.ui.keymaps import said
from mdbtui.ui.safe import plain, safe, safe_multiline
from mdbtui.ui.widgets.live_grid import WHOLE_ROW, LiveGrid
from mdbtui.ui.widgets.live_rows import LiveColumn, LiveRow
from mdbtui.ui.widgets.write_how import HowList
from mdbtui.ui.writing_words import (
    beside,
    estimate,
    few,
    stopping,
    total,
    typed_word,
    without_comments,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.timer import Timer

    from mdbtui.config import ConnectionSpec
    from mdbtui.query.writes.forecast import Forecasts
    from mdbtui.sql import Statement

LINE_LIMIT, STATEMENT_LIMIT = 300, 20_000
REFRESH_S = 0.1
_KEYS = "Tab to the list: x leaves out · ctrl+s write · Esc"
_LIST_KEYS = "x leave out · space goes first · ctrl+s write · Esc"
_STATEMENT_LINES = 5
_COLUMNS = (
    LiveColumn("database"),
    LiveColumn("environment"),
    LiveColumn("rows", numeric=True),
    LiveColumn("group", drop=2),
    LiveColumn("first", drop=1),
    LiveColumn("what is known", fills=True),
)
_LOOKS = {"staging": "warn"}


@dataclass(frozen=True)
class WriteChoice:
    """How a statement is to write.

    Attributes:
        how: In which order, and what an error means for the others.
        names: Where.
        canary: Which one goes first, where one does.
    """

    how: How
    names: tuple[str, ...]
    canary: str = ""


class TargetList(LiveGrid):
    """The databases; space makes one the canary, x leaves it out."""

    BINDINGS = [
        Binding("space", "choose_canary", "Let this one go first"),
        Binding("x", "screen.leave_out", "Leave it out, or not"),
        Binding("home", "edge(-1,0)", "The first one"),
        Binding("end", "edge(1,0)", "The last one"),
    ]

    def __init__(self) -> None:
        super().__init__(_COLUMNS)
        self.empty = "no databases"

    def action_choose_canary(self) -> None:
        """Let the one under the cursor go first."""
        if (row := self.current) is not None:
            self.post_message(self.Opened(self, row))


class WriteScreen(ModalScreen[WriteChoice | None]):
    """Asks whether, and how, a statement is to write; gives that, or None.

    Args:
        specs: The databases.
        statement: What is to run on each.
        forecasts: What they say before; begun and ended by the screen.
    """

    CSS_PATH = "write_confirm.tcss"
    BINDINGS = [
        Binding("escape", "dismiss(None)", "Leave"),
        Binding("ctrl+s", "accept", "Write", priority=True),
        Binding(
            "alt+x", "leave_failing", "Leave out those that would fail", priority=True
        ),
    ]

    def __init__(
        self,
        specs: Sequence[ConnectionSpec],
        statement: Statement,
        forecasts: Forecasts,
    ) -> None:
        super().__init__()
        self._order = [spec.name for spec in specs]
        # Production first, else in their own order.
        self._specs = sorted(specs, key=lambda spec: not is_production(spec))
        self._statement = statement
        self._forecasts = forecasts
        self._left_out: set[str] = set()
        self._outside = outside_only(statement.text)
        others = [s for s in self._specs if not is_production(s)]
        self._canary = (others or self._specs)[0].name
        self._list = TargetList()
        self._sum = Static(id="sum", markup=False)
        self._said = Static(id="said", markup=False)
        self._how = HowList(How.STOP)
        self._dirty = True
        self._timer: Timer | None = None

    def compose(self) -> ComposeResult:
        sql, comments = without_comments(self._statement.text)
        text = safe_multiline(sql, STATEMENT_LIMIT)
        with VerticalScroll(id="write", can_focus=False) as box:
            box.border_subtitle = _KEYS
            lines = text.count("\n") + 1
            scrolls = lines > _STATEMENT_LINES
            with VerticalScroll(id="statement", can_focus=scrolls):
                yield Static(Content(text))
            if more := beside(lines, comments, _STATEMENT_LINES):
                yield Static(more, id="more", markup=False)
            yield self._list
            yield self._sum
            yield self._how
            yield self._said
            with Horizontal(id="typed"):
                yield Static(id="asked", markup=False)
                yield Input(compact=True, id="word")
            with Horizontal(id="buttons"):
                yield Button("Cancel", id="no", compact=True)
                yield Button("Write", id="yes", variant="warning", compact=True)

    def on_mount(self) -> None:
        self._forecasts.start(self._changed)
        self._timer = self.set_interval(REFRESH_S, self._look)
        self._look()
        self.query_one("#word" if self._word else "#no").focus()

    def _changed(self) -> None:
        self._dirty = True

    # ---- where ---------------------------------------------------------------------

    @property
    def _where(self) -> list[ConnectionSpec]:
        return [spec for spec in self._specs if spec.name not in self._left_out]

    @property
    def _production(self) -> list[str]:
        return [spec.name for spec in self._where if is_production(spec)]

    @property
    def _word(self) -> str:
        """What has to be typed."""
        return typed_word(self._production)

    def action_leave_out(self) -> None:
        """Leave the one under the cursor out, or take it in again."""
        row = self._list.current
        if row is None or self._left_out | {row.key} == {s.name for s in self._specs}:
            return
        self._left_out ^= {str(row.key)}
        if self._canary in self._left_out:
            self._canary = self._where[0].name
        self._dirty = True
        self._look()
        self._list.go_to(self._list.cursor_row + 1, self._list.cursor_col)

    @property
    def _failing(self) -> list[str]:
        """Those that are known to fail, of those that are not left out."""
        of = self._forecasts.of
        return [spec.name for spec in self._where if of(spec.name).problem]

    def action_leave_failing(self) -> None:
        """Leave out all that would fail."""
        failing = self._failing
        if not failing:
            self._refuse("None is known to fail.")
            return
        if len(failing) == len(self._where):
            self._refuse("All of them would fail: nothing would be left to write on.")
            return
        self._left_out |= set(failing)
        if self._canary in self._left_out:
            self._canary = self._where[0].name
        self._dirty = True
        self._look()

    @on(DescendantFocus)
    def _focus_moved(self) -> None:
        keys = _LIST_KEYS if self._list.has_focus else _KEYS
        self.query_one("#write").border_subtitle = keys
        self.call_after_refresh(self._reveal)

    def on_resize(self) -> None:
        self.call_after_refresh(self._reveal)

    def _reveal(self) -> None:
        """Have in view what has the keyboard, on a screen too low for all."""
        focused = self.focused
        if focused is not None and focused.id in ("word", "yes", "no"):
            self.query_one("#write").scroll_end(animate=False)
        elif focused is not None:
            focused.scroll_visible(animate=False)

    def _show_where(self) -> None:
        count = len(self._where)
        where = f"{count} database{'s' * (count != 1)}"
        self.query_one("#write").border_title = plain(f"Write on {where}?", 60)
        self.query_one("#yes", Button).label = f"Write on {where}"
        self.query_one("#typed").display = bool(self._word)
        asked = f"type {safe(self._word, 60)} to write in production:"
        self.query_one("#asked", Static).update(Content(asked))

    # ---- what is known -------------------------------------------------------------

    def _look(self) -> None:
        if not self._dirty:
            return
        self._dirty = False
        rows = [self._row(spec) for spec in self._specs]
        self._list.show(rows)
        self._show_where()
        forecasts = [self._forecasts.of(spec.name) for spec in self._where]
        parts = [
            total(
                forecasts, explains=self._forecasts.explains, over=self._forecasts.over
            )
        ]
        if failing := self._failing:
            parts.append(f"{len(failing)} would fail now")
        if self._production:
            parts.append(f"{len(self._production)} in production")
        self._sum.update(Content(safe(" · ".join(parts), LINE_LIMIT)))
        self._say()
        self.call_after_refresh(self._reveal)  # the words above may be longer now

    def _row(self, spec: ConnectionSpec) -> LiveRow:
        said = self._forecasts.of(spec.name)
        environment = spec.environment.name if spec.environment else ""
        rows = estimate(said, explains=self._forecasts.explains)
        first = (
            "canary" if self._how.chosen is How.CANARY and self._is_canary(spec) else ""
        )
        cells = (
            spec.name,
            environment.upper() if is_production(spec) else environment,
            rows,
            spec.group or "",
            first,
            said.problem,
        )
        looks = {5: "warn", 4: "marked"}
        if spec.name in self._left_out:
            cells, looks = (*cells[:5], "left out"), {WHOLE_ROW: "faint"}
        elif is_production(spec):
            looks[1] = "bad"
        elif look := _LOOKS.get(environment.casefold()):
            looks[1] = look
        values = (*cells[:2], said.rows, *cells[3:])
        return LiveRow(spec.name, cells, values, looks, spec)

    def _is_canary(self, spec: ConnectionSpec) -> bool:
        return spec.name == self._canary

    # ---- what is chosen ------------------------------------------------------------

    def _problem(self) -> str:
        """Why what is chosen can't be done; empty when it can."""
        if self._how.chosen is not How.TOGETHER:
            return ""
        if self._outside:
            return f"{self._outside} can't run in a transaction, so not all or none."
        if not self._forecasts.over:
            return "Not all or none yet: the servers are asked what they allow."
        if names := self._forecasts.unprepared([s.name for s in self._where]):
            return f"Not all or none: no PREPARE TRANSACTION at {few(names)}."
        return ""

    def _say(self) -> None:
        problem = self._problem()
        words = problem
        if not problem and self._how.chosen is How.CANARY:
            words = f"{self._canary} goes first and commits; " + said(
                "{key.follow} then lets the others follow, up to the first error."
                " {key.cancel} leaves them as they are."
            )
        elif not problem and self._outside:
            words = (
                f"{self._outside} can't run in a transaction: it commits as it goes."
            )
        stops = "" if problem else stopping(self._how.chosen, self._failing)
        if stops:
            words = f"{stops} {words}".rstrip()
        self._said.set_class(bool(problem or stops), "-wrong")
        self._said.update(Content(safe(words, LINE_LIMIT)))

    @on(HowList.Changed)
    def _how_changed(self) -> None:
        self._dirty = True
        self._look()

    @on(TargetList.Opened)
    def _canary_chosen(self, event: TargetList.Opened) -> None:
        event.stop()
        self._canary = str(event.row.key)
        self._left_out.discard(self._canary)
        self._how.chosen = How.CANARY
        self._dirty = True
        self._look()

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        if event.button.id == "yes":
            self.action_accept()
        else:
            self.dismiss(None)

    @on(Input.Submitted)
    def action_accept(self) -> None:
        """Give what is chosen, unless something is missing for it."""
        if problem := self._problem():
            self._refuse(problem)
        elif self._word and self.query_one("#word", Input).value.strip() != self._word:
            named = few(self._production)
            self._refuse(f"Type {self._word} to write in production: {named}.")
            self.query_one("#word").focus()
        else:
            canary = self._canary if self._how.chosen is How.CANARY else ""
            # In the order in which the tab has them.
            names = tuple(n for n in self._order if n not in self._left_out)
            self.dismiss(WriteChoice(self._how.chosen, names, canary))

    def _refuse(self, words: str) -> None:
        self.notify(safe(words, LINE_LIMIT), severity="warning", markup=False)
