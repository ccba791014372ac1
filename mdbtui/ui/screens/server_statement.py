"""One gathered statement in full, and its plan."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from textual import work
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from mdbtui.pool import PoolError
from mdbtui.sql import Statement
from mdbtui.ui.messages import CopyRequested
from mdbtui.ui.safe import plain, safe
from mdbtui.ui.screens.server_details import QUERY_LIMIT, VALUE_LIMIT, PieceLines
from mdbtui.ui.widgets.grid_value_view import ValueView
from mdbtui.ui.widgets.grid_values import Piece, wrap
from mdbtui.ui.widgets.plan_view import PlanView

if TYPE_CHECKING:
    from textual import events
    from textual.app import ComposeResult

    from mdbtui.monitor import TopStatement, Watch
    from mdbtui.query.plan import Plan

_NAME_WIDTH = 18


class StatementDetails(ModalScreen[bool]):
    """All that is known of a statement; True: its plan is wanted.

    Args:
        watch: To ask for its whole text.
        statement: As it was in the sample.
    """

    BINDINGS = [
        Binding("escape,q,enter", "dismiss(False)", "Close"),
        Binding("y,ctrl+c", "copy", "Copy the statement"),
        Binding("x", "dismiss(True)", "Its plan"),
    ]

    def __init__(self, watch: Watch, statement: TopStatement) -> None:
        super().__init__()
        self._watch = watch
        self._statement = statement
        self._text = statement.query
        self._problem = ""
        self._view = ValueView()

    def compose(self) -> ComposeResult:
        with Vertical() as box:
            box.border_title = "Statement"
            yield self._view
            yield Static(
                plain("y copies the statement · x shows its plan · Esc closes"),
                id="details-keys",
            )

    def on_mount(self) -> None:
        self._view.focus()
        self._load()

    def on_resize(self, _event: events.Resize) -> None:
        self.call_after_refresh(self._show)

    @work(group="details", exclusive=True, exit_on_error=False)
    async def _load(self) -> None:
        try:
            self._text = await self._watch.text_of(self._statement)
        except PoolError as error:
            self._problem = str(error)
        self._show()

    def _show(self) -> None:
        width = max(20, self._view.scrollable_content_region.width)
        self._view.show(PieceLines(list(self._lines(width))))

    def _lines(self, width: int) -> Iterator[Sequence[Piece]]:
        s = self._statement
        facts = (
            ("calls", f"{s.calls:,}"),
            ("total", f"{s.total_ms:,.1f} ms"),
            ("mean", f"{s.mean_ms:,.3f} ms"),
            ("rows", f"{s.rows:,}"),
            ("blocks in cache", f"{s.hit:,}"),
            ("blocks read", f"{s.read:,}"),
            ("temp blocks", f"{s.temp:,}"),
            ("user", s.user),
            ("database", s.database),
            ("query id", s.query_id),
        )
        for name, value in facts:
            yield [
                (f"{name:<{_NAME_WIDTH}}", "key"),
                (safe(value, VALUE_LIMIT), "text"),
            ]
        yield []
        if self._problem:
            yield [(safe(self._problem, VALUE_LIMIT), "differs")]
        for line in wrap(self._text[:QUERY_LIMIT], width - 2):
            yield [("  ", "text"), (line, "string")]

    def action_copy(self) -> None:
        """Copy the whole statement."""
        self.post_message(CopyRequested(self._text))


class StatementPlan(ModalScreen[None]):
    """The plan of a gathered statement, for any values of its parameters."""

    BINDINGS = [Binding("escape,q", "dismiss(None)", "Close")]

    def __init__(self, plan: Plan, statement: TopStatement, db_id: str) -> None:
        super().__init__()
        text = statement.query
        self._plan = PlanView(plan, Statement(text, 0, len(text), 0), db_id)

    def compose(self) -> ComposeResult:
        with Vertical() as box:
            box.border_title = "The generic plan (nothing was run) · Esc closes"
            yield self._plan

    def on_mount(self) -> None:
        self.set_focus(self._plan.front)
