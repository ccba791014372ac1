"""What the fleet screen shows: a row for each database, its worst signal, a filter."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from mdbtui.pool import BreakerState
from mdbtui.pool.durations import duration
from mdbtui.ui.widgets.charts import short_count, short_ms, short_span, sparkline
from mdbtui.ui.widgets.sidebar_labels import BADGES

if TYPE_CHECKING:
    from mdbtui.config import ConnectionSpec
    from mdbtui.pool import PoolStats

SLOW_MS = 100.0
WORST = "worst"


class Signal(NamedTuple):
    """The worst that is to be said of a pool."""

    rank: int
    """0 is the worst."""
    state: str
    """A word to filter by."""
    glyph: str
    style: str
    word: str
    """What is shown: the state, or its number."""
    short: str = ""
    """The same where there is little room."""


def signal_of(stats: PoolStats, leak_after: float) -> Signal:
    """Return a pool's worst signal.

    Args:
        stats: The pool.
        leak_after: Seconds after which a connection counts as not given back.
    """
    return _unreachable(stats) or _lending(stats, leak_after) or _at_rest(stats)


def _unreachable(stats: PoolStats) -> Signal | None:
    if stats.aside:
        return Signal(8, "parked", "‖", "warn", "parked")
    if stats.breaker is BreakerState.PARKED:
        return Signal(0, "refused", "!", "bad", "refused")
    if stats.breaker is BreakerState.OPEN:
        probed = stats.retry_in is not None and stats.is_open
        wait = f" {math.ceil(stats.retry_in or 0)}s" if probed else ""
        return Signal(1, "down", "×", "bad", f"down{wait}", wait.strip())
    if stats.breaker is BreakerState.HALF_OPEN or stats.last_error:
        return Signal(2, "trying", "◐", "warn", "trying")
    if stats.untried and stats.is_open:
        return Signal(2, "untried", "◐", "warn", "untried")
    if stats.flaps:
        return Signal(3, "flapping", "≈", "warn", f"{stats.flaps} outages")
    return None


def _lending(stats: PoolStats, leak_after: float) -> Signal | None:
    if stats.waiting:
        count = short_count(stats.waiting)
        return Signal(4, "waiting", "▲", "warn", f"{count} wait", count)
    if stats.longest_held_s > leak_after:
        held = f"{duration(stats.longest_held_s)} held"
        return Signal(5, "leak", "◆", "warn", held)
    if stats.errors_per_s:
        rate = short_count(stats.errors_per_s)
        return Signal(6, "errors", "△", "warn", f"{rate} err/s", rate)
    if stats.acquire_p95_ms > SLOW_MS:
        p95 = short_ms(stats.acquire_p95_ms)
        return Signal(7, "slow", "◇", "warn", f"p95 {p95}", p95)
    return None


def _at_rest(stats: PoolStats) -> Signal:
    if stats.draining:
        return Signal(8, "draining", "◌", "used", "draining")
    if not stats.is_open:
        return Signal(11, "closed", "○", "idle", "")
    use = f"{stats.in_use}/{stats.max_size}"
    level = sparkline([stats.utilization], 1.0)
    if stats.in_use >= stats.max_size:
        return Signal(9, "full", "■", "used", use, level)
    return Signal(10, "up", "●", "ok", use, level)


LAST_TROUBLE = 7
"""The highest rank that is trouble."""


@dataclass(frozen=True, slots=True)
class Row:
    """One database."""

    stats: PoolStats
    signal: Signal
    spec: ConnectionSpec | None
    words: str
    """All that a filter's words are looked for in."""

    @property
    def db_id(self) -> str:
        """Its id."""
        return self.stats.db_id

    @property
    def environment(self) -> str:
        """The environment's name, or nothing."""
        spec = self.spec
        return spec.environment.name if spec and spec.environment else ""

    @property
    def tags(self) -> tuple[str, ...]:
        """Its tags."""
        return self.spec.tags if self.spec else ()


class Rows:
    """Makes rows, and makes anew only those whose numbers changed.

    Args:
        leak_after: As for `signal_of`.
    """

    def __init__(self, leak_after: float) -> None:
        self._leak_after = leak_after
        self._known: dict[str, Row] = {}

    def of(
        self, pools: Iterable[PoolStats], specs: Mapping[str, ConnectionSpec]
    ) -> list[Row]:
        """Return a row for each pool, in their order."""
        known = self._known
        made: dict[str, Row] = {}
        for stats in pools:
            row = known.get(stats.db_id)
            spec = specs.get(stats.db_id)
            # A pool that does nothing gives the same object again.
            if row is None or row.stats is not stats or row.spec is not spec:
                signal = signal_of(stats, self._leak_after)
                words = row.words if row and row.spec is spec else _words(stats, spec)
                row = Row(stats, signal, spec, words)
            made[stats.db_id] = row
        self._known = made
        return list(made.values())


def _words(stats: PoolStats, spec: ConnectionSpec | None) -> str:
    parts = [stats.db_id]
    if spec is not None:
        parts += [spec.db.address, spec.db.database, spec.db.user, *spec.tags]
        parts += [spec.group or "", spec.environment.name if spec.environment else ""]
    return " ".join(parts).casefold()


class Filter(NamedTuple):
    """What is shown: words in any order, ``tag:``, ``env:`` and ``state:``."""

    words: tuple[str, ...] = ()
    tag: str = ""
    env: str = ""
    state: str = ""

    @classmethod
    def parse(cls, text: str) -> Filter:
        """Read what was typed."""
        words = []
        fields = {"tag": "", "env": "", "state": ""}
        for token in text.casefold().split():
            name, colon, value = token.partition(":")
            if colon and name in fields:
                fields[name] = value
            else:
                words.append(token)
        return cls(tuple(words), **fields)

    def text(self) -> str:
        """Write it so that `parse` reads the same."""
        named = [f"{n}:{getattr(self, n)}" for n in ("tag", "env", "state")]
        return " ".join([*self.words, *(text for text in named if text[-1] != ":")])

    def takes(self, row: Row) -> bool:
        """Whether a database is shown."""
        if self.tag and not any(t.casefold().startswith(self.tag) for t in row.tags):
            return False
        if self.env and not row.environment.casefold().startswith(self.env):
            return False
        if self.state == "trouble":
            if row.signal.rank > LAST_TROUBLE:
                return False
        elif self.state and not row.signal.state.startswith(self.state):
            return False
        return all(word in row.words for word in self.words)

    def next(self, name: str, values: Sequence[str]) -> Filter:
        """Take the next of a field's values; after the last one comes none."""
        choices = ["", *values]
        now = getattr(self, name)
        place = choices.index(now) if now in choices else 0
        value = choices[(place + 1) % len(choices)]
        fields = {"tag": self.tag, "env": self.env, "state": self.state, name: value}
        return Filter(self.words, **fields)


class Column(NamedTuple):
    """A column of the table.

    Attributes:
        key: Its name in the remembered state.
        title: Its heading.
        width: Cells.
        value: What is sorted by.
        text: What is shown; the value itself where None.
        left: Text stands at the left, numbers at the right.
    """

    key: str
    title: str
    width: int
    value: Callable[[Row], float | str]
    text: Callable[[Row], str] | None = None
    left: bool = False

    def show(self, row: Row) -> str:
        """The cell's text."""
        if self.text is not None:
            return self.text(row)
        value = self.value(row)
        return value if isinstance(value, str) else short_count(value)


def _number(key: str, title: str, width: int = 6) -> Column:
    def value(row: Row) -> float:
        return float(getattr(row.stats, key))

    return Column(key, title, width, value)


def _ms(key: str, title: str) -> Column:
    def value(row: Row) -> float:
        return float(getattr(row.stats, key))

    return Column(key, title, 6, value, lambda row: short_ms(value(row)))


def _address(row: Row) -> str:
    return row.spec.db.address if row.spec else ""


def _state(row: Row) -> str:
    signal = row.signal
    return signal.word if signal.rank <= LAST_TROUBLE else signal.state


def _badge(row: Row) -> str:
    return BADGES.get(row.environment, row.environment)


_ALL: tuple[Column, ...] = (
    Column(
        "name", "database", 22, lambda r: r.db_id.casefold(), lambda r: r.db_id, True
    ),
    Column("environment", "env", 5, lambda r: r.environment, _badge, True),
    Column("tags", "tags", 14, lambda r: " ".join(r.tags), None, True),
    Column(
        "group",
        "group",
        12,
        lambda r: (r.spec.group or "") if r.spec else "",
        None,
        True,
    ),
    Column("address", "address", 22, _address, None, True),
    Column("state", "state", 11, lambda r: r.signal.rank, _state, True),
    _number("in_use", "in use"),
    _number("free", "free", 5),
    _number("size", "open", 5),
    _number("min_size", "min", 4),
    _number("max_size", "max", 4),
    Column(
        "utilization",
        "use",
        5,
        lambda r: r.stats.utilization,
        lambda r: f"{r.stats.utilization:.0%}",
    ),
    _number("waiting", "wait", 5),
    _number("pinned", "pinned"),
    _ms("acquire_p50_ms", "p50 ms"),
    _ms("acquire_p95_ms", "p95 ms"),
    _ms("acquire_p99_ms", "p99 ms"),
    _ms("acquire_avg_ms", "avg ms"),
    _number("queries_per_s", "q/s", 5),
    _number("errors_per_s", "err/s", 5),
    _number("asked_per_s", "asks/s"),
    _number("queries", "queries", 7),
    _number("errors", "errors"),
    _number("acquires", "acquired", 8),
    _number("timeouts", "timeouts", 8),
    _number("connections_opened", "opened"),
    _number("connections_lost", "lost", 5),
    _number("connections_failed", "failed"),
    Column(
        "longest_held_s",
        "held",
        5,
        lambda r: r.stats.longest_held_s,
        lambda r: short_span(r.stats.longest_held_s) if r.stats.longest_held_s else "",
    ),
    _ms("connect_ms", "connect"),
    _ms("round_trip_ms", "trip ms"),
    Column(
        "retry_in",
        "probe",
        6,
        lambda r: r.stats.retry_in or 0.0,
        lambda r: f"{r.stats.retry_in:.0f} s" if r.stats.retry_in is not None else "",
    ),
    Column(
        "last_used",
        "last used",
        9,
        lambda r: r.stats.last_used.timestamp() if r.stats.last_used else 0.0,
        lambda r: (
            f"{r.stats.last_used.astimezone():%H:%M:%S}" if r.stats.last_used else ""
        ),
    ),
    Column("held", "kept open", 9, lambda r: "yes" if r.stats.held else "", None, True),
    Column("error", "error", 30, lambda r: r.stats.last_error or "", None, True),
)
# A heading has room for the mark of what is sorted by.
COLUMNS = tuple(c._replace(width=max(c.width, len(c.title) + 1)) for c in _ALL)
BY_KEY = {column.key: column for column in COLUMNS}
USUAL = (
    "name", "environment", "state", "in_use", "free", "size", "max_size", "waiting",
    "acquire_p50_ms", "acquire_p95_ms", "acquire_p99_ms", "queries_per_s",
    "errors_per_s", "timeouts", "connections_lost", "longest_held_s", "tags", "error",
)  # fmt: skip
SORTS = (
    WORST, "name", "environment", "tags", "in_use", "utilization", "waiting",
    "acquire_p95_ms", "queries_per_s", "errors_per_s", "longest_held_s",
)  # fmt: skip
"""What the map's sort key goes through."""


def arrange(rows: Sequence[Row], wanted: Filter, sort: str, *, down: bool) -> list[Row]:
    """Return the rows that are shown, in order.

    Args:
        rows: All, in the order of the configuration.
        wanted: Which.
        sort: The key of a column, or `WORST`.
        down: Largest first.
    """
    shown = [row for row in rows if wanted.takes(row)]
    column = BY_KEY.get(sort)
    if column is None:
        shown.sort(key=lambda row: (row.signal.rank, row.db_id.casefold()))
        if down:
            shown.reverse()
    else:
        shown.sort(key=lambda row: row.db_id.casefold())
        shown.sort(key=column.value, reverse=down)
    return shown


def is_number(key: str) -> bool:
    """Whether a column is best sorted with the largest first."""
    column = BY_KEY.get(key)
    return column is not None and not column.left
