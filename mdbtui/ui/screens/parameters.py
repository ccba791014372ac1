"""Ask for the values of a statement's parameters, each with its type."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on, work
from textual.binding import Binding
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Checkbox, Input, Label, Static

from mdbtui.config.values import may_be_secret
from mdbtui.pool import PoolError
from mdbtui.ui.safe import safe, safe_multiline

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from textual.app import ComposeResult

    from mdbtui.pool import QueryError
    from mdbtui.query.asking import Parameter

    Values = tuple[str | None, ...]
    Check = Callable[[Values], Awaitable[dict[int, QueryError]]]

NAME_LIMIT, STATEMENT_LIMIT, MESSAGE_LIMIT = 24, 400, 300
_KEYS = "Enter run · Tab next · ctrl+n NULL, not an empty text · Esc cancel"


class NullTick(Checkbox):
    """A box that is empty when it isn't ticked, for those who see no colours.

    ctrl+n and the mouse tick it; Tab passes it by, or the next value that is typed
    would be lost in it.
    """

    can_focus = False

    def render(self) -> Content:
        self.BUTTON_INNER = "X" if self.value else " "
        return super().render()


class ValueField(Vertical):
    """One parameter: its name and type, its value or NULL, and what is wrong with it.

    Args:
        parameter: What is asked for.
        value: What is there to begin with.
    """

    def __init__(self, parameter: Parameter, value: str | None) -> None:
        super().__init__()
        self._parameter = parameter
        self._begin = value

    def compose(self) -> ComposeResult:
        name, kind = self._parameter.name, self._parameter.type_name
        with Horizontal():
            yield Label(
                Content.assemble(
                    (safe(name, NAME_LIMIT), "bold"), " ", safe(kind, NAME_LIMIT)
                )
            )
            yield Input(self._begin or "", compact=True, password=may_be_secret(name))
            null = self._begin is None
            yield NullTick("NULL", null, compact=True, id="null")
        yield Static(classes="problem")

    def on_mount(self) -> None:
        self.complain("")

    @property
    def input(self) -> Input:
        """Where the value is written."""
        return self.query_one(Input)

    @property
    def value(self) -> str | None:
        """What was given; None is NULL."""
        return None if self.query_one(NullTick).value else self.input.value

    def toggle_null(self) -> None:
        """Make it NULL, or a text again."""
        self.query_one(NullTick).toggle()

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        # Who writes a value does not mean NULL.
        if event.value != (self._begin or ""):
            self.query_one(NullTick).value = False
        self._begin = event.value

    def complain(self, problem: str) -> None:
        """Show what is wrong; nothing clears it."""
        self.set_class(bool(problem), "-wrong")
        words = self.query_one(".problem", Static)
        words.update(Content(safe_multiline(problem, MESSAGE_LIMIT)))
        words.display = bool(problem)


class ParameterScreen(ModalScreen["Values | None"]):
    """Asks until the server takes the values; gives them, or None.

    Args:
        sql: The statement.
        asked: Its parameters.
        values: What is there to begin with.
        check: Says which values the server does not take.
    """

    CSS_PATH = "parameters.tcss"
    BINDINGS = [
        Binding("escape", "dismiss(None)", "Cancel"),
        Binding("ctrl+n", "null", "NULL", priority=True),
        Binding("f5,ctrl+j,ctrl+enter", "take", "Run", priority=True),
        Binding("down", "app.focus_next", show=False),
        Binding("up", "app.focus_previous", show=False),
    ]

    def __init__(
        self,
        sql: str,
        asked: Sequence[Parameter],
        values: Sequence[str | None],
        check: Check,
    ) -> None:
        super().__init__()
        self._sql = sql
        self._check = check
        self._fields = [
            ValueField(parameter, value)
            for parameter, value in zip(asked, values, strict=True)
        ]

    def compose(self) -> ComposeResult:
        with Vertical(id="parameters") as box:
            box.border_title = "Values"
            yield Static(
                Content(safe_multiline(self._sql, STATEMENT_LIMIT)), id="statement"
            )
            with VerticalScroll(can_focus=False):
                yield from self._fields
            yield Static(id="outcome")
            yield Static(_KEYS, id="keys")

    def on_mount(self) -> None:
        self._fields[0].input.focus()

    def action_null(self) -> None:
        """Make the value under the cursor NULL, or a text again."""
        for field in self._fields:
            if field.has_focus_within:
                field.toggle_null()

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_take()

    @work(group="take", exclusive=True, exit_on_error=False)
    async def action_take(self) -> None:
        """Have the server look at the values, and close if it takes them."""
        values = tuple(field.value for field in self._fields)
        outcome = self.query_one("#outcome", Static)
        outcome.update("")
        try:
            refused = await self._check(values)
        except PoolError as error:
            outcome.update(Content(safe_multiline(str(error), MESSAGE_LIMIT)))
            return
        if not refused:
            self.dismiss(values)
        for place, field in enumerate(self._fields):
            why = refused.get(place)
            field.complain(f"{why.sqlstate}: {why.message}" if why else "")
        for place in sorted(refused)[:1]:
            self._fields[place].input.focus()
