"""One backend in full: all fields, its whole query, its locks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from textual import work
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from mdbtui.monitor.signals import Signal
from mdbtui.pool import PoolError
from mdbtui.ui.messages import CopyRequested
from mdbtui.ui.safe import plain, safe
from mdbtui.ui.widgets.grid_value_view import ValueView
from mdbtui.ui.widgets.grid_values import Piece, wrap
from mdbtui.ui.widgets.server_activity import pids
from mdbtui.ui.widgets.server_views import NOT_VISIBLE, age

if TYPE_CHECKING:
    from textual import events
    from textual.app import ComposeResult

    from mdbtui.monitor import Backend, ServerSample, Watch
    from mdbtui.monitor.details import Lock
    from mdbtui.ui.widgets.live_rows import LiveColumn, LiveRow

VALUE_LIMIT = 300
QUERY_LIMIT = 200_000
_NAME_WIDTH = 18


class PieceLines:
    """Lines that were made before."""

    def __init__(self, lines: Sequence[Sequence[Piece]]) -> None:
        self._lines = lines

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self._lines)

    def line(self, number: int) -> Sequence[Piece]:
        """Return one."""
        return self._lines[number]


class RowDetails(ModalScreen[None]):
    """A row with its columns downwards, those too that there is no room for."""

    BINDINGS = [
        Binding("escape,q,enter", "dismiss(None)", "Close"),
        Binding("y,ctrl+c", "copy", "Copy"),
    ]

    def __init__(self, columns: Sequence[LiveColumn], row: LiveRow) -> None:
        super().__init__()
        names = (column.name for column in columns)
        self._pairs = list(zip(names, row.cells, strict=True))
        self._view = ValueView()

    def compose(self) -> ComposeResult:
        with Vertical() as box:
            box.border_title = plain(self._pairs[0][1], 60)
            yield self._view
            yield Static(plain("y copies · Esc closes"), id="details-keys")

    def on_mount(self) -> None:
        lines: list[Sequence[Piece]] = [
            [(f"{name:<{_NAME_WIDTH}}", "key"), (safe(value, VALUE_LIMIT), "text")]
            for name, value in self._pairs
        ]
        self._view.show(PieceLines(lines))
        self._view.focus()

    def action_copy(self) -> None:
        """Copy names and values."""
        text = "\n".join(f"{name}\t{value}" for name, value in self._pairs)
        self.post_message(CopyRequested(text))


class BackendDetails(ModalScreen[Signal | None]):
    """All that is known of a backend; gives what is to be sent to it, or None.

    Args:
        watch: To ask for more.
        backend: As it was in the sample.
        sample: To find whom it holds up.
    """

    BINDINGS = [
        Binding("escape,q,enter", "dismiss(None)", "Close"),
        Binding("y,ctrl+c", "copy", "Copy the query"),
        Binding("r,f5", "load", "Read query and locks again"),
        Binding("C", "send('cancel')", "Cancel the query"),
        Binding("K", "send('terminate')", "End the session"),
    ]

    def __init__(self, watch: Watch, backend: Backend, sample: ServerSample) -> None:
        super().__init__()
        self._watch = watch
        self._backend = backend
        self._sample = sample
        self._query = backend.query
        self._locks: Sequence[Lock] | None = None
        self._problem = ""
        self._view = ValueView()

    def compose(self) -> ComposeResult:
        with Vertical() as box:
            box.border_title = plain(f"pid {self._backend.pid}", 60)
            yield self._view
            yield Static(
                plain("y copies the query · C cancels · K terminates · Esc closes"),
                id="details-keys",
            )

    def on_mount(self) -> None:
        self._view.focus()
        self.action_load()

    def on_resize(self, _event: events.Resize) -> None:
        self.call_after_refresh(self._show)

    @work(group="details", exclusive=True, exit_on_error=False)
    async def action_load(self) -> None:
        """Ask for what samples do not hold."""
        try:
            self._query = await self._watch.query_of(self._backend)
            self._locks = await self._watch.locks(self._backend)
            self._problem = ""
        except PoolError as error:
            self._problem = str(error)
        self._show()

    def _show(self) -> None:
        width = max(20, self._view.scrollable_content_region.width)
        self._view.show(
            PieceLines(list(self._lines(width))), top=self._view.scroll_offset.y
        )

    def _lines(self, width: int) -> Iterator[Sequence[Piece]]:
        for name, value in facts(self._backend, self._sample):
            if value:
                text = safe(value, VALUE_LIMIT)
                yield [(f"{name:<{_NAME_WIDTH}}", "key"), (text, "text")]
        yield []
        last = self._backend.state != "active"
        yield [("query" + (" (what it ran last)" if last else ""), "mark")]
        if self._backend.hidden:
            yield [(NOT_VISIBLE, "word")]
        for line in wrap(self._query[:QUERY_LIMIT], width - 2):
            yield [("  ", "text"), (line, "string")]
        yield []
        if self._problem:
            yield [(safe(self._problem, VALUE_LIMIT), "differs")]
        elif self._locks is None:
            yield [("reading its locks …", "faint")]
        else:
            yield [(f"locks: {len(self._locks)}", "mark")]
            for lock in self._locks:
                waits = not lock.granted
                yield [
                    (
                        "■ waits for " if waits else "  holds     ",
                        "differs" if waits else "faint",
                    ),
                    (f"{lock.mode:<26}", "number"),
                    (f"{lock.kind:<15}", "faint"),
                    (safe(lock.target, VALUE_LIMIT), "text"),
                ]

    def action_copy(self) -> None:
        """Copy the whole query."""
        self.post_message(CopyRequested(self._query))

    def action_send(self, name: str) -> None:
        """Close, and let the owner send a signal."""
        self.dismiss(Signal(name))


def facts(backend: Backend, sample: ServerSample) -> Iterator[tuple[str, str]]:
    """Yield all fields of a backend, those that are empty too."""
    b = backend
    hidden = NOT_VISIBLE if b.hidden else ""
    yield "state", b.state or hidden
    yield "state for", age(b.state_s)
    yield "query for", age(b.query_s)
    yield "transaction for", age(b.transaction_s)
    yield "connected for", age(b.backend_s)
    yield "waits for", f"{b.wait_type}: {b.wait_event}" if b.wait_type else ""
    yield "blocked by", pids(b)
    wait = sample.waits.get(b.pid)
    if wait is not None:
        yield "lock", f"{wait.mode} on {wait.kind} {wait.relation}"
        yield "lock waited for", age(wait.waiting_s)
    held = [str(other.pid) for other in sample.backends if b.pid in other.blocked_by]
    yield "holds up", ", ".join(held)
    yield "user", b.user
    yield "database", b.database
    yield "application", b.application
    yield "held here by", b.holder
    port = f" port {b.port}" if b.port is not None and b.port > 0 else ""
    host = f" ({b.hostname})" if b.hostname else ""
    yield "client", f"{b.client}{port}{host}"
    yield "kind", b.kind
    yield "works for pid", str(b.leader_pid or "")
    yield "transaction id", b.xid
    if b.xmin_age is not None:
        yield "xmin", f"{b.xmin_age:,} transactions back"
    yield "query id", b.query_id
