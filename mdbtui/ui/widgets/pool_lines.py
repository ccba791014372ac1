"""The pool panel's lines as text with style names: pure functions of the numbers."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from rich.cells import cell_len, set_cell_size

from mdbtui.pool import BreakerState
from mdbtui.ui.safe import safe
from mdbtui.ui.widgets.charts import (
    bar,
    braille,
    columns,
    short_count,
    short_ms,
    sparkline,
)
from mdbtui.ui.widgets.sidebar_items import Mark, State

if TYPE_CHECKING:
    from mdbtui.pool import FleetStats, PoolStats, Sample

WINDOW_SECONDS = 300.0
"""How much of the past the charts show."""
_CHART_ROWS = 3
_LABEL = 5

Piece = tuple[str, str]
"""A text and the name of its style."""
Line = tuple[Piece, ...]

_TONES = {
    State.CLOSED: "idle",
    State.UP: "ok",
    State.TROUBLE: "warn",
    State.DOWN: "bad",
    State.REFUSED: "bad",
}


class _Ranked(NamedTuple):
    rank: int
    """What is left out first when there is no room: the highest."""
    line: Line


def tone(stats: PoolStats) -> str:
    """The style name of a pool's state."""
    state = Mark.of(stats).state
    return "warn" if state is State.UP and stats.waiting else _TONES[state]


def glyph(stats: PoolStats) -> str:
    """One character for a pool's state, as in the sidebar; ▲ when callers wait."""
    state = Mark.of(stats).state
    return "▲" if state is State.UP and stats.waiting else state.value


def severity(stats: PoolStats) -> int:
    """The place in a list that has trouble first: 0 is the worst."""
    state = Mark.of(stats).state
    if state.is_refusing:
        return 0
    if state is State.TROUBLE:
        return 1
    if stats.waiting:
        return 2
    return 3


def state_words(stats: PoolStats, room: int = 80, ask: str = "r") -> str:
    """A pool's state in words, with the time to the next probe.

    Args:
        stats: The pool.
        room: Cells; the fullest words that fit are chosen.
        ask: The key that tries to connect.
    """
    words = _state_words(stats, ask)
    return next((text for text in words if len(text) <= room), words[-1])


def _state_words(stats: PoolStats, ask: str) -> tuple[str, ...]:
    if stats.breaker is BreakerState.PARKED:
        return f"refused, {ask} tries again", "refused"
    if stats.breaker is BreakerState.OPEN:
        if stats.retry_in is None:
            return ("down",)
        seconds = f"{math.ceil(stats.retry_in)} s"
        return f"down, probe in {seconds}", f"down {seconds}", "down"
    if stats.breaker is BreakerState.HALF_OPEN:
        return "down, probing now", "probing"
    if stats.last_error:
        return "connecting fails", "failing"
    if not stats.is_open:
        return "not opened", "closed"
    if stats.waiting:
        return ("full",) if stats.in_use >= stats.max_size else ("connecting",)
    return ("up",)


def head_lines(
    stats: PoolStats, samples: Sequence[Sample], width: int, height: int
) -> list[Line]:
    """The lines about one database, the least needed ones left out.

    Args:
        stats: Its numbers.
        samples: Its history, oldest first.
        width: Cells in a line.
        height: Lines at most.
    """
    lines = [*_state_lines(stats, width), *_number_lines(stats, samples, width)]
    spare = height - len(lines) - 4
    charts = _charts if spare >= 2 * _CHART_ROWS - 2 and width >= 30 else _sparklines
    lines += charts(stats, samples, width)
    kept = sorted(range(len(lines)), key=lambda i: lines[i].rank)[:height]
    return [lines[i].line for i in sorted(kept)]


def total_line(fleet: FleetStats, width: int) -> Line:
    """One line about all databases together."""
    count = len(fleet.pools)
    troubled = sum(severity(pool) < 2 for pool in fleet.pools)
    used = f"{fleet.in_use}/{fleet.max_size} used"
    long: list[Piece] = [(f"{count} database{'s' * (count != 1)}", "title")]
    short: list[Piece] = [(f"{count} dbs", "title")]
    long.append((f" · {used}", "text"))
    short.append((f" {used.removesuffix(' used')}", "text"))
    if troubled:
        long.append((f" · × {troubled} in trouble", "bad"))
        short.append((f" ×{troubled}", "bad"))
    if fleet.waiting:
        long.append((f" · ▲ {fleet.waiting} waiting", "warn"))
        short.append((f" ▲{fleet.waiting}", "warn"))
    fits = sum(len(text) for text, _ in long) <= width
    return _fit(long if fits else short, width)


class Columns(NamedTuple):
    """The widths of the list's columns; 0 leaves one out."""

    name: int
    bar: int
    waiting: int
    p95: int
    rate: int

    @classmethod
    def of(cls, width: int) -> Columns:
        """The columns that fit beside the mark."""
        waiting, p95, rate = 5, 5, 5
        if width < 35:
            rate = 0
        if width < 29:
            p95 = 0
        rest = width - 2 - waiting - p95 - rate
        use = max(5, min(12, rest // 3))
        return cls(rest - use - 1, use, waiting, p95, rate)


def column_line(width: int) -> Line:
    """The heading of the list."""
    sizes = Columns.of(width)
    text = "  " + "database".ljust(sizes.name)[: sizes.name] + " "
    text += ("in use" if sizes.bar > 6 else "use").ljust(sizes.bar) + "wait".rjust(
        sizes.waiting
    )
    if sizes.p95:
        text += "p95".rjust(sizes.p95)
    if sizes.rate:
        text += "q/s".rjust(sizes.rate)
    return ((text.ljust(width)[:width], "dim"),)


def database_line(stats: PoolStats, last: Sample | None, width: int) -> Line:
    """One database in the list.

    Args:
        stats: Its numbers.
        last: Its newest sample, if there is one.
        width: Cells in the line.
    """
    sizes = Columns.of(width)
    colour = tone(stats)
    name = set_cell_size(_cut(stats.db_id, sizes.name), sizes.name)
    pieces: list[Piece] = [(f"{glyph(stats)} ", colour), (f"{name} ", "text")]
    if severity(stats) < 2:
        words = state_words(stats, width - 3 - sizes.name)
        return _fit([*pieces, (words, colour)], width)
    pieces += _bar(stats, sizes.bar)
    waiting = str(min(stats.waiting, 999)) if stats.waiting else "·"
    pieces.append((waiting.rjust(sizes.waiting), "warn" if stats.waiting else "dim"))
    if sizes.p95:
        p95 = short_ms(stats.acquire_p95_ms) if stats.acquires else "·"
        pieces.append((p95.rjust(sizes.p95), "text"))
    if sizes.rate:
        rate = short_count(last.queries_per_s) if last is not None else "·"
        pieces.append((rate.rjust(sizes.rate), "text"))
    return _fit(pieces, width)


def _state_lines(stats: PoolStats, width: int) -> list[_Ranked]:
    colour = tone(stats)
    full = safe(stats.db_id, 200)
    words = state_words(stats, max(8, width - 3 - cell_len(full)))
    name = _cut(full, max(8, width - 3 - len(words)))
    gap = " " * max(1, width - 2 - cell_len(name) - len(words))
    first = [(f"{glyph(stats)} ", colour), (name, "title"), (gap + words, colour)]
    lines = [_Ranked(0, _fit(first, width))]
    if words != state_words(stats) and stats.retry_in is not None:
        lines.append(_Ranked(2, _fit([(state_words(stats), colour)], width)))
    if stats.last_error:
        text = safe(stats.last_error, 400)
        wrapped = textwrap.wrap(text, max(8, width), max_lines=3, placeholder=" …")
        for number, part in enumerate(wrapped):
            rank = 3 if number == 0 else 5 + number
            lines.append(_Ranked(rank, _fit([(part, "bad")], width)))
    return lines


def _number_lines(
    stats: PoolStats, samples: Sequence[Sample], width: int
) -> list[_Ranked]:
    rate = samples[-1].queries_per_s if samples else 0.0
    errors = samples[-1].errors_per_s if samples else 0.0
    summary = f" {stats.in_use}/{stats.max_size} {stats.utilization:4.0%}"
    use = [
        ("use ", "dim"),
        *_bar(stats, max(4, width - 4 - len(summary))),
        (summary, "text"),
    ]
    rows: list[tuple[int, list[tuple[str, str, str]]]] = [
        (
            4,
            [
                ("waiting", str(stats.waiting), "warn" if stats.waiting else "text"),
                ("free", str(stats.free), "text"),
                ("open", str(stats.size), "text"),
                ("pinned", str(stats.pinned), "text"),
            ],
        ),
        (
            8,
            [
                ("acquire p95", short_ms(stats.acquire_p95_ms), "text"),
                ("p50", short_ms(stats.acquire_p50_ms), "text"),
                ("p99", short_ms(stats.acquire_p99_ms) + " ms", "text"),
            ],
        ),
        (
            9,
            [
                ("q/s", short_count(rate), "text"),
                ("err/s", short_count(errors), "bad" if errors else "text"),
                ("time-outs", short_count(stats.timeouts), _alarm(stats.timeouts)),
            ],
        ),
        (
            14,
            [
                ("opened", short_count(stats.connections_opened), "text"),
                (
                    "lost",
                    short_count(stats.connections_lost),
                    _alarm(stats.connections_lost),
                ),
                (
                    "failed",
                    short_count(stats.connections_failed),
                    _alarm(stats.connections_failed),
                ),
            ],
        ),
    ]
    lines = [_Ranked(1, _fit(use, width))]
    lines += [_Ranked(rank, _pairs(pairs, width)) for rank, pairs in rows]
    return lines


def _series(
    stats: PoolStats,
) -> list[tuple[int, str, Callable[[Sample], float], float, Callable[[float], str]]]:
    """Rank, name, value, least top and format of each chart."""
    return [
        (10, "use", lambda s: s.in_use, float(stats.max_size), short_count),
        (13, "wait", lambda s: s.waiting, 4.0, short_count),
        (11, "q/s", lambda s: s.queries_per_s, 1.0, short_count),
        (12, "p95", lambda s: s.acquire_p95_ms, 1.0, lambda v: short_ms(v)),
    ]


def _sparklines(
    stats: PoolStats, samples: Sequence[Sample], width: int
) -> list[_Ranked]:
    lines = []
    room = max(4, width - _LABEL - 6)
    for rank, name, value, least, words in _series(stats):
        values = columns(samples, room, WINDOW_SECONDS, value)
        peak = max((v for v in values if v is not None), default=0.0)
        pieces = [
            (name.ljust(_LABEL), "dim"),
            (sparkline(values, least), "chart"),
            (f" ≤{words(peak)}".rjust(6), "dim"),
        ]
        lines.append(_Ranked(rank, _fit(pieces, width)))
    return lines


def _charts(stats: PoolStats, samples: Sequence[Sample], width: int) -> list[_Ranked]:
    """Sparklines for levels, and two braille charts for rate and time."""
    lines = _sparklines(stats, samples, width)[:2]
    gutter = _LABEL + 6
    room = width - gutter
    for rank, name, value, least, words in _series(stats)[2:]:
        values = columns(samples, room * 2, WINDOW_SECONDS, value)
        peak = max((v for v in values if v is not None), default=0.0)
        now = value(samples[-1]) if samples else 0.0
        labels = (name, f"now {words(now)}", f"max {words(peak)}")
        chart = braille(values, _CHART_ROWS, least)
        for row, label in zip(chart, labels, strict=True):
            pieces = [(label.ljust(gutter), "dim"), (row, "chart")]
            lines.append(_Ranked(rank, _fit(pieces, width)))
    return lines


def _bar(stats: PoolStats, width: int) -> list[Piece]:
    used, free = bar((stats.in_use, stats.free), max(stats.max_size, stats.size), width)
    full = stats.max_size and stats.in_use >= stats.max_size
    return [
        ("━" * used, "warn" if full else "used"),
        ("─" * free, "free"),
        ("·" * (width - used - free), "dim"),
    ]


def _pairs(pairs: Sequence[tuple[str, str, str]], width: int) -> Line:
    """Names with values, as many of them as fit."""
    pieces: list[Piece] = []
    room = width
    for name, value, style in pairs:
        gap = "  " if pieces else ""
        room -= len(gap) + len(name) + 1 + len(value)
        if room < 0:
            break
        pieces += [(f"{gap}{name} ", "dim"), (value, style)]
    return _fit(pieces, width)


def _alarm(count: int) -> str:
    return "warn" if count else "text"


def _cut(text: str, cells: int) -> str:
    """One safe line of at most that many cells, with … where it was longer."""
    text = safe(text, 200)
    if cell_len(text) <= cells:
        return text
    return set_cell_size(text, max(0, cells - 1)).rstrip() + "…"


def _fit(pieces: Sequence[Piece], width: int) -> Line:
    """Cut or fill a line to exactly that many cells."""
    result: list[Piece] = []
    room = width
    for text, style in pieces:
        cells = cell_len(text)
        if cells > room:
            text = set_cell_size(text, room)
            cells = room
        if text:
            result.append((text, style))
        room -= cells
        if room <= 0:
            break
    if room > 0:
        result.append((" " * room, "text"))
    return tuple(result)
