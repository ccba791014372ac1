"""The pool panel's lines as text with style names: pure functions of the numbers."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from rich.cells import cell_len

from mdbtui.pool import BreakerState
from mdbtui.ui.safe import safe
from mdbtui.ui.widgets.charts import (
    bar,
    braille,
    short_count,
    short_ms,
    short_time,
    sparkline,
)
from mdbtui.ui.widgets.line_text import Line, Piece, cut, fit, pairs
from mdbtui.ui.widgets.sidebar_items import Mark, State

if TYPE_CHECKING:
    from mdbtui.pool import History, PoolStats

WINDOWS = (60.0, 300.0, 900.0, 3600.0)
"""How much of the past the charts can show, in seconds."""
ALL = "all databases"
_CHART_ROWS = 3
_LABEL = 5

_TONES = {
    State.CLOSED: "idle",
    State.UP: "ok",
    State.TROUBLE: "warn",
    State.DOWN: "bad",
    State.REFUSED: "bad",
    State.PARKED: "warn",
}


class _Ranked(NamedTuple):
    rank: int
    """What is left out first when there is no room: the highest."""
    line: Line


def tone(stats: PoolStats) -> str:
    """The style name of a pool's state."""
    state = Mark.of(stats).state
    pressed = stats.waiting or stats.flaps
    return "warn" if state is State.UP and pressed else _TONES[state]


def glyph(stats: PoolStats) -> str:
    """One character for a pool's state, as in the sidebar, or in the fleet: ▲ ≈."""
    state = Mark.of(stats).state
    if state is State.UP and stats.flaps:
        return "≈"
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
    if stats.aside:
        return f"parked, {ask} probes", "parked"
    if stats.breaker is BreakerState.PARKED:
        return f"refused, {ask} tries again", "refused"
    if stats.breaker is BreakerState.OPEN:
        if stats.retry_in is None:
            return ("down",)
        if not stats.is_open:
            return "closed; its server was down", "closed, was down", "down"
        seconds = f"{math.ceil(stats.retry_in)} s"
        return f"down, probe in {seconds}", f"down {seconds}", "down"
    if stats.breaker is BreakerState.HALF_OPEN:
        return "down, probing now", "probing"
    if stats.last_error:
        return "connecting fails", "failing"
    if not stats.is_open:
        return "not opened", "closed"
    if stats.untried:
        return f"not known: not tried since the reset, {ask} probes", "not tried"
    if stats.flaps:
        return f"up; it went away {stats.flaps} times lately", "up, flapping", "flaps"
    if stats.waiting:
        return ("full",) if stats.in_use >= stats.max_size else ("connecting",)
    return ("up",)


def head_lines(
    stats: PoolStats,
    history: History,
    width: int,
    height: int,
    *,
    window: float = WINDOWS[1],
) -> list[Line]:
    """The lines about one database, the least needed ones left out.

    Args:
        stats: Its numbers.
        history: Its history.
        width: Cells in a line.
        height: Lines at most.
        window: How many seconds of the past the charts show.
    """
    lines = [*_state_lines(stats, width), *_number_lines(stats, width)]
    spare = height - len(lines) - 4
    charts = _charts if spare >= 2 * _CHART_ROWS - 2 and width >= 30 else _sparklines
    lines += charts(stats, history, width, window)
    kept = sorted(range(len(lines)), key=lambda i: lines[i].rank)[:height]
    return [lines[i].line for i in sorted(kept)]


def summary_lines(stats: PoolStats, width: int, ask: str) -> list[Line]:
    """The same without charts: state and numbers.

    Args:
        stats: The pool.
        width: Cells in a line.
        ask: The key that tries to connect.
    """
    lines = (*_state_lines(stats, width, ask), *_number_lines(stats, width))
    return [ranked.line for ranked in lines]


def _state_lines(stats: PoolStats, width: int, ask: str = "r") -> list[_Ranked]:
    colour = tone(stats)
    full = safe(stats.db_id, 200) or ALL
    words = state_words(stats, max(8, width - 3 - cell_len(full)), ask)
    name = cut(full, max(8, width - 3 - len(words)))
    gap = " " * max(1, width - 2 - cell_len(name) - len(words))
    first = [(f"{glyph(stats)} ", colour), (name, "title"), (gap + words, colour)]
    lines = [_Ranked(0, fit(first, width))]
    if words != state_words(stats, ask=ask) and stats.retry_in is not None:
        lines.append(_Ranked(2, fit([(state_words(stats), colour)], width)))
    if stats.last_error:
        text = safe(stats.last_error, 400)
        wrapped = textwrap.wrap(text, max(8, width), max_lines=3, placeholder=" …")
        for number, part in enumerate(wrapped):
            rank = 3 if number == 0 else 5 + number
            lines.append(_Ranked(rank, fit([(part, "bad")], width)))
    return lines


def _number_lines(stats: PoolStats, width: int) -> list[_Ranked]:
    rate, errors = stats.queries_per_s, stats.errors_per_s
    summary = f" {stats.in_use}/{stats.max_size} {stats.utilization:4.0%}"
    use = [
        ("use ", "dim"),
        *use_bar(stats, max(4, width - 4 - len(summary))),
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
                ("acquire p95", short_time(stats.acquire_p95_ms), "text"),
                ("p50", short_time(stats.acquire_p50_ms), "text"),
                ("p99", short_time(stats.acquire_p99_ms), "text"),
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
    lines = [_Ranked(1, fit(use, width))]
    lines += [_Ranked(rank, pairs(entries, width)) for rank, entries in rows]
    return lines


def _series(
    stats: PoolStats,
) -> list[tuple[int, str, str, float, Callable[[float], str]]]:
    """Rank, name, field, least top and format of each chart."""
    return [
        (10, "use", "in_use", float(stats.max_size), short_count),
        (13, "wait", "waiting", 4.0, short_count),
        (11, "q/s", "queries_per_s", 1.0, short_count),
        (12, "p95", "acquire_p95_ms", 1.0, short_ms),
    ]


def _sparklines(
    stats: PoolStats, history: History, width: int, window: float
) -> list[_Ranked]:
    lines = []
    room = max(4, width - _LABEL - 6)
    for rank, name, field, least, words in _series(stats):
        values = history.series(field, room, window)
        peak = max((v for v in values if v is not None), default=0.0)
        pieces = [
            (name.ljust(_LABEL), "dim"),
            (sparkline(values, least), "chart"),
            (f" ≤{words(peak)}".rjust(6), "dim"),
        ]
        lines.append(_Ranked(rank, fit(pieces, width)))
    return lines


def _charts(
    stats: PoolStats, history: History, width: int, window: float
) -> list[_Ranked]:
    """Sparklines for levels, and two braille charts for rate and time."""
    lines = _sparklines(stats, history, width, window)[:2]
    gutter = _LABEL + 6
    room = width - gutter
    last = history[-1] if len(history) else None
    for rank, name, field, least, words in _series(stats)[2:]:
        values = history.series(field, room * 2, window)
        peak = max((v for v in values if v is not None), default=0.0)
        now = getattr(last, field, 0.0)
        labels = (name, f"now {words(now)}", f"max {words(peak)}")
        chart = braille(values, _CHART_ROWS, least)
        for row, label in zip(chart, labels, strict=True):
            pieces = [(label.ljust(gutter), "dim"), (row, "chart")]
            lines.append(_Ranked(rank, fit(pieces, width)))
    return lines


def use_bar(stats: PoolStats, width: int) -> list[Piece]:
    """In use, free and what may still be opened, as one bar."""
    used, free = bar((stats.in_use, stats.free), max(stats.max_size, stats.size), width)
    full = stats.max_size and stats.in_use >= stats.max_size
    return [
        ("━" * used, "warn" if full else "used"),
        ("─" * free, "free"),
        ("·" * (width - used - free), "dim"),
    ]


def _alarm(count: int) -> str:
    return "warn" if count else "text"
