"""alt+shift+y: prepared transactions that writes on several databases left over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import work
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from mdbtui.config.targets import is_production
from mdbtui.query.writes.doubt import Hurry
from mdbtui.query.writes.end import End
from mdbtui.query.writes.left import Left, Leftovers
from mdbtui.query.writes.prepared import end_prepared, ending
from mdbtui.ui.messages import CopyRequested
from mdbtui.ui.safe import safe
from mdbtui.ui.screens.ask import AskScreen, ConfirmScreen
from mdbtui.ui.widgets.live_grid import LiveGrid
from mdbtui.ui.widgets.live_rows import LiveColumn, LiveRow
from mdbtui.ui.writing_words import few

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from mdbtui.query.writes.journal import Journal
    from mdbtui.ui.services import Services

LINE_LIMIT = 300
_KEYS = "C commits · X rolls back · y copies the statement · R asks again · Esc"
_COLUMNS = (
    LiveColumn("database"),
    LiveColumn("was to be"),
    LiveColumn("prepared"),
    LiveColumn("owner", drop=1),
    LiveColumn("name", fills=True),
)
_DECIDED = {True: "committed", False: "rolled back", None: "not known"}


class LeftGrid(LiveGrid):
    """The prepared transactions, in a line each."""

    BINDINGS = [
        Binding("C", "screen.end(True)", "Commit it"),
        Binding("X", "screen.end(False)", "Roll it back"),
        Binding("y,ctrl+c", "screen.copy_statement", "Copy the statement that ends it"),
        Binding("R", "screen.ask", "Ask again"),
    ]

    def __init__(self) -> None:
        super().__init__(_COLUMNS)
        self.empty = "asking …"


class PreparedScreen(ModalScreen[None]):
    """Lists what waits under names of ours, and ends it.

    Args:
        services: The connections: all are asked.
        journal: What is known of runs that did not come to their end.
    """

    CSS_PATH = "prepared.tcss"
    BINDINGS = [Binding("escape", "dismiss(None)", "Close")]

    def __init__(self, services: Services, journal: Journal) -> None:
        super().__init__()
        self._services = services
        names = [spec.name for spec in services.connections]
        self._left = Leftovers(services.pools, names, journal, services.budget)
        self._grid = LeftGrid()
        self._said = Static(id="said", markup=False)

    def compose(self) -> ComposeResult:
        with Vertical(id="prepared") as box:
            box.border_title = "Prepared transactions left over"
            yield self._said
            yield self._grid
            yield Static(Content(_KEYS), id="keys")

    def on_mount(self) -> None:
        self._grid.focus()
        self.action_ask()

    async def on_unmount(self) -> None:
        await self._left.close()

    @work(group="ask", exclusive=True, exit_on_error=False)
    async def action_ask(self) -> None:
        """Ask all databases."""
        await self._left.ask(self._show)

    def _show(self) -> None:
        if not self.is_attached:
            return
        found = self._left.found
        self._grid.empty = "none is left" if self._left.over else "asking …"
        self._grid.show([_row(left) for left in found])
        words = f"{len(found)} left"
        if not self._left.over:
            words += " so far: asking …"
        if names := [outcome.db_id for outcome in self._left.unasked]:
            words += f" · could not be asked: {few(names)}"
        self._said.update(Content(safe(words, LINE_LIMIT)))

    @property
    def _current(self) -> Left | None:
        row = self._grid.current
        return row.item if row is not None else None

    def action_copy_statement(self) -> None:
        """Copy the statement that does what was decided, else rolls back."""
        if (left := self._current) is not None:
            self.post_message(CopyRequested(ending(left.gid, commit=bool(left.commit))))

    @work(group="end", exit_on_error=False)
    async def action_end(self, commit: bool) -> None:
        """Commit or roll back the one under the cursor, after a question."""
        left = self._current
        if left is None or not await self._sure(left, commit=commit):
            return
        ended = await end_prepared(
            self._services.pools, left.db_id, left.gid, Hurry(), commit=commit
        )
        if ended.end is End.IN_DOUBT:
            why = ended.error.message if ended.error is not None else "no answer"
            self._say(f"Not ended: {why}", error=True)
        else:
            self._say(f"{left.gid} is {ended.end}.")
        self.action_ask()

    async def _sure(self, left: Left, *, commit: bool) -> bool:
        sql = f"{ending(left.gid, commit=commit)}\n\non {left.db_id}."
        if left.commit is not None and left.commit is not commit:
            sql += f" Its others were to be {_DECIDED[left.commit]}."
        title = "Commit it?" if commit else "Roll it back?"
        spec = self._services.connection(left.db_id)
        if spec is None or not is_production(spec):
            yes = "Commit" if commit else "Roll back"
            sure: bool = await self.app.push_screen_wait(ConfirmScreen(title, sql, yes))
            return sure
        asked = AskScreen(title, f"{sql} Type {left.db_id} to do so in production.")
        answer = await self.app.push_screen_wait(asked)
        return answer is not None and answer.strip() == left.db_id

    def _say(self, words: str, *, error: bool = False) -> None:
        self.notify(
            safe(words, LINE_LIMIT),
            severity="error" if error else "information",
            markup=False,
        )


def _row(left: Left) -> LiveRow:
    cells = (left.db_id, _DECIDED[left.commit], left.since, left.owner, left.gid)
    looks = {1: "warn" if left.commit is None else "marked"}
    return LiveRow((left.db_id, left.gid), cells, cells, looks, left)
