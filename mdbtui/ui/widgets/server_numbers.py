"""The views that show numbers: statistics, progress, top statements."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from datetime import datetime

from textual.content import Content

from mdbtui.monitor.models import (
    Backend,
    DatabaseStats,
    Part,
    Progress,
    ServerSample,
    TopStatement,
)
from mdbtui.monitor.rates import Rates
from mdbtui.ui.safe import safe
from mdbtui.ui.widgets.charts import short_count, short_ms, sparkline
from mdbtui.ui.widgets.live_rows import LiveColumn, LiveRow
from mdbtui.ui.widgets.plan_lines import bar
from mdbtui.ui.widgets.server_activity import pids, state_text
from mdbtui.ui.widgets.server_replication import REPLICATION
from mdbtui.ui.widgets.server_views import (
    NOT_VISIBLE,
    Filters,
    History,
    View,
    age,
    one_line,
    size,
)

UNKNOWN = "…"
"""A rate that takes another sample."""
_PROGRESS_BAR = 8
_POOR_HIT_SHARE = 0.9
_BUSY_BLOCKS = 100.0
"""Blocks read in a second from which on a poor share of hits is of interest."""
_LABEL, _VALUE = 14, 8
_MAX_CHART = 120

# ---- statistics --------------------------------------------------------------------

_STATISTICS = (
    LiveColumn("database"),
    LiveColumn("conns", numeric=True, drop=4),
    LiveColumn("commit/s", numeric=True),
    LiveColumn("rollb/s", numeric=True),
    LiveColumn("rows/s", numeric=True, drop=3),
    LiveColumn("by index/s", numeric=True, drop=11),
    LiveColumn("ins/s", numeric=True, drop=7),
    LiveColumn("upd/s", numeric=True, drop=6),
    LiveColumn("del/s", numeric=True, drop=8),
    LiveColumn("cache hit", numeric=True, drop=1),
    LiveColumn("read/s", numeric=True, drop=5),
    LiveColumn("temp/s", numeric=True, drop=2),
    LiveColumn("temp B/s", numeric=True, drop=9),
    LiveColumn("deadlocks", numeric=True, drop=2),
    LiveColumn("conflicts", numeric=True, drop=12),
    LiveColumn("counted since", drop=13),
)


def _rate_cells(
    grown: Rates | None,
) -> tuple[tuple[str, ...], tuple[float | None, ...]]:
    if grown is None:
        return (UNKNOWN,) * 11, (None,) * 11
    hit = grown.hit_share
    values = (
        grown.commits,
        grown.rollbacks,
        grown.rows_read,
        grown.rows_fetched,
        grown.rows_inserted,
        grown.rows_updated,
        grown.rows_deleted,
        hit,
        grown.blocks_read,
        grown.temp_files,
        grown.temp_bytes,
    )
    cells = [short_count(value) if value else "" for value in values[:7]]
    cells.append(f"{hit:.1%}" if hit is not None else "")
    cells += [short_count(value) if value else "" for value in values[8:10]]
    cells.append(size(grown.temp_bytes) if grown.temp_bytes else "")
    return tuple(cells), values


def _database_row(stats: DatabaseStats) -> LiveRow:
    grown = stats.rates
    cells, values = _rate_cells(grown)
    deadlocks, conflicts = stats.counters.deadlocks, stats.counters.conflicts
    looks: dict[int, str] = {}
    if grown is not None:
        if grown.deadlocks:
            looks[13] = "bad"
        if grown.temp_files:
            looks[11] = looks[12] = "warn"
        if _misses(grown):
            looks[9] = "warn"
        if not grown.transactions and not stats.backends:
            looks[-1] = "faint"
    return LiveRow(
        stats.oid,
        (
            stats.name,
            str(stats.backends or ""),
            *cells,
            f"{deadlocks:,}" if deadlocks else "",
            f"{conflicts:,}" if conflicts else "",
            _day(stats.reset_at),
        ),
        (stats.name, stats.backends, *values, deadlocks, conflicts, stats.reset_at),
        looks,
        stats,
    )


def _misses(grown: Rates) -> bool:
    share = grown.hit_share
    busy = grown.blocks_read >= _BUSY_BLOCKS
    return busy and share is not None and share < _POOR_HIT_SHARE


def _day(at: float | None) -> str:
    if at is None:
        return "the beginning"
    return datetime.fromtimestamp(at).astimezone().strftime("%Y-%m-%d %H:%M")


def _statistics(sample: ServerSample, filters: Filters) -> list[LiveRow]:
    del filters
    rows = [_database_row(stats) for stats in sample.databases]
    rows.sort(key=lambda row: -sum(row.values[2:4]) if row.values[2] is not None else 0)
    if len(rows) > 1:
        cells, values = _rate_cells(sample.total)
        backends = sum(stats.backends for stats in sample.databases)
        deadlocks = sum(stats.counters.deadlocks for stats in sample.databases)
        conflicts = sum(stats.counters.conflicts for stats in sample.databases)
        whole = LiveRow(
            "all",
            ("all of them", str(backends), *cells, str(deadlocks), str(conflicts), ""),
            ("", backends, *values, deadlocks, conflicts, None),
            {0: "good"},
        )
        rows.insert(0, whole)
    return rows


def _charts(sample: ServerSample, history: History, width: int) -> Content:
    """Return the whole server's rates over the last samples."""
    del sample
    room = min(max(10, width - _LABEL - _VALUE - 2), _MAX_CHART)
    recent = [rate for _, rate in history[-room:]]
    lines = (
        ("transactions/s", [rate.transactions for rate in recent], short_count),
        ("rows read/s", [rate.rows_read for rate in recent], short_count),
        ("blocks read/s", [rate.blocks_read for rate in recent], short_count),
        ("temp bytes/s", [rate.temp_bytes for rate in recent], size),
    )
    parts: list[str | tuple[str, str]] = []
    for number, (label, values, form) in enumerate(lines):
        last = form(values[-1]) if values else UNKNOWN
        parts.append(("\n" if number else "") + f"{label:<{_LABEL}}{last:>{_VALUE}}  ")
        parts.append((sparkline(values), "$text-accent"))
    return Content.assemble(*parts)


# ---- progress ----------------------------------------------------------------------

_PROGRESS = (
    LiveColumn("pid", numeric=True),
    LiveColumn("command"),
    LiveColumn("relation"),
    LiveColumn("done"),
    LiveColumn("time", numeric=True),
    LiveColumn("state", drop=3),
    LiveColumn("blocked by", drop=1),
    LiveColumn("of", numeric=True, drop=2),
    LiveColumn("user", drop=4),
    LiveColumn("database", drop=5),
    LiveColumn("phase", fills=True),
)


def _progress_row(progress: Progress, backend: Backend | None) -> LiveRow:
    p, share = progress, progress.share
    if share is not None:
        done = f"{bar(share, _PROGRESS_BAR)} {share:4.0%}"
    else:
        done = _amount(p.done, p.unit)
    time = backend.query_s if backend else None
    waits = backend is not None and backend.is_waiting
    cells = (
        str(p.pid),
        p.command.replace("CONCURRENTLY", "CONC."),
        p.relation,
        done,
        age(time),
        state_text(backend).strip() if backend else "",
        pids(backend) if backend else "",
        _amount(p.total, p.unit),
        backend.user if backend else "",
        p.database,
        f"■ {p.phase}" if waits else p.phase,
    )
    values = (
        *(p.pid, p.command, p.relation, share, time, *cells[5:7]),
        *(p.total, *cells[8:10], p.phase),
    )
    looks = dict.fromkeys((5, 6, 10), "bad") if waits else {}
    # A parallel COPY or build has several; each is a row of its own.
    return LiveRow((p.pid, p.command, p.relation), cells, values, looks, backend)


def _amount(count: int, unit: str) -> str:
    if not count:
        return ""
    return size(count) if unit == "bytes" else f"{count:,} {unit}"


def _progress(sample: ServerSample, filters: Filters) -> list[LiveRow]:
    del filters
    return [_progress_row(each, sample.backend(each.pid)) for each in sample.progress]


# ---- top statements ----------------------------------------------------------------

_STATEMENTS = (
    LiveColumn("total", numeric=True),
    LiveColumn("share", numeric=True, drop=3),
    LiveColumn("calls", numeric=True),
    LiveColumn("mean", numeric=True),
    LiveColumn("rows", numeric=True, drop=2),
    LiveColumn("cache hit", numeric=True, drop=4),
    LiveColumn("read", numeric=True, drop=5),
    LiveColumn("temp", numeric=True, drop=1),
    LiveColumn("user", drop=6),
    LiveColumn("database", drop=7),
    LiveColumn("query", fills=True),
)
_LONG_MS = 100_000.0
_SHARE_MARKED = 0.2


def _ms(value: float) -> str:
    if value >= _LONG_MS:
        return age(value / 1000)
    short = short_ms(value)
    return short if short.endswith("s") else f"{short} ms"


def _statement_row(
    statement: TopStatement, whole_ms: float, seen: Counter[Hashable]
) -> LiveRow:
    s = statement
    share = s.total_ms / whole_ms if whole_ms else 0.0
    blocks = s.hit + s.read
    hit = s.hit / blocks if blocks else None
    cells = (
        _ms(s.total_ms),
        f"{share:.0%}",
        short_count(s.calls),
        _ms(s.mean_ms),
        short_count(s.rows),
        f"{hit:.1%}" if hit is not None else "",
        short_count(s.read) if s.read else "",
        short_count(s.temp) if s.temp else "",
        s.user,
        s.database,
        one_line(s.query) or NOT_VISIBLE,
    )
    values = (
        *(s.total_ms, share, s.calls, s.mean_ms, s.rows, hit, s.read, s.temp),
        *(s.user, s.database, s.query),
    )
    looks = {7: "warn"} if s.temp else {}
    if share >= _SHARE_MARKED:
        looks[1] = "warn"
    # One that also runs within functions is counted twice; hidden ones have no id.
    same = (s.user_oid, s.database_oid, s.query_id)
    seen[same] += 1
    key = (*same, seen[same])
    return LiveRow(key, cells, values, looks, s, {10: s.query})


def _statements(sample: ServerSample, filters: Filters) -> list[LiveRow]:
    del filters
    if sample.statements is None:
        return []
    rows: Sequence[TopStatement] = sample.statements.rows
    whole = sum(each.total_ms for each in rows)
    seen: Counter[Hashable] = Counter()
    return [_statement_row(each, whole, seen) for each in rows]


def _missing(sample: ServerSample, history: History, width: int) -> Content | None:
    """Return what is to be done to have statements, if that is so."""
    del history, width
    if sample.statements is None or not sample.statements.missing:
        return None
    return Content.styled(safe(sample.statements.missing), "$text-warning")


VIEWS = (
    View(
        "4",
        "Statistics",
        _STATISTICS,
        _statistics,
        Part.STATISTICS,
        "no statistics yet",
        short="Stats",
        above=_charts,
    ),
    REPLICATION,
    View(
        "6",
        "Progress",
        _PROGRESS,
        _progress,
        Part.PROGRESS,
        "no vacuum, analyze, index build, copy, cluster or base backup is under way",
        short="Progress",
        backends=True,
    ),
    View(
        "7",
        "Statements",
        _STATEMENTS,
        _statements,
        Part.STATEMENTS,
        "no statements",
        short="Top",
        above=_missing,
    ),
)
