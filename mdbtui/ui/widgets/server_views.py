"""The views of a server's side: what each needs of a sample, and its rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from textual.content import Content

from mdbtui.monitor.models import Backend, Part, ServerSample
from mdbtui.monitor.rates import Rates
from mdbtui.ui.widgets.live_rows import LiveColumn, LiveRow

IDLE_IN_TRANSACTION_S = 60.0
"""A transaction that does nothing for longer is warned of."""
OLD_TRANSACTION_S = 300.0
"""One that is older is, whatever it does."""
QUERY_CHARS = 300
NOT_VISIBLE = "no permission: pg_read_all_stats"
"""In place of what other roles run."""
STATES = ("", "active", "waiting", "in transaction", "idle")
"""What the state filter can be set to; the first lets everything through."""
MINUTE, HOUR, DAY = 60, 3_600, 86_400


History: TypeAlias = Sequence[tuple[float, Rates]]
"""The whole server's rates, oldest first, with their times."""


@dataclass(frozen=True)
class Filters:
    """Which backends are shown.

    Attributes:
        state: One of `STATES`.
        idle, own, background: Whether idle clients, this program's own connections
            for watching, and processes that serve no client are shown.
        words: In lower case; all must be somewhere in a row.
    """

    state: str = ""
    idle: bool = False
    own: bool = False
    background: bool = False
    words: tuple[str, ...] = ()

    def lets(self, backend: Backend, own_pid: int) -> bool:
        """Whether a backend is to be shown."""
        if backend.pid == own_pid:
            return self.own and self._has_state(backend)
        if not backend.is_client:
            # A parallel worker works for a client, and whoever waits is of interest.
            busy = backend.leader_pid is not None or backend.is_waiting
            return (self.background or busy) and self._has_state(backend)
        if backend.is_idle and not self.idle and self.state != "idle":
            return False
        return self._has_state(backend)

    def _has_state(self, backend: Backend) -> bool:
        match self.state:
            case "active":
                return backend.state == "active"
            case "waiting":
                return backend.is_waiting
            case "in transaction":
                return backend.transaction_s is not None
            case "idle":
                return backend.is_idle
        return True

    def turned(self, name: str) -> Filters:
        """Return these filters with one of the three switches turned."""
        match name:
            case "idle":
                return replace(self, idle=not self.idle)
            case "own":
                return replace(self, own=not self.own)
        return replace(self, background=not self.background)

    def next_state(self) -> Filters:
        """Return these filters with the next state."""
        at = STATES.index(self.state)
        return replace(self, state=STATES[(at + 1) % len(STATES)])


@dataclass(frozen=True)
class View:
    """One view of a server.

    Attributes:
        key: The digit that shows it.
        columns: Of its table.
        rows: Makes its rows, in their own order.
        parts: What the samples must hold for it.
        empty: What is said where there are no rows.
        short: Its title where there is little room.
        backends: Its rows stand for backends, which can be cancelled and ended.
        sortable: Its rows can be put in another order.
        filtered: The filters by state and kind are for it.
        above: Makes what stands above its table, for so many cells; None: nothing.
    """

    key: str
    title: str
    columns: tuple[LiveColumn, ...]
    rows: Callable[[ServerSample, Filters], Sequence[LiveRow]]
    parts: Part
    empty: str
    short: str = ""
    backends: bool = False
    sortable: bool = True
    filtered: bool = False
    above: Callable[[ServerSample, History, int], Content | None] | None = None


def with_holders(sample: ServerSample, holders: Mapping[int, str]) -> ServerSample:
    """Return a sample whose backends say who holds them in this program, by pid."""
    if not holders:
        return sample
    backends = (
        replace(b, holder=holders[b.pid]) if b.pid in holders else b
        for b in sample.backends
    )
    return replace(sample, backends=tuple(backends))


def application(backend: Backend) -> str:
    """Return its application, and who holds it where that is this program."""
    name = backend.application
    return f"{name} · {backend.holder}" if backend.holder else name


def age(seconds: float | None) -> str:
    """Return an age in a few characters: ``0.4s``, ``12s``, ``3m05``, ``2h10``."""
    if seconds is None:
        return ""
    if seconds < 9.95:
        return f"{seconds:.1f}s"
    whole = int(seconds)
    if whole < MINUTE:
        return f"{whole}s"
    if whole < HOUR:
        return f"{whole // MINUTE}m{whole % MINUTE:02}"
    if whole < DAY:
        return f"{whole // HOUR}h{whole % HOUR // MINUTE:02}"
    return f"{whole // DAY}d{whole % DAY // HOUR:02}"


def size(value: float | None) -> str:
    """Return a number of bytes in a few characters: ``12 kB``, ``1.5 GB``."""
    if value is None:
        return ""
    for unit in ("B", "kB", "MB", "GB"):
        if abs(value) < 1024:
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1024
    return f"{value:.1f} TB"


def one_line(text: str) -> str:
    """Return the beginning of a query on one line."""
    return " ".join(text[: 2 * QUERY_CHARS].split())[:QUERY_CHARS]


def is_stuck(backend: Backend) -> bool:
    """Whether it left a transaction open for longer than is good."""
    return (
        backend.in_idle_transaction and (backend.state_s or 0) >= IDLE_IN_TRANSACTION_S
    )


def is_old(backend: Backend) -> bool:
    """Whether a client's transaction is older than is good."""
    return backend.is_client and (backend.transaction_s or 0) >= OLD_TRANSACTION_S
